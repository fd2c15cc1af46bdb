package inflate

import "math/bits"

const maxCodeLength = 15

// huffmanCode is a canonical Huffman code (RFC 1951 section 3.2.2): the symbols by the length of their code, then by value.
type huffmanCode struct {
	count  [maxCodeLength + 1]uint16 // number of codes of each length; count[0] is 0
	sorted [fixedLitlenCodes]uint16
	total  int // number of symbols that have a code
}

// assign makes the code that the lengths describe, one length a symbol, 0 for a symbol without a code. It returns false if the lengths are
// not a code, by the rules of compress/flate: every bit sequence must mean something, except that a code may be empty or have a single
// symbol of length 1. Using a sequence that means nothing is an error later.
func (c *huffmanCode) assign(lengths []uint8) bool {
	c.count = [maxCodeLength + 1]uint16{}
	for _, n := range lengths {
		c.count[n&maxCodeLength]++
	}
	c.total = len(lengths) - int(c.count[0])
	c.count[0] = 0

	var next [maxCodeLength + 1]uint16 // where in sorted the next symbol of each length goes
	unused := 1                        // bit sequences of this length that neither are nor begin with a code; negative if they do not suffice
	for n := 1; n <= maxCodeLength; n++ {
		next[n] = next[n-1] + c.count[n-1]
		unused = unused<<1 - int(c.count[n])
	}
	if unused != 0 && c.total != 0 && (c.total != 1 || c.count[1] != 1) {
		return false
	}
	for symbol, n := range lengths {
		if n != 0 {
			c.sorted[next[n&maxCodeLength]%fixedLitlenCodes] = uint16(symbol)
			next[n&maxCodeLength]++
		}
	}
	return true
}

// nextCode returns the code that follows code among those of n bits. Codes are held with their bits reversed, first bit lowest, as they
// come out of the input; so this adds one at the top and carries down. It must not be called for the last code, all ones.
func nextCode(code uint32, n uint) uint32 {
	top := uint32(1) << (bits.Len32(code^(1<<n-1)) - 1) // highest bit that is 0
	return code&(top-1) | top
}
