package analyzer_test

import (
	"os"
	"testing"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/internal/trailgen"
)

// BenchmarkUsage is the whole job but for the rendering, on one core, over a trail of files of about 60 events. With
// ROLETRAIL_BENCH it reads that folder instead.
func BenchmarkUsage(b *testing.B) {
	root := os.Getenv("ROLETRAIL_BENCH")
	if root == "" {
		root = b.TempDir()
		p, err := trailgen.PresetNamed("b")
		if err != nil {
			b.Fatal(err)
		}
		o := *p.Options
		o.Files = 500
		if _, err := trailgen.Write(root, o); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		u := analyze(b, analyzer.Options{}, ingest.Options{}, 1, root)
		b.SetBytes(u.Input.Bytes.Inflated)
	}
}
