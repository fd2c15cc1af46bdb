package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"roletrail/analyzer"
)

func usageInMarkdown(t rapid.TB, u *analyzer.Usage, o MarkdownOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := Markdown(&out, u, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// markdownFixture is a usage with how its run ended; its name is part of that of its golden file.
type markdownFixture struct {
	name  string
	usage *analyzer.Usage
	exit  string
}

func markdownFixtures() []markdownFixture {
	const finding = "exit 14: a finding of severity high or above"
	stamped := cleanUsage()
	stamped.Stamp = &analyzer.Stamp{StartedAt: fixtureLast, EndedAt: fixtureLast.Add(61 * time.Second)}
	return []markdownFixture{
		{"typical", typicalUsage(), finding},
		{"nothing", emptyUsage(), "exit 0: done"},
		{"clean", stamped, "exit 0: done"},
		{"many", manyUsage(), finding},
		{"troubled", troubledUsage(), finding},
		{"failures", failuresUsage(), "exit 3: done, but 5 log files could not be read"},
		{"hostile", hostileUsage(), finding},
	}
}

func TestUsageMarkdown(t *testing.T) {
	for _, fixture := range markdownFixtures() {
		t.Run(fixture.name, func(t *testing.T) {
			golden(t, "usage_markdown_"+fixture.name+".md", []byte(usageInMarkdown(t, fixture.usage, MarkdownOptions{ExitState: fixture.exit})))
		})
	}
}

// gitHub renders as GitHub does, but that it leaves links alone which only GitHub knows: mentions, issues, commits.
var gitHub = goldmark.New(goldmark.WithExtensions(extension.GFM))

func parsedMarkdown(source string) ast.Node {
	return gitHub.Parser().Parse(text.NewReader([]byte(source)))
}

// walkMarkdown calls visit for every node below n, but not for those within a node for which it returns false.
func walkMarkdown(t rapid.TB, n ast.Node, visit func(n ast.Node) bool) {
	t.Helper()
	err := ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && !visit(n) {
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tables lists the tables of a document, by the head of their first column and their number of rows.
func tables(t rapid.TB, source string) (list []string) {
	t.Helper()
	walkMarkdown(t, parsedMarkdown(source), func(n ast.Node) bool {
		if n.Kind() == extast.KindTable {
			var head strings.Builder
			walkMarkdown(t, n.FirstChild().FirstChild(), func(n ast.Node) bool {
				if part, ok := n.(*ast.Text); ok {
					head.Write(part.Value([]byte(source)))
				}
				return true
			})
			list = append(list, fmt.Sprint(head.String(), " ", n.ChildCount()-1))
		}
		return true
	})
	return list
}

// wantedTables are those of a usage of which nothing but ends of lists is left out.
func wantedTables(u *analyzer.Usage) (list []string) {
	add := func(head string, rows, limit int) {
		if rows > 0 {
			list = append(list, fmt.Sprint(head, " ", min(rows, limit)))
		}
	}
	add("Role", len(u.Roles), 1000)
	hasFinding := func(role *analyzer.Role) bool {
		for _, f := range u.Findings {
			if f.RoleARN == role.ARN {
				return true
			}
		}
		return false
	}
	for _, found := range []bool{true, false} {
		for i := range u.Roles {
			role := &u.Roles[i]
			if hasFinding(role) != found || !found && len(u.Roles) > 10 {
				continue
			}
			named, actions, policies := 0, 0, map[string]bool{}
			for j := range role.Features {
				f := &role.Features[j]
				actions += len(f.Actions)
				if seen(f) && len(f.SessionNames) > 0 {
					named++
				}
			}
			for j := range role.Permissions {
				if showsUse(role, role.Permissions[j:j+1]) {
					policies[role.Permissions[j].Feature] = true
				}
			}
			add("Feature", len(role.Features), 1000)
			add("Feature", named, 10)
			add("Region", len(role.Regions), 10)
			add("Feature", actions, 10)
			add("Feature", len(policies), 10)
			add("Volume", len(role.Volumes.Open), 10)
			add("Resource", len(role.References), 10)
			add("Time", len(role.Changes), 10)
			add("Principal", len(role.OtherCallers), 10)
			add("Region", len(role.Remaining), 10)
		}
	}
	add("Account", len(u.Coverage), 1000)
	add("Object", len(u.Input.Objects.Failures), 1000)
	return list
}

func TestUsageMarkdownTables(t *testing.T) {
	for _, fixture := range markdownFixtures() {
		source := usageInMarkdown(t, fixture.usage, MarkdownOptions{})
		if got, want := tables(t, source), wantedTables(fixture.usage); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", fixture.name, got, want)
		}
	}
}

func TestUsageMarkdownListsFeaturesWithoutUse(t *testing.T) {
	u := cleanUsage()
	u.Roles[0].Features[0].Assumed, u.Roles[0].Features[0].Denied, u.Roles[0].Features[0].Calls = 0, 0, 0
	id := u.Roles[0].Features[0].ID
	source := usageInMarkdown(t, u, MarkdownOptions{})
	if !regexp.MustCompile("(?m)^\\| `" + id + "` \\| .* \\| not seen \\|").MatchString(source) {
		t.Errorf("%s is not listed as not seen:\n%s", id, source)
	}
}

// What is shown and what is said to be left out must be all there is, within what GitHub takes.
func TestUsageMarkdownOfManyFitsAnIssue(t *testing.T) {
	sum := func(source string, patterns ...string) (n int64) {
		for _, pattern := range patterns {
			expression := regexp.MustCompile("(?m)" + pattern)
			for _, match := range expression.FindAllStringSubmatch(source, -1) {
				if expression.NumSubexp() == 0 {
					n++
				} else {
					n += int64(number(t, match[1]))
				}
			}
		}
		return n
	}
	section := func(source, heading string) string {
		_, rest, found := strings.Cut(source, "\n## "+heading)
		if !found {
			t.Fatal("no section ", heading)
		}
		rest, _, _ = strings.Cut(rest, "\n## ")
		return rest
	}
	for _, long := range []string{"", strings.Repeat("x ", 1000), strings.Repeat("語", 900)} {
		u := troubledUsage()
		role, finding := u.Roles[0], u.Findings[0]
		u.Roles, u.Findings, u.Coverage = nil, nil, nil
		for i := range 200 {
			role.ARN, role.Name = fmt.Sprintf("arn:aws:iam::%012d:role/role%s", i, long), fmt.Sprint("role", i)
			finding.RoleARN, finding.Detail = role.ARN, long
			u.Roles = append(u.Roles, role)
			if i%2 == 0 {
				u.Findings = append(u.Findings, finding)
			}
			for region := range 3 {
				c := plausible(fmt.Sprintf("%012d", i), fmt.Sprint("region-", region, long))
				if region == 1 {
					c.State, c.Gaps = analyzer.CoverageGaps, []analyzer.Gap{{Reason: analyzer.GapSilentRegion}}
				}
				u.Coverage = append(u.Coverage, c)
			}
			u.Observed.Accounts = append(u.Observed.Accounts, fmt.Sprint(i, long))
		}
		for i := range 100 {
			u.Input.Objects.Failures = append(u.Input.Objects.Failures, analyzer.Failure{Object: fmt.Sprint("object", i, long), Reason: "badGzip"})
		}
		u.Input.Objects.Failed = map[string]int64{"badGzip": 140}
		source := usageInMarkdown(t, u, MarkdownOptions{ExitState: long})
		if len(source) > 65_536 {
			t.Errorf("%d bytes", len(source))
		}
		checkUsageNeutral(t, source)
		findings, roles := section(source, "Findings: "), section(source, "Roles\n")
		for _, test := range []struct {
			what      string
			got, want int64
		}{
			{"findings", sum(findings, "^### HIGH:", "^- HIGH:", "^- and ([0-9,]+) more$"), 100},
			{"roles", sum(roles, "^\\| `", "^and ([0-9,]+) more, "), 200},
			{"sections", sum(source, "^## Role `", "^For want of room: ([0-9,]+) role", "^Without findings, .*: ([0-9,]+) role"), 200},
			{"coverage", sum(section(source, "Coverage\n"), "^\\| `", "^and ([0-9,]+) more, ", "^Accounts and Regions without .*: ([0-9,]+)"), 600},
			{"failures", sum(section(source, "Log files"), "^\\| `", "^and ([0-9,]+) more, "), 140},
		} {
			if test.got != test.want {
				t.Errorf("names of %d bytes: %d %s, want %d", len(long), test.got, test.what, test.want)
			}
		}
	}
}

func TestUsageMarkdownSaysWhatTheUsageDoesNotHold(t *testing.T) {
	source := usageInMarkdown(t, troubledUsage(), MarkdownOptions{})
	for _, want := range []string{
		"<summary>Changes, the latest first (106)</summary>", "\nand 100 more, which the JSON report does not hold either\n",
		"<summary>Open volumes (12)</summary>", "\nand 9 more, which the JSON report does not hold either\n",
	} {
		if !strings.Contains(source, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestEventsCommand(t *testing.T) {
	for _, test := range []struct{ role, finding, want string }{
		{"arn:aws:iam::1:role/a b", "stuck-volume", "roletrail events --finding stuck-volume --role 'arn:aws:iam::1:role/a b' --margin SOURCE..."},
		{"", "trail-changed", "roletrail events --finding trail-changed --role '?' --margin SOURCE..."},
		{"a'b", "", `roletrail events --role 'a'\''b' SOURCE...`},
		{"r", "-x; rm", "roletrail events --finding '-x; rm' --role 'r' SOURCE..."},
	} {
		if got := eventsCommand(test.role, test.finding); got != test.want {
			t.Errorf("%q %q: %s, want %s", test.role, test.finding, got, test.want)
		}
	}
}

func TestLinkMarkup(t *testing.T) {
	for _, test := range []struct{ link, want string }{
		{"https://docs.aws.amazon.com/AmazonECS/latest/developerguide/a_b.html#c", "<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/a_b.html#c>"},
		{"https://docs.aws.amazon.com.example/", "`https://docs.aws.amazon.com.example/`"},
		{"https://docs.aws.amazon.com@example/", "`https://docs.aws.amazon.com@example/`"},
		{"http://docs.aws.amazon.com/", "`http://docs.aws.amazon.com/`"},
		{"https://docs.aws.amazon.com/\n> x", "`https://docs.aws.amazon.com/\\n> x`"},
		{"https://docs.aws.amazon.com/><b>", "`https://docs.aws.amazon.com/><b>`"},
		{"javascript:alert(1)", "`javascript:alert(1)`"},
	} {
		if got := linkMarkup(test.link); string(got) != test.want {
			t.Errorf("%q: %s, want %s", test.link, got, test.want)
		}
	}
}

func TestItems(t *testing.T) {
	for _, test := range []struct {
		names []string
		limit int
		all   int64
		want  string
	}{
		{nil, 2, 0, ""},
		{nil, 2, 3, "3"},
		{[]string{"a", "b"}, 2, 0, "`a`, `b`"},
		{[]string{"a", "b", "c"}, 2, 0, "`a`, `b` and 1 more"},
		{[]string{"a", "b", "c"}, 2, 1204, "`a`, `b` and 1,202 more"},
	} {
		if got := items(codeSpans(test.names), test.limit, test.all); string(got) != test.want {
			t.Errorf("%q, %d of %d: %s, want %s", test.names, test.limit, test.all, got, test.want)
		}
	}
}

func TestProseQuotes(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`ask "roletrail check" first`, "ask `roletrail check` first"},
		{`session "a b", not "c".`, "session `a b`, not `c`."},
		{`(see "a")`, "(see `a`)"},
		{`"a"b c" d`, "`\"a\"b` `c\"` d"},
		{`"a`, "`\"a`"},
		{`""`, "`\"\"`"},
		{`" a "`, "`\\x20a\\x20`"},
		{`"a|b <i>"`, "`a\\x7cb <i>`"},
	} {
		if got := prose(test.in); string(got) != test.want {
			t.Errorf("%q: %s, want %s", test.in, got, test.want)
		}
	}
}

// Words that GitHub takes for the hash of a commit become no link.
func TestProseHidesCommits(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"deadbeef", "`deadbeef`"}, {"Effaced and defaced", "`Effaced` and `defaced`"}, {"faced", "faced"},
		{"0badc0de", "`0badc0de`"}, {"1234567", "`1234567`"}, {strings.Repeat("a", 40), "`" + strings.Repeat("a", 40) + "`"},
	} {
		if got := prose(test.in); string(got) != test.want {
			t.Errorf("%q: %s, want %s", test.in, got, test.want)
		}
	}
}

func TestUsageMarkdownTellsErrors(t *testing.T) {
	for _, limit := range []int{0, 100, 5000} {
		if err := Markdown(&failingWriter{limit}, typicalUsage(), MarkdownOptions{}); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v", limit, err)
		}
	}
}

// Text that comes from elsewhere must go through the functions of markdown.go.
func TestUsageMarkdownMakesNoMarkup(t *testing.T) {
	files, err := filepath.Glob("usage_markdown*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`\bmarkup\((.*)`).FindAllStringSubmatch(string(source), -1) {
			if !strings.HasPrefix(match[1], `"`) {
				t.Errorf("%s: markup(%s", file, match[1])
			}
		}
	}
}
