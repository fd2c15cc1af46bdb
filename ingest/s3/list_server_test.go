package s3

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"roletrail/ingest/s3/connect"
	"roletrail/ingest/sourcetest"
)

// listServer answers ListObjectsV2 as it is documented (Amazon S3 API Reference, "ListObjectsV2") for the keys in a
// bucket named trails. Each object is as long as its key.
type listServer struct {
	keys []string // in order

	// fault answers in place of the server, if it does and returns true.
	fault func(w http.ResponseWriter, n int, query url.Values) bool

	mu       sync.Mutex
	requests []url.Values // ListObjectsV2, in the order of arrival
}

func newListServer(keys ...string) *listServer {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	return &listServer{keys: slices.Compact(keys)}
}

func (s *listServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case strings.Trim(r.URL.Path, "/") != "trails":
		writeError(w, 404, "NoSuchBucket", "The specified bucket does not exist")
	case r.Method == http.MethodHead:
		w.Header().Set("x-amz-bucket-region", "us-east-1")
	case r.Method != http.MethodGet || query.Get("list-type") != "2":
		writeError(w, 501, "NotImplemented", r.Method+" "+r.RequestURI)
	default:
		s.mu.Lock()
		s.requests = append(s.requests, query)
		n := len(s.requests)
		s.mu.Unlock()
		if s.fault == nil || !s.fault(w, n, query) {
			s.list(w, query)
		}
	}
}

func (s *listServer) list(w http.ResponseWriter, query url.Values) {
	most := 1000
	if n, err := strconv.Atoi(query.Get("max-keys")); err == nil {
		most = min(n, most)
	}
	prefix, delimiter, after := query.Get("prefix"), query.Get("delimiter"), query.Get("start-after")
	if token := query.Get("continuation-token"); token != "" {
		decoded, err := base64.StdEncoding.DecodeString(token)
		if err != nil {
			writeError(w, 400, "InvalidArgument", "The continuation token provided is incorrect")
			return
		}
		after = string(decoded)
	}
	escape := escapeXML
	if query.Get("encoding-type") == "url" {
		escape = func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2F", "/") }
	}
	var contents, prefixes strings.Builder
	next, count := "", 0
	for i := s.from(prefix, after); i < len(s.keys) && strings.HasPrefix(s.keys[i], prefix); count++ {
		if count == most {
			next = base64.StdEncoding.EncodeToString([]byte(after))
			break
		}
		key := s.keys[i]
		if end := strings.Index(key[len(prefix):], "/"); delimiter == "/" && end >= 0 {
			folder := key[:len(prefix)+end+1]
			fmt.Fprintf(&prefixes, "<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>", escape(folder))
			after = pastFolder(folder)
			i = sort.SearchStrings(s.keys, after)
			continue
		}
		fmt.Fprintf(&contents, "<Contents><Key>%s</Key><LastModified>2024-03-01T00:05:00.000Z</LastModified>"+
			"<ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass>"+
			"</Contents>", escape(key), len(key))
		after = key
		i++
	}
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprintf(w, xml.Header+`<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>trails</Name>`+
		"<Prefix>%s</Prefix><NextContinuationToken>%s</NextContinuationToken><KeyCount>%d</KeyCount><MaxKeys>%d</MaxKeys>"+
		"<EncodingType>%s</EncodingType><IsTruncated>%t</IsTruncated>%s%s</ListBucketResult>",
		escape(prefix), escapeXML(next), count, most, query.Get("encoding-type"), next != "", &contents, &prefixes)
}

func escapeXML(s string) string {
	var escaped strings.Builder
	xml.EscapeText(&escaped, []byte(s))
	return escaped.String()
}

// from is the index of the first key that begins with prefix, or would, and comes after another.
func (s *listServer) from(prefix, after string) int {
	i := sort.SearchStrings(s.keys, max(prefix, after))
	if i < len(s.keys) && s.keys[i] == after {
		i++
	}
	return i
}

// pastFolder comes after everything in a folder, and before anything else.
func pastFolder(folder string) string { return strings.TrimSuffix(folder, "/") + "/\U0010FFFF" }

// count is the number of requests so far.
func (s *listServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// asked shows requests: their prefix, what they begin after and, if that is so, "by folder". Further pages are left out.
func (s *listServer) asked() []string {
	var lines []string
	for _, query := range s.requests {
		if query.Get("continuation-token") != "" {
			continue
		}
		line := cmp.Or(query.Get("prefix"), "all")
		if after := query.Get("start-after"); after != "" {
			line += " after " + after
		}
		if query.Get("delimiter") != "" {
			line += " by folder"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// client makes the SDK's client talk to the server without a network in between.
func (s *listServer) client() *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://trails.test"), UsePathStyle: true,
		Credentials: aws.AnonymousCredentials{}, HTTPClient: clientFunc(func(r *http.Request) (*http.Response, error) {
			if err := r.Context().Err(); err != nil {
				return nil, err
			}
			recorder := httptest.NewRecorder()
			s.ServeHTTP(recorder, r)
			return recorder.Result(), nil
		}),
	})
}

type clientFunc func(*http.Request) (*http.Response, error)

func (f clientFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// source is a source of prefixes in the bucket, in this process.
func (s *listServer) source(o Options, prefixes ...string) *Source {
	var locations []Location
	for _, prefix := range prefixes {
		locations = append(locations, Location{"trails", prefix})
	}
	source := New(nil, locations, o)
	source.buckets["trails"] = &connect.Bucket{Name: "trails", Region: "us-east-1", Client: s.client()}
	return source
}

// overNetwork is a source of prefixes in the bucket, with all that lies between in a program.
func (s *listServer) overNetwork(t testing.TB, o Options, prefixes ...string) *Source {
	withoutConfiguration(t)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	session, err := connect.Open(t.Context(), connect.Options{EndpointURL: server.URL, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return New(session, s.source(o, prefixes...).locations, o)
}

// list lists a source.
func list(t *testing.T, source *Source) *sourcetest.Recorder {
	t.Helper()
	recorder := &sourcetest.Recorder{T: t}
	if err := source.List(t.Context(), recorder); err != nil {
		t.Fatal(err)
	}
	return recorder
}
