package local_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"roletrail/ingest"
	"roletrail/ingest/local"
)

const benchmarkFiles = 7000

// benchmarkTree is a month of one account: folders 7 levels deep, files of 6 kB.
func benchmarkTree(b *testing.B) string {
	root := b.TempDir()
	content := make([]byte, 6000)
	for i := range benchmarkFiles {
		day := i%28 + 1
		folder := filepath.Join(root, fmt.Sprintf("AWSLogs/111111111111/CloudTrail/us-east-1/2024/02/%02d", day))
		file := fmt.Sprintf("111111111111_CloudTrail_us-east-1_202402%02dT0005Z_%016d.json.gz", day, i)
		if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(filepath.Join(folder, file), content, 0o644)); err != nil {
			b.Fatal(err)
		}
	}
	return root
}

type collector struct {
	ingest.Listing
	objects []ingest.Object
}

func (c *collector) Object(object ingest.Object) error {
	c.objects = append(c.objects, object)
	return nil
}

// BenchmarkList is the cost of listing one file.
func BenchmarkList(b *testing.B) {
	root := benchmarkTree(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); {
		var c collector
		if err := local.New([]string{root}, local.Options{}).List(b.Context(), &c); err != nil {
			b.Fatal(err)
		}
		i += len(c.objects)
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i), "ns/file")
	}
}

// BenchmarkOpen is the cost of opening, reading and closing one listed file, side by side with the plain way and with
// the safe way that holds no folders.
func BenchmarkOpen(b *testing.B) {
	root := benchmarkTree(b)
	source := local.New([]string{root}, local.Options{})
	var c collector
	if err := source.List(b.Context(), &c); err != nil {
		b.Fatal(err)
	}
	top, err := os.OpenRoot(root)
	if err != nil {
		b.Fatal(err)
	}
	defer top.Close()
	for _, way := range []struct {
		name string
		open func(ctx context.Context, object ingest.Object) (io.ReadCloser, error)
	}{
		{"source", source.Open},
		{"os.Open", func(_ context.Context, object ingest.Object) (io.ReadCloser, error) { return os.Open(object.Name) }},
		{"os.Root", func(_ context.Context, object ingest.Object) (io.ReadCloser, error) {
			return top.Open(object.Name[len(root)+1:])
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			buffer := make([]byte, 6000)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				file, err := way.open(b.Context(), c.objects[i%len(c.objects)])
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(file, buffer); err != nil {
					b.Fatal(err)
				}
				file.Close()
			}
		})
	}
}
