package digest_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"roletrail/ingest"
	"roletrail/ingest/digest"
)

// FuzzAudit holds that nothing that a digest says makes an audit fail, and that what nobody signed proves nothing.
func FuzzAudit(f *testing.F) {
	second := strings.NewReplacer("T15:01:31Z", "T16:01:31Z", "T14:01:31Z", "T15:01:31Z", "T150131Z", "T160131Z").Replace(sample)
	f.Add([]byte(sample), []byte(second), "50", "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/111122223333_CloudTrail_us-east-2_20150817T1445Z_9nYN7gp2eWAJHIfT.json.gz")
	f.Add([]byte(sample), []byte(sample), "", "x.json")
	known := strings.NewReplacer("us-east-2", "us-east-1", "31e8b5433410dfb61a9dc45cc65b22ff", "f1") // so that signatures are looked at
	f.Add([]byte(known.Replace(sample)), []byte(known.Replace(second)), "50", "x.json")
	f.Fuzz(func(t *testing.T, one, two []byte, signature, name string) {
		a := digest.New(digest.Options{Keys: testKeys(), Memory: 1})
		defer a.Close()
		log := &ingest.Object{Name: name, Key: ingest.ParseKey(name)}
		for _, text := range [][]byte{one, two} {
			at := ingest.Location{Bucket: "b", Key: "unknown"}
			if parsed, err := digest.Parse(text); err == nil {
				at = parsed.Location()
			}
			if err := a.Digest(&ingest.Object{Name: "d", Location: at}, text, ingest.Signature{Value: signature}); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.DigestUnread(log, ingest.FailGzip); err != nil {
			t.Fatal(err)
		}
		if err := a.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := a.LogFile(log, sha256.Sum256(one)); err != nil && !strings.Contains(err.Error(), "another hash") {
			t.Fatal(err)
		}
		a.Unread(log, ingest.FailGzip)
		r, err := a.Result(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Chains {
			if c.Digests.Valid > 0 || c.LogFiles.Valid > 0 || len(c.Proven) > 0 {
				t.Errorf("proven by nothing: %+v", c)
			}
		}
	})
}
