package inflate

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	// windowSize is the length of the output that a Reader holds: what matches may reach back to, and what was not read yet. It fits
	// into the cache that a processor has to itself.
	windowSize = 256 << 10
	// history is how far a match may reach back (RFC 1951 section 2).
	history = 32 << 10

	// maxBlockHeader is more than the bytes that the header of a block has: 17 bits, 19 lengths of 3 bits and 316 of 14 bits.
	maxBlockHeader = 1 << 10
	// maxSymbolInput and maxSymbolOutput are more than one symbol takes and makes.
	maxSymbolInput  = 16
	maxSymbolOutput = 1 << 9

	// MinReaderBuffer is the size in bytes that the buffer of a Reader's input needs: that of the longest gzip header.
	MinReaderBuffer = 68 << 10
)

// A Reader decompresses one gzip member of any length through a window of its own, which takes 256 KiB. It accepts and rejects what
// Gunzip does, and is nearly as fast. The zero value is at its end; Reset makes it ready. A Reader must not be used by two goroutines
// at once.
type Reader struct {
	d      Decoder
	input  *bufio.Reader
	ended  bool // all that is left of the input is in d.in.src
	block  block
	inside bool // between the header and the end of block
	window []byte
	given  int // bytes of the window that were read
	summed int // bytes of the window that are in sum and length
	sum    uint32
	length uint32
	err    error // after what is left in the window
}

// Reset begins the member that comes next in input, whose buffer must have MinReaderBuffer bytes. The header is read at once. Nothing
// behind the member will be taken from input, though more may come to be in its buffer. Errors are those of input and, wrapped,
// those of Gunzip except ErrTooLarge.
func (r *Reader) Reset(input *bufio.Reader) error {
	if r.window == nil {
		r.window = make([]byte, windowSize)
	}
	r.d.in = bitReader{}
	r.d.out = output{data: r.window, limit: len(r.window)}
	r.input, r.ended, r.block, r.inside = input, false, block{}, false
	r.given, r.summed, r.sum, r.length, r.err = 0, 0, 0, 0, nil
	if input.Size() < MinReaderBuffer {
		r.err = fmt.Errorf("inflate: a buffer of %d bytes is too small for a reader", input.Size())
		return r.err
	}
	r.err = r.header()
	return r.err
}

func (r *Reader) header() error {
	for want := fixedHeaderLength; ; want = len(r.d.in.src) + 1 {
		if err := r.need(want); err != nil {
			return err
		}
		length, err := headerLength(r.d.in.src)
		if err == nil {
			r.d.in.pos = length
			return nil
		}
		if !errors.Is(err, ErrTruncated) || r.ended {
			return err
		}
	}
}

// need sees to it that count bytes of input are there, or all that will ever come.
func (r *Reader) need(count int) error {
	in := &r.d.in
	if r.ended || len(in.src)-in.pos >= count {
		return nil
	}
	// The bits of whole bytes go back: what stays is less than a byte.
	in.pos -= int(in.n / 8)
	in.n %= 8
	in.bits &= 1<<in.n - 1
	if err := r.leave(); err != nil {
		return err
	}
	_, err := r.input.Peek(count)
	if err != nil && err != io.EOF {
		return err
	}
	r.ended = err == io.EOF
	in.src, err = r.input.Peek(r.input.Buffered())
	return err
}

// leave takes from the input what was decoded.
func (r *Reader) leave() error {
	_, err := r.input.Discard(r.d.in.pos)
	r.d.in.src, r.d.in.pos = nil, 0
	return err
}

// Read gives the next bytes of the member, and io.EOF when it has ended and its checksum and length are right.
func (r *Reader) Read(p []byte) (n int, err error) {
	if r.input == nil {
		return 0, io.EOF
	}
	for n < len(p) {
		if r.given == r.d.out.end {
			if r.err != nil {
				return n, r.err
			}
			r.fill()
			continue
		}
		more := copy(p[n:], r.d.out.data[r.given:r.d.out.end])
		r.given += more
		n += more
	}
	return n, nil
}

// fill decodes until the window is full, or the member ends, or something is wrong with it.
func (r *Reader) fill() {
	out := &r.d.out
	if out.end > history {
		copy(out.data, out.data[out.end-history:out.end])
		out.end, r.given, r.summed = history, history, history
	}
	r.err = r.decode()
	written := out.data[r.summed:out.end]
	r.summed = out.end
	r.sum = crc32.Update(r.sum, crc32.IEEETable, written)
	r.length += uint32(len(written))
	if r.err == io.EOF {
		r.err = cmp.Or(r.trailer(), io.EOF)
	}
}

// decode returns io.EOF at the end of the last block, and nil when the window is full.
func (r *Reader) decode() error {
	d := &r.d
	for {
		if !r.inside {
			if r.block.final {
				d.in.align()
				return io.EOF
			}
			if err := r.need(max(maxBlockHeader, pairsInput)); err != nil {
				return err
			}
			var err error
			if r.block, err = d.readBlock(); err != nil {
				return err
			}
			r.inside = true
		}
		var err error
		full := false
		if r.block.tables != nil {
			full, err = r.symbols()
		} else {
			full, err = r.stored()
		}
		if full || err != nil {
			return err
		}
	}
}

// symbols decodes symbols of a block until it ends or the window is full.
func (r *Reader) symbols() (full bool, err error) {
	d := &r.d
	for {
		if len(d.out.data)-d.out.end < maxSymbolOutput {
			return true, nil
		}
		if err := r.need(maxSymbolInput); err != nil {
			return false, err
		}
		done, err := d.someSymbols(r.block.tables)
		if done || err != nil {
			r.inside = false
			return false, err
		}
	}
}

// stored does so with a block that is not compressed.
func (r *Reader) stored() (full bool, err error) {
	d := &r.d
	for r.block.stored > 0 {
		if d.out.end == len(d.out.data) {
			return true, nil
		}
		if err := r.need(1); err != nil {
			return false, err
		}
		count := min(r.block.stored, len(d.out.data)-d.out.end, len(d.in.src)-d.in.pos)
		if count == 0 {
			return false, ErrTruncated
		}
		if err := d.storedBlock(count); err != nil {
			return false, err
		}
		r.block.stored -= count
	}
	r.inside = false
	return false, nil
}

func (r *Reader) trailer() error {
	if err := r.need(trailerLength); err != nil {
		return err
	}
	trailer := r.d.in.src[r.d.in.pos:]
	switch {
	case len(trailer) < trailerLength:
		return ErrTruncated
	case r.sum != binary.LittleEndian.Uint32(trailer):
		return ErrChecksum
	case r.length != binary.LittleEndian.Uint32(trailer[4:]):
		return ErrLength
	}
	r.d.in.pos += trailerLength
	return r.leave()
}
