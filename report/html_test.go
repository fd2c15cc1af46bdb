package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"html/template"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roletrail/analyzer"
)

func htmlOf(t rapid.TB, u *analyzer.Usage) string {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, u, HTMLOptions{ExitState: "exit 14: a finding of severity high or above"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// inline matches what stands in every report alike, and the hashes of it.
var inline = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>|sha256-[^ ]*&#39;`)

func TestHTML(t *testing.T) {
	for _, fixture := range []struct {
		name  string
		usage *analyzer.Usage
	}{
		{"typical", typicalUsage()}, {"nothing", emptyUsage()}, {"troubled", troubledUsage()}, {"failures", failuresUsage()}, {"hostile", hostileUsage()},
	} {
		t.Run(fixture.name, func(t *testing.T) {
			golden(t, "html-"+fixture.name+".html", []byte(inline.ReplaceAllString(htmlOf(t, fixture.usage), "")))
		})
	}
}

func TestHTMLIsTheSameTwice(t *testing.T) {
	for _, fixture := range textFixtures() {
		if first, second := htmlOf(t, fixture.usage), htmlOf(t, fixture.usage); first != second {
			t.Errorf("%s: two documents differ", fixture.name)
		}
	}
}

func TestHTMLTellsOfTheRunIfAsked(t *testing.T) {
	u := emptyUsage()
	if text := htmlOf(t, u); strings.Contains(text, "Made from") {
		t.Error("times of a run that nobody asked for")
	}
	u.Stamp = &analyzer.Stamp{StartedAt: fixtureLast, EndedAt: fixtureLast.Add(time.Second)}
	if text := htmlOf(t, u); !strings.Contains(text, "Made from 2026-11-14 23:58:02Z to 2026-11-14 23:58:03Z") {
		t.Error("no times of the run")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestHTMLReturnsErrorsOfWriting(t *testing.T) {
	if err := HTML(brokenWriter{}, typicalUsage(), HTMLOptions{}); err == nil || err.Error() != "disk full" {
		t.Errorf("error %v", err)
	}
}

// The policy names the style sheet and the script that are there, and lets nothing else in.
func TestHTMLPolicy(t *testing.T) {
	text := htmlOf(t, hostileUsage())
	only := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			t.Fatalf("%s: %d of it", pattern, len(found))
		}
		return found[0][1]
	}
	source := func(content string) string {
		sum := sha256.Sum256([]byte(content))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := "default-src 'none'; style-src " + source(only(`(?s)<style>(.*?)</style>`)) + "; script-src " + source(only(`(?s)<script>(.*?)</script>`)) +
		"; base-uri 'none'; form-action 'none'"
	if got := html.UnescapeString(only(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`)); got != want {
		t.Errorf("policy %s, want %s", got, want)
	}
	if before, _, _ := strings.Cut(text, "Content-Security-Policy"); strings.Count(before, "<") > 5 {
		t.Error("the policy is not at the beginning, and what stands before it is not bound by it")
	}
}

// No text of a document is of a type that html/template would not escape, or that did not go through a cleaner.
func TestHTMLDocumentHoldsPrintableText(t *testing.T) {
	safe := []reflect.Type{
		reflect.TypeFor[printable](), reflect.TypeFor[attribute](), reflect.TypeFor[template.CSS](), reflect.TypeFor[template.JS](),
		reflect.TypeFor[int](), reflect.TypeFor[bool](),
	}
	seen := map[reflect.Type]bool{}
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		switch {
		case slices.Contains(safe, typ) || seen[typ]:
		case typ.Kind() == reflect.Struct:
			seen[typ] = true
			for i := range typ.NumField() {
				walk(path+"."+typ.Field(i).Name, typ.Field(i).Type)
			}
		case typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer:
			walk(path, typ.Elem())
		default:
			t.Errorf("%s is a %s", path, typ)
		}
	}
	walk("htmlDocument", reflect.TypeFor[htmlDocument]())
}

// An attribute is made of numbers and constants: one function converts, and it converts a number.
func TestOnlyNumbersBecomeAttributes(t *testing.T) {
	files, err := filepath.Glob("html*.go")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	var conversions []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			conversions = append(conversions, regexp.MustCompile(`\battribute\(.*`).FindAllString(string(source), -1)...)
		}
	}
	if !slices.Equal(conversions, []string{"attribute(strconv.Itoa(n)) }"}) {
		t.Errorf("%q", conversions)
	}
}

// told are the fields that choose what is written instead of being written.
var told = []string{"Kind", "Severity", "State", "Reason", "ResolvedBy", "ReadEvents", "Integrity", "Day"}

// Every string of a usage stands in the document, but for those that are known to be shown in other words or not at all.
func TestHTMLHoldsEveryString(t *testing.T) {
	u := troubledUsage()
	u.Input.Objects.Failures = []analyzer.Failure{{Object: "x", Reason: "x", Detail: "x"}}
	u.Input.Pruned = []analyzer.Pruned{{Prefix: "x", Reason: "x"}}
	var names []string
	var fill func(path, field string, v reflect.Value)
	fill = func(path, field string, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			if slices.Contains(told, field) {
				return
			}
			name := fmt.Sprintf("<%s>", path)
			v.SetString(name)
			names = append(names, name)
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return
			}
			for i := range v.NumField() {
				name := v.Type().Field(i).Name
				fill(path+"."+name, name, v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				fill(fmt.Sprintf("%s[%d]", path, i), field, v.Index(i))
			}
		}
	}
	fill("u", "", reflect.ValueOf(u).Elem())
	// What is told of a feature belongs to it by its id. The policies of features without use are not told.
	for i := range u.Roles {
		for j := range u.Roles[i].Permissions {
			u.Roles[i].Permissions[j].Feature, u.Roles[i].Permissions[j].Policy = u.Roles[i].Features[0].ID, u.Roles[i].Features[0].Policy
		}
		for j := range u.Roles[i].Features {
			u.Roles[i].Features[j].Assumed = 1
		}
		for j := range u.Roles[i].Changes {
			u.Roles[i].Changes[j].Succeeded = false
		}
	}
	text := html.UnescapeString(htmlOf(t, u))
	for _, name := range names {
		switch {
		case strings.Contains(name, ".References") && strings.Contains(name, ".Evidence"), // events lists them
			strings.Contains(name, ".Permissions") && !strings.HasSuffix(name, ".Action>"),
			strings.Contains(name, ".Gaps"), // of an unknown account
			strings.Contains(name, ".Findings") && strings.HasSuffix(name, ".RoleARN>"):
		case !strings.Contains(text, name):
			t.Errorf("%s is not in the document", name)
		}
	}
	if len(names) < 250 {
		t.Errorf("only %d strings were looked for", len(names))
	}
}

var (
	tagOfOurs    = regexp.MustCompile(`^</?[a-z][a-z0-9]*( [a-zA-Z-]+)*( ?/)?>$|^<!DOCTYPE html>$`)
	forbiddenTag = regexp.MustCompile(`^<(iframe|object|embed|base|form|link|img|a .*\bstyle|[a-z]+ .*\b(on[a-z]+|style|src|srcdoc|action)\b)`)
)

// withoutValues is a tag without the values of its attributes.
func withoutValues(tag string) string {
	parts := strings.Split(tag, `"`)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = ""
	}
	return strings.ReplaceAll(strings.Join(parts, ""), "=", "")
}

// htmlSkeleton is the tags of a document with the names of their attributes. Text has no angle brackets in HTML, so whatever
// looks like a tag is one.
func htmlSkeleton(t rapid.TB, text string) (tags []string) {
	t.Helper()
	known := map[string]bool{}
	for rest := inline.ReplaceAllString(text, ""); ; {
		begin := strings.IndexByte(rest, '<')
		if begin < 0 {
			return tags
		}
		end := begin + 1 + strings.IndexByte(rest[begin:], '>')
		tag := withoutValues(rest[begin:end])
		if !known[tag] && (!tagOfOurs.MatchString(tag) || forbiddenTag.MatchString(tag)) {
			t.Fatalf("a tag that is not ours: %s", tag)
		}
		known[tag] = true
		tags, rest = append(tags, tag), rest[end:]
	}
}

func TestHTMLOfAnyUsageHoldsOnlyOurTags(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		htmlSkeleton(r, htmlOf(r, anyUsage(r)))
	})
}

// bait is what could become markup, script, style or a link, in an attribute or out of it.
var bait = []string{
	`<script>window.__pwned=1</script>`, `"><img src=x onerror="window.__pwned=1">`, `' onmouseover='window.__pwned=1`,
	"</style></title></textarea><svg onload=window.__pwned=1>", "javascript:window.__pwned=1", "JaVaScRiPt:window.__pwned=1//https://docs.aws.amazon.com/",
	"https://docs.aws.amazon.com.evil.example/", "data:text/html,<script>window.__pwned=1</script>", "{{.Style}}{{template \"document\"}}",
	"</script><script>window.__pwned=1</script>", "<!--", "-->", "]]>", "&lt;script&gt;", "expression(window.__pwned=1)", "a{background:url(//evil.example)}",
	"'; rm -rf / #", "$(touch x)", "", " ", hostile, markdownBait,
	"\u202e\u2066\u200f\u0600", strings.Repeat("<b>", 1<<16/3), strings.Repeat("w", 1<<16), strings.Repeat("wide ", 1<<16/5), "=cmd|' /C calc'!A0",
}

// tame is a harmless string that is treated as s is: empty, not to be shown as it is, or long.
func tame(s string) string {
	switch harmless := strings.Repeat("w", min(len(s), 1<<16)); {
	case shown(s):
		return harmless
	default:
		return "\x01" + harmless
	}
}

// Whatever the strings are, the document has the same parts.
func TestHTMLKeepsItsShape(t *testing.T) {
	for i, fixture := range []func() *analyzer.Usage{troubledUsage, failuresUsage, manyUsage} {
		for j, s := range bait {
			if i > 0 && (len(s) > 1<<10 || j%3 != i) {
				continue // the first has all lists, the others are large
			}
			u, harmless := fixture(), fixture()
			fillStrings(reflect.ValueOf(u).Elem(), s)
			fillStrings(reflect.ValueOf(harmless).Elem(), tame(s))
			got, want := htmlSkeleton(t, htmlOf(t, u)), htmlSkeleton(t, htmlOf(t, harmless))
			if !slices.Equal(got, want) {
				t.Errorf("%.40q: %d tags, not %d", s, len(got), len(want))
			}
		}
	}
}

func FuzzHTMLHoldsOnlyOurTags(f *testing.F) {
	for _, s := range bait {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u := troubledUsage()
		fillStrings(reflect.ValueOf(u).Elem(), s)
		text := htmlOf(t, u)
		htmlSkeleton(t, text)
		checkPrintable(t, html.UnescapeString(strings.ReplaceAll(inline.ReplaceAllString(text, ""), "·", "")), TextOptions{})
	})
}
