package trailgen

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Escaping says which letters of a string are spelled as \u0041, which JSON allows for any of them.
type Escaping int

// NoEscapes escapes what must be, FirstLetters also the first letter of each string, AllLetters all of them.
const (
	NoEscapes Escaping = iota
	FirstLetters
	AllLetters
)

// spelling is how JSON text is spelled: escapes in keys and in string values.
type spelling struct{ keys, values Escaping }

// JSON returns the object as compact JSON text, spelled as CloudTrail spells it: letters beyond ASCII as they are.
func (o Object) JSON() []byte { return o.AppendJSON(nil) }

// AppendJSON appends the text that JSON returns.
func (o Object) AppendJSON(out []byte) []byte { return spelling{}.object(out, o) }

func (s spelling) object(out []byte, object Object) []byte {
	out = append(out, '{')
	for i := range object {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, object[i].Key, s.keys)
		out = append(out, ':')
		out = s.value(out, object[i].Value)
	}
	return append(out, '}')
}

func (s spelling) value(out []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, value)
	case int:
		return strconv.AppendInt(out, int64(value), 10)
	case int64:
		return strconv.AppendInt(out, value, 10)
	case json.Number:
		return append(out, value...)
	case string:
		return appendString(out, value, s.values)
	case Raw:
		if s != (spelling{}) {
			if parsed := opened(value); parsed != any(value) {
				return s.value(out, parsed)
			}
		}
		return append(out, value...)
	case Object:
		return s.object(out, value)
	case List:
		return appendList(out, value, func(out []byte, v any) []byte { return s.value(out, v) })
	case []string:
		return appendList(out, value, func(out []byte, v string) []byte { return appendString(out, v, s.values) })
	}
	panic(fmt.Sprintf("trailgen: %T is no JSON value", value))
}

func appendList[T any](out []byte, list []T, appendValue func([]byte, T) []byte) []byte {
	out = append(out, '[')
	for i, v := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendValue(out, v)
	}
	return append(out, ']')
}

// appendString appends a JSON string. Bytes that are no UTF-8 are kept, for tests of decoders.
func appendString(out []byte, text string, escaping Escaping) []byte {
	out = append(out, '"')
	for i := 0; i < len(text); {
		letter, size := utf8.DecodeRuneInString(text[i:])
		whole := letter != utf8.RuneError || size > 1
		switch {
		case whole && (escaping == AllLetters || escaping == FirstLetters && i == 0):
			out = appendEscape(out, letter)
		case letter == '"' || letter == '\\':
			out = append(out, '\\', byte(letter))
		case letter == '\n':
			out = append(out, '\\', 'n')
		case letter == '\t':
			out = append(out, '\\', 't')
		case letter < 0x20:
			out = appendEscape(out, letter)
		default:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return append(out, '"')
}

func appendEscape(out []byte, letter rune) []byte {
	if letter > 0xffff {
		high, low := utf16.EncodeRune(letter)
		return appendEscape(appendEscape(out, high), low)
	}
	out = append(out, '\\', 'u')
	for shift := 12; shift >= 0; shift -= 4 {
		out = append(out, hexDigits[letter>>shift&15])
	}
	return out
}
