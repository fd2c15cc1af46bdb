package s3

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"roletrail/ingest"
	"roletrail/ingest/s3/connect"
)

func TestOpen(t *testing.T) {
	var compressed bytes.Buffer
	z := gzip.NewWriter(&compressed)
	z.Write(text(10_000))
	z.Close()
	fake := newFakeS3(t, map[string]stored{
		"empty":       {},
		"small":       {content: text(1)},
		"buffer":      {content: text(64 << 10)},
		"buffer+1":    {content: text(64<<10 + 1)},
		"large whole": {content: text(maxWhole)},
		"stream":      {content: text(maxWhole + 1)},
		// What CloudTrail writes: the HTTP layer must not inflate it.
		"a.json.gz": {content: compressed.Bytes(), header: map[string]string{
			"Content-Encoding": "gzip", "Content-Type": "application/json"}},
		"odd//../ü%41+ ?#&.json": {content: text(5)},
	})
	source := fake.source(t)
	for key, object := range fake.objects {
		for _, size := range []int64{int64(len(object.content)), -1} {
			o := fake.object(key)
			o.Size = size
			got, err := read(t.Context(), source, o)
			if err != nil || !bytes.Equal(got, object.content) {
				t.Errorf("%s of %d bytes, listed with %d: got %d bytes, %v",
					key, len(object.content), size, len(got), err)
			}
		}
		if n := len(fake.asked(key)); n != 2 {
			t.Errorf("%s: asked for %d times", key, n)
		}
	}
}

// faults are those that pass. Each answers a request for a whole object in its way.
var faults = map[string]func(w http.ResponseWriter, r *http.Request, o stored){
	"slow down": func(w http.ResponseWriter, _ *http.Request, _ stored) {
		writeError(w, 503, "SlowDown", "Please reduce your request rate.")
	},
	"internal": func(w http.ResponseWriter, _ *http.Request, _ stored) {
		writeError(w, 500, "InternalError", "We encountered an internal error.")
	},
	"timeout": func(w http.ResponseWriter, _ *http.Request, _ stored) {
		writeError(w, 400, "RequestTimeout", "Idle connection.")
	},
	"bad gateway": func(w http.ResponseWriter, _ *http.Request, _ stored) { w.WriteHeader(502) },
	"reset":       func(w http.ResponseWriter, _ *http.Request, _ stored) { reset(w) },
	"no answer":   func(http.ResponseWriter, *http.Request, stored) { panic(http.ErrAbortHandler) },
	"no body":     func(w http.ResponseWriter, r *http.Request, o stored) { o.write(&cutter{w, 0, false}, r) },
	"truncated":   func(w http.ResponseWriter, r *http.Request, o stored) { o.write(&cutter{w, 1000, false}, r) },
	"reset in body": func(w http.ResponseWriter, r *http.Request, o stored) {
		o.write(&cutter{w, len(o.content) - 1, true}, r)
	},
	"other bytes": func(w http.ResponseWriter, r *http.Request, o stored) {
		o.content = bytes.Clone(o.content)
		o.content[len(o.content)/2] ^= 1
		o.write(w, r)
	},
}

// An object of known size is asked for again, as a whole, until it is there.
func TestFaultsThatPass(t *testing.T) {
	fake := newFakeS3(t, map[string]stored{})
	for name := range faults {
		fake.objects[name] = withCRC32(text(10_000))
	}
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, attempt int) bool {
		if attempt <= 2 {
			faults[key](w, r, fake.objects[key])
		}
		return attempt <= 2
	}
	source := fake.source(t)
	var group errgroup.Group
	for key, object := range fake.objects {
		group.Go(func() error {
			got, err := read(t.Context(), source, fake.object(key))
			if err != nil || !bytes.Equal(got, object.content) {
				t.Errorf("%s: got %d bytes, %v", key, len(got), err)
			}
			if asked := fake.asked(key); len(asked) != 3 || asked[1] != (request{key: key}) {
				t.Errorf("%s: asked for %q", key, asked)
			}
			return nil
		})
	}
	group.Wait()
}

func withCRC32(content []byte) stored {
	sum := crc32.ChecksumIEEE(content)
	encoded := base64.StdEncoding.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return stored{content, map[string]string{"x-amz-checksum-crc32": encoded, "x-amz-checksum-type": "FULL_OBJECT"}}
}

