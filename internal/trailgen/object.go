package trailgen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Object is a JSON object whose members keep their order and may repeat. Its methods never change it: With and Without
// return a changed copy and share with it what they leave alone.
type Object []Member

// Member is one key of an Object with its value: nil, bool, int, int64, string, json.Number, Raw, Object, List or
// []string.
type Member struct {
	Key   string
	Value any
}

// List is a JSON array.
type List []any

// Raw is JSON text. It is written as it is, whether or not it is valid; Get, With and Without look into it if it is.
type Raw string

// Get returns the value at a path of keys separated by dots, such as userIdentity.sessionContext.attributes.creationDate
// (a number is the index into an array), or nil where there is none. Of a repeated key the last counts.
func (o Object) Get(path string) any {
	key, rest, deeper := strings.Cut(path, ".")
	i := o.last(key)
	if i < 0 {
		return nil
	}
	if !deeper {
		return o[i].Value
	}
	return get(o[i].Value, rest)
}

// Text is Get for strings: it returns "" where there is no string.
func (o Object) Text(path string) string {
	text, _ := o.Get(path).(string)
	return text
}

// With returns a copy in which the value at the path is set. Keys that are missing on the way are added at the end.
func (o Object) With(path string, value any) Object {
	key, rest, deeper := strings.Cut(path, ".")
	out := slices.Clone(o)
	i := out.last(key)
	if i < 0 {
		out = append(out, Member{key, Object{}})
		i = len(out) - 1
	}
	if !deeper {
		out[i].Value = value
	} else {
		out[i].Value = with(out[i].Value, rest, value)
	}
	return out
}

// Without returns a copy that lacks the key at the path, every time it occurs there.
func (o Object) Without(path string) Object {
	key, rest, deeper := strings.Cut(path, ".")
	out := slices.Clone(o)
	if !deeper {
		return slices.DeleteFunc(out, func(m Member) bool { return m.Key == key })
	}
	if i := out.last(key); i >= 0 {
		if inner, ok := opened(out[i].Value).(Object); ok {
			out[i].Value = inner.Without(rest)
		}
	}
	return out
}

func (o Object) last(key string) int {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].Key == key {
			return i
		}
	}
	return -1
}

func get(value any, path string) any {
	switch value := opened(value).(type) {
	case Object:
		return value.Get(path)
	case List:
		key, rest, deeper := strings.Cut(path, ".")
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(value) {
			return nil
		}
		if !deeper {
			return value[i]
		}
		return get(value[i], rest)
	}
	return nil
}

func with(value any, path string, set any) any {
	switch value := opened(value).(type) {
	case Object:
		return value.With(path, set)
	case List:
		key, rest, deeper := strings.Cut(path, ".")
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(value) {
			out := slices.Clone(value)
			if !deeper {
				out[i] = set
			} else {
				out[i] = with(out[i], rest, set)
			}
			return out
		}
	}
	return Object(nil).With(path, set)
}

// opened parses Raw, so that a path can lead into it; Raw that is no valid JSON and every other value stay as they are.
func opened(value any) any {
	raw, ok := value.(Raw)
	if !ok {
		return value
	}
	parsed, err := Parse([]byte(raw))
	if err != nil {
		return value
	}
	return parsed
}

// Parse reads one JSON value and keeps the order of keys: Object, List, string, json.Number, bool or nil.
func Parse(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the JSON value")
	}
	return value, nil
}

func parseValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	delimiter, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	var object Object
	list := List{}
	for decoder.More() {
		var key string
		if delimiter == '{' {
			token, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			key = token.(string) // the decoder lets nothing else stand for a key
		}
		value, err := parseValue(decoder)
		if err != nil {
			return nil, err
		}
		if delimiter == '{' {
			object = append(object, Member{key, value})
		} else {
			list = append(list, value)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if delimiter == '{' {
		return object, nil
	}
	return list, nil
}
