package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// csvTable writes rows as RFC 4180 says: a header, cells in quotes where they need it, lines that end in CR LF. A row is one
// line, since no cell holds a line break. It is buffered until Close.
type csvTable[R any] struct {
	writer  *csv.Writer
	columns []column[R]
	cells   []string // of the row that is being written
	begun   bool     // the header is written
}

func newCSVTable[R any](w io.Writer, columns []column[R]) *csvTable[R] {
	t := &csvTable[R]{writer: csv.NewWriter(w), columns: columns, cells: make([]string, len(columns))}
	t.writer.UseCRLF = true
	return t
}

// header writes the names of the columns, once.
func (t *csvTable[R]) header() error {
	if t.begun {
		return nil
	}
	t.begun = true
	for i, c := range t.columns {
		t.cells[i] = c.name
	}
	return t.writer.Write(t.cells)
}

// Write writes one row.
func (t *csvTable[R]) Write(row *R) error {
	if err := t.header(); err != nil {
		return err
	}
	for i := range t.columns {
		t.cells[i] = t.columns[i].cell(row)
	}
	return t.writer.Write(t.cells)
}

// Close writes what is buffered, and the header if there was no row. It does not close the writer below.
func (t *csvTable[R]) Close() error {
	if err := t.header(); err != nil {
		return err
	}
	t.writer.Flush()
	return t.writer.Error()
}

// cell is the cell of a row in CSV.
func (c *column[R]) cell(row *R) string {
	switch {
	case c.text != nil:
		return csvText(c.text(row))
	case c.count != nil:
		return strconv.FormatInt(c.count(row), 10)
	case c.instant != nil:
		return csvTime(c.instant(row), time.RFC3339Nano)
	default:
		return csvTime(c.day(row), time.DateOnly)
	}
}

func csvTime(at time.Time, layout string) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(layout)
}

// formulaBegins are the characters at which one spreadsheet or another begins to take a cell for a formula or a command,
// with the forms of them that East Asian input methods produce.
const formulaBegins = "=+-@|%" + "＝＋－＠｜％" + "﹦﹢﹣﹫﹪" + "−"

// csvText makes a string of a log a cell that no spreadsheet runs, in two steps that a program can undo:
//
//   - What is not visible, bytes that are no UTF-8, backslashes and semicolons (at which spreadsheets of many countries
//     split) are written as escapes in Go's spelling.
//   - A cell that then begins with a character of formulaBegins, blanks and quotes before it aside, gets an apostrophe in
//     front, and so does one that begins with an apostrophe, so that the first apostrophe of a cell is never of the string.
func csvText(s string) string {
	if strings.ContainsAny(s, `\;`) {
		s = csvEscape(s)
	} else {
		s = string(cleaner{}.escape(s))
	}
	begin := strings.TrimLeft(s, ` "'`)
	first, _ := utf8.DecodeRuneInString(begin)
	if strings.HasPrefix(s, "'") || begin != "" && strings.ContainsRune(formulaBegins, first) {
		return "'" + s
	}
	return s
}

// csvEscape escapes s as the cleaner does, and backslashes and semicolons too.
func csvEscape(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexAny(s, `\;`)
		if i < 0 {
			b.WriteString(string(cleaner{}.escape(s)))
			break
		}
		b.WriteString(string(cleaner{}.escape(s[:i])))
		if s[i] == '\\' {
			b.WriteString(`\\`)
		} else {
			b.WriteString(`\x3b`)
		}
		s = s[i+1:]
	}
	return b.String()
}
