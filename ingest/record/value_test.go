package record

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// replaced is the text that TestReplace and FuzzReplace put in place of others.
const replaced = `["gone",1]`

// isReplaced is their rule: values of members called secret, and strings with an S, are replaced.
func isReplaced(name string, v Value) bool {
	return name == "secret" || strings.Contains(v.Text(), "S")
}

func replace(text string) string {
	return string(Value(text).Replace(nil, func(name string, v Value) string {
		if isReplaced(name, v) {
			return replaced
		}
		return ""
	}))
}

func TestReplace(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"a":1,"secret":2}`, `{"a":1,"secret":` + replaced + `}`},
		{`{ "secret" : {"b":"S"} , "a" :	"xSx" }`, `{ "secret" : ` + replaced + ` , "a" :	` + replaced + ` }`},
		{`{"\u0073ecret":null,"secret":true,"secret":"a"}`, `{"\u0073ecret":` + replaced + `,"secret":` + replaced + `,"secret":` + replaced + `}`},
		{`{"Secret":1,"secre":2,"secrets":3,"\\u0073ecret":4}`, `{"Secret":1,"secre":2,"secrets":3,"\\u0073ecret":4}`},
		{`{"a":[["\u0053"],{"b":[{"secret":[]}]},"s"]}`, `{"a":[[` + replaced + `],{"b":[{"secret":` + replaced + `}]},"s"]}`},
		{`["S",{"secret":"x"},"}],\"S"]`, `[` + replaced + `,{"secret":` + replaced + `},` + replaced + `]`},
		{`{"secret":{"a":[{}],"b":[[]]},"x":{"y":[{"secret":1},"S"]}}`, `{"secret":` + replaced + `,"x":{"y":[{"secret":` + replaced + `},` + replaced + `]}}`},
		{`{"a":"secret","b":"\"secret\":1","c":["secret",1]}`, `{"a":"secret","b":"\"secret\":1","c":["secret",1]}`},
		{`"S"`, `"S"`}, // neither a member nor an element
		{`{}`, `{}`},
		{`[ ]`, `[ ]`},
		{`1`, `1`},
		{``, ``},
	} {
		if got := replace(test.text); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.text, got, test.want)
		}
	}
	if got := Value(`[7]`).Replace([]byte("before "), func(string, Value) string { return "8" }); string(got) != "before [8]" {
		t.Errorf("%q is not appended", got)
	}
}

// TestReplaceTellsNames makes sure that each value comes with the name of the member that it is of, or lies in through arrays.
func TestReplaceTellsNames(t *testing.T) {
	var got []string
	Value(`{"a":[1,[2,{"b":3}],4],"c\u0064":{"":[5]},"x":6}`).Replace(nil, func(name string, v Value) string {
		if !v.IsContainer() || name == "x" {
			got = append(got, name+"="+string(v))
		}
		return ""
	})
	if want := []string{"a=1", "a=2", "b=3", "a=4", "=5", "x=6"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

// TestReplaceWalksOnce makes sure that a value deep inside is not walked over once for each object around it, which takes minutes.
func TestReplaceWalksOnce(t *testing.T) {
	around, inside := maxDepth-1, strings.Repeat("1,", 1<<21)
	text := strings.Repeat(`{"a":`, around) + "[" + inside + `"S"]` + strings.Repeat("}", around)
	want := strings.Repeat(`{"a":`, around) + "[" + inside + replaced + "]" + strings.Repeat("}", around)
	if replace(text) != want {
		t.Error("what is deep inside is not replaced")
	}
}

// FuzzReplace holds Replace against replacing in what encoding/json decodes.
func FuzzReplace(f *testing.F) {
	for _, text := range []string{
		`{"secret":1,"a":{"\u0073ecret":[2]},"secret":"S"}`, `[["S",{"secret":{"secret":"S"}}], "\u0053" ,1e5]`, `{ "a" : [ {"b":"xS"}, {} ] , "c":"s"}`, `"S"`, `{"":{"":"S"}}`,
		"{\"secret\xff\":\"\xffS\"}", `{"secret\\":"\ud800S","a":["]","}",{"secret":"\""}]}`, `[]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = string(bytes.TrimSpace([]byte(text)))
		if !json.Valid([]byte(text)) {
			t.Skip("no JSON")
		}
		if got := Value(text).Replace(nil, func(string, Value) string { return "" }); string(got) != text {
			t.Fatalf("%q becomes %q without replacing anything", text, got)
		}
		got := replace(text)
		if !json.Valid([]byte(got)) {
			t.Fatalf("%q becomes %q, which is no JSON", text, got)
		}
		if got, want := decode(t, got, false), decode(t, text, true); got != want {
			t.Fatalf("%q becomes %q, want %q", text, got, want)
		}
	})
}

// decode writes what encoding/json reads in a text, in one form for all texts of one meaning but with the members in their
// order, and each of those of one name.
func decode(t *testing.T, text string, replacing bool) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // for a number may be larger than any that Go has
	said, err := decodeValue(d, "", func(name string, said any) bool {
		text, _ := said.(string)
		return replacing && (name == "secret" || strings.Contains(text, "S"))
	})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return fmt.Sprintf("%q", said)
}

// member is one of an object that keeps the order of its members.
type member struct {
	name string
	said any
}

func decodeValue(d *json.Decoder, name string, gone func(string, any) bool) (any, error) {
	token, err := d.Token()
	delim, ok := token.(json.Delim)
	if err != nil || !ok {
		return token, err
	}
	list := []any{delim}
	for d.More() {
		if delim == '{' {
			if token, err = d.Token(); err != nil {
				return nil, err
			}
			name = token.(string)
		}
		said, err := decodeValue(d, name, gone)
		if err != nil {
			return nil, err
		}
		if gone(name, said) {
			said = []any{json.Delim('['), "gone", json.Number("1")}
		}
		if delim == '{' {
			said = member{name, said}
		}
		list = append(list, said)
	}
	_, err = d.Token()
	return list, err
}
