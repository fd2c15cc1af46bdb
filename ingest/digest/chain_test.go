package digest_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"roletrail/ingest"
	"roletrail/ingest/digest"
)

func sign(t testing.TB, f *digest.File, hash [sha256.Size]byte) []byte {
	t.Helper()
	signed := sha256.Sum256(digest.StringToSign(f, digest.Location{}, hash))
	signature, err := rsa.SignPKCS1v15(rand.Reader, testKey(), crypto.SHA256, signed[:])
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

const (
	account = "111122223333"
	region  = "us-east-1"
	bucket  = "logs"
)

var begin = time.Date(2026, 3, 1, 8, 1, 31, 0, time.UTC)

// made is a digest that a test made.
type made struct {
	file      digest.File
	text      []byte
	signature string
}

func (m *made) hash() [sha256.Size]byte { return sha256.Sum256(m.text) }

// object is the digest as S3 tells of it.
func (m *made) object() *ingest.Object {
	at := m.file.Location()
	return &ingest.Object{Name: "s3://" + at.Bucket + "/" + at.Key, Location: at}
}

// copied is the digest as it lies in a local copy.
func (m *made) copied() *ingest.Object { return &ingest.Object{Name: "copy/" + m.file.DigestS3Object} }

func logKey(at time.Time, unique string) string {
	return fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz", account, region, at.Format("2006/01/02"), account, region, at.Format("20060102T1504Z"), unique)
}

func logObject(key string) *ingest.Object {
	return &ingest.Object{Name: "s3://" + bucket + "/" + key, Location: ingest.Location{Bucket: bucket, Key: key}, Key: ingest.ParseKey(key)}
}

// textOf is what the log file of a key holds in these tests.
func textOf(key string) [sha256.Size]byte { return sha256.Sum256([]byte("text of " + key)) }

// write makes the digest of an hour, after another one or the first, which lists log files.
func write(t testing.TB, previous *made, hour int, bend func(*digest.File), logs ...string) *made {
	t.Helper()
	start := begin.Add(time.Duration(hour) * time.Hour)
	end := start.Add(time.Hour)
	f := digest.File{
		AWSAccountID: account, DigestStartTime: start.Format(time.RFC3339), DigestEndTime: end.Format(time.RFC3339), DigestS3Bucket: bucket,
		DigestS3Object: fmt.Sprintf("AWSLogs/%s/CloudTrail-Digest/%s/%s/%s_CloudTrail-Digest_%s_my_trail_%s_%s.json.gz",
			account, region, end.Format("2006/01/02"), account, region, region, end.Format("20060102T150405Z")),
		DigestPublicKeyFingerprint: "f1", DigestSignatureAlgorithm: digest.SignatureAlgorithm, LogFiles: []digest.LogFile{},
	}
	if previous != nil {
		hash := previous.hash()
		f.PreviousDigestS3Bucket, f.PreviousDigestS3Object = previous.file.DigestS3Bucket, previous.file.DigestS3Object
		f.PreviousDigestHashAlgorithm, f.PreviousDigestHashValue = digest.HashAlgorithm, hexOf(hash[:])
		f.PreviousDigestSignature = previous.signature
	}
	for _, key := range logs {
		hash := textOf(key)
		f.LogFiles = append(f.LogFiles, digest.LogFile{S3Bucket: bucket, S3Object: key, HashValue: hexOf(hash[:]), HashAlgorithm: digest.HashAlgorithm})
	}
	if bend != nil {
		bend(&f)
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	m := &made{file: f, text: text}
	m.signature = hexOf(sign(t, &f, m.hash()))
	return m
}

// hours makes a chain of digests, with one log file each.
func hours(t testing.TB, n int) (chain []*made, logs []string) {
	t.Helper()
	var previous *made
	for hour := range n {
		key := logKey(begin.Add(time.Duration(hour)*time.Hour+10*time.Minute), fmt.Sprintf("%016d", hour))
		previous = write(t, previous, hour, nil, key)
		chain, logs = append(chain, previous), append(logs, key)
	}
	return chain, logs
}

var testKeys = func() digest.KeyFile {
	return digest.KeyFile{Keys: []digest.PublicKey{{Region: region, Fingerprint: "f1", Value: publicKey()}}}
}

// take gives digests to an audit, signed as in S3 or not, as in a plain copy.
func take(t testing.TB, a *digest.Audit, signed bool, chain ...*made) {
	t.Helper()
	for _, m := range chain {
		object, signature := m.copied(), ingest.Signature{}
		if signed {
			object, signature = m.object(), ingest.Signature{Value: m.signature, Algorithm: digest.SignatureAlgorithm}
		}
		if err := a.Digest(object, m.text, signature); err != nil {
			t.Fatal(err)
		}
	}
}

func takeLogs(t testing.TB, a *digest.Audit, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if err := a.LogFile(logObject(key), textOf(key)); err != nil {
			t.Fatal(err)
		}
	}
}

func settle(t testing.TB, a *digest.Audit) *digest.Result {
	t.Helper()
	defer a.Close()
	r, err := a.Result(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// summary is the problems of a result, a word each.
func summary(r *digest.Result) string {
	var words []string
	for _, p := range r.Problems {
		words = append(words, fmt.Sprintf("%s/%d@%s", p.Reason, p.Grade, p.From.Format("15:04")))
	}
	return strings.Join(words, " ")
}

func expect(t testing.TB, r *digest.Result, problems string, digests digest.Counts, logs digest.LogFileCounts) {
	t.Helper()
	if got := summary(r); got != problems {
		t.Errorf("problems: %q, want %q", got, problems)
	}
	if len(r.Chains) != 1 {
		t.Fatalf("chains: %+v", r.Chains)
	}
	if c := r.Chains[0]; c.Digests != digests || c.LogFiles != logs {
		t.Errorf("%+v %+v, want %+v %+v", c.Digests, c.LogFiles, digests, logs)
	}
}

func TestChain(t *testing.T) {
	chain, logs := hours(t, 4)
	a := digest.New(digest.Options{Keys: testKeys()})
	take(t, a, true, chain...)
	takeLogs(t, a, logs...)
	r := settle(t, a)
	expect(t, r, "", digest.Counts{Valid: 4}, digest.LogFileCounts{Valid: 4})
	c := r.Chains[0]
	if c.AccountID != account || c.Region != region || c.Trail != "my_trail" || c.Backfill {
		t.Errorf("%+v", c)
	}
	if want := []digest.Interval{{From: begin, Until: begin.Add(4 * time.Hour)}}; !slices.Equal(c.Proven, want) || c.Hours() != 4 {
		t.Errorf("proven: %v, want %v", c.Proven, want)
	}
	if len(r.Places) != 1 || !reflect.DeepEqual(r.Places[0], digest.Place{AccountID: account, Region: region, Days: ingest.Days{}}) {
		t.Errorf("%+v", r.Places)
	}
}

// The signature of each digest of a plain copy is in the next one; the last has none.
func TestPlainCopy(t *testing.T) {
	chain, logs := hours(t, 4)
	a := digest.New(digest.Options{Keys: testKeys()})
	take(t, a, false, chain...)
	takeLogs(t, a, logs...)
	r := settle(t, a)
	expect(t, r, "signatureMissing/1@11:01", digest.Counts{Valid: 3, NotChecked: 1}, digest.LogFileCounts{Valid: 3, NotChecked: 1})
	if hours := r.Chains[0].Hours(); hours != 3 {
		t.Errorf("%v hours are proven", hours)
	}
}

// What is altered in a plain copy shows by the signature in the next digest; a next one that was altered blames nobody.
func TestPlainCopyAltered(t *testing.T) {
	chain, logs := hours(t, 5)
	altered := *chain[1]
	altered.text = []byte(strings.Replace(string(altered.text), `"awsAccountId":"1`, `"awsAccountId":"2`, 1))
	a := digest.New(digest.Options{Keys: testKeys()})
	take(t, a, false, chain[0], &altered, chain[2], chain[3], chain[4])
	takeLogs(t, a, logs...)
	r := settle(t, a)
	expect(t, r, "signatureInvalid/0@09:01 signatureMissing/1@12:01", digest.Counts{Valid: 3, Invalid: 1, NotChecked: 1}, digest.LogFileCounts{Valid: 3, NotChecked: 1})
	if p := r.Places[0]; p.NotCovered != 1 || p.Extra != 0 {
		t.Errorf("%+v: the log file of the altered digest is neither covered nor extra", p)
	}

	altered = *chain[2]
	altered.text = []byte(strings.Replace(string(altered.text), `"previousDigestSignature":"`, `"previousDigestSignature":"00`, 1))
	a = digest.New(digest.Options{Keys: testKeys()})
	take(t, a, false, chain[0], chain[1], &altered, chain[3], chain[4])
	expectProblems := "signatureMissing/1@09:01 signatureInvalid/0@10:01 signatureMissing/1@12:01"
	takeLogs(t, a, logs...)
	if got := summary(settle(t, a)); got != expectProblems {
		t.Errorf("%q, want %q", got, expectProblems)
	}
}

// failingKeys has keys of no Region.
type failingKeys struct{}

func (failingKeys) PublicKeys(context.Context, string, time.Time, time.Time) ([]digest.PublicKey, error) {
	return nil, errors.New("access denied")
}

func TestKeysMissing(t *testing.T) {
	chain, logs := hours(t, 2)
	for _, keys := range []digest.PublicKeys{nil, failingKeys{}, digest.KeyFile{}} {
		a := digest.New(digest.Options{Keys: keys})
		take(t, a, true, chain...)
		takeLogs(t, a, logs...)
		r := settle(t, a)
		expect(t, r, "keyMissing/1@08:01 keyMissing/1@09:01", digest.Counts{NotChecked: 2}, digest.LogFileCounts{NotChecked: 2})
		if len(r.Chains[0].Proven) > 0 {
			t.Errorf("%v are proven", r.Chains[0].Proven)
		}
	}
}

// A digest whose own key cannot be had is proven by the next one, which tells its hash under a signature.
func TestVouched(t *testing.T) {
	first := write(t, nil, 0, func(f *digest.File) { f.DigestPublicKeyFingerprint = "retired" })
	second := write(t, first, 1, nil)
	a := digest.New(digest.Options{Keys: testKeys()})
	take(t, a, true, first, second)
	expect(t, settle(t, a), "keyMissing/2@08:01", digest.Counts{Valid: 2}, digest.LogFileCounts{})
}

// recordedKeys notes what it is asked for.
type recordedKeys struct {
	digest.KeyFile
	asked []string
}

func (k *recordedKeys) PublicKeys(ctx context.Context, region string, from, until time.Time) ([]digest.PublicKey, error) {
	k.asked = append(k.asked, region+" "+from.Format("15:04")+" "+until.Format("15:04"))
	return k.KeyFile.PublicKeys(ctx, region, from, until)
}

func TestKeysAskedOnce(t *testing.T) {
	chain, _ := hours(t, 3)
	keys := &recordedKeys{KeyFile: testKeys()}
	a := digest.New(digest.Options{Keys: keys})
	take(t, a, true, chain...)
	settle(t, a)
	if want := []string{"us-east-1 08:01 13:01"}; !slices.Equal(keys.asked, want) {
		t.Errorf("asked %q, want %q", keys.asked, want)
	}
}

// A digest that nobody signed must not excuse a log file that differs from what a signed one lists.
func TestForgedDigestExcusesNothing(t *testing.T) {
	chain, logs := hours(t, 2)
	forged := write(t, chain[1], 2, func(f *digest.File) {
		f.DigestPublicKeyFingerprint = "unknown"
		other := sha256.Sum256([]byte("forged"))
		f.LogFiles = []digest.LogFile{{S3Bucket: bucket, S3Object: logs[0], HashValue: hexOf(other[:]), HashAlgorithm: digest.HashAlgorithm}}
	})
	a := digest.New(digest.Options{Keys: testKeys()})
	take(t, a, true, chain[0], chain[1], forged)
	if err := a.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := a.LogFile(logObject(logs[0]), sha256.Sum256([]byte("forged")))
	if object, ok := errors.AsType[*ingest.ObjectError](err); !ok || object.Reason != ingest.FailAltered {
		t.Errorf("%v, want that it was altered", err)
	}
	takeLogs(t, a, logs[1])
	r := settle(t, a)
	if got, want := summary(r), "logFileAltered/0@08:01 keyMissing/1@10:01"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Of a digest at the edge of the window only those log files are missed that the source was asked for.
func TestWindow(t *testing.T) {
	chain, logs := hours(t, 5)
	from := begin.Add(time.Hour + 30*time.Minute)
	a := digest.New(digest.Options{
		Keys: testKeys(), Deliveries: ingest.Deliveries{From: from},
		Window: digest.Interval{From: from, Until: begin.Add(4 * time.Hour)},
	})
	take(t, a, true, chain[1:]...)
	takeLogs(t, a, logs[2], logs[4]) // logs[3] is missing; logs[1] came before
	r := settle(t, a)
	const named = "digestMissing/0@08:01" // it ends where the window does not begin yet
	if got := summary(r); strings.Contains(got, named) || got != "logFileMissing/0@11:01" {
		t.Errorf("%q", got)
	}
	c := r.Chains[0]
	if c.Digests != (digest.Counts{Valid: 3}) || c.LogFiles != (digest.LogFileCounts{Valid: 1, Missing: 1, Outside: 1}) {
		t.Errorf("%+v", c)
	}
	if want := []digest.Interval{{From: begin.Add(2 * time.Hour), Until: begin.Add(3 * time.Hour)}}; !slices.Equal(c.Proven, want) {
		t.Errorf("proven: %v, want %v", c.Proven, want)
	}
}

// Gaps of any length are one problem, and as many missing digests.
func TestGap(t *testing.T) {
	chain, logs := hours(t, 30)
	a := digest.New(digest.Options{Keys: testKeys()})
	take(t, a, true, append(slices.Clone(chain[:2]), chain[29])...)
	takeLogs(t, a, logs...)
	r := settle(t, a)
	expect(t, r, "digestMissing/0@10:01 digestMissing/0@12:01", digest.Counts{Valid: 3, Missing: 27}, digest.LogFileCounts{Valid: 3})
	if p := r.Places[0]; p.Extra != 0 || p.NotCovered != 27 {
		t.Errorf("%+v", p)
	}
}

// A trail that delivered to another bucket before goes on with its chain. What lies there was not read.
func TestOtherBucketBefore(t *testing.T) {
	before := write(t, nil, 0, func(f *digest.File) { f.DigestS3Bucket = "before" })
	chain := []*made{write(t, before, 1, nil)}
	chain = append(chain, write(t, chain[0], 2, nil))
	a := digest.New(digest.Options{Keys: testKeys()})
	take(t, a, true, chain...)
	expect(t, settle(t, a), "digestMissing/1@08:01", digest.Counts{Valid: 2}, digest.LogFileCounts{})
	a = digest.New(digest.Options{Keys: testKeys()})
	take(t, a, true, append(chain, before)...)
	expect(t, settle(t, a), "", digest.Counts{Valid: 3}, digest.LogFileCounts{})
}

// Trails of an organization have a chain for each account and Region, told apart by the names of digests alone.
func TestOrganization(t *testing.T) {
	a := digest.New(digest.Options{Keys: digest.KeyFile{Keys: []digest.PublicKey{
		{Region: "us-east-1", Fingerprint: "f1", Value: publicKey()}, {Region: "eu-west-1", Fingerprint: "f1", Value: publicKey()},
	}}})
	for _, replacement := range [][2]string{{account, account}, {account, "222233334444"}, {region, "eu-west-1"}, {"my_trail", "other_trail"}} {
		var previous *made
		for hour := range 3 {
			previous = write(t, previous, hour, func(f *digest.File) {
				f.DigestS3Object = strings.Replace(strings.ReplaceAll(f.DigestS3Object, replacement[0], replacement[1]), "AWSLogs/", "p/AWSLogs/o-abcdefghij/", 1)
			})
			take(t, a, true, previous)
		}
	}
	r := settle(t, a)
	if len(r.Chains) != 4 || len(r.Problems) > 0 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []string{account + " eu-west-1 my_trail", account + " us-east-1 my_trail", account + " us-east-1 other_trail", "222233334444 us-east-1 my_trail"} {
		if c := r.Chains[i]; c.AccountID+" "+c.Region+" "+c.Trail != want || c.Digests.Valid != 3 || c.Hours() != 3 {
			t.Errorf("%+v, want %s", c, want)
		}
	}
}

func TestManyProblems(t *testing.T) {
	var logs []string
	for i := range 2 * digest.MaxProblems {
		logs = append(logs, logKey(begin.Add(10*time.Minute), fmt.Sprintf("%016d", i)))
	}
	m := write(t, nil, 0, nil, logs...)
	a := digest.New(digest.Options{Keys: testKeys()})
	take(t, a, true, m)
	r := settle(t, a)
	if len(r.Problems) != digest.MaxProblems || r.Counts[digest.ProblemKind{Reason: digest.LogFileMissing}] != int64(len(logs)) {
		t.Errorf("%d problems told, counts %v", len(r.Problems), r.Counts)
	}
	if !slices.IsSortedFunc(r.Problems, func(a, b digest.Problem) int { return strings.Compare(a.Location.Key, b.Location.Key) }) {
		t.Error("not in order of names")
	}
}
