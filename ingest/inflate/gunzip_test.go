package inflate

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
)

// small is a member whose data has dynamic codes, literals and matches, yet is short enough to try every bit of it.
func small(t *testing.T) []byte {
	t.Helper()
	src := gzipped(t, words(400), gzip.BestCompression)
	if blockType := src[fixedHeaderLength] >> 1 & 3; blockType != 2 {
		t.Fatalf("block type %d, not dynamic", blockType)
	}
	return src
}

func TestTruncatedAtEveryByte(t *testing.T) {
	var d Decoder
	for _, src := range [][]byte{small(t), withHeader(t, fullHeader())} {
		for n := range src {
			if _, _, err := d.Gunzip(nil, src[:n], 1<<20); !errors.Is(err, ErrTruncated) {
				t.Errorf("%d of %d bytes: error %v, not ErrTruncated", n, len(src), err)
			}
			sameAsReference(t, &d, src[:n])
		}
	}
}

func TestEveryBitFlipped(t *testing.T) {
	var d Decoder
	for _, src := range [][]byte{small(t), withHeader(t, fullHeader())} {
		for bit := range 8 * len(src) {
			flipped := slices.Clone(src)
			flipped[bit/8] ^= 1 << (bit % 8)
			sameAsReference(t, &d, flipped)
		}
	}
}

// TestEveryBitFlippedInside flips bits where the fast loop works, far from both ends.
func TestEveryBitFlippedInside(t *testing.T) {
	var d Decoder
	src := gzipped(t, logFile(1, 20), gzip.DefaultCompression)
	for bit := 8 * fixedHeaderLength; bit < 8*len(src); bit += 29 {
		flipped := slices.Clone(src)
		flipped[bit/8] ^= 1 << (bit % 8)
		sameAsReference(t, &d, flipped)
	}
}

func fullHeader() *gzip.Header {
	return &gzip.Header{Extra: []byte("extra\x00data"), Name: "name.json", Comment: "a comment"}
}

