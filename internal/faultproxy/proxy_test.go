package faultproxy

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const content = "0123456789abcdef"

// upstream serves content everywhere, but nothing at /empty, and keeps the requests that it got.
func upstream(t *testing.T) (url string, requests func() []*http.Request) {
	var mutex sync.Mutex
	var got []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		got = append(got, r)
		mutex.Unlock()
		w.Header().Set("ETag", `"1"`)
		if r.URL.Path == "/empty" {
			return
		}
		io.WriteString(w, content)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []*http.Request {
		mutex.Lock()
		defer mutex.Unlock()
		return got
	}
}

func client(t *testing.T) *http.Transport {
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func always(fault Fault) func(*http.Request) Fault {
	return func(*http.Request) Fault { return fault }
}

// get returns the body too, as far as it came, and the error of reading it.
func get(t *testing.T, transport *http.Transport, url string) (response *http.Response, body []byte, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err = transport.RoundTrip(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response, body, err
}

func TestPassesOn(t *testing.T) {
	server, requests := upstream(t)
	proxy := Start(t, server, nil)
	const target = "/bucket//a%2Fb/./../%27two%20words%27+%C3%BC?prefix=a%2Fb&x=1;2&y"
	request, err := http.NewRequest("PUT", proxy.URL+target, strings.NewReader("sent"))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "bucket.example.com"
	request.Header = http.Header{"Authorization": {"AWS4-HMAC-SHA256 ..."}, "User-Agent": nil}
	response, err := client(t).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != content || response.Header.Get("ETag") != `"1"` || response.ContentLength != int64(len(content)) {
		t.Errorf("got %q, %v, %v", body, response.Header, err)
	}

	got := requests()[0]
	if got.Method != "PUT" || got.RequestURI != target || got.Host != "bucket.example.com" {
		t.Errorf("got %s %s for %s", got.Method, got.RequestURI, got.Host)
	}
	want := http.Header{"Authorization": {"AWS4-HMAC-SHA256 ..."}, "Content-Length": {"4"}}
	if fmt.Sprint(got.Header) != fmt.Sprint(want) {
		t.Errorf("got the header %v, want %v", got.Header, want)
	}
	if proxy.Requests() != 1 || proxy.Count(None) != 1 {
		t.Errorf("got %d requests, %d of them whole", proxy.Requests(), proxy.Count(None))
	}
}

func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		fault   Fault
		status  int
		code    string
		details string // in the document
	}{
		{Status503, 503, "SlowDown", "reduce your request rate"},
		{Status500, 500, "InternalError", "try again"},
		{Forbidden, 403, "AccessDenied", "Access Denied"},
		{KMSDenied, 403, "AccessDenied", "not authorized to perform: kms:Decrypt on resource: " + KMSKey},
		{NotFound, 404, "NoSuchKey", "<Key>folder/two &amp; words</Key>"},
		{Archived, 403, "InvalidObjectState", "<StorageClass>GLACIER</StorageClass>"},
		{Expired, 400, "ExpiredToken", "<Token-0>secret</Token-0>"},
	} {
		server, requests := upstream(t)
		proxy := Start(t, server, always(test.fault))
		request, err := http.NewRequest("GET", proxy.URL+"/bucket/folder/two%20%26%20words", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Amz-Security-Token", "secret")
		response, err := client(t).RoundTrip(request)
		if err != nil {
			t.Fatalf("%s: %v", test.code, err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		var document struct {
			XMLName                          xml.Name `xml:"Error"`
			Code, Message, RequestId, HostId string
		}
		if parsing := xml.Unmarshal(body, &document); err != nil || parsing != nil {
			t.Fatalf("%s: %v, %v in %s", test.code, err, parsing, body)
		}
		if response.StatusCode != test.status || document.Code != test.code || document.Message == "" || !strings.Contains(string(body), test.details) {
			t.Errorf("%s: got %s with %s", test.code, response.Status, body)
		}
		if id := response.Header.Get("X-Amz-Request-Id"); id == "" || id != document.RequestId {
			t.Errorf("%s: got the request ids %q and %q", test.code, id, document.RequestId)
		}
		if len(requests()) != 0 || proxy.Count(test.fault) != 1 {
			t.Errorf("%s: the server got %d requests, %d are counted", test.code, len(requests()), proxy.Count(test.fault))
		}
	}
}

func TestReset(t *testing.T) {
	server, _ := upstream(t)
	proxy := Start(t, server, always(Reset))
	if _, _, err := get(t, client(t), proxy.URL); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
	for _, fault := range []Fault{StallBody, Truncate, Corrupt} {
		proxy := Start(t, server, always(fault))
		if _, _, err := get(t, client(t), proxy.URL+"/empty"); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("fault %d without a body: got %v", fault, err)
		}
	}
}

func TestTruncate(t *testing.T) {
	server, _ := upstream(t)
	proxy := Start(t, server, always(Truncate))
	response, body, err := get(t, client(t), proxy.URL)
	if !errors.Is(err, io.ErrUnexpectedEOF) || string(body) != content[:8] || response.ContentLength != 16 {
		t.Errorf("got %q of %v, %v", body, response, err)
	}
}

func TestCorrupt(t *testing.T) {
	server, _ := upstream(t)
	proxy := Start(t, server, always(Corrupt))
	_, body, err := get(t, client(t), proxy.URL)
	if err != nil || len(body) != len(content) {
		t.Fatalf("got %q, %v", body, err)
	}
	body[8] ^= 0xff
	if string(body) != content {
		t.Errorf("got %q when the byte in the middle is mended", body)
	}
}

func TestStall(t *testing.T) {
	server, requests := upstream(t)
	proxy := Start(t, server, always(Stall))
	transport := client(t)
	transport.ResponseHeaderTimeout = 50 * time.Millisecond
	_, _, err := get(t, transport, proxy.URL)
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() || len(requests()) != 0 {
		t.Errorf("got %v, the server %d requests", err, len(requests()))
	}
}

func TestStallBody(t *testing.T) {
	server, _ := upstream(t)
	proxy := Start(t, server, always(StallBody))
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", proxy.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client(t).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	half := make([]byte, 8)
	if _, err := io.ReadFull(response.Body, half); err != nil || string(half) != content[:8] {
		t.Fatalf("got %q, %v", half, err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	if n, err := response.Body.Read(half); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d bytes, %v", n, err)
	}
}

// The proxy ends while clients still wait.
func TestEndsWithStalled(t *testing.T) {
	server, _ := upstream(t)
	transport := client(t)
	failed := make(chan error, 1)
	t.Run("proxy", func(t *testing.T) {
		arrived := make(chan struct{})
		proxy := Start(t, server, func(*http.Request) Fault {
			close(arrived)
			return Stall
		})
		request, err := http.NewRequest("GET", proxy.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := transport.RoundTrip(request)
			failed <- err
		}()
		<-arrived
	})
	if err := <-failed; err == nil {
		t.Error("got an answer")
	}
}

func TestDelay(t *testing.T) {
	server, _ := upstream(t)
	for _, fault := range []Fault{None, Status503, Truncate} {
		proxy := Start(t, server, always(fault))
		proxy.Delay = 30 * time.Millisecond
		start := time.Now()
		get(t, client(t), proxy.URL)
		if took := time.Since(start); took < proxy.Delay {
			t.Errorf("fault %d: took %v", fault, took)
		}
	}
}

func TestEvery(t *testing.T) {
	server, _ := upstream(t)
	proxy := Start(t, server, Every(3, Status503, Status500))
	transport := client(t)
	var got []int
	for range 9 {
		response, _, err := get(t, transport, proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, response.StatusCode)
	}
	if want := "[200 200 503 200 200 500 200 200 503]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if proxy.Requests() != 9 || proxy.Count(Status503) != 2 || proxy.Count(Status500) != 1 || proxy.Count(None) != 6 {
		t.Errorf("counted %d requests: %d, %d and %d whole", proxy.Requests(), proxy.Count(Status503), proxy.Count(Status500), proxy.Count(None))
	}
}
