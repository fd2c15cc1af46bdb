package inflate

import (
	"bytes"
	"errors"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"testing"
)

// edgeCase is compressed data (without gzip header and trailer) at an edge of the format.
type edgeCase struct {
	data []byte
	want string // the output if err is nil
	err  error
}

// endOnly is a literal/length code of one symbol, the end of the block.
var endOnly = lengthsOf(257, map[int]uint8{endOfBlock: 1})

// ladder is the code lengths 1, 2, 3 ... 14, 15, 15 for the symbols given, the longest that DEFLATE knows.
func ladder(count int, symbols ...int) []uint8 {
	lengths := make([]uint8, count)
	for i, symbol := range symbols {
		lengths[symbol] = uint8(min(i+1, maxCodeLength))
	}
	return lengths
}

func edgeCases() map[string]edgeCase {
	stream := func() *streamWriter { return new(streamWriter) }
	window := "xyz" + strings.Repeat("a", 32768-3)

	matchCode := lengthsOf(258, map[int]uint8{'a': 2, 'b': 2, endOfBlock: 2, 257: 2}) // 257: a match of 3 bytes
	oneDistance := []uint8{1}
	noDistance := []uint8{0}
	longCode := ladder(258, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', endOfBlock, 257)
	lateEnd := ladder(258, 'a', 257, 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', endOfBlock)
	earlyEnd := ladder(258, endOfBlock, 257, 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'a', 'b')
	longDistances := ladder(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

	return map[string]edgeCase{
		"no data":       {data: nil, err: ErrTruncated},
		"reserved type": {data: stream().bits(1, 1).bits(3, 2).data, err: ErrCorrupt},

		"stored, empty":         {data: stream().stored(1, nil).data},
		"stored":                {data: stream().stored(1, []byte("stored")).data, want: "stored"},
		"stored, several":       {data: stream().stored(0, []byte("a")).stored(0, nil).stored(1, []byte("b")).data, want: "ab"},
		"stored, bad length":    {data: stream().bits(1, 3).bytes(1, 0, 0xff, 0xff, 'a').data, err: ErrCorrupt},
		"stored, no length":     {data: stream().bits(1, 3).bytes(1, 0, 0xfe).data, err: ErrTruncated},
		"stored after a symbol": {data: stream().fixed(0).fixedSymbol('a').fixedSymbol(256).stored(1, []byte("b")).data, want: "ab"},

		"fixed, empty":            {data: stream().fixed(1).fixedSymbol(256).data},
		"fixed, all literals":     {data: allLiterals(), want: allBytes},
		"fixed, empty blocks":     {data: stream().fixed(0).fixedSymbol(256).fixed(0).fixedSymbol(256).fixed(1).fixedSymbol(256).data},
		"fixed, run":              {data: stream().fixed(1).fixedSymbol('a').fixedSymbol(285).code(0, 5).fixedSymbol(256).data, want: strings.Repeat("a", 259)},
		"fixed, 258 the long way": {data: stream().fixed(1).fixedSymbol('a').fixedSymbol(284).bits(31, 5).code(0, 5).fixedSymbol(256).data, want: strings.Repeat("a", 259)},
		"fixed, symbol 286":       {data: stream().fixed(1).fixedSymbol('a').fixedSymbol(286).bits(0, 20).data, err: ErrCorrupt},
		"fixed, symbol 287":       {data: stream().fixed(1).fixedSymbol('a').fixedSymbol(287).bits(0, 20).data, err: ErrCorrupt},
		"fixed, distance 30":      {data: stream().fixed(1).fixedSymbol('a').fixedSymbol(257).code(30, 5).fixedSymbol(256).data, err: ErrCorrupt},
		"fixed, distance 31":      {data: stream().fixed(1).fixedSymbol('a').fixedSymbol(257).code(31, 5).fixedSymbol(256).data, err: ErrCorrupt},
		"before the start":        {data: stream().fixed(1).fixedSymbol(257).code(0, 5).fixedSymbol(256).data, err: ErrCorrupt},
		"one before the start":    {data: stream().fixed(1).fixedSymbol('a').fixedSymbol(257).code(1, 5).fixedSymbol(256).data, err: ErrCorrupt},
		"farthest match":          {data: stream().filled("xyz", 32768).fixedSymbol(257).code(29, 5).bits(8191, 13).fixedSymbol(256).data, want: window + "xyz"},
		"farthest match, too far": {data: stream().filled("xyz", 32767).fixedSymbol(257).code(29, 5).bits(8191, 13).fixedSymbol(256).data, err: ErrCorrupt},

		"dynamic, end only":             {data: stream().dynamic(1, endOnly, noDistance).code(0, 1).data},
		"dynamic, the other bit":        {data: stream().dynamic(1, endOnly, noDistance).code(1, 1).bits(0, 20).data, err: ErrCorrupt},
		"dynamic, no symbols":           {data: stream().dynamic(1, make([]uint8, 257), noDistance).bits(0, 20).data, err: ErrCorrupt},
		"dynamic, no end":               {data: stream().dynamic(1, lengthsOf(257, map[int]uint8{'a': 1, 'b': 1}), noDistance).bits(0, 20).data, err: ErrTruncated},
		"dynamic, single of 2 bits":     {data: stream().dynamic(1, lengthsOf(257, map[int]uint8{endOfBlock: 2}), noDistance).bits(0, 20).data, err: ErrCorrupt},
		"dynamic, incomplete":           {data: stream().dynamic(1, lengthsOf(257, map[int]uint8{'a': 1, endOfBlock: 2}), noDistance).bits(0, 20).data, err: ErrCorrupt},
		"dynamic, over-subscribed":      {data: stream().dynamic(1, lengthsOf(257, map[int]uint8{'a': 1, 'b': 1, endOfBlock: 1}), noDistance).bits(0, 20).data, err: ErrCorrupt},
		"dynamic, over at 15 bits":      {data: stream().dynamic(1, append(longCode, 15), noDistance).bits(0, 20).data, err: ErrCorrupt},
		"dynamic, 287 codes":            {data: stream().dynamic(1, lengthsOf(287, map[int]uint8{endOfBlock: 1}), noDistance).code(0, 1).data, err: ErrCorrupt},
		"dynamic, 288 codes":            {data: stream().dynamic(1, lengthsOf(288, map[int]uint8{endOfBlock: 1}), noDistance).code(0, 1).data, err: ErrCorrupt},
		"dynamic, 31 distances":         {data: stream().dynamic(1, endOnly, make([]uint8, 31)).code(0, 1).data, err: ErrCorrupt},
		"dynamic, 32 distances":         {data: stream().dynamic(1, endOnly, make([]uint8, 32)).code(0, 1).data, err: ErrCorrupt},
		"dynamic, all codes":            {data: stream().dynamic(1, allCodes(286), allCodes(30)).symbol(allCodes(286), 'z').symbol(allCodes(286), 256).data, want: "z"},
		"precode, empty":                {data: stream().precode(1, 257, 1, nil).bits(0, 64).data, err: ErrCorrupt},
		"precode, incomplete":           {data: stream().precode(1, 257, 1, map[int]int{0: 1, 1: 2}).bits(0, 64).data, err: ErrCorrupt},
		"precode, over-subscribed":      {data: stream().precode(1, 257, 1, map[int]int{0: 1, 1: 1, 2: 1}).bits(0, 64).data, err: ErrCorrupt},
		"precode, single":               {data: stream().precode(1, 257, 1, map[int]int{8: 1}).bits(0, 300).data, err: ErrCorrupt},
		"precode, single, other bit":    {data: stream().precode(1, 257, 1, map[int]int{8: 1}).bits(-1, 300).data, err: ErrCorrupt},
		"precode, repeat of nothing":    {data: stream().precode(1, 257, 1, map[int]int{16: 1, 1: 1}).code(1, 1).bits(0, 64).data, err: ErrCorrupt},
		"precode, repeat past end":      {data: stream().precode(1, 257, 1, map[int]int{18: 1, 1: 1}).code(1, 1).bits(127, 7).code(1, 1).bits(127, 7).bits(0, 64).data, err: ErrCorrupt},
		"precode, repeat 1 too many":    {data: stream().precode(1, 257, 1, map[int]int{18: 1, 1: 1}).code(1, 1).bits(138-11, 7).code(1, 1).bits(121-11, 7).bits(0, 64).data, err: ErrCorrupt},
		"precode, repeat across":        {data: repeatAcross(), want: ""},
		"precode, repeat cut":           {data: stream().precode(1, 257, 1, map[int]int{18: 1, 1: 1}).code(1, 1).bits(127, 3).data, err: ErrTruncated},
		"one distance":                  {data: stream().dynamic(1, matchCode, oneDistance).symbol(matchCode, 'a').symbol(matchCode, 257).code(0, 1).symbol(matchCode, 256).data, want: "aaaa"},
		"one distance, the other bit":   {data: stream().dynamic(1, matchCode, oneDistance).symbol(matchCode, 'a').symbol(matchCode, 257).code(1, 1).symbol(matchCode, 256).bits(0, 64).data, err: ErrCorrupt},
		"one distance of 2 bits":        {data: stream().dynamic(1, matchCode, []uint8{2}).bits(0, 64).data, err: ErrCorrupt},
		"no distance, no match":         {data: stream().dynamic(1, matchCode, noDistance).symbol(matchCode, 'a').symbol(matchCode, 256).data, want: "a"},
		"no distance, a match":          {data: stream().dynamic(1, matchCode, noDistance).symbol(matchCode, 'a').symbol(matchCode, 257).bits(0, 64).data, err: ErrCorrupt},
		"no distance, at the end":       {data: stream().dynamic(1, matchCode, noDistance).symbol(matchCode, 'a').symbol(matchCode, 257).data, err: ErrCorrupt},
		"longest codes":                 {data: longest(longCode, longDistances, 1), want: longestOutput},
		"longest codes, repeated":       {data: longest(longCode, longDistances, 200), want: strings.Repeat(longestOutput, 200)},
		"end code longer than the rest": {data: stream().dynamic(1, lateEnd, oneDistance).symbol(lateEnd, 257).code(0, 1).data, err: ErrTruncated},
		"long code after a short end":   {data: longAfterShort(earlyEnd, longDistances), want: "bbbb"},
		"long code cut":                 {data: longCodeCut(), err: ErrTruncated},
		"long distance cut":             {data: longDistanceCut(), err: ErrTruncated},
		"bad symbol far inside":         {data: stream().filled("", 3000).fixedSymbol(286).bytes(onlyLiterals...).data, err: ErrCorrupt},
		"bad distance far inside":       {data: stream().filled("", 3000).fixedSymbol(257).code(30, 5).bytes(onlyLiterals...).data, err: ErrCorrupt},
	}
}

// allCodes is a complete code of count symbols, each of which has a code.
func allCodes(count int) []uint8 {
	lengths := make([]uint8, count)
	long := bits.Len(uint(count))
	for i := range lengths {
		lengths[i] = uint8(long)
		if i < 1<<long-count {
			lengths[i]--
		}
	}
	return lengths
}

// allBytes is what allLiterals holds.
var allBytes = func() string {
	var b []byte
	for i := range 256 {
		b = append(b, byte(i))
	}
	return string(b)
}()

func allLiterals() []byte {
	w := new(streamWriter).fixed(1)
	for i := range 256 {
		w.fixedSymbol(i)
	}
	return w.fixedSymbol(endOfBlock).data
}

// repeatAcross is an empty dynamic block in which one repetition of zeros begins in the lengths of the literal/length code and ends in those
// of the distance code.
func repeatAcross() []byte {
	w := new(streamWriter).precode(1, 259, 2, map[int]int{0: 2, 1: 2, 17: 2, 18: 2})
	w.code(3, 2).bits(138-11, 7).code(3, 2).bits(118-11, 7) // symbols 0 to 255: no code
	w.code(1, 2)                                            // 256: 1 bit
	w.code(2, 2).bits(0, 3)                                 // 257, 258 and distance 0: no code
	w.code(1, 2)                                            // distance 1: 1 bit
	return w.code(0, 1).data
}

// longestOutput is what each turn of longest holds: 14 literals and one more, then a match of 3 at distance 4.
const longestOutput = "abcdefghijklmna" + "lmn"

func longest(litlen, distance []uint8, turns int) []byte {
	w := new(streamWriter).dynamic(1, litlen, distance)
	for range turns {
		for literal := 'a'; literal <= 'n'; literal++ {
			w.symbol(litlen, int(literal))
		}
		w.symbol(litlen, 'a').symbol(litlen, 257).symbol(distance, 3)
	}
	return w.symbol(litlen, endOfBlock).data
}

// longAfterShort is a literal and a match that end in codes of 15 bits, in a block whose end takes 1 bit.
func longAfterShort(litlen, distance []uint8) []byte {
	w := new(streamWriter).dynamic(1, litlen, distance).symbol(litlen, 'b')
	w.symbol(litlen, 257).symbol(distance, 0)
	return w.symbol(litlen, endOfBlock).data
}

// manyLong is a code of 260 symbols in which the bits 1111 begin the long codes, so that what follows them is looked up in a subtable even if
// it is missing and taken for zeros.
var manyLong = func() []uint8 {
	lengths := bytes.Repeat([]uint8{12}, 260)
	lengths['a'], lengths[endOfBlock], lengths[257], lengths['b'] = 1, 2, 3, 4
	return lengths
}()

// longCodeCut ends within the first bits of a long code.
func longCodeCut() []byte {
	w := new(streamWriter).dynamic(1, manyLong, []uint8{0})
	for w.free != 4 {
		w.symbol(manyLong, 'a')
	}
	return w.code(0xf, 4).data
}

// longDistanceCut does so with a distance.
func longDistanceCut() []byte {
	lengths := append([]uint8{1, 2, 3, 4, 5}, bytes.Repeat([]uint8{9}, 16)...)
	w := new(streamWriter).dynamic(1, manyLong, lengths)
	for w.symbol(manyLong, 'a'); w.free != 0; {
		w.symbol(manyLong, 'a')
	}
	return w.symbol(manyLong, 257).code(0x1f, 5).data
}

// onlyLiterals is literals in the fixed code, at whichever bit it is read.
var onlyLiterals = bytes.Repeat([]byte{0x55}, 100)

func TestEdgeCases(t *testing.T) {
	cases := edgeCases()
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		t.Run(name, func(t *testing.T) {
			src := memberOf(c.data, []byte(c.want))
			if c.err != nil {
				src = append(slices.Clone(plainHeader), c.data...)
			}
			var d Decoder
			out, _, err := d.Gunzip(nil, src, 1<<20)
			if !errors.Is(err, c.err) || string(out) != c.want {
				t.Errorf("%d bytes, error %v; want %d bytes, error %v", len(out), err, len(c.want), c.err)
			}
			sameAsReference(t, &d, src)
			for n := range min(len(src), 1000) {
				sameAsReference(t, &d, src[:n])
			}
		})
	}
}
