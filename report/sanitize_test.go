package report

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"pgregory.net/rapid"

	"roletrail/analyzer"
)

func TestCleanerName(t *testing.T) {
	for _, test := range []struct{ name, in, want, ascii string }{
		{"plain", "arn:aws:iam::111122223333:role/ecs", "arn:aws:iam::111122223333:role/ecs", ""},
		{"letters of other scripts", "rôle 役割 роль", "rôle 役割 роль", `r\u00f4le \u5f79\u5272 \u0440\u043e\u043b\u044c`},
		{"emoji", "🚀", "🚀", `\U0001f680`},
		{"escape sequence", "a\x1b[31mb\x07", `a\x1b[31mb\x07`, ""},
		{"newlines and tab", "a\nb\r\tc", `a\nb\r\tc`, ""},
		{"delete", "a\x7f", `a\x7f`, ""},
		{"C1 control", "a\u009b31m", `a\u009b31m`, ""},
		{"invalid UTF-8", "a\x9b\xff\xc3", `a\x9b\xff\xc3`, ""},
		{"replacement character itself", "a\ufffd", "a\ufffd", `a\ufffd`},
		{"bidi controls", "\u061c\u200e\u200f\u202a\u202e\u2066\u2069", `\u061c\u200e\u200f\u202a\u202e\u2066\u2069`, ""},
		{"zero width", "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0f", `\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0f`, ""},
		{"tags", "\U000e0041", `\U000e0041`, ""},
		{"separators", "\u2028\u2029\u0085", `\u2028\u2029\u0085`, ""},
		{"spaces that are none", "a\u00a0\u202f\u3000", `a\u00a0\u202f\u3000`, ""},
		{"drawn as nothing", "\u3164\u115f\u2800", `\u3164\u115f\u2800`, ""},
		{"combining marks", "e\u0301\u20dd", `e\u0301\u20dd`, ""},
		{"right to left", "\u05d0\u0627\u0661", `\u05d0\u0627\u0661`, ""},
		{"private use", "\ue000\U000f0000", `\ue000\U000f0000`, ""},
		{"unassigned", "\u0378\U000e0fff", `\u0378\U000e0fff`, ""},
		{"spaces at the ends", " ECS  ", `\x20ECS\x20\x20`, ""},
		{"spaces in a row", "a b   c", `a b \x20 c`, ""},
		{"spaces alone", "  ", `\x20\x20`, ""},
		{"empty", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := (cleaner{}).name(test.in); string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			want := test.ascii
			if want == "" {
				want = test.want
			}
			if got := (cleaner{ascii: true}).name(test.in); string(got) != want {
				t.Errorf("ASCII: got %s, want %s", got, want)
			}
		})
	}
}

func TestCleanerBoundsLength(t *testing.T) {
	for _, in := range []string{strings.Repeat("a", 1_000_000), strings.Repeat("\u202e", 100_000), strings.Repeat("役", 5_000)} {
		for _, c := range []cleaner{{}, {ascii: true}} {
			for _, got := range []printable{c.name(in), c.text(in)} {
				if n := width(got); n > textLimit || n < textLimit-1 {
					t.Errorf("%d columns", n)
				}
				if !strings.Contains(string(got), string(c.ellipsis())) {
					t.Error("no mark where something was left out")
				}
			}
		}
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		in    printable
		limit int
		want  printable
	}{
		{"abcdefghij", 10, "abcdefghij"},
		{"abcdefghij", 9, "ab…efghij"},
		{"abcdefghij", 4, "a…ij"},
		{"abcdefghij", 1, "…"},
		{"abcdefghij", 0, ""},
		{"役役役役役", 9, "役…役役役"},
		{"役役役役役", 8, "役…役役"},
	} {
		if got := (cleaner{}).shorten(test.in, test.limit); got != test.want {
			t.Errorf("%s to %d columns: %s, want %s", test.in, test.limit, got, test.want)
		}
	}
}

