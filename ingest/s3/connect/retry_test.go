package connect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"roletrail/ingest"
)

func TestRetryUntilItSucceeds(t *testing.T) {
	withCredentials(t)
	for _, test := range []struct {
		name  string
		fault http.HandlerFunc
	}{
		{"503", fails(503, "SlowDown", "Please reduce your request rate.")},
		{"500", fails(500, "InternalError", "We encountered an internal error. Please try again.")},
		{"502 of a proxy", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html>Bad Gateway", http.StatusBadGateway)
		}},
		{"429 of another server", fails(429, "TooManyRequests", "Please reduce your request rate.")},
		{"timeout that S3 saw", fails(400, "RequestTimeout", "Your socket connection to the server was not read from.")},
		{"reset", reset},
		{"closed", closed},
		{"truncated", truncated},
		{"stalled before the header", stalled},
		{"stalled in the body", stalledInBody},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newFakeS3(t)
			s.getObject = inTurn(test.fault, test.fault, s.getObject)
			s.list = inTurn(test.fault, test.fault, s.list)
			bucket := s.bucket(t, Options{Stall: 50 * time.Millisecond})
			if content, err := get(t.Context(), bucket, "key"); err != nil || content != "content" {
				t.Errorf("got %q, %v", content, err)
			}
			output, err := bucket.Client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket.Name})
			if err != nil || len(output.Contents) != 1 || *output.Contents[0].Key != "key" {
				t.Errorf("listed %v, %v", output, err)
			}
			if seen := len(s.seen()); seen != 6 {
				t.Errorf("the server saw %d requests, want 3 of each", seen)
			}
		})
	}
}

func reset(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	connection.(interface{ SetLinger(int) error }).SetLinger(0)
	connection.Close()
}

func closed(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func truncated(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	io.WriteString(w, "<cont")
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func stalled(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func stalledInBody(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	io.WriteString(w, "<cont")
	http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// bubble opens a session inside of a synctest bubble, where waits take no time.
func bubble(t *testing.T, o Options, test func(t *testing.T, s *Session)) {
	withCredentials(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		test(t, s)
	})
}

var errSlowDown = &responseError{status: 503, code: "SlowDown"}

func TestRetryWaitsLonger(t *testing.T) {
	bubble(t, Options{Attempts: 12}, func(t *testing.T, s *Session) {
		// By chance a wait may be half as long as its limit, but of many one is nearly as long.
		var shortest, longest [12]time.Duration
		for n := range shortest {
			shortest[n] = time.Hour
		}
		for range 200 {
			last, n := time.Now(), 0
			err := s.Retry(t.Context(), "name", func(context.Context) error {
				shortest[n], longest[n] = min(shortest[n], time.Since(last)), max(longest[n], time.Since(last))
				last, n = time.Now(), n+1
				if n == 12 {
					return nil // gives the budget back what it took
				}
				return errSlowDown
			})
			if err != nil {
				t.Fatal(err)
			}
			s.retryer.budget.AddTokens(1000)
		}
		limit := 100 * time.Millisecond
		for n, wait := range longest[1:] {
			if wait > limit || wait < limit*3/4 || shortest[n+1] < limit/2 {
				t.Errorf("wait %d was from %v to %v, want half of %v to nearly all of it", n+1, shortest[n+1], wait, limit)
			}
			limit = min(2*limit, 20*time.Second)
		}
	})
}

func TestRetryGivesUp(t *testing.T) {
	denied := &responseError{status: 403, code: "AccessDenied"}
	for _, test := range []struct {
		name     string
		err      error
		attempts int
	}{
		{"permanent", denied, 1},
		{"wrapped", fmt.Errorf("key: %w", denied), 1},
		{"temporary", errSlowDown, 8},
		{"cut off", io.ErrUnexpectedEOF, 8},
		{"wrapped cut off", fmt.Errorf("key: %w", io.ErrUnexpectedEOF), 8},
		{"connection", &connectionError{errors.New("broken")}, 8},
		{"of the caller, who knows", mayRetry{}, 8},
		{"of the caller", errors.New("unknown"), 1},
	} {
		bubble(t, Options{}, func(t *testing.T, s *Session) {
			attempts := 0
			err := s.Retry(t.Context(), "name", func(context.Context) error {
				attempts++
				return test.err
			})
			if err != test.err || attempts != test.attempts {
				t.Errorf("%s: got %v after %d attempts, want %d", test.name, err, attempts, test.attempts)
			}
		})
	}
}

type mayRetry struct{}

func (mayRetry) Error() string        { return "checksum" }
func (mayRetry) RetryableError() bool { return true }

// When nothing succeeds any more, all requests together stop trying again: those of Retry as those of the SDK.
func TestRetryBudget(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	session := s.session(t, Options{Connections: 2, Attempts: 3}) // 2 connections with 2 retries each
	bucket := bucketOf(t, session, "trails")                      // a success cannot make it more than full
	slowDown := fails(503, "SlowDown", "Please reduce your request rate.")
	working, workingList := s.getObject, s.list
	s.getObject, s.list = slowDown, slowDown

	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			_, err := get(t.Context(), bucket, "key")
			if err == nil || err.Error() != "503 SlowDown: Please reduce your request rate." {
				t.Errorf("Get: got %v", err)
			}
		})
	}
	wait.Wait()
	if n := session.Requests()["GetObject"]; n != 10+4 {
		t.Errorf("%d requests, want 10 and 4 retries", n)
	}
	input := &s3.ListObjectsV2Input{Bucket: &bucket.Name}
	_, err := bucket.Client.ListObjectsV2(t.Context(), input)
	if fault := Judge(err, "s3:ListBucket", "x"); fault.Reason != ingest.FailUnavailable ||
		fault.Detail != "no answer that helps: 503 SlowDown: Please reduce your request rate." {
		t.Errorf("%v is judged %+v", err, fault)
	}
	if n := session.Requests()["ListObjectsV2"]; n != 1 {
		t.Errorf("%d listings, want 1: the budget is used up", n)
	}

	s.getObject = working
	for range retryCost { // each success gives a token
		if _, err := get(t.Context(), bucket, "key"); err != nil {
			t.Fatal(err)
		}
	}
	s.list = inTurn(slowDown, workingList)
	if _, err := bucket.Client.ListObjectsV2(t.Context(), input); err != nil {
		t.Errorf("after successes: %v", err)
	}
}

