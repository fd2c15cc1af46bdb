package local_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roletrail/ingest"
	"roletrail/ingest/digest"
	"roletrail/ingest/local"
	"roletrail/ingest/sourcetest"
)

const (
	digestFolder = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/"
	digestFile   = "111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20260301T090131Z.json.gz"
)

func listDigests(t *testing.T, source ingest.Source) []string {
	t.Helper()
	r := &sourcetest.Recorder{T: t}
	if err := source.(ingest.DigestSource).ListDigests(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r.Told
}

// A digest is known by its folder, or by its own name, wherever it lies, and only if digests are asked for.
func TestDigestsByName(t *testing.T) {
	inFolder(t, "flat/"+digestFile, "flat/"+digestFile+".signature.json", "flat/log.json", digestFolder+"renamed.json", digestFile)
	paths := []string{"flat", "AWSLogs", digestFile, "./" + digestFile}
	source := local.New(paths, local.Options{})
	before := &sourcetest.Recorder{T: t}
	if err := source.List(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(before.Told, "object flat/"+digestFile) {
		t.Errorf("without digests, their names mean nothing: %q", before.Told)
	}
	want := []string{
		"object flat/" + digestFile, "skip flat/" + digestFile + ".signature.json: digest",
		"object " + digestFolder + "renamed.json", "object " + digestFile,
	}
	if got := listDigests(t, source); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	after := &sourcetest.Recorder{T: t}
	if err := source.List(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	want = []string{
		"skip flat/" + digestFile + ": digest", "skip flat/" + digestFile + ".signature.json: digest", "object flat/log.json",
		"skip " + digestFolder + "renamed.json: digest", "skip " + digestFile + ": digest",
	}
	if !slices.Equal(after.Told, want) {
		t.Errorf("then told %q, want %q", after.Told, want)
	}
}

func TestDigestsOutsideTheWindow(t *testing.T) {
	inFolder(t, digestFolder+digestFile, strings.Replace(digestFolder, "/01/", "/05/", 1)+digestFile)
	from := ingest.ParseKey(digestFolder+"x").Delivered.AddDate(0, 0, 2)
	got := listDigests(t, local.New([]string{"."}, local.Options{Deliveries: ingest.Deliveries{From: from}}))
	if want := []string{"object " + strings.Replace(digestFolder, "/01/", "/05/", 1) + digestFile}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestSidecar(t *testing.T) {
	inFolder(t, digestFolder+digestFile)
	signature := ingest.Signature{Value: "50ab", Algorithm: digest.SignatureAlgorithm}
	open := func() ingest.Signature {
		source := local.New([]string{"."}, local.Options{})
		told := listDigests(t, source)
		name := strings.TrimPrefix(told[0], "object ")
		content, err := source.Open(t.Context(), ingest.Object{Name: name, Size: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		if data, err := io.ReadAll(content); err != nil || string(data) != name {
			t.Errorf("%q, %v", data, err)
		}
		return content.(ingest.Signed).Signature()
	}
	if got := open(); got != (ingest.Signature{}) {
		t.Errorf("without a sidecar: %+v", got)
	}
	beside := filepath.Join(filepath.FromSlash(digestFolder), digestFile+ingest.SidecarEnding)
	file, err := os.Create(beside)
	if err != nil {
		t.Fatal(err)
	}
	if err := digest.WriteSidecar(file, signature); err != nil {
		t.Fatal(err)
	}
	file.Close()
	if got := open(); got != signature {
		t.Errorf("%+v, want %+v", got, signature)
	}
	write(t, beside, "none")
	if got := open(); got != (ingest.Signature{}) {
		t.Errorf("of a broken sidecar: %+v", got)
	}
	// One that leads out of the tree is not read, as nothing is that lies elsewhere.
	if err := os.Remove(beside); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "sidecar")
	write(t, outside, `{"schema":"roletrail/digest-signature/v1","signature":"50ab"}`)
	link(t, outside, beside)
	if got := open(); got != (ingest.Signature{}) {
		t.Errorf("of a sidecar elsewhere: %+v", got)
	}
}