func withHeader(t *testing.T, header *gzip.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Header = *header
	if _, err := w.Write([]byte("text")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHeader(t *testing.T) {
	body := new(streamWriter).stored(1, []byte("text")).data
	// header returns a member with the flags and fields given.
	header := func(flags byte, fields string) []byte {
		src := slices.Clone(plainHeader)
		src[3] = flags
		src = append(src, fields...)
		return append(append(src, body...), trailerOf([]byte("text"))...)
	}
	withChecksum := slices.Clone(plainHeader)
	withChecksum[3] = flagHeaderCRC
	checksum := binary.LittleEndian.AppendUint16(nil, uint16(crc32.ChecksumIEEE(withChecksum)))
	name := func(n int) string { return strings.Repeat("n", n) + "\x00" }
	for _, c := range []struct {
		name string
		src  []byte
		err  error
	}{
		{"plain", header(0, ""), nil},
		{"text flag and reserved flags are ignored", header(0xe1, ""), nil},
		{"extra", header(flagExtra, "\x03\x00abc"), nil},
		{"extra, empty", header(flagExtra, "\x00\x00"), nil},
		{"extra beyond the end", header(flagExtra, "\xff\xffabc"), ErrTruncated},
		{"name", header(flagName, name(8)), nil},
		{"name of 511 bytes", header(flagName, name(511)), nil},
		{"name of 512 bytes", header(flagName, name(512)), ErrHeader},
		{"name without end", append(slices.Clone(header(flagName, "")[:fixedHeaderLength]), "name"...), ErrTruncated},
		{"name of 511 bytes without end", append(slices.Clone(header(flagName, "")[:fixedHeaderLength]), name(511)[:511]...), ErrTruncated},
		{"name of 512 bytes without end", append(slices.Clone(header(flagName, "")[:fixedHeaderLength]), name(512)[:512]...), ErrHeader},
		{"comment", header(flagComment, name(8)), nil},
		{"comment of 512 bytes", header(flagComment, name(512)), ErrHeader},
		{"name and comment", header(flagName|flagComment, name(511)+name(511)), nil},
		{"header checksum", header(flagHeaderCRC, string(checksum)), nil},
		{"header checksum wrong", header(flagHeaderCRC, string([]byte{checksum[0], checksum[1] + 1})), ErrHeader},
		{"header checksum missing", header(flagHeaderCRC, "")[:fixedHeaderLength+1], ErrTruncated},
		{"nothing", nil, ErrTruncated},
		{"first byte", append([]byte{0x1e}, header(0, "")[1:]...), ErrHeader},
		{"second byte", append([]byte{0x1f, 0x8c}, header(0, "")[2:]...), ErrHeader},
		{"method", append([]byte{0x1f, 0x8b, 7}, header(0, "")[3:]...), ErrHeader},
		{"text", []byte(`{"Records":[]}`), ErrHeader},
		{"short text", []byte(`{}`), ErrTruncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d Decoder
			if _, _, err := d.Gunzip(nil, c.src, 1<<20); !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			sameAsReference(t, &d, c.src)
		})
	}
}

func TestTrailer(t *testing.T) {
	src := small(t)
	var d Decoder
	for i := range trailerLength {
		wrong := slices.Clone(src)
		wrong[len(src)-trailerLength+i] ^= 0x80
		want := ErrChecksum
		if i >= 4 {
			want = ErrLength
		}
		if out, _, err := d.Gunzip(nil, wrong, 1<<20); !errors.Is(err, want) || out != nil {
			t.Errorf("byte %d of the trailer: %d bytes, error %v, want %v", i, len(out), err, want)
		}
	}
}

// The length in the trailer is a hint: whatever it claims, the output is right or the error is, and no more memory is taken
// than the input could justify.
func TestLengthIsOnlyAHint(t *testing.T) {
	text := bytes.Repeat([]byte("x"), 1<<20)
	src := gzipped(t, text, gzip.BestCompression) // a ratio of about 1000
	member := append(slices.Clone(src), 0, 0, 0, 0)
	var d Decoder
	out, consumed, err := d.Gunzip(nil, member, 1<<30)
	if err != nil || consumed != len(src) || !bytes.Equal(out, text) {
		t.Errorf("hint of 0: %d bytes, consumed %d of %d, error %v", len(out), consumed, len(src), err)
	}
	if hint := sizeHint(append(slices.Clone(src), 0xff, 0xff, 0xff, 0xff)); hint > 64*(len(src)+4) {
		t.Errorf("hint of 4 GiB: %d bytes for an input of %d", hint, len(src)+4)
	}
}

func TestLimit(t *testing.T) {
	const prefix = "before"
	for name, data := range map[string][]byte{
		"empty":   nil,
		"literal": []byte("a"),
		"run":     bytes.Repeat([]byte("a"), 1000),
		"log":     logFile(1, 30),
		"random":  random(100_000),
	} {
		t.Run(name, func(t *testing.T) {
			var d Decoder
			src := gzipped(t, data, gzip.DefaultCompression)
			for _, capacity := range []int{0, len(data) / 2, len(data), len(data) + 5000} {
				dst := append(make([]byte, 0, len(prefix)+capacity), prefix...)
				limit := len(prefix) + len(data)
				if out, _, err := d.Gunzip(dst, src, limit); err != nil || string(out) != prefix+string(data) {
					t.Errorf("capacity %d, limit as long as the output: %d bytes, error %v", capacity, len(out), err)
				}
				for _, short := range []int{1, 2, 100, limit, limit + 1} {
					out, consumed, err := d.Gunzip(dst, src, limit-short)
					if !errors.Is(err, ErrTooLarge) || consumed != 0 || string(out) != prefix {
						t.Errorf("capacity %d, limit %d short: %d bytes, consumed %d, error %v", capacity, short, len(out), consumed, err)
					}
				}
			}
		})
	}
}

func TestSeveralMembers(t *testing.T) {
	parts := [][]byte{logFile(1, 10), nil, []byte("b"), logFile(2, 10), nil}
	var src, want []byte
	for _, part := range parts {
		src = append(src, gzipped(t, part, gzip.DefaultCompression)...)
		want = append(want, part...)
	}
	var d Decoder
	sameAsReference(t, &d, src)
	sameAsReference(t, &d, append(slices.Clone(src), 0))
	sameAsReference(t, &d, append(slices.Clone(src), make([]byte, 512)...))
	sameAsReference(t, &d, append(slices.Clone(src), "no member at all"...))

	var out []byte
	for rest := src; len(rest) > 0; {
		var n int
		var err error
		out, n, err = d.Gunzip(out, rest, len(want))
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if !bytes.Equal(out, want) {
		t.Errorf("%d bytes, want %d", len(out), len(want))
	}
}

// A match must not reach into what the buffer held before the member.
func TestNoMatchBeforeTheMember(t *testing.T) {
	src := memberOf(new(streamWriter).fixed(1).fixedSymbol(257).code(0, 5).fixedSymbol(256).data, []byte("eee"))
	var d Decoder
	dst := append(make([]byte, 0, 10_000), "before"...)
	if _, _, err := d.Gunzip(dst, append(src, make([]byte, 100)...), 1<<20); !errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v, not ErrCorrupt", err)
	}
}

func TestDecoderAfterErrors(t *testing.T) {
	var d Decoder
	text := logFile(1, 20)
	src := gzipped(t, text, gzip.DefaultCompression)
	for name, c := range edgeCases() {
		_, _, _ = d.Gunzip(nil, append(slices.Clone(plainHeader), c.data...), 1<<20)
		if out, _, err := d.Gunzip(nil, src, 1<<20); err != nil || !bytes.Equal(out, text) {
			t.Fatalf("after %q: %d bytes, error %v", name, len(out), err)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	text := logFile(1, 50)
	src := gzipped(t, text, gzip.DefaultCompression)
	dst := make([]byte, 0, len(text))
	var d Decoder
	allocations := testing.AllocsPerRun(10, func() {
		if _, _, err := d.Gunzip(dst, src, 1<<20); err != nil {
			t.Fatal(err)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations for an output that fits", allocations)
	}
}
