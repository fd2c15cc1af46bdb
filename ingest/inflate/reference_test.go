package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"testing"
)

// reference is what compress/gzip makes of the first member of src, in the terms of Gunzip.
func reference(src []byte) (output []byte, consumed int, class error) {
	r := bytes.NewReader(src)
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, 0, classOf(err)
	}
	z.Multistream(false)
	output, err = io.ReadAll(z)
	if err != nil {
		return nil, 0, classOf(err)
	}
	return output, len(src) - r.Len(), nil
}

// classOf returns the error of this package that says what an error of compress/gzip says, which does not tell a wrong length from a
// wrong checksum.
func classOf(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrTruncated
	case errors.Is(err, gzip.ErrHeader):
		return ErrHeader
	case errors.Is(err, gzip.ErrChecksum):
		return ErrChecksum
	case errors.As(err, &corrupt):
		return ErrCorrupt
	}
	return err
}

// ample is a buffer in which the fast loop decodes nearly everything, up to the error if there is one.
var ample = make([]byte, 1<<18)

// beyond is what inputs are followed by, so that the fast loop decodes them to their last bit, by tables with pairs of literals.
var beyond = random(pairsInput + 1<<10)

// sameAsReference fails the test unless Gunzip does with src what compress/gzip does, and with src followed by other bytes.
func sameAsReference(t *testing.T, d *Decoder, src []byte) {
	t.Helper()
	sameMembers(t, d, src)
	sameMembers(t, d, slices.Concat(src, beyond))
}

// sameMembers compares member after member, whatever buffer Gunzip is given.
func sameMembers(t *testing.T, d *Decoder, src []byte) {
	t.Helper()
	for member := 0; ; member++ {
		want, wantConsumed, wantErr := reference(src)
		const prefix = "prefix"
		for _, buffer := range []struct {
			name string
			dst  []byte
		}{
			{"no buffer", nil},
			{"exact buffer", make([]byte, 0, len(want))},
			{"ample buffer", ample[:0]},
			{"buffer in use", append(make([]byte, 0, len(prefix)+len(want)/2), prefix...)},
		} {
			out, consumed, err := d.Gunzip(buffer.dst, src, 1<<30)
			if errors.Is(err, ErrLength) {
				err = ErrChecksum
			}
			if !errors.Is(err, wantErr) {
				t.Fatalf("member %d, %s: error %v, compress/gzip: %v", member, buffer.name, err, wantErr)
			}
			if consumed != wantConsumed {
				t.Fatalf("member %d, %s: consumed %d bytes, compress/gzip: %d", member, buffer.name, consumed, wantConsumed)
			}
			if !bytes.HasPrefix(out, buffer.dst) || !bytes.Equal(out[len(buffer.dst):], want) {
				t.Fatalf("member %d, %s: %d bytes, not the %d of compress/gzip", member, buffer.name, len(out), len(want))
			}
		}
		if wantErr != nil {
			return
		}
		if out, _, err := d.Gunzip(nil, src, len(want)); err != nil || len(out) != len(want) {
			t.Fatalf("member %d, limit %d: %d bytes, error %v", member, len(want), len(out), err)
		}
		if _, _, err := d.Gunzip(nil, src, len(want)-1); !errors.Is(err, ErrTooLarge) {
			t.Fatalf("member %d, limit %d: error %v, not ErrTooLarge", member, len(want)-1, err)
		}
		src = src[wantConsumed:]
		if len(src) == 0 {
			return
		}
	}
}
