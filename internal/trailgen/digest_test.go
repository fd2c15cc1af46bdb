package trailgen

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// newKey returns the key of this run of the tests; one takes a while to find.
var newKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

var digestStart = time.Date(2026, 10, 15, 8, 1, 31, 0, time.UTC)

func signed(t *testing.T, options Options, digests DigestOptions) (dir string, written []Digest) {
	t.Helper()
	dir = t.TempDir()
	if _, err := Write(dir, options); err != nil {
		t.Fatal(err)
	}
	digests.Key, digests.Bucket = newKey(), "amzn-s3-demo-bucket"
	written, err := Sign(dir, digests)
	if err != nil {
		t.Fatal(err)
	}
	return dir, written
}

// digestText is a digest as it stands in the CloudTrail User Guide's "CloudTrail digest file structure".
type digestText struct {
	AwsAccountID                                         string
	DigestStartTime, DigestEndTime                       time.Time
	DigestS3Bucket, DigestS3Object                       string
	DigestPublicKeyFingerprint, DigestSignatureAlgorithm string
	NewestEventTime, OldestEventTime                     *time.Time
	PreviousDigestS3Bucket, PreviousDigestS3Object       *string
	PreviousDigestHashValue, PreviousDigestHashAlgorithm *string
	PreviousDigestSignature                              *string
	LogFiles                                             []struct {
		S3Bucket, S3Object, HashValue, HashAlgorithm string
		NewestEventTime, OldestEventTime             time.Time
	}
}

func textOf(t *testing.T, dir, key string) []byte {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(key)))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := inflate(file)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return text
}

func open(t *testing.T, dir, key string) (text []byte, digest digestText) {
	t.Helper()
	text = textOf(t, dir, key)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&digest); err != nil || digest.LogFiles == nil {
		t.Fatalf("%s: %v, text\n%s", key, err, text)
	}
	return text, digest
}

func hexHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func deref[T any](pointer *T) (value T) {
	if pointer != nil {
		value = *pointer
	}
	return value
}

