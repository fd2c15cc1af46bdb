package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roletrail/ingest"
	"roletrail/ingest/digest"
	"roletrail/internal/trailgen"
	"roletrail/report"
)

// signTrail writes a trail with digests into a folder, and keys.json beside it, and returns the digests.
func signTrail(t *testing.T, dir string, o trailgen.Options) []trailgen.Digest {
	t.Helper()
	if _, err := trailgen.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	digests, err := trailgen.Sign(dir, trailgen.DigestOptions{
		Key: key, Bucket: "organization-logs", Start: o.Start, End: o.End, Accounts: o.Accounts, Regions: o.Regions,
		Organization: o.Organization, Prefix: o.Prefix, Sidecars: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var keys []digest.PublicKey
	for _, region := range o.Regions {
		keys = append(keys, digest.PublicKey{
			Region: region, Fingerprint: trailgen.Fingerprint(&key.PublicKey), Value: x509.MarshalPKCS1PublicKey(&key.PublicKey), ValidFrom: o.Start, ValidUntil: o.End,
		})
	}
	err = writeFile("keys.json", func(w io.Writer) error { return digest.WritePublicKeys(w, keys) })
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

// All accounts and Regions of an organization's trail are verified in one run.
func TestVerifyOrganization(t *testing.T) {
	t.Chdir(t.TempDir())
	start := time.Date(2026, 10, 15, 8, 0, 0, 0, time.UTC)
	o := trailgen.Options{
		Accounts: []string{"111122223333", "444455556666"}, Regions: []string{"eu-west-1", "us-east-1"}, Organization: "o-exampleorgid", Prefix: "audit",
		Files: 24, Sizes: trailgen.Of(3), Start: start, End: start.Add(6 * time.Hour),
	}
	digests := signTrail(t, "trail", o)
	args := []string{"verify", "--format", "json", "--public-keys", "keys.json", "trail"}
	got := runPlainly(args...)
	mustBeClean(t, got, args)
	v := verificationOf(t, got)
	if got.code != exitDone || len(v.Chains) != 4 {
		t.Fatalf("exit code %d, messages %q\n%s", got.code, got.stderr, got.stdout)
	}
	for _, c := range v.Chains {
		if c.ProvenHours != 6 || c.Digests != (report.VerifiedDigests{Valid: 6}) {
			t.Errorf("%+v", c)
		}
	}
	var lost string
	for _, d := range digests {
		if d.Account == "444455556666" && d.Region == "us-east-1" && len(d.LogFiles) > 0 {
			lost = d.LogFiles[0]
		}
	}
	if err := os.Remove(filepath.Join("trail", lost)); err != nil {
		t.Fatal(err)
	}
	got = runPlainly(args...)
	mustBeClean(t, got, args)
	v = verificationOf(t, got)
	if got.code != exitInvalid || len(v.Problems) != 1 || v.Problems[0].AccountID != "444455556666" || v.Problems[0].Region != "us-east-1" || v.Problems[0].Key != lost {
		t.Errorf("exit code %d, problems %+v", got.code, v.Problems)
	}
	for _, c := range v.Chains {
		if damaged := c.AccountID == "444455556666" && c.Region == "us-east-1"; damaged != (c.ProvenHours == 5) {
			t.Errorf("%+v", c)
		}
	}
}

// nothingTaken is a verifier that takes up digests alone.
type nothingTaken struct {
	ingest.Verifier
	digests int
}

func (n *nothingTaken) Digest(*ingest.Object, []byte, ingest.Signature) error {
	n.digests++
	return nil
}

// Keys of S3 are any bytes. Signatures are saved inside of the folder alone.
func TestSaveSignaturesOfHostileKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("signatures", 0o777); err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	taken := &nothingTaken{}
	saver, err := newSignatureSaver(taken, "signatures", newLogger(&stderr, logLevels["info"]))
	if err != nil {
		t.Fatal(err)
	}
	defer saver.close()
	keys := []string{"../outside", "a/../../outside", "/etc/outside", "a//b", "", "a\x00b", "\x1b[2J/../x", "./x"}
	for _, key := range keys {
		o := &ingest.Object{Name: "s3://logs/" + key, Location: ingest.Location{Bucket: "logs", Key: key}}
		if err := saver.Digest(o, nil, ingest.Signature{Value: "00"}); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	good := &ingest.Object{Name: "s3://logs/a/b.json.gz", Location: ingest.Location{Bucket: "logs", Key: "a/b.json.gz"}}
	for range 2 {
		if err := saver.Digest(good, nil, ingest.Signature{Value: "00"}); err != nil {
			t.Error(err)
		}
	}
	if err := saver.Digest(good, nil, ingest.Signature{}); err != nil {
		t.Error(err)
	}
	var written []string
	filepath.WalkDir(".", func(name string, entry os.DirEntry, err error) error {
		if !entry.IsDir() {
			written = append(written, name)
		}
		return err
	})
	if got := strings.Join(written, " "); got != "signatures/.signature.json signatures/a/b.json.gz.signature.json" && got != "signatures/a/b.json.gz.signature.json" {
		t.Errorf("written: %q", got)
	}
	if taken.digests != len(keys)+3 {
		t.Errorf("%d digests were passed on", taken.digests)
	}
	if complaints := checkMessages(stderr.String()); len(complaints) > 0 || strings.Count(stderr.String(), "its signature is not saved") < 6 || strings.ContainsRune(stderr.String(), 0x1b) {
		t.Errorf("%v\n%s", complaints, stderr.String())
	}
}
