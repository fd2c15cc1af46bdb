package s3

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"roletrail/ingest"
	"roletrail/ingest/s3/connect"
)

// fakeS3 answers GetObject as it is documented (Amazon S3 API Reference, "GetObject" and "Error responses"), and fails
// when a test wants it to. Objects are in the bucket "trails".
type fakeS3 struct {
	url string

	mu       sync.Mutex
	objects  map[string]stored
	requests []request // GetObject, in the order of arrival

	// fault answers in place of the fake, if it does and returns true. Attempt counts from 1, for each key.
	fault func(w http.ResponseWriter, r *http.Request, key string, attempt int) bool
}

type stored struct {
	content []byte
	header  map[string]string // beside ETag and those of HTTP
}

type request struct{ key, rangeOf, ifMatch string }

func newFakeS3(t testing.TB, objects map[string]stored) *fakeS3 {
	s := &fakeS3{objects: objects}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket != "trails" {
		writeError(w, 404, "NoSuchBucket", "The specified bucket does not exist")
		return
	}
	w.Header().Set("x-amz-bucket-region", "us-east-1")
	if r.Method != http.MethodGet || key == "" {
		return // HeadBucket
	}
	s.mu.Lock()
	s.requests = append(s.requests, request{key, r.Header.Get("Range"), r.Header.Get("If-Match")})
	attempt := 0
	for _, earlier := range s.requests {
		if earlier.key == key {
			attempt++
		}
	}
	object, found := s.objects[key]
	s.mu.Unlock()
	if s.fault != nil && s.fault(w, r, key, attempt) {
		return
	}
	if !found {
		writeError(w, 404, "NoSuchKey", "The specified key does not exist.")
		return
	}
	object.write(w, r)
}

func (o stored) etag() string {
	return fmt.Sprintf(`"%d-%x"`, len(o.content), o.content[:min(len(o.content), 4)])
}

func (o stored) write(w http.ResponseWriter, r *http.Request) {
	if condition := r.Header.Get("If-Match"); condition != "" && condition != o.etag() {
		writeError(w, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return
	}
	for name, value := range o.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("ETag", o.etag())
	content := o.content
	var from int
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil {
		for name := range o.header {
			if strings.HasPrefix(strings.ToLower(name), "x-amz-checksum-") {
				w.Header().Del(name) // S3 gives the checksum of a whole object with the whole object
			}
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		content = content[from:]
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	if w.Header().Get("Content-Range") != "" {
		w.WriteHeader(http.StatusPartialContent)
	}
	w.Write(content)
}

// asked returns the requests for a key so far.
func (s *fakeS3) asked(key string) (requests []request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if r.key == key {
			requests = append(requests, r)
		}
	}
	return requests
}

// forget counts attempts anew.
func (s *fakeS3) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

func writeError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message>"+
		"<RequestId>4442587FB7D0A2F9</RequestId></Error>", code, message)
}

// reset ends the connection as a crash would: what was written may be lost.
func reset(w http.ResponseWriter) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// cutter lets so many bytes of a body through, and then ends the connection.
type cutter struct {
	http.ResponseWriter
	left  int
	reset bool
}

func (c *cutter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(len(p), c.left)])
	c.left -= n
	if c.left > 0 || err != nil {
		return n, err
	}
	if err := http.NewResponseController(c.ResponseWriter).Flush(); err != nil {
		panic(err)
	}
	if c.reset {
		reset(c.ResponseWriter)
	}
	panic(http.ErrAbortHandler)
}

// withoutConfiguration keeps what the machine is configured with out of a test.
func withoutConfiguration(t testing.TB) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_REGION", "us-east-1")
}

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

// source is a source of the objects of the fake.
func (s *fakeS3) source(t testing.TB, change ...func(*connect.Options)) *Source {
	withoutConfiguration(t)
	o := connect.Options{EndpointURL: s.url, Attempts: 4, Stall: 10 * time.Second}
	for _, f := range change {
		f(&o)
	}
	session, err := connect.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return New(session, nil, Options{})
}

// object is what a listing tells of an object of the fake.
func (s *fakeS3) object(key string) ingest.Object {
	name := "s3://trails/" + key
	return ingest.Object{Name: name, Size: int64(len(s.objects[key].content)), Key: ingest.ParseKey(name)}
}

func read(ctx context.Context, s *Source, o ingest.Object) ([]byte, error) {
	r, err := s.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// text is some content that does not repeat soon.
func text(size int) []byte {
	b := make([]byte, 0, size+20)
	for i := int64(0); len(b) < size; i++ {
		b = append(strconv.AppendInt(b, i, 10), '\n')
	}
	return b[:size]
}
