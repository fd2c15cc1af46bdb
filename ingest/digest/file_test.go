package digest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/ingest/digest"
)

const sampleKey = "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/" +
	"111122223333_CloudTrail-Digest_us-east-2_your-trail-name_us-east-2_20150817T150131Z.json.gz"

// sample is shaped as in the AWS CloudTrail User Guide, "CloudTrail digest file structure".
const sample = `{
	"awsAccountId": "111122223333",
	"digestStartTime": "2015-08-17T14:01:31Z",
	"digestEndTime": "2015-08-17T15:01:31Z",
	"digestS3Bucket": "amzn-s3-demo-bucket",
	"digestS3Object": "` + sampleKey + `",
	"digestPublicKeyFingerprint": "31e8b5433410dfb61a9dc45cc65b22ff",
	"digestSignatureAlgorithm": "SHA256withRSA",
	"newestEventTime": "2015-08-17T14:52:27Z",
	"oldestEventTime": "2015-08-17T14:42:27Z",
	"previousDigestS3Bucket": null,
	"previousDigestS3Object": null,
	"previousDigestHashValue": null,
	"previousDigestHashAlgorithm": null,
	"previousDigestSignature": null,
	"logFiles": [{
		"s3Bucket": "amzn-s3-demo-bucket",
		"s3Object": "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/111122223333_CloudTrail_us-east-2_20150817T1445Z_9nYN7gp2eWAJHIfT.json.gz",
		"hashValue": "9bb6196fc6b84d6f075a56548feca262bd99ba3c2de41b618e5b6e22c1fc71f6",
		"hashAlgorithm": "SHA-256",
		"newestEventTime": "2015-08-17T14:52:27Z",
		"oldestEventTime": "2015-08-17T14:42:27Z"
	}]
}`

// The strings are those of the AWS CLI 1.45 (validation.py, Sha256RSADigestValidator).
func TestStringToSign(t *testing.T) {
	f, err := digest.Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256([]byte(`{"any":"text"}`))
	const want = "2015-08-17T15:01:31Z\namzn-s3-demo-bucket/" + sampleKey + "\nb51f5f443e762607602480b7e255dc229e88d97f325c7b6ad9195fc78dda69f5\n"
	if got := string(digest.StringToSign(f, f.Location(), hash)); got != want+"null" {
		t.Errorf("first of a chain: %q", got)
	}
	f.PreviousDigestSignature = "50887ccffad4c002b97caa37cc9dc626e3c680207d41d27fa5835458e066e0d3"
	if got := string(digest.StringToSign(f, digest.Location{}, hash)); got != want+f.PreviousDigestSignature {
		t.Errorf("a later one, at its own place: %q", got)
	}
	moved := digest.StringToSign(f, digest.Location{Bucket: "elsewhere", Key: "other"}, hash)
	if !strings.Contains(string(moved), "\nelsewhere/other\n") {
		t.Errorf("at another place: %q", moved)
	}
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func TestParseRefuses(t *testing.T) {
	for why, text := range map[string]string{
		"no JSON":              "none",
		"cut off":              sample[:len(sample)-2],
		"something follows":    sample + "{}",
		"no place":             strings.Replace(sample, "digestS3Object", "other", 1),
		"no bucket":            strings.Replace(sample, "amzn-s3-demo-bucket", "", 1),
		"no key":               strings.Replace(sample, "31e8b5433410dfb61a9dc45cc65b22ff", "", 1),
		"no end":               strings.Replace(sample, "2015-08-17T15:01:31Z", "", 1),
		"no start":             strings.Replace(sample, "2015-08-17T14:01:31Z", "today", 1),
		"ends before it began": strings.Replace(sample, "2015-08-17T14:01:31Z", "2015-08-18T14:01:31Z", 1),
		"half a previous one":  strings.Replace(sample, `"previousDigestS3Object": null`, `"previousDigestS3Object": "x"`, 1),
		"a log file of no key": strings.Replace(sample, "s3Object", "other", 1),
		"an array":             "[" + sample + "]",
	} {
		if why == "a log file of no key" {
			text = strings.Replace(sample, `"s3Object": "AWSLogs`, `"other": "AWSLogs`, 1)
		}
		if f, err := digest.Parse([]byte(text)); err == nil {
			t.Errorf("%s: accepted as %+v", why, f)
		}
	}
}

// FuzzParse holds that whatever parses is the same when it is written and read again, and that a signature of it verifies.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(strings.Replace(sample, `"previousDigestSignature": null`, `"previousDigestSignature": "50"`, 1)))
	f.Add([]byte(`{"logFiles":[null]}`))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		parsed, err := digest.Parse(text)
		if err != nil {
			return
		}
		written, err := json.Marshal(parsed)
		if err != nil {
			t.Fatal(err)
		}
		again, err := digest.Parse(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if difference := cmp.Diff(parsed, again); difference != "" {
			t.Error(difference)
		}
		hash := sha256.Sum256(text)
		a, b := digest.StringToSign(parsed, digest.Location{}, hash), digest.StringToSign(again, again.Location(), hash)
		if string(a) != string(b) {
			t.Errorf("%q is to be signed, and then %q", a, b)
		}
		if again.End().IsZero() || !again.Start().Before(again.End()) {
			t.Errorf("from %v to %v", again.Start(), again.End())
		}
	})
}

func TestVerifySignature(t *testing.T) {
	f, err := digest.Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256([]byte(sample))
	signature := sign(t, f, hash)
	if err := f.VerifySignature(&testKey().PublicKey, f.Location(), hash, signature); err != nil {
		t.Error(err)
	}
	if f.VerifySignature(&testKey().PublicKey, digest.Location{Bucket: "other"}, hash, signature) == nil {
		t.Error("it is right in another bucket")
	}
	hash[0] ^= 1
	if f.VerifySignature(&testKey().PublicKey, f.Location(), hash, signature) == nil {
		t.Error("it is right for another text")
	}
	hash[0] ^= 1
	signature[7] ^= 1
	if f.VerifySignature(&testKey().PublicKey, f.Location(), hash, signature) == nil {
		t.Error("another one is right")
	}
}

func publicKey() []byte { return x509.MarshalPKCS1PublicKey(&testKey().PublicKey) }

func hexOf(b []byte) string { return hex.EncodeToString(b) }
