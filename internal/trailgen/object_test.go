package trailgen

import (
	"encoding/json"
	"testing"
)

func TestObjectPaths(t *testing.T) {
	made := Object{{"a", Object{{"b", Raw(`{"c":[{"d":"deep"},7]}`)}}}, {"twice", "first"}, {"twice", "second"}}
	for path, want := range map[string]any{
		"a.b.c.0.d": "deep", "a.b.c.1": json.Number("7"), "a.b.c.2": nil, "a.x": nil, "twice": "second", "twice.x": nil, "": nil,
	} {
		if got := made.Get(path); got != want {
			t.Errorf("Get(%q) = %v, want %v", path, got, want)
		}
	}
	changed := made.With("a.b.c.0.d", "changed").With("new.path", true).Without("twice")
	if got, want := string(changed.JSON()), `{"a":{"b":{"c":[{"d":"changed"},7]}},"new":{"path":true}}`; got != want {
		t.Errorf("changed to %s, want %s", got, want)
	}
	if got, want := string(made.JSON()), `{"a":{"b":{"c":[{"d":"deep"},7]}},"twice":"first","twice":"second"}`; got != want {
		t.Errorf("With and Without changed the original to %s", got)
	}
}

func TestStringsSurviveEveryEscaping(t *testing.T) {
	text := "a\"b\\c/\x00\x1f\n\té\u202f日\U0001f980\u2028<>&"
	for _, escaping := range []Escaping{NoEscapes, FirstLetters, AllLetters} {
		spelled := appendString(nil, text, escaping)
		var got string
		if err := json.Unmarshal(spelled, &got); err != nil || got != text {
			t.Errorf("escaping %d: %s reads %q, %v", escaping, spelled, got, err)
		}
	}
	if got := string(appendString(nil, "AssumeRole", FirstLetters)); got != `"\u0041ssumeRole"` {
		t.Errorf("first letter escaped: %s", got)
	}
}

func TestParseKeepsTheOrder(t *testing.T) {
	text := `{"z":[1,{"y":null}],"a":{},"list":[],"n":12345678901234567890,"t":true}`
	parsed, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(parsed.(Object).JSON()); got != text {
		t.Errorf("parsed and written again: %s, want %s", got, text)
	}
	for _, wrong := range []string{``, `{`, `{}x`, `{"a"}`, `[1,`} {
		if _, err := Parse([]byte(wrong)); err == nil {
			t.Errorf("Parse(%q): no error", wrong)
		}
	}
}
