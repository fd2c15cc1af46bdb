package report

import (
	"bytes"
	_ "embed" // for the schema
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"roletrail/analyzer"
)

// UsageSchema is the JSON Schema (draft 2020-12) of what JSON writes, the contract roletrail/usage/v1.
//
//go:embed usage.schema.json
var UsageSchema string

// JSON writes u as its public contract says (UsageSchema): indented by two spaces, ending in a newline. Lists and maps
// are never null; u itself is not changed. Characters that could play tricks on a terminal are written as \u escapes,
// which mean the same to every JSON parser. An error is one of writing to w.
func JSON(w io.Writer, u *analyzer.Usage) error {
	return writeJSON(w, u)
}

// writeJSON is JSON for any document of ours.
func writeJSON[T any](w io.Writer, document *T) error {
	filled := reflect.New(reflect.TypeFor[T]())
	fill(filled.Elem(), reflect.ValueOf(document).Elem())

	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(filled.Interface()); err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	_, err := w.Write(escapeJSON(buffer.Bytes()))
	return err
}

// fill sets to, a zero value, to a copy of from in which no slice and no map is nil. Only what leads to a slice or a map
// is copied deeply: that is enough to leave from as it was.
func fill(to, from reflect.Value) {
	to.Set(from)
	switch from.Kind() {
	case reflect.Struct:
		if from.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range from.NumField() {
			fill(to.Field(i), from.Field(i))
		}
	case reflect.Slice:
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			fill(to.Index(i), from.Index(i))
		}
	case reflect.Map:
		if from.IsNil() {
			to.Set(reflect.MakeMap(from.Type()))
		}
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			fill(to.Elem(), from.Elem())
		}
	}
}

// escapeJSON writes the runes of a JSON text that are not visible as \u escapes. They can only stand inside strings,
// but for the newlines between tokens, which stay.
func escapeJSON(text []byte) []byte {
	escaped := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == '\n' || visible(r):
			escaped = append(escaped, text[i:i+size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			escaped = fmt.Appendf(escaped, `\u%04x\u%04x`, high, low)
		default:
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		}
		i += size
	}
	return escaped
}