// After the last attempt an object fails, for what the last attempt met.
func TestFaultsThatStay(t *testing.T) {
	fake := newFakeS3(t, map[string]stored{})
	for name := range faults {
		fake.objects[name] = withCRC32(text(10_000))
	}
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, _ int) bool {
		faults[key](w, r, fake.objects[key])
		return true
	}
	source := fake.source(t, func(o *connect.Options) { o.Attempts = 2 })
	var group errgroup.Group
	for key := range fake.objects {
		group.Go(func() error {
			_, err := read(t.Context(), source, fake.object(key))
			want := ingest.FailUnavailable
			if key == "other bytes" {
				want = ingest.FailChecksum
			}
			checkReason(t, err, fake.object(key), want)
			// Package net/http asks anew by itself when a connection that was in use before ends without an answer.
			if n := len(fake.asked(key)); n != 2 && (n < 2 || key != "reset" && key != "no answer") {
				t.Errorf("%s: asked for %d times", key, n)
			}
			return nil
		})
	}
	group.Wait()
}

// A request that goes without a byte for too long is given up like any that fails.
func TestStall(t *testing.T) {
	fake := newFakeS3(t, map[string]stored{"answer": {content: text(10_000)}, "body": {content: text(10_000)}})
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, attempt int) bool {
		if attempt > 1 {
			return false
		}
		if key == "body" {
			w.Header().Set("Content-Length", "10000")
			w.Header().Set("ETag", fake.objects[key].etag())
			w.Write(fake.objects[key].content[:5_000])
			http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
		return true
	}
	source := fake.source(t, func(o *connect.Options) { o.Stall, o.Attempts = 250*time.Millisecond, 20 })
	for key, object := range fake.objects {
		got, err := read(t.Context(), source, fake.object(key))
		if err != nil || !bytes.Equal(got, object.content) {
			t.Errorf("%s: got %d bytes, %v", key, len(got), err)
		}
		o := fake.object(key)
		o.Size = -1
		fake.forget()
		got, err = read(t.Context(), source, o)
		if err != nil || !bytes.Equal(got, object.content) {
			t.Errorf("%s as a stream: got %d bytes, %v", key, len(got), err)
		}
	}
}

// checkReason wants an error of the object with a reason, that names the object and tells nothing that is secret.
func checkReason(t *testing.T, err error, o ingest.Object, reason string) {
	t.Helper()
	e, ok := errors.AsType[*ingest.ObjectError](err)
	if !ok || e.Reason != reason {
		t.Errorf("%s: got %v (%T), want it to fail for %s", o.Name, err, err, reason)
		return
	}
	message := err.Error()
	if !strings.HasPrefix(message, o.Name+": ") || strings.Contains(message, "\n") {
		t.Errorf("%s: the error is %q", o.Name, message)
	}
	for _, word := range []string{secret, "Signature=", "AWS4-HMAC"} {
		if strings.Contains(message, word) {
			t.Errorf("%s: the error holds a secret: %q", o.Name, message)
		}
	}
}

// What is not going to change is asked for once.
func TestPermanentFaults(t *testing.T) {
	type answer struct {
		status        int
		code, message string
		reason        string
		detail        string // in the error
	}
	answers := map[string]answer{
		"denied": {403, "AccessDenied", "Access Denied", ingest.FailAccessDenied, "s3:GetObject on arn:aws:s3:::trails/denied "},
		"key": {403, "AccessDenied", "User: arn:aws:iam::111122223333:user/me is not authorized to perform: kms:Decrypt on " +
			"resource: arn:aws:kms:eu-west-1:111122223333:key/1 because no identity-based policy allows it",
			ingest.FailKeyDenied, "kms:Decrypt"},
		"disabled key": {400, "KMS.DisabledException", "arn:aws:kms:eu-west-1:111122223333:key/1 is disabled.",
			ingest.FailKeyDenied, "key"},
		"glacier": {403, "InvalidObjectState", "The operation is not valid for the object's storage class",
			ingest.FailArchived, "restore"},
		"gone": {404, "NoSuchKey", "The specified key does not exist.", ingest.FailDeleted, ""},
	}
	fake := newFakeS3(t, map[string]stored{})
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, attempt int) bool {
		a := answers[key]
		writeError(w, a.status, a.code, a.message)
		return true
	}
	source := fake.source(t)
	for key, a := range answers {
		for i, size := range []int64{100, maxWhole + 1} {
			o := fake.object(key)
			o.Size = size
			_, err := source.Open(t.Context(), o)
			checkReason(t, err, o, a.reason)
			if err != nil && !strings.Contains(err.Error(), a.detail) {
				t.Errorf("%s: %q does not tell of %s", key, err, a.detail)
			}
			if n := len(fake.asked(key)); n != i+1 {
				t.Errorf("%s: asked for %d times", key, n)
			}
		}
	}
}

