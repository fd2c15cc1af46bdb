package record

import (
	"bytes"
	"encoding/json"
	"reflect"
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
		checkValue(t, Value(text), 0)
	})
}

// checkValue holds a value and what is in it against encoding/json.
func checkValue(t *testing.T, v Value, depth int) {
	var said any
	decoder := json.NewDecoder(bytes.NewReader(v))
	decoder.UseNumber() // for a number may be larger than any that Go has
	if err := decoder.Decode(&said); err != nil {
		t.Fatalf("%q: %v", v, err)
	}
	if text, _ := said.(string); v.Text() != text {
		t.Fatalf("%q says %q, want %q", v, v.Text(), text)
	}
	var members map[string]json.RawMessage
	if _, ok := said.(map[string]any); ok && json.Unmarshal(v, &members) == nil && depth < 3 {
		for name, m := range members {
			if strings.ContainsRune(name, utf8.RuneError) {
				continue // it may be written otherwise, and is not asked for
			}
			got := v.Member(name)
			if string(got) != string(m) {
				t.Fatalf("%q has the member %q: %q, want %q", v, name, got, m)
			}
			checkValue(t, got, depth+1)
		}
	}
	if got := v.Member("no such member"); members["no such member"] == nil && got != nil {
		t.Fatalf("%q has no member %q", v, got)
	}
}

func TestElements(t *testing.T) {
	var got []string
	Value(`[ {"ARN":"a"}, 7,"x" ,{"arn":"b","ARN":"c\u0064"}]`).Elements(func(e Value) bool {
		got = append(got, string(e)+"="+e.TextAt("ARN"))
		return true
	})
	if want := []string{`{"ARN":"a"}=a`, `7=`, `"x"=`, `{"arn":"b","ARN":"c\u0064"}=cd`}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	Value(`{}`).Elements(func(Value) bool { t.Error("an object has no elements"); return true })
}
