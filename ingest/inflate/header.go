package inflate

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

const (
	fixedHeaderLength = 10
	trailerLength     = 8 // CRC-32, then the length of the output modulo 2^32

	// Flags of the header, RFC 1952 section 2.3.1. The others are ignored, as compress/gzip does.
	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4

	// maxHeaderString is the longest name or comment, its final zero included, that compress/gzip accepts. RFC 1952 sets no limit.
	maxHeaderString = 512
)

// headerLength checks the gzip header that src begins with and returns its length in bytes.
func headerLength(src []byte) (int, error) {
	if len(src) < fixedHeaderLength {
		return 0, ErrTruncated
	}
	if src[0] != 0x1f || src[1] != 0x8b || src[2] != 8 {
		return 0, ErrHeader
	}
	flags := src[3]
	length := fixedHeaderLength
	if flags&flagExtra != 0 {
		if len(src)-length < 2 {
			return 0, ErrTruncated
		}
		length += 2 + int(binary.LittleEndian.Uint16(src[length:]))
		if len(src) < length {
			return 0, ErrTruncated
		}
	}
	for _, flag := range []byte{flagName, flagComment} {
		if flags&flag == 0 {
			continue
		}
		rest := src[length:]
		n := bytes.IndexByte(rest[:min(len(rest), maxHeaderString)], 0) + 1
		switch {
		case n > 0:
			length += n
		case len(rest) < maxHeaderString:
			return 0, ErrTruncated
		default:
			return 0, fmt.Errorf("%w: name or comment of more than %d bytes", ErrHeader, maxHeaderString-1)
		}
	}
	if flags&flagHeaderCRC != 0 {
		if len(src)-length < 2 {
			return 0, ErrTruncated
		}
		if binary.LittleEndian.Uint16(src[length:]) != uint16(crc32.ChecksumIEEE(src[:length])) {
			return 0, fmt.Errorf("%w: checksum of the header", ErrHeader)
		}
		length += 2
	}
	return length, nil
}

// sizeHint guesses the length of the output from the last four bytes of src, where the trailer is if src is a single member. They may
// hold anything, so that the guess is at most maxHintRatio times what src holds; output that is larger makes the buffer grow.
func sizeHint(src []byte) int {
	const maxHintRatio = 64 // CloudTrail log files reach about 20; DEFLATE could reach 1032
	claimed := uint64(binary.LittleEndian.Uint32(src[len(src)-4:]))
	return int(min(claimed, maxHintRatio*uint64(len(src)), math.MaxInt32))
}