func TestRetryEndsWithContext(t *testing.T) {
	bubble(t, Options{Backoff: time.Hour}, func(t *testing.T, s *Session) {
		ctx, cancel := context.WithCancel(t.Context())
		attempts := 0
		start := time.Now()
		done := make(chan error)
		go func() {
			done <- s.Retry(ctx, "name", func(context.Context) error { attempts++; return errSlowDown })
		}()
		synctest.Wait() // for it to wait
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || attempts != 1 || time.Since(start) != 0 {
			t.Errorf("got %v after %d attempts and %v", err, attempts, time.Since(start))
		}
	})
}

// The SDK's clients wait in the same way.
func TestListEndsWithContext(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	bucket := s.bucket(t, Options{Backoff: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	s.list = func(w http.ResponseWriter, r *http.Request) {
		fails(503, "SlowDown", "")(w, r)
		cancel()
	}
	_, err := bucket.Client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket.Name})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestGetEndsWithContext(t *testing.T) {
	withCredentials(t)
	for name, handler := range map[string]http.HandlerFunc{"header": stalled, "body": stalledInBody} {
		s := newFakeS3(t)
		bucket := s.bucket(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		s.getObject = func(w http.ResponseWriter, r *http.Request) {
			time.AfterFunc(10*time.Millisecond, cancel)
			handler(w, r)
		}
		_, err := get(ctx, bucket, "key")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
		if n := bucket.session.Requests()["GetObject"]; n != 1 {
			t.Errorf("%s: %d requests, want 1", name, n)
		}
	}
}

func TestCounts(t *testing.T) {
	withCredentials(t)
	s := newFakeS3(t)
	var progress ingest.Progress
	var log bytes.Buffer
	slowDown := fails(503, "SlowDown", "Slower, please.")
	s.getObject = inTurn(slowDown, fails(503, "ServiceUnavailable", ""), fails(500, "InternalError", ""), s.getObject)
	s.list = inTurn(slowDown, s.list)
	bucket := s.bucket(t, Options{Progress: &progress, Log: debugLog(&log)})
	if _, err := get(t.Context(), bucket, "key"); err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket.Name}); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(bucket.session.Requests()), "map[GetObject:4 HeadBucket:1 ListObjectsV2:2]"; got != want {
		t.Errorf("requests %s, want %s", got, want)
	}
	if progress.Requests.Load() != 7 || progress.Throttled.Load() != 3 {
		t.Errorf("progress: %d requests, %d throttled, want 7 and 3", progress.Requests.Load(), progress.Throttled.Load())
	}
	for _, want := range []string{
		"bucket=trails region=eu-west-1", "name=key attempt=2", `error="503 SlowDown: Slower, please."`, "operation=ListObjectsV2",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not tell of %s:\n%s", want, &log)
		}
	}
}

func debugLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
