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
	text := logFile(b, "b")
	s := NewSplitter(testFields)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Split(text, handlerFunc(func(*Record) error { return nil })); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMark marks the same text.
func BenchmarkMark(b *testing.B) {
	text := logFile(b, "b")
	s := NewSplitter(testFields)
	if s.marks == nil {
		b.Skip("nothing is marked on this processor")
	}
	s.b = text
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.unmark()
		for i := 0; i < len(text); i += markedBytes {
			s.mark(i)
		}
	}
}

// BenchmarkCheck checks the grammar of the records of that file.
func BenchmarkCheck(b *testing.B) {
	text := logFile(b, "b")
	s := NewSplitter(testFields)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := s.Split(text, handlerFunc(func(r *Record) error {
			if !r.Check() {
				b.Fatal("broken")
			}
			return nil
		})); err != nil {
			b.Fatal(err)
		}
	}
}

// logFile returns the text of a log file as it is in a trail of package trailgen.
func logFile(t testing.TB, preset string) []byte {
	p, err := trailgen.PresetNamed(preset)
	if err != nil {
		t.Fatal(err)
	}
	o := *p.Options
	o.Files = 1
	root := t.TempDir()
	if _, err := trailgen.Write(root, o); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(root + "/*/*/*/*/*/*/*/*.json.gz")
	file, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	inflated, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(inflated)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
