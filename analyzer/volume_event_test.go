package analyzer

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzValue holds the reading of values against encoding/json.
func FuzzValue(f *testing.F) {
	for _, text := range []string{
		`{"a":1}`, `{ "a" : {"b":[1,2,{"a":"]}"}]} , "b":-1.5e3}`, `{"\u0061":"x","a":null,"a":"\"\\"}`, `{"b":"\\","a":"\ud800\n"}`, "{\"a\":\"\xff\"}", `{"":{"":"x"}}`,
		`{"a":[[],{},"\\\""],"b":true}`, `{}`, `[]`, `"a"`, `1`, `{"a":1e700}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = string(bytes.TrimSpace([]byte(text)))
		if !json.Valid([]byte(text)) {
			t.Skip("no JSON")
		}
		check(t, value(text), 0)
	})
}

// check holds a value and what is in it against encoding/json.
func check(t *testing.T, v value, depth int) {
	var said any
	decoder := json.NewDecoder(bytes.NewReader(v))
	decoder.UseNumber() // for a number may be larger than any that Go has
	if err := decoder.Decode(&said); err != nil {
		t.Fatalf("%q: %v", v, err)
	}
	if text, _ := said.(string); v.text() != text {
		t.Fatalf("%q says %q, want %q", v, v.text(), text)
	}
	var members map[string]json.RawMessage
	if _, ok := said.(map[string]any); ok && json.Unmarshal(v, &members) == nil && depth < 3 {
		for name, m := range members {
			if strings.ContainsRune(name, utf8.RuneError) {
				continue // it may be written otherwise, and is not asked for
			}
			got := v.member(name)
			if string(got) != string(m) {
				t.Fatalf("%q has the member %q: %q, want %q", v, name, got, m)
			}
			check(t, got, depth+1)
		}
	}
	if got := v.member("no such member"); members["no such member"] == nil && got != nil {
		t.Fatalf("%q has no member %q", v, got)
	}
}
