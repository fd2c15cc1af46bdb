// Package inflate decompresses gzip files (RFC 1952, RFC 1951) that are wholly in memory, from one buffer to another.
//
// CloudTrail log files are some tens of kilobytes of gzip, and a run reads very many of them. Knowing the whole input and owning
// the whole output is what makes this package faster than a streaming reader: there is no window to slide, a match is copied from
// the output itself, and bits are taken eight bytes at a time.
//
// What is accepted, what is rejected and which bytes come out is what compress/gzip does with the same input; a fuzz test
// holds the two together. The files follow the way of the data:
//
//	header.go    gzip header and trailer
//	block.go     blocks: stored, fixed codes, dynamic codes
//	bits.go      bits out of the input
//	code.go      a Huffman code from its code lengths
//	symbol.go    what the symbols of DEFLATE mean, and how a table entry holds it
//	table.go     decoding tables from a Huffman code
//	fast.go      the symbols of a block while input and output are far from their ends: what its two forms share,
//	fast_unsafe.go    by pointers (amd64 and arm64, unless the build has the tag purego),
//	fast_portable.go  by slices (everything else, in any byte order)
//	careful.go   one symbol at a time near the ends
//	output.go    the output: its growth, its limit, matches
//	reader.go    the same through a window, for files that are too large to be held whole
package inflate

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Errors of Gunzip. The errors it returns wrap one of them.
var (
	// ErrHeader: the input does not begin with a valid gzip header.
	ErrHeader = errors.New("gzip: invalid header")
	// ErrTruncated: the input ends before the member does.
	ErrTruncated = errors.New("gzip: input ends early")
	// ErrCorrupt: the compressed data breaks the rules of DEFLATE.
	ErrCorrupt = errors.New("gzip: corrupt compressed data")
	// ErrChecksum: the CRC-32 of the output is not the one in the trailer.
	ErrChecksum = errors.New("gzip: checksum mismatch")
	// ErrLength: the length of the output is not the one in the trailer, though the CRC-32 is right.
	ErrLength = errors.New("gzip: length mismatch")
	// ErrTooLarge: the output would be longer than the limit.
	ErrTooLarge = errors.New("gzip: output exceeds the limit")
)

// A Decoder decompresses gzip members. It holds nothing but memory to use again (about 30 KiB), so that a member costs no allocation when
// the output fits into the buffer given. The zero value is ready. A Decoder must not be used by two goroutines at once.
type Decoder struct {
	in  bitReader
	out output

	code    huffmanCode
	lengths [maxLitlenCodes + maxDistanceCodes]codeLength // of a dynamic block
	pairs   literalPairs
	precode precodeTable
	dynamic blockTables

	limits fastLimits
}

// Gunzip decompresses the first gzip member of src and appends the output to dst. It returns the extended buffer and the number of
// bytes of src that the member takes; what follows it in src is not looked at. To read a file of several members as one stream, call
// Gunzip again with the buffer and the rest of src until nothing is left:
//
//	for len(src) > 0 {
//		out, n, err = d.Gunzip(out, src, limit)
//		...
//		src = src[n:]
//	}
//
// limit is the largest length in bytes that the buffer may reach, what dst already held included. Beyond it the error is ErrTooLarge.
//
// dst and src must not overlap. Bytes between the length and the capacity of dst may be overwritten, so they may not be in
// use elsewhere. A buffer that is too small is replaced by a larger one, and the length that the trailer claims is only a hint for
// its size. Capacity for the output and 1 KiB more is what avoids allocation and is fastest.
//
// On error the output is dst as it was given, consumed is 0, and the error wraps one of ErrHeader, ErrTruncated, ErrCorrupt, ErrChecksum,
// ErrLength, ErrTooLarge. An empty src is ErrTruncated.
func (d *Decoder) Gunzip(dst, src []byte, limit int) (out []byte, consumed int, err error) {
	header, err := headerLength(src)
	if err != nil {
		return dst, 0, err
	}
	if len(dst) > limit {
		return dst, 0, ErrTooLarge
	}
	d.in = bitReader{src: src, pos: header}
	d.out = newOutput(dst, limit)
	d.out.reserve(sizeHint(src))
	// The buffers belong to the caller: keep none of them alive.
	defer func() {
		d.in = bitReader{}
		d.out = output{}
		d.limits = fastLimits{}
	}()

	if err := d.inflate(); err != nil {
		return dst, 0, err
	}
	member := d.out.member()
	trailer := src[d.in.pos:]
	if len(trailer) < trailerLength {
		return dst, 0, ErrTruncated
	}
	if crc32.ChecksumIEEE(member) != binary.LittleEndian.Uint32(trailer) {
		return dst, 0, ErrChecksum
	}
	if uint32(len(member)) != binary.LittleEndian.Uint32(trailer[4:]) {
		return dst, 0, ErrLength
	}
	return d.out.buffer(), d.in.pos + trailerLength, nil
}
