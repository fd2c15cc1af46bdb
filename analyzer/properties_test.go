package analyzer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/internal/reference"
	"roletrail/internal/trailgen"
)

// records returns the text of every record in the healthy files of a random trail, from the tree itself.
func records(t testing.TB, root string) [][]byte {
	t.Helper()
	var all [][]byte
	for _, file := range filesOf(t, root) {
		texts, err := reference.Records(file)
		if err != nil {
			continue // damaged on purpose
		}
		all = append(all, texts...)
	}
	return all
}

// writeRecords writes records as newline-delimited files, cut at random.
func writeRecords(t *rapid.T, dir string, all [][]byte) {
	for i, n := 0, 0; i < len(all); n++ {
		end := min(len(all), i+rapid.IntRange(1, 1+len(all)/2).Draw(t, "records in the file"))
		var text []byte
		for _, r := range all[i:end] {
			text = append(append(text, r...), '\n')
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.json", n)), text, 0o600); err != nil {
			t.Fatal(err)
		}
		i = end
	}
}

// TestOrderAndSplitting: the order of records, how they are cut into files, how many workers there are and how much
// memory they have change nothing but the input and the objects that evidence names. Feeding all twice changes nothing
// but the input either.
func TestOrderAndSplitting(t *testing.T) {
	trails := make([][][]byte, 8)
	for seed := range trails {
		root := t.TempDir()
		if err := trailgen.Random(root, uint64(1000+seed)); err != nil {
			t.Fatal(err)
		}
		trails[seed] = records(t, root)
	}
	temp := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		all := rapid.SampledFrom(trails).Draw(rt, "trail")
		run := func(texts [][]byte, memory int64, workers int) *analyzer.Usage {
			dir, err := os.MkdirTemp(temp, "")
			if err != nil {
				rt.Fatal(err)
			}
			defer os.RemoveAll(dir)
			writeRecords(rt, dir, texts)
			return analyze(t, analyzer.Options{Memory: memory}, ingest.Options{Memory: rapid.SampledFrom([]int64{1 << 20, 64 << 20}).Draw(rt, "buffers")}, workers, dir)
		}
		same := func(what string, a, b *analyzer.Usage, ignore ...reference.Ignore) {
			if diff := reference.Diff(a, b, ignore...); diff != "" {
				rt.Fatalf("%s changed the report:\n%s", what, diff)
			}
		}
		base := run(all, 1<<30, 1)
		shuffled := rapid.Permutation(all).Draw(rt, "order")
		same("another order and cut", base, run(shuffled, 1<<30, 1), reference.EvidenceObjects, reference.Input)
		same("spilling", base, run(shuffled, rapid.Int64Range(1, 50_000).Draw(rt, "memory"), rapid.IntRange(1, 4).Draw(rt, "workers")), reference.EvidenceObjects, reference.Input)
		// A record without an event ID is never a duplicate, so those are given once.
		twice := append([][]byte{}, shuffled...)
		for _, r := range all {
			if reference.HasEventID(r) {
				twice = append(twice, r)
			}
		}
		same("feeding it twice", base, run(twice, 1<<30, 2), reference.EvidenceObjects, reference.Input)
	})
}
