//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
	"roletrail/internal/faultproxy"
	"roletrail/internal/s3server"
)

// demoBucket is the bucket of serveDemo. The demo trail lies in it as CloudTrail would have put it there.
const demoBucket = "demo-trail"

// serveDemo serves the demo trail from a real S3 server, makes it the one of the test's environment, and makes the folder
// of the server's buckets the working folder of the test: the trail is there to be read both ways.
func serveDemo(t *testing.T) *s3server.Server {
	t.Helper()
	server := s3server.Start(t)
	folder := server.Bucket(t, demoBucket)
	if err := os.CopyFS(filepath.Join(folder, "AWSLogs"), os.DirFS("../../testdata/demo/AWSLogs")); err != nil {
		t.Fatal(err)
	}
	useServer(t, server, server.URL)
	t.Chdir(server.Root)
	return server
}

// useServer makes the environment of the test that of the server, reached by a URL.
func useServer(t *testing.T, server *s3server.Server, url string) {
	t.Helper()
	for _, variable := range server.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	t.Setenv("AWS_ENDPOINT_URL_S3", url)
}

// breakRequests puts a proxy between the program and the server. What breaks is not the demo bucket.
func breakRequests(t *testing.T, server *s3server.Server, decide func(*http.Request) faultproxy.Fault) *faultproxy.Proxy {
	t.Helper()
	proxy := faultproxy.Start(t, server.URL, decide)
	useServer(t, server, proxy.URL)
	return proxy
}

// isListing and isReading tell requests apart.
func isListing(r *http.Request) bool { return r.URL.Query().Has("list-type") }

func isReading(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, ".json.gz")
}

// usageOf returns what a report in JSON says, with the objects of S3 named as the local ones are, and without what was
// pruned.
func usageOf(t *testing.T, r result) *analyzer.Usage {
	t.Helper()
	var usage analyzer.Usage
	if err := json.Unmarshal([]byte(strings.ReplaceAll(r.stdout, `"s3://`, `"`)), &usage); err != nil {
		t.Fatalf("%v: exit code %d, messages %q", err, r.code, r.stderr)
	}
	usage.Input.Pruned = nil
	return &usage
}

// mustBeClean runs what must hold for every run.
func mustBeClean(t *testing.T, r result, args []string) {
	t.Helper()
	for _, complaint := range checkResult(r, args) {
		t.Error(complaint)
	}
}

// The report on a trail in S3 is the one on the same trail in a folder, wherever reading starts, and whatever passes on
// the way.
func TestS3(t *testing.T) {
	server := serveDemo(t)
	const local = "demo-trail"
	passing := faultproxy.Every(7, faultproxy.Status503, faultproxy.Reset, faultproxy.Status500, faultproxy.Truncate)
	for _, test := range []struct {
		why   string
		fault func(*http.Request) faultproxy.Fault
		local []string
		s3    []string
	}{
		{"the bucket", nil, []string{local}, []string{"s3://demo-trail"}},
		{"a Region", nil, []string{local + "/AWSLogs/111122223333/CloudTrail/eu-west-1"}, []string{"s3://demo-trail/AWSLogs/111122223333/CloudTrail/eu-west-1"}},
		{"a window", nil, []string{"--since", "2026-11-01", "--until", "2026-11-05", local}, []string{"--since", "2026-11-01", "--until", "2026-11-05", "s3://demo-trail"}},
		{
			"a folder and a bucket", nil, []string{local},
			[]string{local + "/AWSLogs/111122223333/CloudTrail/eu-west-1", "s3://demo-trail/AWSLogs/111122223333/CloudTrail/us-east-1", "s3://demo-trail/AWSLogs/111122223333/CloudTrail-Digest"},
		},
		{"faults that pass", passing, []string{local}, []string{"s3://demo-trail/"}},
	} {
		t.Run(test.why, func(t *testing.T) {
			if test.fault != nil {
				breakRequests(t, server, test.fault)
			}
			want := runPlainly(append([]string{"report", "--format", "json"}, test.local...)...)
			args := append([]string{"report", "--format", "json"}, test.s3...)
			got := runPlainly(args...)
			mustBeClean(t, got, args)
			if got.code != want.code || got.stderr != "" {
				t.Errorf("exit code %d, want %d, messages %q", got.code, want.code, got.stderr)
			}
			if difference := cmp.Diff(usageOf(t, want), usageOf(t, got)); difference != "" {
				t.Errorf("- local, + S3:\n%s", difference)
			}
		})
	}
}

