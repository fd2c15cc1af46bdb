package inflate

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
)

func random(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// words returns n bytes of words: matches and literals of all lengths.
func words(n int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	vocabulary := make([][]byte, 500)
	for i := range vocabulary {
		word := make([]byte, 1+r.IntN(12))
		for j := range word {
			word[j] = "etaoinshrdlu"[r.IntN(12)]
		}
		vocabulary[i] = word
	}
	var data []byte
	for len(data) < n {
		data = append(append(data, vocabulary[r.IntN(len(vocabulary))]...), ' ')
	}
	return data[:n]
}

// periods returns n bytes in stretches that repeat after 1 to 70 bytes: matches that overlap themselves.
func periods(n int) []byte {
	r := rand.New(rand.NewPCG(5, 6))
	var data []byte
	source := random(200)
	for len(data) < n {
		period := source[r.IntN(100):][:1+r.IntN(70)]
		for range 1 + r.IntN(20) {
			data = append(data, period...)
		}
	}
	return data[:n]
}

type compressor struct {
	name string
	new  func(io.Writer) (io.WriteCloser, error)
}

func compressors() (all []compressor) {
	for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
		all = append(all, compressor{fmt.Sprintf("compress/gzip level %d", level), func(w io.Writer) (io.WriteCloser, error) {
			return gzip.NewWriterLevel(w, level)
		}})
	}
	for level := kgzip.StatelessCompression; level <= kgzip.BestCompression; level++ {
		all = append(all, compressor{fmt.Sprintf("klauspost level %d", level), func(w io.Writer) (io.WriteCloser, error) {
			return kgzip.NewWriterLevel(w, level)
		}})
	}
	return all
}

func TestRoundTrip(t *testing.T) {
	data := map[string][]byte{
		"log file":     logFile(1, 300),
		"random":       random(100_000),
		"words":        words(200_000),
		"periods":      periods(200_000),
		"zeros":        make([]byte, 300_000),
		"window":       append(random(32768), random(32768)...),
		"window and 1": append(random(32769), random(32769)...),
	}
	for _, n := range []int{0, 1, 2, 3, 8, 257, 258, 259, 260, 32767, 32768, 32769, 65535, 65536, 65537} {
		data[fmt.Sprintf("%d words", n)] = words(n)
	}
	for _, c := range compressors() {
		t.Run(c.name, func(t *testing.T) {
			for name, want := range data {
				roundTrip(t, c, name, want)
			}
		})
	}
}

func TestRoundTripLarge(t *testing.T) {
	log := logFile(1, 2500)
	for _, c := range compressors() {
		if strings.HasSuffix(c.name, "level 1") || strings.HasSuffix(c.name, "level -2") {
			roundTrip(t, c, "log file", log)
			roundTrip(t, c, "zeros", make([]byte, 3_000_000))
		}
	}
}

func roundTrip(t *testing.T, c compressor, name string, want []byte) {
	t.Helper()
	var src bytes.Buffer
	w, err := c.new(&src)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(want); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var d Decoder
	for _, dst := range [][]byte{nil, make([]byte, 0, len(want)+fastOutput)} {
		out, consumed, err := d.Gunzip(dst, src.Bytes(), len(want))
		if err != nil || consumed != src.Len() || !bytes.Equal(out, want) {
			t.Errorf("%s, %s: %d bytes of %d, consumed %d of %d, error %v", c.name, name, len(out), len(want), consumed, src.Len(), err)
		}
	}
}
