package ingest_test

import (
	"testing"

	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/ingest/record"
	"roletrail/internal/trailgen"
)

// discard is a collector that keeps nothing.
type discard struct{}

func (discard) Begin(*ingest.Object)        {}
func (discard) Record(*record.Record) error { return nil }
func (discard) Commit(record.Elements)      {}
func (discard) Discard()                    {}

// BenchmarkRun is the cost of reading a trail and finding its records, by the number of events in a file. The megabytes
// are those of the text; the last case is streamed.
func BenchmarkRun(b *testing.B) {
	for _, bm := range []struct {
		name  string
		sizes []trailgen.Size
		files int
	}{
		{"5 events", trailgen.Of(5), 2000},
		{"60 events", trailgen.Of(60), 300},
		{"25000 events", trailgen.Of(25000), 2},
	} {
		b.Run(bm.name, func(b *testing.B) {
			root := b.TempDir()
			written, err := trailgen.Write(root, trailgen.Options{Files: bm.files, Sizes: bm.sizes})
			if err != nil {
				b.Fatal(err)
			}
			collectors := make([]ingest.Collector, ingest.DefaultExtractors())
			for i := range collectors {
				collectors[i] = discard{}
			}
			b.SetBytes(written.Inflated)
			b.ReportAllocs()
			for b.Loop() {
				s, err := ingest.Run(b.Context(), local.New([]string{root}, local.Options{}), ingest.Options{Fields: fakeFields}, collectors)
				if err != nil || s.Read != int64(written.Files) || s.BytesInflated != written.Inflated {
					b.Fatalf("%+v, %v", s, err)
				}
			}
		})
	}
}
