//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

// serveTrails is a CloudTrail that describes trails, each an element of trailList (AWS CloudTrail API Reference,
// "DescribeTrails"), and makes it the one of the test's environment.
func serveTrails(t *testing.T, trails ...string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if target := r.Header.Get("X-Amz-Target"); !strings.HasSuffix(target, ".DescribeTrails") {
			t.Errorf("%q was asked for", target)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprintf(w, `{"trailList": [%s]}`, strings.Join(trails, ","))
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", server.URL)
}

const (
	managementTrail = `{"Name": "management", "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/management", "HomeRegion": "eu-west-1",
		"S3BucketName": "demo-trail", "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true, "IsOrganizationTrail": false}`
	otherTrail = `{"Name": "other", "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/other", "HomeRegion": "us-east-1",
		"S3BucketName": "other-logs", "S3KeyPrefix": "audit", "IsMultiRegionTrail": false, "IsOrganizationTrail": true}`
)

// A trail is found by its name or ARN.
func TestTrail(t *testing.T) {
	serveDemo(t)
	serveTrails(t, otherTrail, managementTrail)
	want := usageOf(t, runPlainly("report", "--format", "json", "demo-trail"))
	for _, name := range []string{"management", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/management"} {
		args := []string{"report", "--format", "json", "--trail", name}
		got := runPlainly(args...)
		mustBeClean(t, got, args)
		if got.code != exitPartial || got.stderr != "roletrail: reading the trail management (s3://demo-trail/AWSLogs/111122223333/)\n" {
			t.Errorf("exit code %d, messages %q", got.code, got.stderr)
		}
		if difference := cmp.Diff(want, usageOf(t, got)); difference != "" {
			t.Errorf("- local, + S3:\n%s", difference)
		}
	}

	args := []string{"report", "--trail", "managment"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitUsage || !strings.HasPrefix(got.stderr, "roletrail: managment: no such trail is seen in us-east-1\nhint: ") {
		t.Errorf("exit code %d, messages %q", got.code, got.stderr)
	}
}

// Whoever names nothing gets the account's only trail, and its last 90 days.
func TestOnlyTrail(t *testing.T) {
	serveDemo(t)
	serveTrails(t, managementTrail)
	want := usageOf(t, runPlainly("report", "--format", "json", "--since", "90d", "demo-trail"))
	args := []string{"report", "--format", "json"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitPartial || !strings.HasPrefix(got.stderr, "roletrail: reading the trail management (s3://demo-trail/") {
		t.Errorf("exit code %d, messages %q", got.code, got.stderr)
	}
	if difference := cmp.Diff(want, usageOf(t, got)); difference != "" {
		t.Errorf("- local, + S3:\n%s", difference)
	}
	if !strings.Contains(got.stdout, `"since": "2026-08-16T12:00:00Z"`) {
		t.Errorf("the report does not begin 90 days ago:\n%s", got.stdout)
	}
	if got := runPlainly("report"); !strings.Contains(got.stdout, "Window     from 2026-08-16 12:00Z on") {
		t.Errorf("the header does not tell the window:\n%s", got.stdout)
	}
	if got := runPlainly("report", "--since", "2026-11-01", "--log-level", "warn"); got.stderr != "" || !strings.Contains(got.stdout, "Window     from 2026-11-01 00:00Z on") {
		t.Errorf("messages %q, report\n%s", got.stderr, got.stdout)
	}
}

// With several trails it takes a choice.
func TestSeveralTrails(t *testing.T) {
	serveTrails(t, otherTrail, managementTrail)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	args := []string{"report"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	const want = "roletrail: the account has 2 trails\n" +
		"  arn:aws:cloudtrail:eu-west-1:111122223333:trail/management: s3://demo-trail/AWSLogs/111122223333/\n" +
		"  arn:aws:cloudtrail:us-east-1:111122223333:trail/other: s3://other-logs/audit/AWSLogs/\n" +
		"hint: name the one to read by --trail ARN\n"
	if got.code != exitUsage || got.stderr != want {
		t.Errorf("exit code %d, messages\n%swant\n%s", got.code, got.stderr, want)
	}
}

// A check of the account's only trail reads what the idle window asks for. A trail of one Region does not suffice.
func TestCheckTrail(t *testing.T) {
	serveDemo(t)
	serveTrails(t, managementTrail)
	const role = "ecsInfrastructureRole"
	listed := func(args ...string) int64 {
		args = append([]string{"check", "--format", "json", role}, args...)
		got := runPlainly(args...)
		mustBeClean(t, got, args)
		var c analyzer.Check
		if err := json.Unmarshal([]byte(got.stdout), &c); err != nil || got.code != exitNotSafe || strings.Contains(got.stdout, `"scope"`) {
			t.Errorf("%v: %v, exit code %d, report\n%s", args, err, got.code, got.stdout)
		}
		return c.Input.Objects.Listed
	}
	all, some := listed(), listed("--idle", "10d", "--until", "2026-11-12T00:00:00Z")
	if since := listed("--idle", "10d", "--until", "2026-11-12T00:00:00Z", "--since", "90d"); some == 0 || some >= since || since > all {
		t.Errorf("%d log files were listed for 90 days, %d for ten, %d for these as of 90 days ago", all, some, since)
	}

	serveTrails(t, strings.Replace(managementTrail, `"IsMultiRegionTrail": true`, `"IsMultiRegionTrail": false`, 1))
	args := []string{"check", role, "--format", "json", "--trail", "management"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitNotSafe || !strings.Contains(got.stdout, `"text": "the trail management records the events of eu-west-1 alone"`) {
		t.Errorf("exit code %d, report\n%s", got.code, got.stdout)
	}
}

// A check and a policy of a trail in S3 are those of the same trail in a folder, and other accounts and Regions are not
// listed if nobody asked for them.
func TestCheckS3(t *testing.T) {
	serveDemo(t)
	named := func(r result) result {
		r.stdout = strings.ReplaceAll(r.stdout, `"s3://`, `"`)
		return r
	}
	for _, args := range [][]string{
		{"check", "--format", "json", "ecsInfrastructureRole"},
		{"check", "--format", "json", "--feature", "vpc-lattice", "ecsInfrastructureRole"},
		{"policy", "ecsInfrastructureRole", "--quiet"},
	} {
		want := runPlainly(append(args, "demo-trail")...)
		got := runPlainly(append(args, "s3://demo-trail")...)
		mustBeClean(t, got, args)
		if difference := cmp.Diff(want.stdout, named(got).stdout); difference != "" || got.code != want.code {
			t.Errorf("%v: exit code %d, want %d, messages %q\n- local, + S3:\n%s", args, got.code, want.code, got.stderr, difference)
		}
	}
	args := []string{"check", "--format", "json", "ecsInfrastructureRole", "--region", "us-east-1", "--account", "111122223333", "s3://demo-trail"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitNotSafe || !strings.Contains(got.stdout, `"reason": "region"`) || !strings.Contains(got.stdout, `"text": "--region us-east-1 leaves out other Regions"`) {
		t.Errorf("exit code %d, report\n%s", got.code, got.stdout)
	}
}