// Every log file is listed once with its hash, in the digest of its hour; each digest is signed and names the one before
// it in its chain.
func TestSign(t *testing.T) {
	late := func(key string) bool { return sha256.Sum256([]byte(key))[0] < 60 }
	options := Options{
		Accounts: []string{Account, otherAccount}, Organization: "o-exampleorgid", Prefix: "audit/2026", Files: 120, Sizes: Of(4),
		Start: digestStart.Add(time.Hour), End: digestStart.Add(9 * time.Hour),
	}
	dir, written := signed(t, options, DigestOptions{Start: digestStart, End: digestStart.Add(10*time.Hour + 30*time.Minute), Withhold: late, Trail: "my_trail"})

	listed := map[string]int{}
	kinds := map[string]int{}
	var before Digest
	var beforeText []byte
	for _, digest := range written {
		text, says := open(t, dir, digest.Key)
		for _, file := range says.LogFiles {
			listed[file.S3Object]++
			content := textOf(t, dir, file.S3Object)
			name, ok := parseLogFile(file.S3Object)
			if !ok || name.Account != digest.Account || name.Region != digest.Region || name.Delivered.Before(says.DigestStartTime) || !name.Delivered.Before(says.DigestEndTime) {
				t.Errorf("%s: lists %s", digest.Key, file.S3Object)
			}
			if file.S3Bucket != "amzn-s3-demo-bucket" || file.HashAlgorithm != "SHA-256" || file.HashValue != hexHash(content) || late(file.S3Object) != digest.Backfill {
				t.Errorf("%s: %+v", digest.Key, file)
			}
			for _, when := range []time.Time{file.OldestEventTime, file.NewestEventTime} {
				if !bytes.Contains(content, []byte(when.Format(time.RFC3339))) || when.Before(*says.OldestEventTime) || when.After(*says.NewestEventTime) {
					t.Errorf("%s: %s, which is no event's time in %s", digest.Key, when, file.S3Object)
				}
			}
		}
		first := digest.Account != before.Account || digest.Region != before.Region || digest.Backfill != before.Backfill
		switch {
		case first && (says.PreviousDigestS3Bucket != nil || says.PreviousDigestS3Object != nil || says.PreviousDigestHashValue != nil ||
			says.PreviousDigestHashAlgorithm != nil || says.PreviousDigestSignature != nil):
			t.Errorf("%s: begins a chain, but names a previous digest", digest.Key)
		case !first && (deref(says.PreviousDigestS3Bucket) != "amzn-s3-demo-bucket" || deref(says.PreviousDigestS3Object) != before.Key ||
			deref(says.PreviousDigestHashValue) != hexHash(beforeText) || deref(says.PreviousDigestHashAlgorithm) != "SHA-256" ||
			deref(says.PreviousDigestSignature) != before.Metadata["signature"]):
			t.Errorf("%s: does not name %s as the previous one", digest.Key, before.Key)
		}
		kinds[map[bool]string{false: "regular ", true: "backfill "}[digest.Backfill]+map[bool]string{false: "with files", true: "empty"}[len(says.LogFiles) == 0]]++
		if (len(says.LogFiles) == 0) != (says.NewestEventTime == nil) || len(says.LogFiles) != len(digest.LogFiles) {
			t.Errorf("%s: %d log files, newest event %v", digest.Key, len(says.LogFiles), says.NewestEventTime)
		}
		if says.DigestS3Bucket != "amzn-s3-demo-bucket" || says.DigestS3Object != digest.Key || says.AwsAccountID != digest.Account ||
			!says.DigestStartTime.Equal(digest.Start) || !says.DigestEndTime.Equal(digest.End) || says.DigestSignatureAlgorithm != "SHA256withRSA" {
			t.Errorf("%s: says of itself %+v", digest.Key, says)
		}
		verify(t, digest, text, says)
		before, beforeText = digest, text
	}
	if len(listed) != 120 {
		t.Errorf("%d log files are listed, want 120", len(listed))
	}
	for key, times := range listed {
		if times != 1 {
			t.Errorf("%s: listed %d times", key, times)
		}
	}
	if kinds["regular empty"] < 8 || kinds["regular with files"] < 20 || kinds["backfill with files"] < 4 || kinds["backfill empty"] != 0 {
		t.Errorf("kinds of digests: %v", kinds)
	}
	const want = "audit/2026/AWSLogs/o-exampleorgid/111122223333/CloudTrail-Digest/eu-west-1/2026/10/15/111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20261015T090131Z.json.gz"
	if written[0].Key != want {
		t.Errorf("the first is %s, want %s", written[0].Key, want)
	}
	if end := written[10].End; end != digestStart.Add(10*time.Hour+30*time.Minute) {
		t.Errorf("the last one ends at %s", end)
	}
}

// verify checks a signature as the AWS CLI does.
func verify(t *testing.T, digest Digest, text []byte, says digestText) {
	t.Helper()
	previous := "null"
	if says.PreviousDigestSignature != nil {
		previous = *says.PreviousDigestSignature
	}
	sum := sha256.Sum256([]byte(says.DigestEndTime.Format(time.RFC3339) + "\n" + says.DigestS3Bucket + "/" + says.DigestS3Object + "\n" + hexHash(text) + "\n" + previous))
	signature, err := hex.DecodeString(digest.Metadata["signature"])
	if err == nil {
		err = rsa.VerifyPKCS1v15(&newKey().PublicKey, crypto.SHA256, sum[:], signature)
	}
	if err != nil || digest.Metadata["signature-algorithm"] != "SHA256withRSA" || says.DigestPublicKeyFingerprint != Fingerprint(&newKey().PublicKey) {
		t.Errorf("%s: %v, %v", digest.Key, err, digest.Metadata)
	}
	if _, stamped := digest.Metadata["backfill-generation-timestamp"]; stamped != digest.Backfill || digest.Backfill != strings.HasSuffix(digest.Key, "_backfill.json.gz") {
		t.Errorf("%s: metadata %v", digest.Key, digest.Metadata)
	}
}

