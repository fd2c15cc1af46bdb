package catalog

import (
	"regexp"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "a", true},
		{"a", "A", false},
		{"a", "aa", false},
		{"*", "", true},
		{"*", "a\nb", true},
		{"awslambda_*", "awslambda_1_2026", true},
		{"awslambda_*", "awslambda_", true},
		{"awslambda_*", "xawslambda_1", false},
		{"*-session", "my-session", true},
		{"*-session", "my-session-2", false},
		{"a*a", "a", false}, // the two can't be one
		{"a*a", "aa", true},
		{"a*b*c", "axbxbxc", true},
		{"a*b*c", "axcxb", false},
		{"**a**", "bab", true},
		{"*ab*ab", "abab", true},
		{"*ab*ab", "aabb", false},
		{"?.[a]", "?.[a]", true}, // nothing but * is special
		{"?.[a]", "x.a", false},
	} {
		if got := Match(test.pattern, test.s); got != test.want {
			t.Errorf("Match(%q, %q) = %v", test.pattern, test.s, got)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a*b*c", "axbxc")
	f.Add("*ab*ab*", "aabbabab")
	f.Add("**", "")
	f.Add("a.*é", "a.xéé")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		pattern, s = strings.ToValidUTF8(pattern, "?"), strings.ToValidUTF8(s, "?") // regexp knows no other
		naive, err := regexp.Compile(`(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `\z`)
		if err != nil {
			return // too long for it
		}
		if got, want := Match(pattern, s), naive.MatchString(s); got != want {
			t.Errorf("Match(%q, %q) = %v", pattern, s, got)
		}
	})
}
