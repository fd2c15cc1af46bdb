package s3server

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"roletrail/internal/awscli"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// write writes a file that becomes an object.
func write(t *testing.T, folder, key, content string) {
	t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask returns the answer to a signed request and its body.
func (s *Server) ask(t *testing.T, method, path string, query url.Values, header http.Header) (*http.Response, string) {
	t.Helper()
	response, err := s.send(method, path, query, header, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// code returns the code of an error document.
func code(t *testing.T, body string) string {
	t.Helper()
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	if err := xml.Unmarshal([]byte(body), &document); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	return document.Code
}

// oddKeys are hard on escaping and on the order of keys.
var oddKeys = []string{
	"Zürich 'quoted' 東京.json",
	"a-b/y",
	"a.c",
	"a/x",
	"a0",
	"tab\tand\u200bmore",
	"two words +%2F&=?#~.json",
	"ü",
	"\U0001d11e", // after U+FF5E in UTF-16 it would come before
	"～",
}

// The AWS CLI is an S3 client that others wrote.
func TestAWSCLI(t *testing.T) {
	s := Start(t)
	folder := s.Bucket(t, "bucket-of-files")
	for _, key := range oddKeys {
		write(t, folder, key, "content of "+key)
	}
	program := awscli.Program(t)
	aws := func(arguments ...string) []byte {
		t.Helper()
		command := exec.Command(program, append([]string{"--endpoint-url", s.URL, "--output", "json", "s3api"}, arguments...)...)
		command.Env = append(os.Environ(), s.Env()...)
		var problems strings.Builder
		command.Stderr = &problems
		output, err := command.Output()
		if err != nil {
			t.Fatalf("aws %q: %v\n%s", arguments, err, problems.String())
		}
		return output
	}

	var listed struct{ Contents []struct{ Key string } }
	if err := json.Unmarshal(aws("list-objects-v2", "--bucket", "bucket-of-files", "--page-size", "3"), &listed); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, object := range listed.Contents {
		got = append(got, object.Key)
	}
	if want := slices.Sorted(slices.Values(oddKeys)); !slices.Equal(got, want) {
		t.Errorf("listed:\n got %q\nwant %q", got, want)
	}

	const key = "two words +%2F&=?#~.json"
	copied := filepath.Join(t.TempDir(), "copy")
	aws("get-object", "--bucket", "bucket-of-files", "--key", key, copied)
	if content, err := os.ReadFile(copied); err != nil || string(content) != "content of "+key {
		t.Errorf("got %q, %v", content, err)
	}
}

func TestGet(t *testing.T) {
	s := Start(t)
	folder := s.Bucket(t, "bucket")
	for _, key := range oddKeys {
		write(t, folder, key, "content of "+key)
		response, body := s.ask(t, "GET", "/bucket/"+key, nil, nil)
		if response.StatusCode != 200 || body != "content of "+key || response.Header.Get("ETag") != DefaultETag ||
			response.Header.Get("Content-Encoding") != "" {
			t.Errorf("%q: got %q, %v", key, body, response.Header)
		}
	}
	response, body := s.ask(t, "GET", "/bucket/a/x", nil, http.Header{"Range": {"bytes=11-"}, "If-Match": {DefaultETag}})
	if response.StatusCode != 206 || body != "a/x" || response.Header.Get("Content-Range") != "bytes 11-13/14" {
		t.Errorf("a range: got %s, %q, %v", response.Status, body, response.Header)
	}
	response, body = s.ask(t, "GET", "/bucket/a/x", nil, http.Header{"If-Match": {`"other"`}})
	if response.StatusCode != 412 || code(t, body) != "PreconditionFailed" {
		t.Errorf("another ETag: got %s, %q", response.Status, body)
	}
	for path, want := range map[string]string{
		"/bucket/a": "NoSuchKey", "/bucket/a/": "NoSuchKey", "/bucket/b/c": "NoSuchKey", "/no-bucket/a": "NoSuchBucket", "/b/c": "InvalidBucketName",
	} {
		if response, body := s.ask(t, "GET", path, nil, nil); code(t, body) != want {
			t.Errorf("%s: got %s, %q, want %s", path, response.Status, body, want)
		}
	}
}

func TestPut(t *testing.T) {
	s := Start(t)
	folder := s.Bucket(t, "bucket")
	for _, key := range oddKeys {
		s.Put(t, "bucket", key, []byte("123456789"), "gzip")
		if content, err := os.ReadFile(filepath.Join(folder, key)); err != nil || string(content) != "123456789" {
			t.Errorf("%q: the file has %q, %v", key, content, err)
		}
		// The check values of MD5 and CRC-32 for these nine digits.
		response, body := s.ask(t, "GET", "/bucket/"+key, nil, http.Header{"X-Amz-Checksum-Mode": {"ENABLED"}})
		for name, want := range map[string]string{
			"Content-Encoding": "gzip", "Content-Length": "9", "Etag": `"25f9e794323b453885f5181f1b624d0b"`, "X-Amz-Checksum-Crc32": "y/Q5Jg==",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%q: got %s: %s, want %s", key, name, got, want)
			}
		}
		if body != "123456789" {
			t.Errorf("%q: got %q", key, body)
		}
	}
	s.PutGzip(t, "bucket", "digest", []byte("123"), map[string]string{"signature": "0a", "signature-algorithm": "SHA256withRSA"})
	if response, body := s.ask(t, "GET", "/bucket/digest", nil, nil); body != "123" || response.Header.Get("Content-Encoding") != "gzip" ||
		response.Header.Get("X-Amz-Meta-Signature") != "0a" || response.Header.Get("X-Amz-Meta-Signature-Algorithm") != "SHA256withRSA" {
		t.Errorf("with metadata: got %q, %v", body, response.Header)
	}
	s.Put(t, "bucket", "plain", nil, "")
	if response, body := s.ask(t, "GET", "/bucket/plain", nil, nil); body != "" || response.Header.Get("Content-Encoding") != "" {
		t.Errorf("without encoding: got %q, %v", body, response.Header)
	}
	s.Put(t, "bucket", "folder/", nil, "")
	if listed := s.pages(t, "bucket", url.Values{"prefix": {"folder"}}); fmt.Sprint(listed) != "[[folder/]]" {
		t.Errorf("a key that ends in a slash: listed %q", listed)
	}
}

// failing keeps what a test says when it fails.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Helper() {}

func (f *failing) Fatal(arguments ...any) {
	f.said = fmt.Sprint(arguments...)
	panic(f)
}

func (f *failing) Fatalf(format string, arguments ...any) { f.Fatal(fmt.Sprintf(format, arguments...)) }

func TestPutRefuses(t *testing.T) {
	s := Start(t)
	s.Bucket(t, "bucket")
	s.Put(t, "bucket", "a", nil, "")
	for key, want := range map[string]string{
		"b//c": "cannot hold", "b/../c": "cannot hold", "./b": "cannot hold", "b/.": "cannot hold", "/b": "cannot hold", "b//": "cannot hold",
		"a/b": "ObjectParentIsFile", strings.Repeat("x", 256): "KeyTooLong",
	} {
		func() {
			f := &failing{TB: t}
			defer func() {
				if recovered := recover(); recovered != nil && recovered != any(f) {
					panic(recovered)
				}
				if !strings.Contains(f.said, want) {
					t.Errorf("%.20q: got %q, want %s", key, f.said, want)
				}
			}()
			s.Put(f, "bucket", key, nil, "")
		}()
	}
}

// Others than the account of the server are refused, as are signatures for another Region, by the words of Amazon S3.
func TestRefuses(t *testing.T) {
	s := Start(t)
	s.Bucket(t, "bucket")
	stranger, distant := *s, *s
	stranger.SecretAccessKey = "another"
	distant.Region = "eu-west-1"
	response, body := stranger.ask(t, "GET", "/bucket", url.Values{"list-type": {"2"}}, nil)
	if response.StatusCode != 403 || code(t, body) != "SignatureDoesNotMatch" {
		t.Errorf("another secret: got %s, %s", response.Status, body)
	}
	response, body = distant.ask(t, "GET", "/bucket", url.Values{"list-type": {"2"}}, nil)
	if response.StatusCode != 400 || code(t, body) != "AuthorizationHeaderMalformed" || !strings.Contains(body, "<Region>us-east-1</Region>") {
		t.Errorf("another Region: got %s, %s", response.Status, body)
	}
	unsigned, err := s.transport.RoundTrip(&http.Request{Method: "GET", Header: http.Header{}, URL: &url.URL{
		Scheme: "http", Host: strings.TrimPrefix(s.URL, "http://"), Path: "/bucket", RawQuery: "list-type=2",
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer unsigned.Body.Close()
	if unsigned.StatusCode != 403 {
		t.Errorf("without signature: got %s", unsigned.Status)
	}
	if response, _ := s.ask(t, "HEAD", "/bucket", nil, nil); response.StatusCode != 200 || response.Header.Get("X-Amz-Bucket-Region") != s.Region {
		t.Errorf("the bucket's Region: got %s, %v", response.Status, response.Header)
	}
}

func TestSeveralServers(t *testing.T) {
	one, other := Start(t), Start(t)
	if one.URL == other.URL || one.Root == other.Root || one.SecretAccessKey == other.SecretAccessKey {
		t.Errorf("got %+v and %+v", one, other)
	}
}

// A server is gone after its test.
func TestEnds(t *testing.T) {
	var s *Server
	t.Run("test", func(t *testing.T) { s = Start(t) })
	if s == nil {
		t.Skip("not started")
	}
	if response, err := s.send("GET", "/", nil, nil, nil); err == nil {
		response.Body.Close()
		t.Errorf("answers %s", response.Status)
	}
}

func TestVersionInMakefile(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(makefile), "\nVERSITYGW_VERSION := "+Version+"\n") {
		t.Errorf("the Makefile does not build %s, which the tests start", Version)
	}
}