// Without logging there are no digests, and what is delivered is in none. The chain begins anew.
func TestSignPause(t *testing.T) {
	stopped, started := digestStart.Add(150*time.Minute), digestStart.Add(5*time.Hour)
	dir, written := signed(t, Options{Regions: []string{"us-east-1"}, Files: 40, Sizes: Of(2), Start: digestStart, End: digestStart.Add(7 * time.Hour)},
		DigestOptions{Start: digestStart, End: digestStart.Add(7 * time.Hour), Pauses: []Pause{{stopped, started}}})
	var spans, firsts []string
	for _, digest := range written {
		spans = append(spans, digest.Start.Format("15:04")+"-"+digest.End.Format("15:04"))
		_, says := open(t, dir, digest.Key)
		if says.PreviousDigestS3Object == nil {
			firsts = append(firsts, digest.Start.Format("15:04"))
		}
		for _, key := range digest.LogFiles {
			if name, _ := parseLogFile(key); !name.Delivered.Before(stopped) && name.Delivered.Before(started) {
				t.Errorf("%s: lists %s", digest.Key, key)
			}
		}
	}
	if !slices.Equal(spans, []string{"08:01-09:01", "09:01-10:01", "10:01-10:31", "13:01-14:01", "14:01-15:01"}) || !slices.Equal(firsts, []string{"08:01", "13:01"}) {
		t.Errorf("digests of %v, chains from %v", spans, firsts)
	}
}

// Accounts and Regions without log files have digests when they are asked for.
func TestSignSilent(t *testing.T) {
	_, written := signed(t, Options{Regions: []string{"us-east-1"}, Files: 2, Sizes: Of(2), Start: digestStart, End: digestStart.Add(time.Hour), Prefix: "p"},
		DigestOptions{Start: digestStart, End: digestStart.Add(time.Hour), Accounts: []string{Account}, Regions: []string{"us-east-1", "sa-east-1"}, Prefix: "p"})
	if len(written) != 2 || written[0].Region != "sa-east-1" || len(written[0].LogFiles) != 0 || len(written[1].LogFiles) != 2 ||
		!strings.HasPrefix(written[0].Key, "p/AWSLogs/111122223333/CloudTrail-Digest/sa-east-1/") {
		t.Errorf("%+v", written)
	}
}

// A digest that is bent is signed as it is, and the next one bears its hash.
func TestSignBend(t *testing.T) {
	dir, written := signed(t, Options{Regions: []string{"us-east-1"}, Files: 2, Sizes: Of(2), Start: digestStart, End: digestStart.Add(2 * time.Hour)},
		DigestOptions{Start: digestStart, End: digestStart.Add(2 * time.Hour), Sidecars: true, Bend: func(digest Digest, text Object) Object {
			if digest.Start.Equal(digestStart) {
				text = text.With("awsAccountId", "999999999999")
			}
			return text
		}})
	text, says := open(t, dir, written[0].Key)
	_, next := open(t, dir, written[1].Key)
	verify(t, written[0], text, says)
	if says.AwsAccountID != "999999999999" || deref(next.PreviousDigestHashValue) != hexHash(text) {
		t.Errorf("%+v, next %+v", says, next)
	}
	sidecar, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(written[0].Key)) + ".signature.json")
	if want := `{"schema":"roletrail/digest-signature/v1","signature":"` + written[0].Metadata["signature"] + `","signatureAlgorithm":"SHA256withRSA"}`; err != nil || string(sidecar) != want {
		t.Errorf("sidecar %s, %v, want %s", sidecar, err, want)
	}
}

func TestSignOptions(t *testing.T) {
	whole := DigestOptions{Key: newKey(), Bucket: "b", Start: digestStart, End: digestStart.Add(time.Hour)}
	for fault, bend := range map[string]func(*DigestOptions){
		"key":      func(o *DigestOptions) { o.Key = nil },
		"bucket":   func(o *DigestOptions) { o.Bucket = "" },
		"end":      func(o *DigestOptions) { o.End = o.Start },
		"accounts": func(o *DigestOptions) { o.Accounts = []string{Account} },
		"pauses":   func(o *DigestOptions) { o.Pauses = []Pause{{o.End, o.Start}} },
	} {
		options := whole
		bend(&options)
		if _, err := Sign(t.TempDir(), options); err == nil || !strings.HasPrefix(err.Error(), fault) {
			t.Errorf("%s: %v", fault, err)
		}
	}
	dir := t.TempDir()
	name := LogFile{Account: Account, Region: "us-east-1", Delivered: digestStart, Unique: "0123456789abcdef"}
	if err := WriteFile(filepath.Join(dir, filepath.FromSlash(name.Key())), Form{Damage: TruncatedGzip}, NewBuilder(1).AssumeRole(digestStart, ServiceCaller(ECS), InfrastructureRole, "ECSTaskVolumesForEBS")); err != nil {
		t.Fatal(err)
	}
	if _, err := Sign(dir, whole); err == nil || !strings.Contains(err.Error(), name.Key()) {
		t.Errorf("a broken log file: %v", err)
	}
}
