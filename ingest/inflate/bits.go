package inflate

import "encoding/binary"

// bitReader hands out the bits of src, in each byte from the lowest up (RFC 1951 section 3.1.1).
//
// bits holds the next n bits at its low end. What stands above them is either zero or the bits that follow in src, so that or-ing
// the same byte in again changes nothing; beyond the end of src it is zero.
type bitReader struct {
	src  []byte
	pos  int // first byte of src not counted in n
	bits uint64
	n    uint
}

// refill takes in what fits: at least 56 bits are there afterwards, or all that src still has.
func (r *bitReader) refill() {
	if len(r.src)-r.pos >= 8 {
		r.bits |= binary.LittleEndian.Uint64(r.src[r.pos:]) << (r.n & 63)
		r.pos += int((63 - r.n) / 8)
		r.n |= 56
		return
	}
	for r.n < 56 && r.pos < len(r.src) {
		r.bits |= uint64(r.src[r.pos]) << (r.n & 63)
		r.pos++
		r.n += 8
	}
}

// drop takes count bits away, which must be there.
func (r *bitReader) drop(count uint) {
	r.bits >>= count & 63
	r.n -= count
}

// take returns the next count bits, at most 16. ok is false if src ends before.
func (r *bitReader) take(count uint) (value uint, ok bool) {
	if r.n < count {
		r.refill()
		if r.n < count {
			return 0, false
		}
	}
	value = uint(r.bits & (1<<count - 1))
	r.drop(count)
	return value, true
}

// align drops the rest of a byte that was begun, and gives back the bytes that were only looked at: pos is the next byte.
func (r *bitReader) align() {
	r.pos -= int(r.n / 8)
	r.bits, r.n = 0, 0
}
