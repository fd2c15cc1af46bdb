//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roletrail/internal/cloudtrail"
	"roletrail/internal/s3server"
	"roletrail/internal/tamper"
	"roletrail/report"
)

// serveKeys makes a CloudTrail with the keys of a tree the one of the test's environment.
func serveKeys(t *testing.T, service *cloudtrail.Service) {
	t.Helper()
	for _, variable := range service.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
}

// serveTree serves a tree and its trail, and makes both the ones of the test's environment.
func serveTree(t *testing.T, server *s3server.Server, tree *tamper.Tree) *cloudtrail.Service {
	t.Helper()
	tree.Upload(t, server)
	useServer(t, server, server.URL)
	service := tree.Serve(t)
	serveKeys(t, service)
	return service
}

// What only S3 shows, and one row of each other kind.
func TestVerifyRowsInS3(t *testing.T) {
	server := s3server.Start(t)
	for i, r := range tamper.Rows {
		if !onlyInS3(r) && !r.InMetadata && i%7 != 0 {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			tree := tamper.New(t, r, strings.ToLower("row-"+string(rune('a'+i/26))+string(rune('a'+i%26))))
			serveTree(t, server, tree)
			verifyRow(t, r, tree, "s3://"+tree.Bucket)
		})
	}
}

// What a run in S3 saves is enough to verify a plain copy, offline.
func TestVerifyOffline(t *testing.T) {
	server := s3server.Start(t)
	tree := tamper.New(t, row(t, "untouched"), "offline-logs")
	service := serveTree(t, server, tree)
	t.Chdir(t.TempDir())
	tree.Write(t, ".", false)

	online := []string{"verify", "--format", "json", "--save-public-keys", "keys.json", "--save-signatures", "signatures", "s3://offline-logs"}
	got := runPlainly(online...)
	mustBeClean(t, got, online)
	if got.code != exitDone || got.stderr != "" {
		t.Fatalf("exit code %d, messages %q", got.code, got.stderr)
	}
	regions := map[string]int{}
	for _, request := range service.Requests() {
		regions[request.Operation+" "+request.Region]++
	}
	if len(regions) != 2 || regions["ListPublicKeys us-east-1"] != 1 || regions["ListPublicKeys eu-west-1"] != 1 {
		t.Errorf("asked: %v", regions)
	}

	t.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", "http://127.0.0.1:1")
	offline := []string{"verify", "--format", "json", "--public-keys", "keys.json", "offline-logs"}
	plain := runPlainly(offline...)
	mustBeClean(t, plain, offline)
	if v := verificationOf(t, plain); plain.code != exitPartial || problemsOf(v, "signatureMissing") != 4 {
		t.Errorf("exit code %d, problems %+v: the last digest of each chain has no signature", plain.code, v.ProblemCounts)
	}
	if err := os.CopyFS("offline-logs", os.DirFS("signatures")); err != nil {
		t.Fatal(err)
	}
	laid := runPlainly(offline...)
	mustBeClean(t, laid, offline)
	if laid.code != exitDone || laid.stderr != "" {
		t.Errorf("exit code %d, messages %q\n%s", laid.code, laid.stderr, laid.stdout)
	}
	want, have := verificationOf(t, got), verificationOf(t, laid)
	want.Input, have.Input = report.VerificationInput{}, report.VerificationInput{}
	if want, have := encode(t, want), encode(t, have); want != have {
		t.Errorf("offline:\n%s\nonline:\n%s", have, want)
	}
}

// A trail of an account is found by CloudTrail, and verified in the window that is asked for.
func TestVerifyTrail(t *testing.T) {
	server := s3server.Start(t)
	tree := tamper.New(t, row(t, "log: removed"), "trail-to-find")
	serveTree(t, server, tree)
	args := []string{"verify", "--trail", tree.TrailARN, "--since", "2026-10-15T11:01:31Z", "--until", "2026-10-15T13:01:31Z"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitDone || !strings.Contains(got.stdout, "2 of 2") {
		t.Errorf("exit code %d, messages %q: the log file is missing in another hour\n%s", got.code, got.stderr, got.stdout)
	}
}

// Without the permission nothing is checked, and the message says which one is missing.
func TestVerifyKeysDenied(t *testing.T) {
	server := s3server.Start(t)
	tree := tamper.New(t, row(t, "untouched"), "denied-keys")
	tree.Upload(t, server)
	useServer(t, server, server.URL)
	serveKeys(t, cloudtrail.Start(t, cloudtrail.Account{Keys: tree.Keys, Denied: map[string]string{"ListPublicKeys": "AccessDeniedException"}}))
	t.Chdir(t.TempDir())
	args := []string{"verify", "--save-public-keys", "keys.json", "s3://denied-keys"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitPartial || !strings.Contains(got.stderr, "cloudtrail:ListPublicKeys") || !strings.Contains(got.stderr, "keys.json: not written") {
		t.Errorf("exit code %d, messages %q", got.code, got.stderr)
	}
	if _, err := os.Stat("keys.json"); err == nil {
		t.Error("keys.json is there")
	}
}

// Signatures are saved inside of the folder alone, whatever links are in it.
func TestSaveSignaturesStaysInside(t *testing.T) {
	server := s3server.Start(t)
	tree := tamper.New(t, row(t, "untouched"), "inside-logs")
	serveTree(t, server, tree)
	t.Chdir(t.TempDir())
	for _, dir := range []string{"outside", "signatures"} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../outside", filepath.Join("signatures", "AWSLogs")); err != nil {
		t.Fatal(err)
	}
	args := []string{"verify", "--save-signatures", "signatures", "s3://inside-logs"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if got.code != exitError || !strings.Contains(got.stderr, "its signature cannot be saved") {
		t.Errorf("exit code %d, messages %q", got.code, got.stderr)
	}
	if entries, err := os.ReadDir("outside"); err != nil || len(entries) > 0 {
		t.Errorf("outside: %v %v", entries, err)
	}
}

func encode(t *testing.T, v *report.Verification) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.VerificationJSON(&out, v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
