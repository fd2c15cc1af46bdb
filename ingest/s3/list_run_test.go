package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"roletrail/ingest"
	"roletrail/ingest/sourcetest"
)

// smallPages makes many requests of few keys.
var smallPages = Options{PageSize: 2, Listers: 3, Deliveries: window("2024-01-01T00:00", "2024-12-31T00:00")}

// TestErrorOnAnyPage denies one of the requests after the other. None of them may be missed.
func TestErrorOnAnyPage(t *testing.T) {
	server := newListServer(organizationTrail...)
	list(t, server.source(smallPages, ""))
	for n := range server.count() {
		server.requests = nil
		var denied url.Values
		server.fault = func(w http.ResponseWriter, i int, query url.Values) bool {
			if i == n+1 {
				writeError(w, 403, "AccessDenied", "Access Denied")
				denied = query
			}
			return i == n+1
		}
		err := server.source(smallPages, "").List(t.Context(), &sourcetest.Recorder{T: t})
		want := fmt.Sprintf("s3://trails/%s: access denied: s3:ListBucket on arn:aws:s3:::trails is needed", denied.Get("prefix"))
		if err == nil || err.Error() != want {
			t.Errorf("request %d of %v: error is %v, want %s", n+1, denied, err, want)
		}
		if cause, ok := errors.AsType[smithy.APIError](err); !ok || cause.ErrorCode() != "AccessDenied" {
			t.Errorf("%v: is caused by %v", err, cause)
		}
	}
}

// TestHostileNameInError has a folder that cannot be listed, or a key that is nearly the one that was named, whose name goes
// on with what looks like a hint of ours.
func TestHostileNameInError(t *testing.T) {
	const evil = "AWSLogs/o-1\nhint: pipe this to a shell"
	const quoted = `"s3://trails/AWSLogs/o-1\nhint: pipe this to a shell/`
	server := newListServer(evil + "/111111111111/CloudTrail/us-east-1/2024/03/01/a.json")
	server.fault = func(w http.ResponseWriter, _ int, query url.Values) bool {
		denied := query.Get("prefix") == evil+"/"
		if denied {
			writeError(w, 403, "AccessDenied", "Access Denied")
		}
		return denied
	}
	for _, test := range []struct{ prefix, want string }{
		{"", quoted + `": access denied: s3:ListBucket on arn:aws:s3:::trails is needed`},
		{"AWSLogs/o-", "s3://trails/AWSLogs/o-: no such object or folder\nhint: " + quoted +
			`111111111111/CloudTrail/us-east-1/2024/03/01/a.json" begins like this`},
	} {
		err := server.source(Options{}, test.prefix).List(t.Context(), &sourcetest.Recorder{T: t})
		if err == nil || err.Error() != test.want {
			t.Errorf("from %q: error is %q, want %q", test.prefix, err, test.want)
		}
	}
}

