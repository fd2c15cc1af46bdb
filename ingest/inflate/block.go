package inflate

import (
	"encoding/binary"
	"sync"
)

// inflate decodes the blocks of the member. Afterwards in.pos is the first byte behind them.
func (d *Decoder) inflate() error {
	for {
		b, err := d.readBlock()
		if err != nil {
			return err
		}
		if b.tables != nil {
			err = d.symbols(b.tables)
		} else {
			err = d.storedBlock(b.stored)
		}
		if err != nil {
			return err
		}
		if b.final {
			d.in.align()
			return nil
		}
	}
}

// block is what the header of a block says.
type block struct {
	final  bool
	tables *blockTables // of its codes, nil if it is not compressed
	stored int          // bytes that follow if it is not compressed
}

// readBlock reads the header of a block. It takes at most maxBlockHeader bytes of input.
func (d *Decoder) readBlock() (b block, err error) {
	header, ok := d.in.take(3)
	if !ok {
		return b, ErrTruncated
	}
	b.final = header&1 != 0
	switch header >> 1 {
	case 0:
		b.stored, err = d.storedLength()
	case 1:
		b.tables = fixedTables()
	case 2:
		b.tables, err = &d.dynamic, d.readDynamicTables()
	default:
		err = ErrCorrupt
	}
	return b, err
}

// storedLength reads the length of a block that is not compressed (RFC 1951 section 3.2.4), which begins with a byte.
func (d *Decoder) storedLength() (int, error) {
	d.in.align()
	rest := d.in.src[d.in.pos:]
	if len(rest) < 4 {
		return 0, ErrTruncated
	}
	length := binary.LittleEndian.Uint16(rest)
	if length != ^binary.LittleEndian.Uint16(rest[2:]) {
		return 0, ErrCorrupt
	}
	d.in.pos += 4
	return int(length), nil
}

// storedBlock copies the bytes of such a block.
func (d *Decoder) storedBlock(length int) error {
	rest := d.in.src[d.in.pos:]
	if len(rest) < length {
		return ErrTruncated
	}
	if err := d.out.room(length); err != nil {
		return err
	}
	d.out.end += copy(d.out.data[d.out.end:], rest[:length])
	d.in.pos += length
	return nil
}

// symbols decodes the symbols of a compressed block up to its end.
func (d *Decoder) symbols(tables *blockTables) error {
	for {
		done, err := d.someSymbols(tables)
		if done || err != nil {
			return err
		}
	}
}

// someSymbols decodes one symbol or more. done reports the end of the block.
func (d *Decoder) someSymbols(tables *blockTables) (done bool, err error) {
	if len(d.in.src)-d.in.pos >= fastInput && len(d.out.data)-d.out.end >= fastOutput {
		return d.fastSymbols(tables)
	}
	return d.carefulSymbol(tables)
}

// fixedTables returns the tables of the fixed codes (RFC 1951 section 3.2.6).
var fixedTables = sync.OnceValue(func() *blockTables {
	var lengths [fixedLitlenCodes + fixedDistanceCodes]codeLength
	for i := range lengths {
		length := uint8(5)
		switch {
		case i < 144:
			length = 8
		case i < 256:
			length = 9
		case i < 280:
			length = 7
		case i < fixedLitlenCodes:
			length = 8
		}
		lengths[i] = newCodeLength(i, length)
	}
	var d Decoder
	if !d.build(&d.dynamic, lengths[:], fixedLitlenCodes) {
		panic("inflate: the fixed codes are no codes")
	}
	return &d.dynamic
})

// precodeOrder is the order in which a dynamic block gives the code lengths of the precode (RFC 1951 section 3.2.7).
var precodeOrder = [precodeCodes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readDynamicTables reads the header of a dynamic block (RFC 1951 section 3.2.7): the code lengths of the precode, and in that code the
// code lengths of the two codes of the block. It leaves their tables in d.dynamic.
func (d *Decoder) readDynamicTables() error {
	counts, ok := d.in.take(14)
	if !ok {
		return ErrTruncated
	}
	litlenCodes := int(counts&31) + 257
	distanceCodes := int(counts>>5&31) + 1
	if litlenCodes > maxLitlenCodes || distanceCodes > maxDistanceCodes {
		return ErrCorrupt
	}
	var precodeLengths [precodeCodes]uint8
	for _, symbol := range precodeOrder[:counts>>10+4] {
		length, ok := d.in.take(3)
		if !ok {
			return ErrTruncated
		}
		precodeLengths[symbol] = uint8(length)
	}
	lengths := d.lengths[:0]
	for symbol, length := range precodeLengths {
		if length != 0 {
			lengths = append(lengths, newCodeLength(symbol, length))
		}
	}
	if !d.code.assign(lengths, 0) {
		return ErrCorrupt
	}
	d.precode.build(&d.code)

	lengths, err := d.readCodeLengths(litlenCodes + distanceCodes)
	if err != nil {
		return err
	}
	if !d.build(&d.dynamic, lengths, litlenCodes) {
		return ErrCorrupt
	}
	return nil
}

// readCodeLengths reads count code lengths from the input, by the precode, and returns those that are not 0, in d.lengths.
func (d *Decoder) readCodeLengths(count int) ([]codeLength, error) {
	used := 0
	length := uint8(0) // the one before
	for i := 0; i < count; {
		if d.in.n < maxPrecodeLength+7 {
			d.in.refill()
		}
		symbol, n := d.precode.lookup(d.in.bits)
		if n == 0 {
			return nil, ErrCorrupt
		}
		if d.in.n < n {
			return nil, ErrTruncated
		}
		d.in.drop(n)
		if symbol < 16 {
			// A length of 0 is written too, and then overwritten. used is at most i.
			length = symbol
			d.lengths[used] = newCodeLength(i, length)
			used += int((length + 15) / 16)
			i++
			continue
		}
		var least, extra uint
		switch symbol {
		case 16:
			if i == 0 {
				return nil, ErrCorrupt
			}
			least, extra = 3, 2
		case 17:
			length, least, extra = 0, 3, 3
		case 18:
			length, least, extra = 0, 11, 7
		}
		more, ok := d.in.take(extra)
		if !ok {
			return nil, ErrTruncated
		}
		end := i + int(least+more)
		if end > count {
			return nil, ErrCorrupt
		}
		if length == 0 {
			i = end
		}
		for ; i < end; i++ {
			d.lengths[used] = newCodeLength(i, length)
			used++
		}
	}
	return d.lengths[:used], nil
}