// Text that comes from elsewhere must go through a cleaner: outside of the files that clean and that write numbers, no
// string becomes printable by conversion, but for what was printable before.
func TestOnlyCleanersMakeTextPrintable(t *testing.T) {
	conversion := regexp.MustCompile(`\bprintable\((.*)`)
	fine := regexp.MustCompile(`^("|strings\.(TrimRight|Repeat|ReplaceAll)\(string\(|word\)|b\.String\(\)\))`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "sanitize.go" || file == "number.go" {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range conversion.FindAllStringSubmatch(string(source), -1) {
			if !fine.MatchString(match[1]) {
				t.Errorf("%s: printable(%s", file, match[1])
			}
		}
	}
}

// sgr are the escape sequences that we write ourselves.
var sgr = regexp.MustCompile("\x1b\\[(0|1|2|31|1;37;41|30;43|30;46|30;47)m")

// checkPrintable holds that text holds nothing but what a terminal may get, judged by Unicode's own properties.
func checkPrintable(t rapid.TB, text string, o TextOptions) {
	t.Helper()
	if o.Color {
		text = sgr.ReplaceAllString(text, "")
	}
	if !utf8.ValidString(text) {
		t.Fatalf("text is no UTF-8")
	}
	for _, r := range text {
		properties, _ := bidi.LookupRune(r)
		class := properties.Class()
		switch {
		case r == '\n':
		case o.ASCII && r > '~',
			r != ' ' && unicode.In(r, unicode.C, unicode.Z, unicode.M),
			!unicode.IsGraphic(r),
			unicode.In(r, unicode.Bidi_Control, unicode.Join_Control, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector),
			class == bidi.R, class == bidi.AL, class == bidi.AN:
			t.Fatalf("text holds %U", r)
		}
	}
}

// fillStrings sets every string, and every key of a map, below v to s.
func fillStrings(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			fillStrings(v.Field(i), s)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fillStrings(v.Index(i), s)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fillStrings(v.Elem(), s)
		}
	case reflect.Map:
		filled := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			filled.SetMapIndex(reflect.ValueOf(s+key.String()), v.MapIndex(key))
		}
		v.Set(filled)
	}
}

func FuzzCheckIsPrintable(f *testing.F) {
	for _, s := range []string{hostile, markdownBait, "\x1b[0m", "\u202e", "```", "' \\", "\"", "", "  ", "https://\u2028"} {
		f.Add(s, uint8(80), uint8(0))
		f.Add(s, uint8(40), uint8(6))
	}
	f.Fuzz(func(t *testing.T, s string, columns, flags uint8) {
		o := TextOptions{Width: int(columns), ASCII: flags&2 != 0, Details: flags&4 != 0}
		c, known := hostileCheck(), hostileCheck()
		fillStrings(reflect.ValueOf(c).Elem(), s)
		for range 2 {
			text := checkText(t, c, o)
			checkPrintable(t, text, o)
			if !strings.Contains(s, " ") { // see oneName
				checkWidth(t, text, o)
			}
			checkNeutral(t, checkMarkdown(t, c))
			// All strings, then all but those that choose what is written.
			c.Verdict = known.Verdict
			for i := range c.Reasons {
				c.Reasons[i].Verdict = known.Reasons[i].Verdict
			}
			for i := range c.Coverage {
				for j := range c.Coverage[i].Gaps {
					c.Coverage[i].Gaps[j].Reason = known.Coverage[i].Gaps[j].Reason
				}
			}
		}
	})
}

func FuzzTextIsPrintable(f *testing.F) {
	for _, s := range []string{hostile, "\x1b[31m", "\x1b[0m", "\u202e", "\u009b2J", "\U000e0001", "\xff\n", "", "  ", "arn:\u0000", "https://\u2028"} {
		f.Add(s, uint8(80), uint8(0))
		f.Add(s, uint8(140), uint8(3))
	}
	f.Fuzz(func(t *testing.T, s string, columns, flags uint8) {
		o := TextOptions{Width: int(columns), Color: flags&1 != 0, ASCII: flags&2 != 0, Details: flags&4 != 0, ExitState: s}
		if !o.Color {
			s = "\x1b[31m" + s
		}
		usage := func() *analyzer.Usage {
			u := hostileUsage()
			if flags&8 != 0 {
				u = manyUsage()
			}
			return u
		}
		u := usage()
		// All strings, then all but those that choose what is written.
		fillStrings(reflect.ValueOf(u).Elem(), s)
		for range 2 {
			var out bytes.Buffer
			if err := Text(&out, u, o); err != nil {
				t.Fatal(err)
			}
			checkPrintable(t, out.String(), o)
			if !strings.Contains(s, " ") { // see oneName
				checkWidth(t, out.String(), o)
			}
			kinds := usage()
			for i := range u.Roles {
				u.Roles[i].Kind = kinds.Roles[i].Kind
			}
			for i := range u.Findings {
				u.Findings[i].Severity = kinds.Findings[i].Severity
			}
			for i := range u.Roles {
				for j := range u.Roles[i].References {
					u.Roles[i].References[j].State = kinds.Roles[i].References[j].State
				}
				for j := range u.Roles[i].Permissions {
					u.Roles[i].Permissions[j].State = kinds.Roles[i].Permissions[j].State
				}
			}
			for i := range u.Coverage {
				for j := range u.Coverage[i].Gaps {
					u.Coverage[i].Gaps[j].Reason = kinds.Coverage[i].Gaps[j].Reason
				}
			}
		}
	})
}
