package inflate

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"
)

// read decompresses the first member of src with r, from an input that comes as through makes it, in reads of changing length.
func read(r *Reader, src []byte, through func(io.Reader) io.Reader) (output []byte, consumed int, err error) {
	input := bufio.NewReaderSize(through(bytes.NewReader(src)), MinReaderBuffer)
	if err := r.Reset(input); err != nil {
		return nil, 0, err
	}
	lengths := rand.New(rand.NewPCG(uint64(len(src)), 0))
	for {
		p := make([]byte, 1+lengths.IntN(1<<(1+lengths.IntN(18))))
		n, err := r.Read(p)
		output = append(output, p[:n]...)
		if err == io.EOF {
			rest, err := io.ReadAll(input)
			return output, len(src) - len(rest), err
		}
		if err != nil {
			return nil, 0, err
		}
	}
}

func whole(r io.Reader) io.Reader { return r }

// sameAsGunzip fails the test unless a Reader does with src what Gunzip does, however its input comes.
func sameAsGunzip(t *testing.T, r *Reader, src []byte) {
	t.Helper()
	var d Decoder
	want, wantConsumed, wantErr := d.Gunzip(nil, src, 1<<30)
	for name, through := range map[string]func(io.Reader) io.Reader{
		"whole": whole, "halves": iotest.HalfReader, "end with data": iotest.DataErrReader,
	} {
		output, consumed, err := read(r, src, through)
		if sentinel(err) != sentinel(wantErr) || consumed != wantConsumed || !bytes.Equal(output, want) {
			t.Fatalf("%s: %d bytes, consumed %d, error %v; Gunzip: %d bytes, consumed %d, error %v",
				name, len(output), consumed, err, len(want), wantConsumed, wantErr)
		}
	}
}

// sentinel is the one of the package's errors that err wraps.
func sentinel(err error) error {
	for _, e := range []error{ErrHeader, ErrTruncated, ErrCorrupt, ErrChecksum, ErrLength, ErrTooLarge} {
		if errors.Is(err, e) {
			return e
		}
	}
	return err
}

// FuzzReader holds Reader to Gunzip.
func FuzzReader(f *testing.F) {
	addFound(f, "FuzzReader")
	for _, c := range edgeCases() {
		f.Add(memberOf(c.data, []byte(c.want)))
	}
	f.Add(gzipped(f, logFile(1, 60), gzip.DefaultCompression))
	f.Add(append(slices.Clone(plainHeader[:3]), append([]byte{flagName, 0, 0, 0, 0, 0, 0}, bytes.Repeat([]byte("n"), 600)...)...))
	f.Fuzz(func(t *testing.T, src []byte) {
		r := new(Reader)
		sameAsGunzip(t, r, src)
		sameAsGunzip(t, r, slices.Concat(src, beyond))
	})
}

func TestReaderEdges(t *testing.T) {
	r := new(Reader)
	for name, c := range edgeCases() {
		t.Run(name, func(t *testing.T) {
			src := memberOf(c.data, []byte(c.want))
			sameAsGunzip(t, r, src)
			sameAsGunzip(t, r, slices.Concat(src, beyond))
			for n := range min(len(src), 30) {
				sameAsGunzip(t, r, src[:n])
				sameAsGunzip(t, r, src[:len(src)-n])
			}
		})
	}
}

// Texts of many windows, from each kind of block, whose matches reach from one window into the one before.
func TestReaderLarge(t *testing.T) {
	far := random(history)
	for name, text := range map[string][]byte{
		"log file": logFile(1, 2500), "random": random(3 * windowSize), "zeros": make([]byte, 5*windowSize), "words": words(2*windowSize + 12345),
		"farthest matches": bytes.Repeat(far, 20), "exactly a window": words(windowSize), "less by one": words(windowSize - 1), "one more": words(windowSize + 1),
	} {
		t.Run(name, func(t *testing.T) {
			for _, level := range []int{gzip.NoCompression, gzip.DefaultCompression, gzip.HuffmanOnly} {
				src := gzipped(t, text, level)
				r := new(Reader)
				sameAsGunzip(t, r, src)
				sameAsGunzip(t, r, slices.Concat(src, src))
				for range 3 {
					cut := rand.IntN(len(src))
					sameAsGunzip(t, r, src[:cut])
					flipped := slices.Clone(src)
					flipped[cut] ^= 1 << rand.IntN(8)
					sameAsGunzip(t, r, flipped)
				}
			}
		})
	}
}

// The longest header that is accepted fits into the buffer.
func TestReaderLongHeader(t *testing.T) {
	text := func(n int) string { return string(bytes.Repeat([]byte("n"), n)) }
	header := &gzip.Header{Extra: make([]byte, 65535), Name: text(511), Comment: text(511)}
	sameAsGunzip(t, new(Reader), withHeader(t, header))
}

func TestReaderInputFails(t *testing.T) {
	broken := errors.New("broken")
	src := gzipped(t, logFile(1, 3000), gzip.BestSpeed)
	for _, n := range []int{0, 1, 9, 10, 20, 1000, len(src) / 2, len(src) - 1} {
		_, _, err := read(new(Reader), src, func(r io.Reader) io.Reader {
			return io.MultiReader(io.LimitReader(r, int64(n)), iotest.ErrReader(broken))
		})
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: error %v, not that of the input", n, err)
		}
	}
}

func TestReaderSmallBuffer(t *testing.T) {
	if err := new(Reader).Reset(bufio.NewReaderSize(bytes.NewReader(gzipped(t, nil, 1)), 100)); err == nil {
		t.Error("no error for a buffer that is too small")
	}
}

func TestReaderZeroValue(t *testing.T) {
	if n, err := new(Reader).Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d, %v", n, err)
	}
}

func BenchmarkReader(b *testing.B) {
	text := logFile(1, 20_000)
	src := gzipped(b, text, gzip.DefaultCompression)
	var r Reader
	var in bytes.Reader
	input := bufio.NewReaderSize(&in, MinReaderBuffer)
	p := make([]byte, 1<<20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(src)
		input.Reset(&in)
		if err := r.Reset(input); err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Read(p); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
