package inflate

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// streamWriter writes DEFLATE data bit by bit, sound or not.
type streamWriter struct {
	data []byte
	free int // bits of the last byte that are not written yet
}

// bits writes the low n bits of value, lowest first.
func (w *streamWriter) bits(value, n int) *streamWriter {
	for i := range n {
		if w.free == 0 {
			w.data = append(w.data, 0)
			w.free = 8
		}
		w.data[len(w.data)-1] |= byte(value>>i&1) << (8 - w.free)
		w.free--
	}
	return w
}

// code writes a Huffman code of n bits, highest bit first.
func (w *streamWriter) code(value, n int) *streamWriter {
	return w.bits(int(bits.Reverse16(uint16(value))>>(16-n)), n)
}

// bytes writes whole bytes from the next byte on.
func (w *streamWriter) bytes(data ...byte) *streamWriter {
	w.free = 0
	w.data = append(w.data, data...)
	return w
}

// stored writes a stored block.
func (w *streamWriter) stored(final int, data []byte) *streamWriter {
	w.bits(final, 1).bits(0, 2)
	length := uint16(len(data))
	w.bytes(byte(length), byte(length>>8), byte(^length), byte(^length>>8))
	return w.bytes(data...)
}

// fixed begins a block with fixed codes.
func (w *streamWriter) fixed(final int) *streamWriter { return w.bits(final, 1).bits(1, 2) }

// fixedSymbol writes a literal/length symbol in the fixed code.
func (w *streamWriter) fixedSymbol(symbol int) *streamWriter {
	switch {
	case symbol < 144:
		return w.code(0x30+symbol, 8)
	case symbol < 256:
		return w.code(0x190+symbol-144, 9)
	case symbol < 280:
		return w.code(symbol-256, 7)
	default:
		return w.code(0xc0+symbol-280, 8)
	}
}

// filled begins a last block with fixed codes that holds the prefix and then as many "a" as make it size bytes.
func (w *streamWriter) filled(prefix string, size int) *streamWriter {
	w.fixed(1)
	for _, literal := range []byte(prefix) {
		w.fixedSymbol(int(literal))
	}
	size -= len(prefix)
	for w.fixedSymbol('a'); size > 258; size -= 258 {
		w.fixedSymbol(285).code(0, 5)
	}
	for ; size > 1; size-- {
		w.fixedSymbol('a')
	}
	return w
}

// dynamic begins a dynamic block of the two codes with the lengths given, which it writes without repetition, each in 4 bits.
func (w *streamWriter) dynamic(final int, litlen, distance []uint8) *streamWriter {
	w.dynamicCounts(final, len(litlen)-257, len(distance)-1, precodeCodes-4)
	for _, symbol := range precodeOrder {
		if symbol < 16 {
			w.bits(4, 3)
		} else {
			w.bits(0, 3)
		}
	}
	for _, length := range litlen {
		w.code(int(length), 4)
	}
	for _, length := range distance {
		w.code(int(length), 4)
	}
	return w
}

func (w *streamWriter) dynamicCounts(final, litlen, distance, precode int) *streamWriter {
	return w.bits(final, 1).bits(2, 2).bits(litlen, 5).bits(distance, 5).bits(precode, 4)
}

// precode writes the code lengths of the precode, up to the last that is not 0 and at least 4, after the counts.
func (w *streamWriter) precode(final, litlen, distance int, lengths map[int]int) *streamWriter {
	count := 4
	for i, symbol := range precodeOrder {
		if lengths[int(symbol)] != 0 {
			count = max(count, i+1)
		}
	}
	w.dynamicCounts(final, litlen-257, distance-1, count-4)
	for _, symbol := range precodeOrder[:count] {
		w.bits(lengths[int(symbol)], 3)
	}
	return w
}

// symbol writes a symbol in the canonical code that the lengths describe.
func (w *streamWriter) symbol(lengths []uint8, symbol int) *streamWriter {
	code := 0
	for n := uint8(1); n <= maxCodeLength; n++ {
		for s, length := range lengths {
			if length == n {
				if s == symbol {
					return w.code(code, int(n))
				}
				code++
			}
		}
		code <<= 1
	}
	panic("symbol without a code")
}

// lengthsOf returns count code lengths, 0 but for those given.
func lengthsOf(count int, given map[int]uint8) []uint8 {
	lengths := make([]uint8, count)
	for symbol, length := range given {
		lengths[symbol] = length
	}
	return lengths
}

var plainHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

// trailerOf returns the gzip trailer of output.
func trailerOf(output []byte) []byte {
	trailer := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(output))
	return binary.LittleEndian.AppendUint32(trailer, uint32(len(output)))
}

// memberOf returns a gzip member of compressed data and the output it stands for.
func memberOf(compressed, output []byte) []byte {
	member := append([]byte(nil), plainHeader...)
	member = append(member, compressed...)
	return append(member, trailerOf(output)...)
}
