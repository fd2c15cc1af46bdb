package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"roletrail/ingest/digest"
	"roletrail/internal/tamper"
	"roletrail/report"
)

// treeBucket is the bucket that trees are of, unless they are uploaded.
const treeBucket = "trail-logs"

// row is the row of the matrix of damages of a name.
func row(t testing.TB, name string) tamper.Row {
	t.Helper()
	at := slices.IndexFunc(tamper.Rows, func(r tamper.Row) bool { return r.Name == name })
	if at < 0 {
		t.Fatalf("%s: no row of the matrix", name)
	}
	return tamper.Rows[at]
}

// writeTree writes a tree into a folder, and the public keys of its trail beside it, as keys.json.
func writeTree(t testing.TB, tree *tamper.Tree, dir string, sidecars bool) {
	t.Helper()
	tree.Write(t, dir, sidecars)
	var keys []digest.PublicKey
	for _, key := range tree.Keys {
		keys = append(keys, digest.PublicKey(key))
	}
	err := writeFile(filepath.Join(dir, "keys.json"), func(w io.Writer) error { return digest.WritePublicKeys(w, keys) })
	if err != nil {
		t.Fatal(err)
	}
}

// writeDigests implements the command of scripts
//
//	digests FOLDER [plain] [ROW]
//
// which writes the tree of a row of the matrix of damages (package tamper), of the untouched one without it, and keys.json.
// The tree is that of FOLDER/trail-logs. Plain copies have lost the signatures.
func writeDigests(t testing.TB, ts *testscript.TestScript, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: digests FOLDER [plain] [ROW]")
	}
	dir, name := ts.MkAbs(args[0]), "untouched"
	args = args[1:]
	plain := len(args) > 0 && args[0] == "plain"
	if plain {
		args = args[1:]
	}
	if len(args) > 0 {
		name = args[0]
	}
	ts.Check(os.MkdirAll(dir, 0o777))
	writeTree(t, tamper.New(t, row(t, name), treeBucket), dir, !plain)
}

// verificationOf returns what verify says in JSON.
func verificationOf(t testing.TB, r result) *report.Verification {
	t.Helper()
	var v report.Verification
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil {
		t.Fatalf("%v: exit code %d, messages %q", err, r.code, r.stderr)
	}
	return &v
}

// unchecked are the reasons which say that something was not found out, and not that it is wrong.
var unchecked = []tamper.Reason{tamper.KeyMissing, tamper.AlgorithmUnknown, tamper.SignatureMissing, tamper.ChainRestarted, tamper.LogFileExtra}

// wantCode is the exit code that a row's tree leads to.
func wantCode(r tamper.Row, tree *tamper.Tree) int {
	must, _ := r.Problems(tree)
	counts := r.Counts(tree)
	switch {
	case slices.ContainsFunc(must, func(p tamper.Problem) bool { return !slices.Contains(unchecked, p.Reason) }):
		return exitInvalid
	case counts.DigestsNotChecked+counts.NotChecked+counts.Extra+counts.NotCovered > 0,
		slices.ContainsFunc(must, func(p tamper.Problem) bool {
			return p.Reason == tamper.ChainRestarted || p.Reason == tamper.AlgorithmUnknown && strings.HasPrefix(r.Name, "chain")
		}):
		return exitPartial
	}
	return exitDone
}

// verifyRow compares the verification of a row's tree with what the row says.
func verifyRow(t *testing.T, r tamper.Row, tree *tamper.Tree, args ...string) {
	t.Helper()
	args = append([]string{"verify", "--format", "json"}, args...)
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	if want := wantCode(r, tree); got.code != want || got.stderr != "" {
		t.Fatalf("exit code %d, want %d, messages %q\n%s", got.code, want, got.stderr, got.stdout)
	}
	v := verificationOf(t, got)
	must, _ := r.Problems(tree)
	for _, p := range must {
		if !slices.ContainsFunc(v.ProblemCounts, func(c report.ProblemCount) bool { return c.Reason == string(p.Reason) }) {
			t.Errorf("%s is not told of %s, but %+v", p.Reason, p.At.Key, v.ProblemCounts)
		}
	}
	for _, c := range v.Chains {
		if c.Region == tamper.OtherRegion && (c.Digests != report.VerifiedDigests{Valid: c.Digests.Valid} || c.LogFiles != report.VerifiedLogFiles{Valid: c.LogFiles.Valid}) {
			t.Errorf("the other Region: %+v", c)
		}
	}
}

// onlyInS3 reports whether a row's damage shows by the name of a bucket, or by metadata that a copy has lost anyway.
func onlyInS3(r tamper.Row) bool {
	return strings.Contains(r.Name, "another bucket") || r.Name == "signature: not in the metadata"
}

// Every row of the matrix, as a local copy with signatures.
func TestVerifyRows(t *testing.T) {
	for _, r := range tamper.Rows {
		if onlyInS3(r) {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			tree := tamper.New(t, r, treeBucket)
			dir := t.TempDir()
			writeTree(t, tree, dir, true)
			verifyRow(t, r, tree, "--public-keys", filepath.Join(dir, "keys.json"), filepath.Join(dir, treeBucket))
		})
	}
}

// problemsOf is how many problems there are for a reason.
func problemsOf(v *report.Verification, reason string) (n int64) {
	for _, c := range v.ProblemCounts {
		if c.Reason == reason {
			n += c.Count
		}
	}
	return n
}
