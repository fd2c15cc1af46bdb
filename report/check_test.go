package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"roletrail/analyzer"
)

func checkText(t *testing.T, c *analyzer.Check, o TextOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := CheckText(&out, c, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// checkFixture is a check with the options it is rendered with; its name is that of its golden files.
type checkFixture struct {
	name    string
	check   *analyzer.Check
	options TextOptions
}

func checkFixtures() []checkFixture {
	exit := "exit 10: NOT SAFE"
	return []checkFixture{
		{"check-not-safe", notSafeCheck(), TextOptions{ExitState: exit}},
		{"check-not-safe-details", notSafeCheck(), TextOptions{Details: true, ExitState: exit}},
		{"check-not-safe-narrow", notSafeCheck(), TextOptions{Width: 46, ASCII: true, ExitState: exit}},
		{"check-not-safe-color", notSafeCheck(), TextOptions{Width: 120, Color: true, ExitState: exit}},
		{"check-cannot-tell", cannotTellCheck(), TextOptions{ExitState: "exit 11: CANNOT TELL"}},
		{"check-no-use", emptyCheck(), TextOptions{ExitState: "exit 13: NO USE SEEN, on logs that are not verified"}},
		{"check-verified", verifiedCheck(), TextOptions{ExitState: "exit 0: NO USE SEEN"}},
		{"check-hostile", hostileCheck(), TextOptions{ExitState: exit}},
	}
}

func TestCheckText(t *testing.T) {
	for _, test := range checkFixtures() {
		t.Run(test.name, func(t *testing.T) {
			golden(t, test.name+".txt", []byte(checkText(t, test.check, test.options)))
		})
	}
}

// Whoever reads but one line must read the verdict.
func TestCheckBeginsWithVerdict(t *testing.T) {
	for _, test := range checkFixtures() {
		line, _, _ := strings.Cut(checkText(t, test.check, TextOptions{}), "\n")
		if !strings.HasPrefix(strings.TrimLeft(line, " "), test.check.Verdict+"  ") {
			t.Errorf("%s begins with %q", test.name, line)
		}
		if text := checkMarkdown(t, test.check); !strings.HasPrefix(text, "# "+test.check.Verdict+": `") {
			t.Errorf("%s: Markdown begins with %.40q", test.name, text)
		}
	}
}

// Logs that nobody verified must not look as if they were.
func TestCheckSaysWhatIsNotVerified(t *testing.T) {
	blanks := regexp.MustCompile(`\s+`)
	for _, test := range []struct {
		name       string
		check      *analyzer.Check
		unverified bool
	}{{"plausible", emptyCheck(), true}, {"complete", verifiedCheck(), false}} {
		text := blanks.ReplaceAllString(checkText(t, test.check, TextOptions{}), " ")
		if got := strings.Contains(text, "Nothing proves that these logs are complete"); got != test.unverified {
			t.Errorf("%s: said to be unverified: %v", test.name, got)
		}
		if got := strings.Contains(text, "not verified"); got != test.unverified {
			t.Errorf("%s: coverage said to be unverified: %v", test.name, got)
		}
	}
}

// All reasons are told in their order, whatever the width and the details.
func TestCheckTellsAllReasons(t *testing.T) {
	blanks := regexp.MustCompile(`\s+`)
	for _, c := range []*analyzer.Check{notSafeCheck(), cannotTellCheck()} {
		for _, o := range []TextOptions{{}, {Details: true}, {Width: 200}, {Width: 100, ASCII: true}} {
			rest := blanks.ReplaceAllString(checkText(t, c, o), " ")
			for _, r := range c.Reasons {
				_, after, ok := strings.Cut(rest, r.Verdict+" "+r.Text)
				if !ok {
					t.Fatalf("%+v: no %q, or not in its place", o, r.Text)
				}
				rest = after
			}
		}
	}
}

func TestShellWords(t *testing.T) {
	for _, test := range []struct {
		command printable
		want    []printable
	}{
		{"", nil},
		{"aws iam get-role", []printable{"aws", "iam", "get-role"}},
		{"a  b ", []printable{"a", "b"}},
		{`--query 'a b' "c d" e`, []printable{"--query", "'a b'", `"c d"`, "e"}},
		{`'it'\''s one' two`, []printable{`'it'\''s one'`, "two"}},
		{`a\ b c`, []printable{`a\ b`, "c"}},
		{`"a \" b" c`, []printable{`"a \" b"`, "c"}},
		{`'a \' b`, []printable{`'a \'`, "b"}},
		{"for c in $(x 'y z'); do", []printable{"for", "c", "in", "$(x", "'y z');", "do"}},
		{"open 'quote here", []printable{"open 'quote here"}},
		{`ends with \`, []printable{`ends with \`}},
	} {
		got := shellWords(test.command)
		if len(got) != len(test.want) {
			t.Errorf("%s: %q, want %q", test.command, got, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: %q, want %q", test.command, got, test.want)
			}
		}
	}
}

// continued matches where a shell takes the next line for a part of this one.
var continued = regexp.MustCompile(` \\\n *`)

// A command that is copied from the page is the command that was meant.
func TestCheckCommandsCanBeCopied(t *testing.T) {
	for _, width := range []int{40, 60, 80, 120, 400} {
		for _, test := range checkFixtures() {
			text := continued.ReplaceAllString(checkText(t, test.check, TextOptions{Width: width}), " ")
			for _, check := range test.check.LiveChecks {
				if shown(check.Command) && !strings.Contains(text, "\n"+check.Command+"\n") && !strings.Contains(text, " "+check.Command+"\n") {
					t.Errorf("%s at %d columns: no %s in\n%s", test.name, width, check.Command, text)
				}
			}
		}
	}
}

func checkMarkdown(t *testing.T, c *analyzer.Check) string {
	t.Helper()
	var out bytes.Buffer
	if err := CheckMarkdown(&out, c); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCheckMarkdown(t *testing.T) {
	for _, name := range []string{"check-not-safe", "check-cannot-tell", "check-no-use", "check-verified", "check-hostile"} {
		for _, test := range checkFixtures() {
			if test.name == name {
				golden(t, name+".md", []byte(checkMarkdown(t, test.check)))
			}
		}
	}
}
