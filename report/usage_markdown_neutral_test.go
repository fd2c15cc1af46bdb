package report

import (
	"bytes"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"pgregory.net/rapid"

	"roletrail/analyzer"
)

var (
	foldedBegin = regexp.MustCompile(`(?m)^<details>\n<summary>[A-Za-z][A-Za-z,: ]* \([0-9,]+\)</summary>\n`)
	foldedEnd   = regexp.MustCompile(`(?m)^</details>\n`)
	awsLink     = regexp.MustCompile(`(?m)^See <https://docs\.aws\.amazon\.com/[A-Za-z0-9/._#-]*>$`)
	storedBytes = regexp.MustCompile(`[0-9]+\.[0-9] ([kMGTP]B (?:as stored|inflated))`)
	plainText   = regexp.MustCompile(`^[A-Za-z0-9 ,.:;?()'-]*$`)
	commitLike  = regexp.MustCompile(`\b(?:[0-9a-fA-F]{7,40}|GH-[0-9]+)\b`)
)

// checkUsageNeutral holds that a report is built of nothing but our own markup: as text, cell by cell, and as goldmark
// reads it.
func checkUsageNeutral(t rapid.TB, source string) {
	t.Helper()
	checkRows(t, source)

	// What only a usage has, told in what checkNeutral knows.
	text := strings.ReplaceAll(strings.ReplaceAll(source, "\n### ", "\n## "), "| ---: ", "| --- ")
	text = foldedEnd.ReplaceAllString(foldedBegin.ReplaceAllString(text, ""), "")
	text = storedBytes.ReplaceAllString(awsLink.ReplaceAllString(text, ""), "1 $1")
	checkNeutral(t, text)

	walkMarkdown(t, parsedMarkdown(source), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Link, *ast.Image, *ast.RawHTML, *ast.Blockquote, *ast.ThematicBreak:
			t.Fatalf("a %s in\n%s", n.Kind(), source)
		case *ast.AutoLink:
			if url := n.URL([]byte(source)); !documentation.Match(url) {
				t.Fatalf("a link to %q", url)
			}
		case *ast.HTMLBlock:
			block := string(n.Lines().Value([]byte(source)))
			if !foldedBegin.MatchString(block) && !foldedEnd.MatchString(block) {
				t.Fatalf("HTML that is not ours: %q", block)
			}
		case *ast.Text:
			if text := n.Value([]byte(source)); !plainText.Match(text) || commitLike.Match(text) {
				t.Fatalf("text that may mean something: %q", text)
			}
		case *ast.CodeSpan, *ast.FencedCodeBlock:
			return false
		}
		return true
	})
}

// checkRows holds that every row of a table has as many cells as its head: a parser drops those beyond it, unseen.
func checkRows(t rapid.TB, source string) {
	t.Helper()
	bars := 0
	for line := range strings.SplitSeq(source, "\n") {
		n := strings.Count(line, "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			n = 0
		case bars != 0 && n != bars:
			t.Fatalf("%d cells, not %d: %s", n-1, bars-1, line)
		}
		bars = n
	}
}

// notToBeCopied is the one paragraph that depends on what names hold.
const notToBeCopied = "Not to be copied: it holds characters that do not show, written as escapes here."

// skeleton lists the parts of a document without what they say.
func skeleton(t rapid.TB, source string) (parts []string) {
	t.Helper()
	source = strings.ReplaceAll(source, "\n"+notToBeCopied+"\n", "")
	walkMarkdown(t, parsedMarkdown(source), func(n ast.Node) bool {
		switch n.(type) {
		case *ast.Text, *ast.CodeSpan:
			return false
		}
		parts = append(parts, n.Kind().String())
		return true
	})
	return parts
}

var (
	unsafeGitHub = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	tag          = regexp.MustCompile(`<[^>]*>`)
)

// elements lists the tags of a document as a browser gets it, but those of code spans, which differ by what is said.
func elements(t rapid.TB, markdown goldmark.Markdown, source string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := markdown.Convert([]byte(strings.ReplaceAll(source, "\n"+notToBeCopied+"\n", "")), &out); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(tag.FindAllString(out.String(), -1), func(tag string) bool { return tag == "<code>" || tag == "</code>" })
}

// richUsage has something in every list, and no more than the report has room for.
func richUsage() *analyzer.Usage {
	u := troubledUsage()
	service := serviceLinkedRole("111122223333")
	service.Features = service.Features[:2]
	u.Roles = append(u.Roles, service)
	u.Roles[0].Permissions = u.Roles[0].Permissions[:3]
	u.Findings = u.Findings[1:]
	u.Findings[0].Link = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html"
	failures := failuresUsage()
	u.Input.Pruned = failures.Input.Pruned
	u.Input.Objects = failures.Input.Objects
	u.Input.Objects.Failed = map[string]int64{"badGzip": 7}
	u.Input.Objects.Failures = u.Input.Objects.Failures[:2]
	return u
}

