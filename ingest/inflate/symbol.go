package inflate

const (
	// Largest numbers of codes that a dynamic block may declare (RFC 1951 section 3.2.7). The fixed codes have more, which stand for nothing.
	maxLitlenCodes     = 286
	maxDistanceCodes   = 30
	fixedLitlenCodes   = 288
	fixedDistanceCodes = 32
	precodeCodes       = 19

	endOfBlock = 256
)

// A litlenEntry says what the next bits of the input mean where a literal or a length is due.
//
//	bits 0-4    number of bits to drop: those of the code and, for a length, its extra bits
//	bit 5       pointer to a subtable (special is set too)
//	bit 6       special: no literal and no length. If nothing else is set, the bits mean nothing
//	bit 7       end of block (special is set too)
//	bits 8-11   length: number of bits of the code alone; pointer: number of bits that index the subtable
//	bits 12-27  literals: the first, then the second
//	bits 16-24  length: the length without extra bits
//	bits 25-29  length: mask of the extra bits
//	bits 16-27  pointer: index of the subtable in the table
//	bits 30-31  number of literals, 0 to 2
type litlenEntry uint32

// A distanceEntry is the same for distances.
//
//	bits 0-7    as in a litlenEntry
//	bits 8-11   distance: number of bits of the code alone; pointer: number of bits that index the subtable
//	bits 16-31  distance: the distance without extra bits; pointer: index of the subtable in the table
//	bits 32-44  mask of the extra bits
type distanceEntry uint64

const (
	entryDrop    = 1<<5 - 1
	entryPointer = 1 << 5
	entrySpecial = 1 << 6
	entryEnd     = 1 << 7
	// entryPerBit times the length of a code is added to what a symbol means: it counts in bits 0-4 and in bits 8-11.
	entryPerBit = 1<<8 | 1

	literalCount = 1 << 30 // one literal; an entry is literal if it is not less
	// Positions of the two literals.
	literalFirst  = 12
	literalSecond = 20
)

var (
	litlenMeanings   = makeLitlenMeanings()
	distanceMeanings = makeDistanceMeanings()
)

// makeLitlenMeanings returns the entry of each literal/length symbol (RFC 1951 section 3.2.5), before the length of its code is added.
func makeLitlenMeanings() (meanings [fixedLitlenCodes]litlenEntry) {
	for symbol := range endOfBlock {
		meanings[symbol] = literalCount | litlenEntry(symbol)<<literalFirst
	}
	meanings[endOfBlock] = entrySpecial | entryEnd
	length := 3
	for symbol := 257; symbol < 285; symbol++ {
		extra := max(0, symbol-261) / 4
		meanings[symbol] = litlenEntry(1<<extra-1)<<25 | litlenEntry(length)<<16 | litlenEntry(extra)
		length += 1 << extra
	}
	meanings[285] = 258 << 16
	meanings[286] = entrySpecial
	meanings[287] = entrySpecial
	return meanings
}

// makeDistanceMeanings does so for the distance symbols.
func makeDistanceMeanings() (meanings [fixedDistanceCodes]distanceEntry) {
	distance := 1
	for symbol := range maxDistanceCodes {
		extra := max(0, symbol-2) / 2
		meanings[symbol] = distanceEntry(1<<extra-1)<<32 | distanceEntry(distance)<<16 | distanceEntry(extra)
		distance += 1 << extra
	}
	meanings[30] = entrySpecial
	meanings[31] = entrySpecial
	return meanings
}