// What cannot be read for good is named with its reason, and nothing else is.
func TestS3PermanentFaults(t *testing.T) {
	server := serveDemo(t)
	logs, err := filepath.Glob("demo-trail/AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/1?/*.json.gz")
	if err != nil || len(logs) < 4 {
		t.Fatalf("%v, %d log files", err, len(logs))
	}
	kinds := []struct {
		fault  faultproxy.Fault
		reason string
		detail string
	}{
		{faultproxy.Forbidden, "accessDenied", "s3:GetObject"},
		{faultproxy.KMSDenied, "keyDenied", "kms:Decrypt"},
		{faultproxy.NotFound, "deleted", ""},
		{faultproxy.Archived, "archived", "restore"},
	}
	broken := map[string]faultproxy.Fault{}
	for i, kind := range kinds {
		broken["/"+logs[i]] = kind.fault
	}
	breakRequests(t, server, func(r *http.Request) faultproxy.Fault { return broken[r.URL.Path] })

	args := []string{"report", "--format", "json", "s3://demo-trail"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitPartial {
		t.Errorf("exit code %d, messages %q", got.code, got.stderr)
	}
	failed := usageOf(t, got).Input.Objects
	want := map[string]int64{"badGzip": 1} // in the demo trail itself
	for i, kind := range kinds {
		want[kind.reason] = 1
		named := false
		for _, failure := range failed.Failures {
			named = named || failure.Object == logs[i] && failure.Reason == kind.reason && strings.Contains(failure.Detail, kind.detail)
		}
		if !named {
			t.Errorf("%s is not named as %s, with %q: %+v", logs[i], kind.reason, kind.detail, failed.Failures)
		}
	}
	if difference := cmp.Diff(want, failed.Failed); difference != "" {
		t.Errorf("- want, + got:\n%s", difference)
	}

	text := runPlainly("report", "s3://demo-trail")
	if want := "exit 3: 5 files could not be read, so absence proves nothing"; !strings.Contains(text.stdout, want) {
		t.Errorf("the report lacks %q", want)
	}
}

// The permissions that the README asks for are enough: listing is allowed below AWSLogs/ alone, and nothing else is.
func TestS3MinimalPolicy(t *testing.T) {
	server := serveDemo(t)
	breakRequests(t, server, func(r *http.Request) faultproxy.Fault {
		if isReading(r) || isListing(r) && strings.HasPrefix(r.URL.Query().Get("prefix"), "AWSLogs/") {
			return faultproxy.None
		}
		return faultproxy.Forbidden
	})
	for _, source := range []string{"s3://demo-trail/AWSLogs", "s3://demo-trail/AWSLogs/111122223333/CloudTrail/us-east-1/2026/11"} {
		args := []string{"report", "--format", "json", source}
		got := runPlainly(args...)
		mustBeClean(t, got, args)
		if got.stderr != "" || usageOf(t, got).Input.Objects.Read == 0 {
			t.Errorf("%s: exit code %d, messages %q", source, got.code, got.stderr)
		}
	}
}

// Errors that leave nothing to report say what to do about them.
func TestS3Errors(t *testing.T) {
	server := serveDemo(t)
	denyListing := func(r *http.Request) faultproxy.Fault {
		if isListing(r) {
			return faultproxy.Forbidden
		}
		return faultproxy.None
	}
	expire := func(r *http.Request) faultproxy.Fault {
		if isReading(r) {
			return faultproxy.Expired
		}
		return faultproxy.None
	}
	for _, test := range []struct {
		why     string
		fault   func(*http.Request) faultproxy.Fault
		args    string
		code    int
		message string // a pattern
	}{
		{"listing is denied", denyListing, "report s3://demo-trail/AWSLogs", exitError, `s3:ListBucket.*arn:aws:s3:::demo-trail`},
		{"no such bucket", nil, "report s3://no-such-bucket", exitUsage, `^roletrail: s3://no-such-bucket`},
		{"nothing there", nil, "report s3://demo-trail/AWSLogs/444455556666", exitUsage, `^roletrail: s3://demo-trail/AWSLogs/444455556666`},
		{
			"credentials have expired", expire, "report s3://demo-trail", exitError,
			`(?s)ExpiredToken.*\n  \d+ of \d+ files (were|was) not read(, nor those not listed yet)?; no report was written\n`,
		},
		{"another account alone", nil, "report --account 444455556666 s3://demo-trail", exitError, `hint: other accounts and Regions were not looked at`},
	} {
		t.Run(test.why, func(t *testing.T) {
			if test.fault != nil {
				breakRequests(t, server, test.fault)
			}
			args := strings.Fields(test.args)
			got := runPlainly(args...)
			mustBeClean(t, got, args)
			if got.code != test.code || !regexp.MustCompile(test.message).MatchString(got.stderr) {
				t.Errorf("exit code %d, messages\n%s", got.code, got.stderr)
			}
		})
	}
}

// Without credentials a run ends soon, and says what can be read without.
func TestS3NoCredentials(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	for _, args := range [][]string{{"report"}, {"report", "--trail", "main"}, {"report", "--estimate"}} {
		got := runPlainly(args...)
		mustBeClean(t, got, args)
		if got.code != exitError || !strings.Contains(got.stderr, "roletrail report ./folder") || !strings.Contains(got.stderr, "roletrail report s3://") {
			t.Errorf("%v: exit code %d, messages\n%s", args, got.code, got.stderr)
		}
	}
	args := []string{"report", "s3://demo-trail"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitError || !strings.Contains(got.stderr, "no credentials") || !strings.Contains(got.stderr, "hint: set AWS_PROFILE") {
		t.Errorf("%v: exit code %d, messages\n%s", args, got.code, got.stderr)
	}
}

// At the end of a run, --log-level debug tells what was sent. Nothing secret is ever told.
func TestS3Debug(t *testing.T) {
	server := serveDemo(t)
	all := func(fault faultproxy.Fault) func(*http.Request) faultproxy.Fault { return faultproxy.Every(1, fault) }
	for _, test := range []struct {
		why     string
		fault   func(*http.Request) faultproxy.Fault
		token   string // of the session, which the server does not know
		code    int
		message string // a pattern
	}{
		{"nothing fails", nil, "", exitPartial, `(?m)^roletrail: requests GetObject=105 HeadBucket=1 ListObjectsV2=\d+ throttled=0$`},
		{"some throttling", faultproxy.Every(9, faultproxy.Status503), "", exitPartial, `(?m)^roletrail: requests GetObject=1\d\d HeadBucket=\d ListObjectsV2=\d+ throttled=[1-9]\d*$`},
		{"access is denied", all(faultproxy.Forbidden), "", exitError, `(?m)^roletrail: requests HeadBucket=1 ListObjectsV2=1 throttled=0$`},
		{"a token that is unknown", nil, sessionToken, exitError, `(?m)^roletrail: requests HeadBucket=1 ListObjectsV2=1 throttled=0$`},
		{"a token that has expired, and is repeated", all(faultproxy.Expired), sessionToken, exitError, `(?m)^roletrail: requests HeadBucket=1 `},
	} {
		t.Run(test.why, func(t *testing.T) {
			if test.fault != nil {
				breakRequests(t, server, test.fault)
			}
			t.Setenv("AWS_SESSION_TOKEN", test.token)
			args := []string{"report", "--log-level", "debug", "s3://demo-trail"}
			got := runPlainly(args...)
			mustBeClean(t, got, args)
			if got.code != test.code || !regexp.MustCompile(test.message).MatchString(got.stderr) {
				t.Errorf("exit code %d, messages\n%s", got.code, got.stderr)
			}
			for _, secret := range []string{server.SecretAccessKey, sessionToken, "Signature=", "X-Amz-Signature", "Authorization"} {
				if strings.Contains(got.stderr+got.stdout, secret) {
					t.Errorf("%q is told in\n%s", secret, got.stderr)
				}
			}
		})
	}
}

const sessionToken = "IQoJb3JpZ2luX2VjEXAMPLEtoken"

// The flags that are spelt as the AWS CLI spells them do what they do there.
func TestS3Flags(t *testing.T) {
	server := serveDemo(t)
	for _, test := range []struct {
		flag   string
		header string // of all requests
		want   string // a pattern
		code   int
	}{
		{"--request-payer requester", "X-Amz-Request-Payer", `^requester$`, exitPartial},
		{"--request-payer", "X-Amz-Request-Payer", `^requester$`, exitPartial},
		{"--quiet", "X-Amz-Request-Payer", `^$`, exitPartial},
		{"--quiet", "Authorization", `^AWS4-HMAC-SHA256 `, exitPartial},
		{"--no-sign-request", "Authorization", `^$`, exitError}, // the server has no public buckets
	} {
		t.Run(test.flag+", "+test.header, func(t *testing.T) {
			want := regexp.MustCompile(test.want)
			proxy := breakRequests(t, server, func(r *http.Request) faultproxy.Fault {
				if got := r.Header.Get(test.header); r.Method != http.MethodHead && !want.MatchString(got) {
					t.Errorf("%s %s: %s is %q", r.Method, r.URL, test.header, got)
				}
				return faultproxy.None
			})
			t.Setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
			args := append(strings.Fields(test.flag), "--endpoint-url", proxy.URL, "s3://demo-trail")
			args = append([]string{"report"}, args...)
			got := runPlainly(args...)
			mustBeClean(t, got, args)
			if got.code != test.code || proxy.Requests() == 0 {
				t.Errorf("exit code %d, %d requests, messages %q", got.code, proxy.Requests(), got.stderr)
			}
		})
	}
}

// An estimate of a trail in S3 sends no request for an object.
func TestS3Estimate(t *testing.T) {
	server := serveDemo(t)
	breakRequests(t, server, func(r *http.Request) faultproxy.Fault {
		if isReading(r) {
			t.Errorf("%s was asked for", r.URL.Path)
		}
		return faultproxy.None
	})
	args := []string{"report", "--estimate", "--format", "json", "s3://demo-trail"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	var e estimate
	if err := json.NewDecoder(bytes.NewBufferString(got.stdout)).Decode(&e); err != nil || got.code != exitDone || got.stderr != "" {
		t.Fatalf("%v, exit code %d, messages %q", err, got.code, got.stderr)
	}
	if e.Objects.Listed != 111 || e.Objects.ToRead != 105 || e.Objects.Skipped["digest"] != 6 {
		t.Errorf("objects %+v", e.Objects)
	}
	if e.Requests.Reading["GetObject"] != 105 || e.Requests.Listing["ListObjectsV2"] == 0 || e.Requests.Listing["GetObject"] != 0 {
		t.Errorf("requests %+v", e.Requests)
	}
	if e.Time.Concurrency != 64 || e.Time.RequestMilliseconds <= 0 {
		t.Errorf("time %+v", e.Time)
	}
	text := runPlainly("report", "--estimate", "s3://demo-trail")
	for _, want := range []string{"To read    105 files of 111, ", "Skipped    6 digest\n", "105 GetObject, needed to read\n"} {
		if !strings.Contains(text.stdout, want) {
			t.Errorf("the estimate lacks %q:\n%s", want, text.stdout)
		}
	}
}
