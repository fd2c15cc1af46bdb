package record

import (
	"encoding/binary"
	"math/bits"
)

// valid reports whether b is exactly one JSON value without white space around it, by the grammar of RFC 8259 as
// encoding/json keeps it: bytes in strings need not be UTF-8, and nesting ends at maxDepth.
func valid(b []byte) bool {
	v := validator{b: b, scanner: &scanner{}}
	end := v.value(0, 0)
	return end == len(b)
}

// validator checks the grammar. Its methods return the index behind what they checked, or -1.
type validator struct {
	b       []byte
	scanner *scanner // whose marks tell of b
}

func (v *validator) value(i, depth int) int {
	if i >= len(v.b) {
		return -1
	}
	switch c := v.b[i]; c {
	case '"':
		return v.str(i + 1)
	case '{':
		return v.object(i+1, depth+1)
	case '[':
		return v.array(i+1, depth+1)
	case 't':
		return v.literal(i, "true")
	case 'f':
		return v.literal(i, "false")
	case 'n':
		return v.literal(i, "null")
	}
	return v.number(i)
}

func (v *validator) literal(i int, s string) int {
	if len(v.b)-i < len(s) || string(v.b[i:i+len(s)]) != s {
		return -1
	}
	return i + len(s)
}

func (v *validator) space(i int) int {
	for i < len(v.b) && isSpace(v.b[i]) {
		i++
	}
	return i
}

func (v *validator) object(i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	if i = v.space(i); i < len(v.b) && v.b[i] == '}' {
		return i + 1
	}
	for i < len(v.b) && v.b[i] == '"' {
		if i = v.str(i + 1); i < 0 {
			return -1
		}
		if i = v.space(i); i >= len(v.b) || v.b[i] != ':' {
			return -1
		}
		if i = v.value(v.space(i+1), depth); i < 0 {
			return -1
		}
		if i = v.space(i); i >= len(v.b) {
			return -1
		}
		if v.b[i] == '}' {
			return i + 1
		}
		if v.b[i] != ',' {
			return -1
		}
		i = v.space(i + 1)
	}
	return -1
}

func (v *validator) array(i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	if i = v.space(i); i < len(v.b) && v.b[i] == ']' {
		return i + 1
	}
	for i < len(v.b) {
		if i = v.value(i, depth); i < 0 {
			return -1
		}
		if i = v.space(i); i >= len(v.b) {
			return -1
		}
		if v.b[i] == ']' {
			return i + 1
		}
		if v.b[i] != ',' {
			return -1
		}
		i = v.space(i + 1)
	}
	return -1
}

// str checks the text of a string from b[i] to its closing quote, with the help of marks if there are any, else eight plain
// bytes at a time: none of them is a quote, a backslash or a control character (below 0x20).
func (v *validator) str(i int) int {
	b := v.b
	if at := v.scanner.stop(i); at >= 0 && at < len(b) {
		if b[at] == '"' {
			return at + 1
		}
		i = at
	}
	for {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			q := w ^ quotes
			s := w ^ backslash8
			m := ((q-ones)&^q | (s-ones)&^s | (w-ones*0x20)&^w) & highs
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return -1
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < 0x20:
			return -1
		case c != '\\':
			i++
		default:
			if i = v.escape(i + 1); i < 0 {
				return -1
			}
		}
	}
}

func (v *validator) escape(i int) int {
	if i >= len(v.b) {
		return -1
	}
	switch v.b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if len(v.b)-i < 5 {
			return -1
		}
		for _, c := range v.b[i+1 : i+5] {
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return -1
			}
		}
		return i + 5
	}
	return -1
}

func (v *validator) number(i int) int {
	if i < len(v.b) && v.b[i] == '-' {
		i++
	}
	switch {
	case i < len(v.b) && v.b[i] == '0':
		i++
	default:
		if i = v.digits(i); i < 0 {
			return -1
		}
	}
	if i < len(v.b) && v.b[i] == '.' {
		if i = v.digits(i + 1); i < 0 {
			return -1
		}
	}
	if i < len(v.b) && (v.b[i] == 'e' || v.b[i] == 'E') {
		i++
		if i < len(v.b) && (v.b[i] == '+' || v.b[i] == '-') {
			i++
		}
		return v.digits(i)
	}
	return i
}

// digits returns the index behind one or more digits, or -1.
func (v *validator) digits(i int) int {
	from := i
	for i < len(v.b) && '0' <= v.b[i] && v.b[i] <= '9' {
		i++
	}
	if i == from {
		return -1
	}
	return i
}
