package report

import (
	"bytes"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roletrail/analyzer"
)

func TestProse(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"it was used in the idle window, last on 2026-11-14 23:58:02Z", "it was used in the idle window, last on 2026-11-14 23:58:02Z"},
		{"1,204 of 1,250 files (2026-09-01 to 2026-09-03).", "1,204 of 1,250 files (2026-09-01 to 2026-09-03)."},
		{"service/web in prod us-east-1, then", "`service/web` in prod `us-east-1`, then"},
		{"see (service/web) and f(x)", "see (`service/web`) and `f(x)`"},
		{"say so with --older-state-checked?", "say so with `--older-state-checked`?"},
		{"1. one", "`1`. one"},
		{"1) one", "`1`) one"},
		{"- one", "`-` one"},
		{"# one", "`#` one"},
		{"  \tone", "`\\tone`"},
		{"www.example.com", "`www.example.com`"},
		{"a@example.com", "`a@example.com`"},
		{"https://example.com/", "`https://example.com/`"},
		{"[x](y)", "`[x](y)`"},
		{"](y)", "`](y)`"},
		{"<b>", "`<b>`"},
		{"a`b`` c", "`a\\x60b\\x60\\x60` c"},
		{"a|b", "`a\\x7cb`"},
		{"&amp;", "`&amp`;"},
		{":smile:", "`:smile`:"},
		{"...", "`...`"},
		{"one\ntwo", "`one\\ntwo`"},
		{"rôle", "`rôle`"},
	} {
		if got := prose(test.in); string(got) != test.want {
			t.Errorf("%q: %s, want %s", test.in, got, test.want)
		}
	}
}

func TestFenced(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"aws iam get-role", "```sh\naws iam get-role\n```"},
		{"```", "````sh\n```\n````"},
		{"x ````` y", "``````sh\nx ````` y\n``````"},
		{"a\n```\nb", "````sh\na\\n```\\nb\n````"},
	} {
		if got := fenced(test.in); string(got) != test.want {
			t.Errorf("%q: %s, want %s", test.in, got, test.want)
		}
	}
}

// Text that comes from elsewhere must go through the functions of markdown.go.
func TestOnlyMarkdownMakesMarkup(t *testing.T) {
	source, err := os.ReadFile("check_markdown.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(`\bmarkup\((.*)`).FindAllStringSubmatch(string(source), -1) {
		if !strings.HasPrefix(match[1], `"`) {
			t.Errorf("markup(%s", match[1])
		}
	}
}

var (
	anyCodeSpan = regexp.MustCompile("`[^`\n]+`")
	fenceLine   = regexp.MustCompile("^(`{3,})sh$")
	// ours is what we write ourselves, once code spans are taken out: a heading, an item of a list, a row of a table or a
	// paragraph, of words that mean nothing.
	ours     = regexp.MustCompile(`^(?:#{1,2} |(?:  )?- |\| )?(?:\*\*[A-Za-z ()]*\*\*)?[A-Za-z0-9 ,.:;?()|'-]*$`)
	linkable = regexp.MustCompile(`[A-Za-z0-9][.][A-Za-z0-9]|^[0-9]+[.)]|[A-Za-z]:[A-Za-z]`)
)

// checkNeutral holds that Markdown is built of nothing but our own markup, and returns the lines without code spans and
// blocks.
func checkNeutral(t rapid.TB, text string) (lines []string) {
	t.Helper()
	checkPrintable(t, text, TextOptions{})
	fence := ""
	for line := range strings.SplitSeq(text, "\n") {
		switch opening := fenceLine.FindStringSubmatch(line); {
		case fence == "" && opening != nil:
			fence = opening[1]
			continue
		case fence != "" && strings.HasPrefix(strings.TrimLeft(line, " "), fence):
			if line != fence {
				t.Fatalf("a code block ends by %q", line)
			}
			fence = ""
			continue
		case fence != "":
			continue
		}
		for _, code := range anyCodeSpan.FindAllString(line, -1) {
			if strings.Contains(code, "|") {
				t.Fatalf("a bar in %q", code)
			}
		}
		rest := anyCodeSpan.ReplaceAllString(line, "")
		if !ours.MatchString(rest) || linkable.MatchString(strings.TrimLeft(rest, "-# ")) {
			t.Fatalf("%q has markup that is not ours", line)
		}
		lines = append(lines, rest)
	}
	if fence != "" {
		t.Fatal("a code block does not end")
	}
	return lines
}

func TestMarkdownIsNeutral(t *testing.T) {
	for _, fixture := range checkFixtures() {
		checkNeutral(t, checkMarkdown(t, fixture.check))
	}
	rapid.Check(t, func(r *rapid.T) {
		c := drawn[analyzer.Check](r, "check")
		c.Warnings = append(c.Warnings, rapid.StringOf(rapid.SampledFrom([]rune("ab1 `|<>[]()!*_~#+-.:\\&@/\n$\x1b"))).Draw(r, "warning"))
		var out bytes.Buffer
		if err := CheckMarkdown(&out, &c); err != nil {
			r.Fatal(err)
		}
		checkNeutral(r, out.String())
	})
}

// Whatever the strings are, the document has the same parts.
func TestMarkdownKeepsItsShape(t *testing.T) {
	shape := func(text string) (parts []string) {
		for _, line := range checkNeutral(t, text) {
			if strings.HasPrefix(line, "Not to be copied") {
				continue
			}
			if mark, _, _ := strings.Cut(strings.TrimLeft(line, " "), " "); mark == "#" || mark == "##" || mark == "-" || mark == "|" {
				parts = append(parts, mark)
			}
		}
		return parts
	}
	filled := func(s string) string {
		c := hostileCheck()
		c.Input.Objects.Failed, c.Coverage = nil, nil
		fillStrings(reflect.ValueOf(c).Elem(), s)
		return checkMarkdown(t, c)
	}
	want := shape(filled("harmless"))
	for _, s := range []string{hostile, markdownBait, "`", "|", "```\n# x\n- y\n| z |", "\\", "\n\n---\n", "<!--", "</details>", "1. a"} {
		if got := shape(filled(s)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: parts %s, want %s", s, got, want)
		}
	}
}
