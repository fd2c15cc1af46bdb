package record

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Value is the JSON text of a value in a record that has passed Check, nil where there is none. Reading it never fails: a
// value of another type than the one asked for is as good as none.
type Value []byte

// Member returns the member of that name, which is ASCII, and of several the last.
func (v Value) Member(name string) (found Value) {
	if len(v) < 2 || v[0] != '{' {
		return nil
	}
	s := scanner{b: v}
	for i := v.next(1); i < len(v)-1; i = v.next(i) {
		keyEnd, escaped := stringEnd(v, i+1)
		key := v[i+1 : keyEnd]
		i = v.next(keyEnd + 1)
		end, err := s.skip(i, 0)
		if err != nil {
			return found
		}
		if string(key) == name || escaped && string(appendText(nil, key)) == name {
			found = v[i:end]
		}
		i = end
	}
	return found
}

// next returns where the next string, value or end is, from i on.
func (v Value) next(i int) int {
	for i < len(v) && (v[i] == ',' || v[i] == ':' || isSpace(v[i])) {
		i++
	}
	return i
}

// Elements calls yield with each element of an array, until it returns false.
func (v Value) Elements(yield func(Value) bool) {
	if len(v) < 2 || v[0] != '[' {
		return
	}
	s := scanner{b: v}
	for i := v.next(1); i < len(v)-1; i = v.next(i) {
		end, err := s.skip(i, 0)
		if err != nil || !yield(v[i:end]) {
			return
		}
		i = end
	}
}

// At returns the value at a path: keys joined by dots.
func (v Value) At(path string) Value {
	key, rest, deeper := strings.Cut(path, ".")
	if v = v.Member(key); deeper {
		return v.At(rest)
	}
	return v
}

// Walk calls yield with each value at a path in which [] stands behind the keys of arrays whose elements are meant. An
// empty path leads nowhere.
func (v Value) Walk(path string, yield func(Value)) {
	if path == "" {
		return
	}
	key, rest, deeper := strings.Cut(path, ".")
	key, isArray := strings.CutSuffix(key, "[]")
	follow := func(v Value) bool {
		if deeper {
			v.Walk(rest, yield)
		} else {
			yield(v)
		}
		return true
	}
	if m := v.Member(key); isArray {
		m.Elements(follow)
	} else {
		follow(m)
	}
}

// IsContainer reports whether the value is an object or an array.
func (v Value) IsContainer() bool { return len(v) > 0 && (v[0] == '{' || v[0] == '[') }

// Text returns what a string says, as encoding/json reads it.
func (v Value) Text() string {
	if len(v) < 2 || v[0] != '"' {
		return ""
	}
	s := v[1 : len(v)-1]
	if bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s) {
		return string(s)
	}
	return string(appendText(nil, s))
}

// TextAt returns what the string at a path says.
func (v Value) TextAt(path string) string { return v.At(path).Text() }

// Replace appends the value to dst as it is written, but for the values of members and elements for which with returns
// another text. It is given the name of the member that each is of or, through arrays, lies in, and is not asked about what
// lies in a value that it replaces.
func (v Value) Replace(dst []byte, with func(name string, v Value) string) []byte {
	if !v.IsContainer() {
		return append(dst, v...)
	}
	r := replacer{v: v, scanner: scanner{b: v}, containers: v.containers(), with: with, dst: dst}
	r.inside(span{to: len(v)}, "")
	return append(r.dst, v[r.copied:]...)
}

// containers returns where each object and array of a container lies, itself too, in the order in which they begin. Looking
// for the end of each by itself would take as many walks over what is deep inside as it is deep.
func (v Value) containers() (found []span) {
	var unended []int
	for i := 0; i < len(v); i++ {
		switch class[v[i]] {
		case quote:
			end, _ := stringEnd(v, i+1)
			if end < 0 {
				return found
			}
			i = end
		case open:
			unended = append(unended, len(found))
			found = append(found, span{from: i, to: len(v)})
		case shut:
			if last := len(unended) - 1; last >= 0 {
				found[unended[last]].to = i + 1
				unended = unended[:last]
			}
		}
	}
	return found
}

// replacer is one walk of Replace.
type replacer struct {
	v          Value
	scanner    scanner
	containers []span // from the one that comes next on
	with       func(name string, v Value) string
	dst        []byte
	copied     int // how much of v dst stands for
}

// inside walks over the members or elements of a container, which lies in the member of that name.
func (r *replacer) inside(in span, name string) {
	v := r.v[:in.to]
	for i := v.next(in.from + 1); i < len(v)-1; i = v.next(i) {
		if v[in.from] == '{' {
			keyEnd, _ := stringEnd(v, i+1)
			name = string(appendText(nil, v[i+1:keyEnd]))
			i = v.next(keyEnd + 1)
		}
		value, err := r.value(i)
		if err != nil {
			return
		}
		switch text := r.with(name, v[i:value.to]); {
		case text != "":
			r.dst = append(append(r.dst, v[r.copied:i]...), text...)
			r.copied = value.to
		case v[i:].IsContainer():
			r.inside(value, name)
		}
		i = value.to
	}
}

// value returns where the value at v[i] lies, which comes after all that were asked for before.
func (r *replacer) value(i int) (span, error) {
	if !r.v[i:].IsContainer() {
		end, err := r.scanner.skip(i, 0)
		return span{from: i, to: end}, err
	}
	for r.containers[0].from < i {
		r.containers = r.containers[1:]
	}
	return r.containers[0], nil
}
