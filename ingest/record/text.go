package record

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones       = 0x0101010101010101
	highs      = 0x8080808080808080
	quotes     = ones * '"'
	backslash8 = ones * '\\'
)

// stringEnd returns the index of the quote that ends the string whose text begins at b[i], or -1 if b ends before it, and
// whether there is an escape in the text.
// It looks at eight bytes at a time: a byte of x is zero where w holds the byte looked for, and the lowest bit that
// (x-ones)&^x&highs sets marks the first such byte exactly.
func stringEnd(b []byte, i int) (end int, escaped bool) {
	for {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			q := w ^ quotes
			s := w ^ backslash8
			m := ((q - ones) &^ q & highs) | ((s - ones) &^ s & highs)
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				goto found
			}
			i += 8
		}
		for ; i < len(b); i++ {
			if c := b[i]; c == '"' || c == '\\' {
				goto found
			}
		}
		return -1, escaped
	found:
		if b[i] == '"' {
			return i, escaped
		}
		escaped = true
		i += 2 // a backslash and the character it escapes
	}
}

// appendText appends what the text s of a JSON string (without its quotes) stands for, in the way of encoding/json:
// escapes are resolved, and invalid UTF-8 and lone surrogates become U+FFFD. In a string that breaks the grammar a
// wrong escape stands for itself.
func appendText(dst, s []byte) []byte {
	for len(s) > 0 {
		c := s[0]
		switch {
		case c == '\\' && len(s) > 1:
			if s[1] == 'u' {
				r, size := unicodeEscape(s)
				dst = utf8.AppendRune(dst, r)
				s = s[size:]
				continue
			}
			dst = append(dst, unescaped(s[1]))
			s = s[2:]
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			s = s[1:]
		default:
			r, size := utf8.DecodeRune(s)
			dst = utf8.AppendRune(dst, r)
			s = s[size:]
		}
	}
	return dst
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// unicodeEscape resolves the escape \uXXXX that s begins with, or a surrogate pair of two, and says how long it is.
func unicodeEscape(s []byte) (r rune, size int) {
	r, ok := hex4(s)
	if !ok {
		return utf8.RuneError, 2
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hex4(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(v), err == nil
}

// isUTF8 reports whether s is valid UTF-8. Nearly all strings of an event are ASCII, eight bytes of which show at once.
func isUTF8(s []byte) bool {
	for len(s) >= 8 {
		if binary.LittleEndian.Uint64(s)&highs != 0 {
			return utf8.Valid(s)
		}
		s = s[8:]
	}
	for i, c := range s {
		if c >= utf8.RuneSelf {
			return utf8.Valid(s[i:])
		}
	}
	return true
}
