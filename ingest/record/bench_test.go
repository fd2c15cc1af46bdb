package record

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"roletrail/internal/trailgen"
)

// BenchmarkSplit finds the records and the fields of a log file of about 60 events.
func BenchmarkSplit(b *testing.B) {
	p, err := trailgen.PresetNamed("b")
	if err != nil {
		b.Fatal(err)
	}
	o := *p.Options
	o.Files = 1
	root := b.TempDir()
	if _, err := trailgen.Write(root, o); err != nil {
		b.Fatal(err)
	}
	files, _ := filepath.Glob(root + "/*/*/*/*/*/*/*/*.json.gz")
	file, err := os.Open(files[0])
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	inflated, err := gzip.NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(inflated)
	if err != nil {
		b.Fatal(err)
	}
	s := NewSplitter(testFields)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Split(text, handlerFunc(func(*Record) error { return nil })); err != nil {
			b.Fatal(err)
		}
	}
}
