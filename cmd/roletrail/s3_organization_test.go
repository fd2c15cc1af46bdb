//go:build unix

package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/internal/faultproxy"
	"roletrail/internal/s3server"
)

// serveOrganization serves the trail of an organization in a bucket of that name, as serveDemo does: some thousand log
// files, so that the listing of a Region has several pages.
func serveOrganization(t *testing.T) *s3server.Server {
	t.Helper()
	server := s3server.Start(t)
	folder := server.Bucket(t, "organization")
	// In a process of its own: the race detector, if there is one here, would make it take ten times as long.
	generator := exec.Command("go", "run", "../trailgen", "-preset", "a", "-organization", "o-abcde12345",
		"-accounts", "111122223333,444455556666", "-regions", "us-east-1,eu-west-1", "-files", "5000", "-events-per-file", "2",
		"-relevant", "0.3", "-out", folder)
	if output, err := generator.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	err := os.Remove(filepath.Join(folder, "README.md")) // of the generator
	const account = "AWSLogs/o-abcde12345/111122223333/"
	for name, content := range map[string]string{
		"CloudTrail-Digest/us-east-1/2026/11/13/digest.json.gz": "is not read",
		"CloudTrail/us-east-1/2026/11/13/broken.json.gz":        "\x1f\x8bis not gzip",
	} {
		path := filepath.Join(folder, account+name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	useServer(t, server, server.URL)
	t.Chdir(server.Root)
	return server
}

// checkSameReport wants the report on a part of S3 to be the same to the byte as that on the folder it is served from, but
// for the names of objects and what was pruned.
func checkSameReport(t *testing.T, folder string, stall time.Duration) {
	t.Helper()
	want := runPlainly("report", "--format", "json", folder)
	if want.code != exitPartial { // for the one that is broken
		t.Fatalf("exit code %d, messages %q", want.code, want.stderr)
	}
	args := []string{"report", "--format", "json", "s3://" + folder}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, environment{
		stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: clock, stall: stall,
	})
	got := result{code, stdout.String(), stderr.String()}
	mustBeClean(t, got, args)
	named := strings.ReplaceAll(got.stdout, "s3://organization/", "organization/")
	if got.code != want.code || got.stderr != "" || named != want.stdout {
		t.Errorf("exit code %d, messages %q; - local, + S3:\n%s", got.code, got.stderr, cmp.Diff(want.stdout, named))
	}
}

// The report on thousands of log files is the same wherever they lie, also if one request of twenty fails. It is, too, for
// a part of the trail that begins at any level of the layout.
func TestS3Organization(t *testing.T) {
	server := serveOrganization(t)
	t.Run("whole", func(t *testing.T) {
		checkSameReport(t, "organization", 0)
	})
	t.Run("faults", func(t *testing.T) {
		faults := []faultproxy.Fault{faultproxy.Status503, faultproxy.Status500, faultproxy.Reset, faultproxy.Stall, faultproxy.Truncate}
		inTurn := faultproxy.Every(20, faults...)
		var further atomic.Int64
		proxy := breakRequests(t, server, func(r *http.Request) faultproxy.Fault {
			if r.URL.Query().Has("continuation-token") {
				further.Add(1)
			}
			return inTurn(r)
		})
		checkSameReport(t, "organization/AWSLogs/o-abcde12345/111122223333", 500*time.Millisecond)
		for _, fault := range faults {
			if n := proxy.Count(fault); n < 20 {
				t.Errorf("%d requests with fault %d", n, fault)
			}
		}
		if n := further.Load(); n < 2 {
			t.Errorf("%d requests for further pages", n)
		}
	})

	logs, err := filepath.Glob("organization/AWSLogs/o-abcde12345/111122223333/CloudTrail/us-east-1/2026/11/13/*_CloudTrail_*.json.gz")
	if err != nil || len(logs) == 0 {
		t.Fatalf("%v, %d log files", err, len(logs))
	}
	for path := logs[0]; path != "."; path = filepath.Dir(path) {
		t.Run("from "+path, func(t *testing.T) {
			const since = "--since=2026-11-13"
			want := runPlainly("report", "--format", "json", since, path)
			args := []string{"report", "--format", "json", since, "s3://" + path}
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
