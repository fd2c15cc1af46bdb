package digest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"roletrail/ingest"
)

func TestParseDigestName(t *testing.T) {
	const folder = "p/AWSLogs/o-abc/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/"
	end := time.Date(2015, 8, 17, 15, 1, 31, 0, time.UTC)
	for name, want := range map[string]digestName{
		"111122223333_CloudTrail-Digest_us-east-2_trail_us-east-1_20150817T150131Z.json.gz":          {"111122223333", "us-east-2", "trail", end, false},
		"111122223333_CloudTrail-Digest_us-east-2_my_long_trail_us-east-1_20150817T150131Z.json.gz":  {"111122223333", "us-east-2", "my_long_trail", end, false},
		"111122223333_CloudTrail-Digest_us-east-2_trail_us-east-1_20150817T150131Z_backfill.json.gz": {"111122223333", "us-east-2", "trail", end, true},
		"111122223333_CloudTrail-Digest_us-east-2_trail_us-east-1_20150817T150131Z_backfill.json":    {"111122223333", "us-east-2", "trail", end, true},
		"111122223333_CloudTrail-Digest_us-east-2_20150817T150131Z.json.gz":                          {accountID: "111122223333", region: "us-east-2"},
		"renamed.json.gz": {accountID: "111122223333", region: "us-east-2"},
	} {
		if got := parseDigestName(folder + name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := parseDigestName("CloudTrail-Digest.json"); got != (digestName{}) {
		t.Errorf("%+v", got)
	}
}

func TestAgrees(t *testing.T) {
	const base = "111122223333_CloudTrail_us-east-1_20260301T0805Z_AbCdEfGhIjKlMnOp.json.gz"
	const tail = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/" + base
	told := Location{Bucket: "logs", Key: "prefix/" + tail}
	for name, want := range map[string]bool{
		"prefix/" + tail:                true,
		"/data/prefix/" + tail:          true,
		tail:                            true,
		"copies/of/a/bucket/" + tail:    true, // under another prefix
		strings.TrimSuffix(tail, ".gz"): true, // unpacked
		"x/CloudTrail/us-east-1/2026/03/01/" + base: true,
		"x/us-east-1/2026/03/01/" + base:            true,
		"x/2026/03/01/" + base:                      true,
		"flat/" + base:                              true,
		base:                                        true,
		"AWSLogs/222233334444/CloudTrail/us-east-1/2026/03/01/" + base:     false,
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + base:     false,
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/01/" + base:     false,
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/sub/" + base: false,
		"x/CloudTrail/us-east-1/2026/03/02/" + base:                        false,
		"x/eu-west-1/2026/03/01/" + base:                                   false,
		"x/2026/03/02/" + base:                                             false,
		"other" + base:                                                     false,
		base[1:]:                                                           false,
	} {
		if got := agrees(Location{Key: name}, told); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if !agrees(told, told) || agrees(Location{Bucket: "logs", Key: tail}, told) || agrees(Location{Bucket: "other", Key: told.Key}, told) {
		t.Error("in S3, bucket and key are as told or not")
	}
	a := New(Options{Bucket: "other"})
	if a.agrees(Location{Key: tail}, told) {
		t.Error("the copy is of another bucket")
	}
}

func TestKeyFile(t *testing.T) {
	key := func(region, fingerprint string) PublicKey {
		return PublicKey{Region: region, Fingerprint: fingerprint, Value: []byte{1, 2}, ValidFrom: time.Unix(1e9, 0).UTC()}
	}
	keys := []PublicKey{key("b", "2"), key("a", "1"), key("b", "1"), key("a", "1")}
	var text bytes.Buffer
	if err := WritePublicKeys(&text, keys); err != nil {
		t.Fatal(err)
	}
	written := text.String()
	file, err := ReadPublicKeys(&text)
	if err != nil || len(file.Keys) != 3 || file.Keys[0].Region != "a" || string(file.Keys[2].Value) != "\x01\x02" {
		t.Fatalf("%+v, %v", file, err)
	}
	if of, err := file.PublicKeys(t.Context(), "b", time.Time{}, time.Time{}); err != nil || len(of) != 2 {
		t.Errorf("%v, %v", of, err)
	}
	for _, text := range []string{
		"", "[]", "{}", strings.Replace(written, "v1", "v2", 1), written + "{}", strings.Replace(written, `"fingerprint": "1"`, `"fingerprint": ""`, 1),
	} {
		if _, err := ReadPublicKeys(strings.NewReader(text)); err == nil {
			t.Errorf("accepted: %s", text)
		}
	}
	recorder := &Recorder{Source: file}
	if _, err := recorder.PublicKeys(t.Context(), "a", time.Time{}, time.Time{}); err != nil || len(recorder.Keys()) != 1 {
		t.Errorf("%v, %v", recorder.Keys(), err)
	}
}

func TestSidecar(t *testing.T) {
	var text bytes.Buffer
	want := ingest.Signature{Value: "50ab", Algorithm: SignatureAlgorithm, BackfillGenerated: "2026-03-01T08:00:00Z"}
	if err := WriteSidecar(&text, want); err != nil {
		t.Fatal(err)
	}
	written := text.String()
	if got, err := ReadSidecar(&text); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{"", "{}", strings.Replace(written, "v1", "v2", 1), strings.Replace(written, "50ab", "", 1), strings.Repeat(" ", maxSidecar) + written} {
		if _, err := ReadSidecar(strings.NewReader(text)); err == nil {
			t.Errorf("accepted: %.60s", text)
		}
	}
}