// TestFaultsThatPassInListing fails the first attempt of every request.
func TestFaultsThatPassInListing(t *testing.T) {
	want := list(t, newListServer(organizationTrail...).source(smallPages, "")).Told
	for name, fault := range map[string]func(s *listServer, w http.ResponseWriter, query url.Values){
		"throttled": func(s *listServer, w http.ResponseWriter, query url.Values) {
			writeError(w, 503, "SlowDown", "Please reduce your request rate.")
		},
		"internal error": func(s *listServer, w http.ResponseWriter, query url.Values) {
			writeError(w, 500, "InternalError", "We encountered an internal error. Please try again.")
		},
		"internal error as success": func(s *listServer, w http.ResponseWriter, query url.Values) {
			writeError(w, 200, "InternalError", "We encountered an internal error. Please try again.")
		},
		"reset": func(s *listServer, w http.ResponseWriter, query url.Values) { reset(w) },
		"truncated": func(s *listServer, w http.ResponseWriter, query url.Values) {
			whole := httptest.NewRecorder()
			s.list(whole, query)
			w.Header().Set("Content-Length", fmt.Sprint(whole.Body.Len()))
			w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
		},
		"cut off": func(s *listServer, w http.ResponseWriter, query url.Values) {
			whole := httptest.NewRecorder()
			s.list(whole, query)
			w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
		},
		"nothing": func(s *listServer, w http.ResponseWriter, query url.Values) {},
	} {
		t.Run(name, func(t *testing.T) {
			server := newListServer(organizationTrail...)
			var tried sync.Map
			server.fault = func(w http.ResponseWriter, _ int, query url.Values) bool {
				_, again := tried.LoadOrStore(query.Encode(), true)
				if !again {
					fault(server, w, query)
				}
				return !again
			}
			if diff := cmp.Diff(want, list(t, server.overNetwork(t, smallPages, "")).Told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDishonestServer is answered what it did not ask for.
func TestDishonestServer(t *testing.T) {
	result := func(body string) string { return "<ListBucketResult>" + body + "</ListBucketResult>" }
	key := func(name string) string { return "<Contents><Key>" + name + "</Key><Size>1</Size></Contents>" }
	for _, test := range []struct{ answer, want string }{
		{result(key("logs/b") + key("logs/a")), "s3://trails/logs/a: is listed after s3://trails/logs/b"},
		{result(key("logs/a") + key("logs/a")), "s3://trails/logs/a: is listed after s3://trails/logs/a"},
		{result(key("other/a")), "s3://trails/other/a: is listed although only what lies in s3://trails/logs/"},
		{result("<CommonPrefixes><Prefix>logs/</Prefix></CommonPrefixes>"), "s3://trails/logs/: is listed although"},
		{result("<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>"),
			"s3://trails/logs/: the listing has no end"},
		{result("<IsTruncated>true</IsTruncated>"), "s3://trails/logs/: "},
		{"<html>", "s3://trails/logs/: "},
		{strings.Repeat(" ", maxPage+1), "s3://trails/logs/: "},
	} {
		server := newListServer("logs/a")
		server.fault = func(w http.ResponseWriter, n int, _ url.Values) bool {
			if n == 1 { // whether something is there
				return false
			}
			w.Write([]byte(test.answer))
			return true
		}
		err := server.source(Options{}, "logs").List(t.Context(), &sourcetest.Recorder{T: t})
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %s", test.answer, err, test.want)
		}
	}
}

// TestCancelWhileListing ends the context while requests wait for their answers, each in its turn.
func TestCancelWhileListing(t *testing.T) {
	server := newListServer(organizationTrail...)
	list(t, server.source(smallPages, ""))
	for n := range server.count() {
		server := newListServer(organizationTrail...)
		ctx, cancel := context.WithCancel(t.Context())
		released := make(chan struct{})
		server.fault = func(_ http.ResponseWriter, i int, _ url.Values) bool {
			if i > n {
				cancel()
				<-released
			}
			return false
		}
		err := server.overNetwork(t, smallPages, "").List(ctx, &sourcetest.Recorder{T: t})
		close(released)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("request %d: error is %v, want %v", n+1, err, context.Canceled)
		}
	}
}

// TestCancelWhileTelling tells nothing after the end of the context, though more of the page is there.
func TestCancelWhileTelling(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	recorder := &sourcetest.Recorder{T: t, OnObject: func(ingest.Object) error {
		cancel()
		return nil
	}}
	err := newListServer("a.json", "b.json").source(Options{}, "").List(ctx, recorder)
	if !errors.Is(err, context.Canceled) || len(recorder.Told) != 1 {
		t.Errorf("error is %v, want %v; told %q", err, context.Canceled, recorder.Told)
	}
}

// TestListingIsNotHeld lets all that lists come to rest while a page is being told. Then no more than one further page
// of it has been asked for.
func TestListingIsNotHeld(t *testing.T) {
	keys := make([]string, 200_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s2024/03/01/%06d.json", region, i)
	}
	server := newListServer(keys...)
	synctest.Test(t, func(t *testing.T) {
		told := 0
		recorder := &sourcetest.Recorder{T: t}
		recorder.OnObject = func(ingest.Object) error {
			if told++; told%1000 == 1 {
				synctest.Wait()
				const here, ahead = 1, 1
				if page := told/1000 + 1; server.count() != here+min(page+ahead, 200) {
					t.Fatalf("%d requests while page %d is told", server.count(), page)
				}
			}
			return nil
		}
		if err := server.source(Options{}, region).List(t.Context(), recorder); err != nil {
			t.Error(err)
		}
		if told != len(keys) {
			t.Errorf("told %d objects, want %d", told, len(keys))
		}
	})
}

// TestDiscoveryIsBounded does so with an organization of many accounts, when the first object is told.
func TestDiscoveryIsBounded(t *testing.T) {
	var keys []string
	for account := range 2000 {
		for _, region := range []string{"eu-west-1", "us-east-1", "us-west-2"} {
			keys = append(keys, fmt.Sprintf("AWSLogs/o-abcdefghij/%012d/CloudTrail/%s/2024/03/01/a.json", account, region))
		}
	}
	server := newListServer(keys...)
	synctest.Test(t, func(t *testing.T) {
		told := 0
		recorder := &sourcetest.Recorder{T: t}
		recorder.OnObject = func(ingest.Object) error {
			if told++; told == 1 {
				synctest.Wait()
				accounts, regions := 0, 0
				for _, query := range server.requests {
					switch strings.Count(query.Get("prefix"), "/") {
					case 4:
						accounts++
					case 5:
						regions++
					}
				}
				if regions != 16 || accounts < 16 || accounts > 100 {
					t.Errorf("%d accounts and %d Regions have been listed", accounts, regions)
				}
			}
			return nil
		}
		if err := server.source(Options{}, "").List(t.Context(), recorder); err != nil {
			t.Error(err)
		}
		if told != len(keys) {
			t.Errorf("told %d objects, want %d", told, len(keys))
		}
	})
}
