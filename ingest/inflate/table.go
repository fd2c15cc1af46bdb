package inflate

const (
	// The next litlenBits bits of the input index the first part of a litlenTable. An entry for a longer code points to a subtable
	// behind it, which the bits after them index. The same for distances. Smaller tables are made faster and stay in the cache,
	// larger ones need fewer second look-ups and hold more pairs of literals.
	// 11 bits would hold more pairs and take twice as long to make: 4% slower on files of 10 kB, 6% on files of 1.6 kB.
	litlenBits   = 10
	distanceBits = 8

	// At most 1334 and 402 entries are used, for 288 and 32 symbols; the sizes are the next powers of 2, which spare bounds checks.
	litlenSize   = 2048
	distanceSize = 512

	maxPrecodeLength = 7

	// pairsInput is the number of bytes of input from which on pairs of literals gain more than they cost to find.
	pairsInput = 3 << 10
)

type (
	litlenTable   [litlenSize]litlenEntry
	distanceTable [distanceSize]distanceEntry
)

// blockTables is what the symbols of a block are decoded with.
type blockTables struct {
	litlen    litlenTable
	distance  distanceTable
	endLength uint // bits of the code of the end of block, 0 if it has none
}

// build makes the tables of the codes that the lengths describe: those of the literal/length symbols, then from distanceFirst on those
// of the distance symbols. It returns false if the lengths are not codes.
func (d *Decoder) build(tables *blockTables, lengths []codeLength, distanceFirst int) bool {
	split := len(lengths)
	tables.endLength = 0
	for split > 0 && lengths[split-1].symbol() >= distanceFirst {
		split--
	}
	for i := split - 1; i >= 0 && lengths[i].symbol() >= endOfBlock; i-- {
		if lengths[i].symbol() == endOfBlock {
			tables.endLength = uint(lengths[i] & maxCodeLength)
		}
	}
	if !d.code.assign(lengths[:split], 0) {
		return false
	}
	fillTable(tables.litlen[:], litlenBits, litlenMeanings[:], &d.code)
	if len(d.in.src)-d.in.pos >= pairsInput {
		d.pairs.pair(&tables.litlen, &d.code)
	}
	if !d.code.assign(lengths[split:], distanceFirst) {
		return false
	}
	fillTable(tables.distance[:], distanceBits, distanceMeanings[:], &d.code)
	return true
}

// fillTable makes a table that is indexed by rootBits bits, and by more in its subtables.
func fillTable[E litlenEntry | distanceEntry](table []E, rootBits uint, meanings []E, c *huffmanCode) {
	root := table[:1<<rootBits]
	if c.total < 2 {
		// The bits mean nothing, but for a 0 if there is one symbol.
		for i := range root {
			root[i] = entrySpecial
		}
		if c.total == 1 {
			for i := 0; i < len(root); i += 2 {
				root[i] = meanings[c.sorted[0]] + entryPerBit
			}
		}
		return
	}

	// Codes that the root can hold. While those of n bits are entered, the table is one for n bits; two copies of it make the one for n+1.
	symbols := c.sorted[:c.total]
	code := uint32(0)
	n := uint(1)
	for size := 2; n <= rootBits; n++ {
		last := uint32(size - 1)
		for _, symbol := range symbols[:c.count[n]] {
			table[code] = meanings[symbol] + E(n)*entryPerBit
			if code == last {
				for ; size < len(root); size *= 2 {
					copy(root[size:], root[:size])
				}
				return
			}
			code = nextCode(code, n)
		}
		symbols = symbols[c.count[n]:]
		if n < rootBits {
			copy(root[size:2*size], root[:size])
			size *= 2
		}
	}

	// The rest are longer. Those that begin with the same rootBits bits follow each other and share a subtable.
	left := c.count[n] // codes of n bits that are still to come
	for begin := len(root); ; {
		for left == 0 {
			n++
			left = c.count[n]
		}
		// The subtable must take in the longest code with this prefix: it is there where all sequences of bits are used up.
		width := n - rootBits
		for taken := int(left); taken < 1<<width; {
			width++
			taken = taken*2 + int(c.count[rootBits+width])
		}
		prefix := code % (1 << rootBits)
		table[prefix] = E(begin)<<16 | E(width)<<8 | entrySpecial | entryPointer
		subtable := table[begin : begin+1<<width]
		begin += 1 << width
		for code%(1<<rootBits) == prefix {
			for left == 0 {
				n++
				left = c.count[n]
			}
			entry := meanings[symbols[0]] + E(n-rootBits)*entryPerBit
			for i := int(code >> rootBits); i < len(subtable); i += 1 << (n - rootBits) {
				subtable[i] = entry
			}
			if code == 1<<n-1 {
				return
			}
			symbols = symbols[1:]
			left--
			code = nextCode(code, n)
		}
	}
}

