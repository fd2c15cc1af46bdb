package inflate

import (
	"bytes"
	"compress/gzip"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
)

// benchmarkFiles returns log files of 10 to 60 kB compressed, the sum of their sizes and the largest.
func benchmarkFiles(b *testing.B) (files [][]byte, total, largest int) {
	b.Helper()
	for i, events := range []int{100, 150, 200, 260, 320, 400, 500, 600} {
		text := logFile(uint64(i), events)
		file := gzipped(b, text, gzip.DefaultCompression)
		if len(file) < 10_000 || len(file) > 60_000 {
			b.Fatalf("%d events: %d bytes compressed, not 10 to 60 kB", events, len(file))
		}
		files = append(files, file)
		total += len(text)
		largest = max(largest, len(text))
	}
	return files, total, largest
}

// BenchmarkGunzip and the two others decompress the same files, to a buffer that is large enough; MB/s are of output.
func BenchmarkGunzip(b *testing.B) {
	files, total, largest := benchmarkFiles(b)
	buffer := make([]byte, 0, largest+fastOutput)
	var d Decoder
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			if _, _, err := d.Gunzip(buffer, file, cap(buffer)); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkKlauspost(b *testing.B) {
	files, total, largest := benchmarkFiles(b)
	buffer := bytes.NewBuffer(make([]byte, 0, largest+bytes.MinRead))
	var z kgzip.Reader
	var r bytes.Reader
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			buffer.Reset()
			r.Reset(file)
			if err := z.Reset(&r); err != nil {
				b.Fatal(err)
			}
			if _, err := z.WriteTo(buffer); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkStdlib(b *testing.B) {
	files, total, largest := benchmarkFiles(b)
	buffer := bytes.NewBuffer(make([]byte, 0, largest+bytes.MinRead))
	var z gzip.Reader
	var r bytes.Reader
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			buffer.Reset()
			r.Reset(file)
			if err := z.Reset(&r); err != nil {
				b.Fatal(err)
			}
			if _, err := buffer.ReadFrom(&z); err != nil {
				b.Fatal(err)
			}
		}
	}
}