// Whatever the strings are, the document has the same parts.
func TestUsageMarkdownKeepsItsShape(t *testing.T) {
	// Once with all strings, once with all but those that choose what is written.
	filled := func(s string, choosing bool) string {
		u, known := richUsage(), richUsage()
		fillStrings(reflect.ValueOf(u).Elem(), s)
		if !choosing {
			restoreChoices(u, known)
		}
		source := usageInMarkdown(t, u, MarkdownOptions{ExitState: s})
		if strings.Contains(source, "want of room") || strings.Contains(source, "too long") {
			t.Fatalf("%q takes too much room", s)
		}
		checkUsageNeutral(t, source)
		return source
	}
	for _, choosing := range []bool{false, true} {
		tame := filled("harmless", choosing)
		if len(tables(t, tame)) < 9 {
			t.Fatal("a document without tables proves nothing")
		}
		for _, s := range []string{
			hostile, "a|b `c` </code><script>alert(1)</script>", "[x](javascript:alert(1)) ![i](//evil.example/i.png)",
			"https://evil.example www.evil.example a@evil.example", "@mention #1 GH-1 owner/repo#1 da39a3ee5e6b4b0d deadbeef", "`", "|", "\\|", "`|`",
			"```\n# x\n- y\n| z |", "\n\n---\n", "<!--", "</details>", "1. a", "- [ ] a", "# a", "> a", "&lt;b&gt; $x$ ~~a~~ **a** _a_ :smile:",
			"<img src=x onerror=alert(1)>", "<https://evil.example>", "[x]: /y", "=", "| --- |", "\t a",
		} {
			source := filled(s, choosing)
			if got, want := skeleton(t, source), skeleton(t, tame); !reflect.DeepEqual(got, want) {
				t.Errorf("%q: parts %s, want %s", s, got, want)
			}
			for _, markdown := range []goldmark.Markdown{gitHub, unsafeGitHub} {
				if got, want := elements(t, markdown, source), elements(t, markdown, tame); !reflect.DeepEqual(got, want) {
					t.Errorf("%q: elements %s, want %s", s, got, want)
				}
			}
		}
	}
}

// restoreChoices gives the strings of u that choose what is written their known values.
func restoreChoices(u, known *analyzer.Usage) {
	for i := range u.Roles {
		to, from := &u.Roles[i], &known.Roles[i]
		to.Kind = from.Kind
		for j := range to.References {
			to.References[j].State = from.References[j].State
		}
		for j := range to.Permissions {
			to.Permissions[j].State = from.Permissions[j].State
		}
		for j := range to.Features {
			to.Features[j].ResolvedBy = from.Features[j].ResolvedBy
		}
	}
	for i := range u.Findings {
		u.Findings[i].Severity = known.Findings[i].Severity
	}
	for i := range u.Coverage {
		u.Coverage[i].State, u.Coverage[i].Integrity = known.Coverage[i].State, known.Coverage[i].Integrity
		for j := range u.Coverage[i].Gaps {
			u.Coverage[i].Gaps[j].Reason = known.Coverage[i].Gaps[j].Reason
		}
	}
}

func TestUsageMarkdownIsNeutral(t *testing.T) {
	for _, fixture := range markdownFixtures() {
		checkUsageNeutral(t, usageInMarkdown(t, fixture.usage, MarkdownOptions{ExitState: fixture.exit}))
	}
	rapid.Check(t, func(r *rapid.T) {
		u := anyUsage(r)
		bait := rapid.StringOf(rapid.SampledFrom([]rune("ab1 `|<>[]()!*_~#+-.:\\&@/\n$\x1b")))
		for i := range u.Findings {
			u.Findings[i].Title, u.Findings[i].Link = bait.Draw(r, "title"), bait.Draw(r, "link")
		}
		for i := range u.Roles {
			u.Roles[i].Name = bait.Draw(r, "name")
		}
		o := MarkdownOptions{ExitState: bait.Draw(r, "exit")}
		source := usageInMarkdown(r, u, o)
		checkUsageNeutral(r, source)
		if len(source) > 65_536 {
			r.Fatalf("%d bytes", len(source))
		}
		if again := usageInMarkdown(r, u, o); again != source {
			r.Fatal("the same usage gives another report")
		}
	})
}

func FuzzMarkdownIsNeutral(f *testing.F) {
	for _, s := range []string{hostile, markdownBait, "`", "|", "```", "</details>", "' \\", "", "  ", "https://docs.aws.amazon.com/", "deadbeef", "1.", strings.Repeat("語", 2000),
		strings.Repeat("x ", 1<<13), strings.Repeat("\u202e`", 1000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, choosing := range []bool{false, true} {
			u := richUsage()
			fillStrings(reflect.ValueOf(u).Elem(), s)
			if !choosing {
				restoreChoices(u, richUsage())
			}
			source := usageInMarkdown(t, u, MarkdownOptions{ExitState: s})
			checkUsageNeutral(t, source)
			if len(source) > 65_536 {
				t.Fatalf("%d bytes", len(source))
			}
		}
	})
}