// literalPairs is what pair works with. It holds, for every length n of a first literal's code, a list of what its entries gain from a second
// one: for each sequence of the litlenBits-n bits that are left over, the second literal at its place, one more to the count and
// the bits of its code, or 0 if the sequence does not begin with the whole code of a literal.
type literalPairs struct {
	gains [1 << litlenBits]litlenEntry
}

// pair makes the root's entries for a literal, where the bits left over hold the whole code of a second one, stand for both. CloudTrail
// has long runs of literals with short codes (the hexadecimal digits of IDs), and one look-up then yields two of them.
func (p *literalPairs) pair(table *litlenTable, c *huffmanCode) {
	shortest := uint(1)
	for shortest < litlenBits && c.count[shortest] == 0 {
		shortest++
	}
	// All gains are taken from the table before it is changed.
	begin := 0
	for n := shortest; n+shortest <= litlenBits; n++ {
		spare := litlenBits - n
		for i, entry := range table[:1<<spare] {
			gain := literalCount | (entry>>literalFirst&0xff)<<literalSecond | (entry&entryDrop)*entryPerBit
			if entry < literalCount || uint(entry&entryDrop) > spare {
				gain = 0
			}
			p.gains[(begin+i)%len(p.gains)] = gain
		}
		begin += 1 << spare
	}
	begin = 0
	symbols := c.sorted[:c.total]
	code := uint32(0)
	for n := shortest; n+shortest <= litlenBits; n++ {
		gains := p.gains[begin : begin+1<<(litlenBits-n)]
		begin += len(gains)
		step := uint32(1) << n
		for _, symbol := range symbols[:c.count[n]] {
			if symbol < endOfBlock {
				i, entry := code, litlenMeanings[symbol]+litlenEntry(n)*entryPerBit
				for _, gain := range gains {
					table[i%litlenSize] = entry + gain
					i += step
				}
			}
			if code == 1<<n-1 {
				return
			}
			code = nextCode(code, n)
		}
		symbols = symbols[c.count[n]:]
	}
}

// A precodeTable says which symbol the next bits of the input are in the precode, and the length of its code: symbol<<3 | length.
type precodeTable [1 << maxPrecodeLength]uint8

// build makes the table of a code whose lengths are at most maxPrecodeLength. An entry of 0 means that there is no such code.
func (t *precodeTable) build(c *huffmanCode) {
	if c.total < 2 {
		*t = precodeTable{}
	}
	symbols := c.sorted[:c.total]
	code := uint32(0)
	for n := uint(1); len(symbols) > 0; n++ {
		for _, symbol := range symbols[:c.count[n]] {
			for i := int(code); i < len(t); i += 1 << n {
				t[i] = uint8(symbol<<3) | uint8(n)
			}
			if code == 1<<n-1 {
				return
			}
			code = nextCode(code, n)
		}
		symbols = symbols[c.count[n]:]
	}
}

// lookup returns the symbol that bits begin with and the length of its code, 0 if there is none.
func (t *precodeTable) lookup(bits uint64) (symbol uint8, length uint) {
	entry := t[bits%(1<<maxPrecodeLength)]
	return entry >> 3, uint(entry & 7)
}