// Without credentials that work, no object can be read.
func TestFatalFault(t *testing.T) {
	fake := newFakeS3(t, map[string]stored{})
	fake.fault = func(w http.ResponseWriter, _ *http.Request, _ string, _ int) bool {
		writeError(w, 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
		return true
	}
	source := fake.source(t)
	for range maxStreak + 1 {
		_, err := source.Open(t.Context(), fake.object("a.json"))
		if _, ok := errors.AsType[*ingest.FatalError](err); !ok || strings.Contains(err.Error(), secret) {
			t.Fatalf("got %v (%T)", err, err)
		}
	}
}

// Where nothing can be had, nothing more is asked for; elsewhere it is.
func TestNotAttempted(t *testing.T) {
	const folder = "AWSLogs/111122223333/CloudTrail/%s/2026/06/01/%d.json.gz"
	fake := newFakeS3(t, map[string]stored{})
	readable := fmt.Sprintf(folder, "us-east-1", maxStreak)
	fake.objects[readable] = stored{content: text(10)}
	fake.fault = func(w http.ResponseWriter, _ *http.Request, key string, _ int) bool {
		if key == readable {
			return false
		}
		writeError(w, 403, "AccessDenied", "Access Denied")
		return true
	}
	source := fake.source(t)
	for i := range maxStreak + 10 {
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			o := fake.object(fmt.Sprintf(folder, region, i+1))
			_, err := read(t.Context(), source, o)
			switch {
			case o.Name == "s3://trails/"+readable:
				if err != nil {
					t.Fatal(err)
				}
			case region == "eu-west-1" && i >= maxStreak:
				checkReason(t, err, o, ingest.FailNotAttempted)
				if err != nil && !strings.Contains(err.Error(), "accessDenied in account 111122223333, Region eu-west-1") {
					t.Error(err)
				}
			default:
				checkReason(t, err, o, ingest.FailAccessDenied)
			}
		}
	}
	if n := len(fake.requests); n != maxStreak+maxStreak+10 {
		t.Errorf("%d requests", n)
	}
}

// Waiting ends with the context, wherever it is: for an answer, in a body, between two attempts.
func TestCancel(t *testing.T) {
	begun := make(chan string, 100)
	fake := newFakeS3(t, map[string]stored{"wait": {content: text(10_000)}, "body": {content: text(10_000)}, "backoff": {}})
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, attempt int) bool {
		switch key {
		case "wait":
			begun <- key
		case "body":
			w.Header().Set("Content-Length", "10000")
			w.Write(text(5_000))
			http.NewResponseController(w).Flush()
			begun <- key
		case "backoff":
			writeError(w, 503, "SlowDown", "Please reduce your request rate.")
			if attempt == 3 {
				begun <- key
			}
			return true
		}
		<-r.Context().Done()
		return true
	}
	source := fake.source(t, func(o *connect.Options) { o.Attempts = 1000 })
	for key := range fake.objects {
		for _, size := range []int64{int64(len(fake.objects[key].content)), -1} {
			ctx, cancel := context.WithCancel(t.Context())
			o := fake.object(key)
			o.Size = size
			done := make(chan error, 1)
			go func() {
				_, err := read(ctx, source, o)
				done <- err
			}()
			select {
			case <-begun:
			case err := <-done:
				t.Fatalf("%s of size %d: %v", key, size, err)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("%s of size %d: %v", key, size, err)
			}
			fake.forget()
		}
	}
}
