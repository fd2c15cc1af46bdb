package sourcetest

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"roletrail/ingest"
)

const digests = "AWSLogs/111111111111/CloudTrail-Digest/us-east-1/2024/03/01/111111111111_CloudTrail-Digest_us-east-1_trail_us-east-1_"

// testDigests holds a source that is an [ingest.DigestSource] to its contract: what ListDigests tells is what List skips.
func testDigests(t *testing.T, newSource NewSource) {
	tree := map[string][]byte{
		digests + "20240301T010000Z.json.gz":                                                        []byte("first"),
		digests + "20240301T020000Z.json.gz":                                                        []byte("second"),
		digests + "20240301T020000Z.json.gz.signature.json":                                         []byte("no digest"),
		digests + "20240301T030000Z_backfill.json.gz":                                               bytes.Repeat([]byte("long"), 1<<16),
		"AWSLogs/111111111111/CloudTrail-Digest/us-east-1/README.txt":                               []byte("no digest"),
		"AWSLogs/111111111111/CloudTrail-Insight/us-east-1/2024/03/01/insight.json.gz":              []byte("insight"),
		"prefix/AWSLogs/o-abcdefghij/222222222222/CloudTrail-Digest/eu-west-1/2024/03/01/d.json.gz": []byte("other"),
	}
	content := sampleTree()
	for name, data := range tree {
		content[name] = data
	}
	source, ok := newSource(t, content).(ingest.DigestSource)
	if !ok {
		t.Skip("this source lists no digests")
	}
	apart := &Recorder{T: t}
	if err := source.ListDigests(t.Context(), apart); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, object := range apart.Objects {
		name := nameInTree(content, object.Name)
		if !strings.Contains(name, "/CloudTrail-Digest/") || !ingest.DigestFile(name) {
			t.Errorf("%s is told as a digest file", object.Name)
			continue
		}
		told = append(told, object.Name)
		opened, err := source.Open(t.Context(), object)
		if err != nil {
			t.Error(err)
			continue
		}
		data, err := io.ReadAll(opened)
		if _, signed := opened.(ingest.Signed); err != nil || !signed || !bytes.Equal(data, content[name]) {
			t.Errorf("%s: %d bytes, signed: %t, %v", object.Name, len(data), signed, err)
		}
		opened.Close()
	}
	if len(told) != 4 {
		t.Errorf("%d digest files are told, want 4: %q", len(told), told)
	}
	skipped := func(r *Recorder) (names []string) {
		for _, line := range r.Told {
			if name, found := strings.CutSuffix(strings.TrimPrefix(line, "skip "), ": "+ingest.SkipDigest); found {
				names = append(names, name)
			}
		}
		return names
	}
	if others := len(apart.Told) - len(told) - len(skipped(apart)); others != 0 {
		t.Errorf("more is told than digests: %q", apart.Told)
	}
	all := list(t, source)
	told = append(told, skipped(apart)...)
	want := skipped(all)
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("told apart: %q\nskipped by List: %q", told, want)
	}
	for _, object := range all.Objects {
		if slices.Contains(told, object.Name) {
			t.Errorf("%s is a log file and a digest", object.Name)
		}
	}
}
