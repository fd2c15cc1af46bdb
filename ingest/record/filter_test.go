package record

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestConditions holds conditions against a plain reading of what they say.
func TestConditions(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	text := func(letters string, most int) string {
		b := make([]byte, random.IntN(most+1))
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	texts := func(letters string) (all []string) {
		for range random.IntN(3) {
			all = append(all, text(letters, 6))
		}
		return all
	}
	held := 0
	for range 200_000 {
		c := Condition{Field: EventName, Part: Part(random.IntN(3)), Values: texts("ab/:"), Patterns: texts("ab*"), Substrings: texts("/ab")}
		s := text("ab/:", 9)
		if len(c.Values) > 0 && random.IntN(2) == 0 {
			s = text("ab/:", 3) + c.Values[0]
		}
		r := Record{text: []byte(`"` + s + `"`), spans: []span{{}}}
		r.text, r.spans[EventName] = append([]byte("{"), r.text...), span{from: 1, to: len(s) + 3}
		f := Clauses{{{Field: EventName, Substrings: []string{""}}, c}}.Compile()
		want := holds(c, s)
		if want {
			held++
		}
		if got := f.Match(&r); got != want {
			t.Fatalf("%+v of %q: %v", c, s, got)
		}
		if got := (Clauses{{c}}).Compile().Match(&r); got != want {
			t.Fatalf("alone, %+v of %q: %v", c, s, got)
		}
	}
	if held < 20_000 {
		t.Errorf("only %d conditions held", held)
	}
}

func holds(c Condition, s string) bool {
	for range map[Part]int{Whole: 0, AfterSecondSlash: 2}[c.Part] {
		if _, after, ok := strings.Cut(s, "/"); ok {
			s = after
		}
	}
	if c.Part == AfterColon {
		if _, after, ok := strings.Cut(s, ":"); ok {
			s = after
		}
	}
	return slices.Contains(c.Values, s) ||
		slices.ContainsFunc(c.Patterns, func(p string) bool { return matchPattern(p, []byte(s)) }) ||
		slices.ContainsFunc(c.Substrings, func(v string) bool { return strings.Contains(s, v) })
}
