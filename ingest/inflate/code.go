package inflate

import "math/bits"

const (
	maxCodeLength = 15
	sortedSize    = 512 // more than fixedLitlenCodes: a power of 2 spares bounds checks
)

// huffmanCode is a canonical Huffman code (RFC 1951 section 3.2.2): the symbols by the length of their code, then by value.
type huffmanCode struct {
	count  [maxCodeLength + 1]uint16 // number of codes of each length; count[0] is 0
	sorted [sortedSize]uint16
	total  int // number of symbols that have a code
}

// A codeLength is a symbol and the length of its code, which is not 0: symbol<<4 | length. Most symbols of a block have no code; a list of
// those that do is shorter than an array of all lengths, and is gone through without a branch on each.
type codeLength uint16

func newCodeLength(symbol int, length uint8) codeLength {
	return codeLength(symbol<<4) | codeLength(length&maxCodeLength)
}

func (l codeLength) symbol() int { return int(l >> 4) }

// assign makes the code that the lengths describe, given by rising symbols, the first of which stands for symbol 0. It returns false if the
// lengths are not a code, by the rules of compress/flate: every bit sequence must mean something, except that a code may be empty or
// have a single symbol of length 1. Using a sequence that means nothing is an error later.
func (c *huffmanCode) assign(lengths []codeLength, first int) bool {
	c.count = [maxCodeLength + 1]uint16{}
	for _, l := range lengths {
		c.count[l&maxCodeLength]++
	}
	c.total = len(lengths)

	var next [maxCodeLength + 1]uint16 // where in sorted the next symbol of each length goes
	unused := 1                        // bit sequences of this length that neither are nor begin with a code; negative if they do not suffice
	for n := 1; n <= maxCodeLength; n++ {
		next[n] = next[n-1] + c.count[n-1]
		unused = unused<<1 - int(c.count[n])
	}
	if unused != 0 && c.total != 0 && (c.total != 1 || c.count[1] != 1) {
		return false
	}
	for _, l := range lengths {
		n := l & maxCodeLength
		c.sorted[next[n]%sortedSize] = uint16(l.symbol() - first)
		next[n]++
	}
	return true
}

// nextCode returns the code that follows code among those of n bits. Codes are held with their bits reversed, first bit lowest, as they
// come out of the input; so this adds one at the top and carries down. It must not be called for the last code, all ones.
func nextCode(code uint32, n uint) uint32 {
	top := uint32(1) << (bits.Len32(code^(1<<n-1)) - 1) // highest bit that is 0
	return code&(top-1) | top
}
