package report

import (
	"bytes"
	"io"

	"roletrail/analyzer"
)

// MarkdownOptions says what a Markdown report tells beside the usage.
type MarkdownOptions struct {
	ExitState string // a sentence on how the run ends; "" is none
}

// issueLimit is how many characters GitHub takes as the body of an issue, a comment or a pull request. Bytes are counted
// instead, which are never fewer.
const issueLimit = 65_536

// The length in bytes up to which each section may fill the report: what one section leaves, the next ones have. The room
// between the last mark and issueLimit, and that before the next mark, holds what says how much was left out.
const (
	summaryMark  = 10_000
	findingsMark = 28_000 // in full
	titlesMark   = 33_000 // findings of which only the title is told
	overviewMark = 42_000
	rolesMark    = 56_000
	coverageMark = 61_000
	failuresMark = 64_000
)

// Markdown writes u as Markdown, for a ticket or a pull request, never longer than GitHub takes. What has no room, or is
// too long a list to be read, is left out, and the report says so. What comes from a log stays what it is: it makes no
// link, no mention, no markup and no HTML, and ends no cell and no code block. An error is one of writing to w.
func Markdown(w io.Writer, u *analyzer.Usage, o MarkdownOptions) error {
	r := &usageMarkdown{sheet: newSheet(w), usage: u}
	r.summary(o)
	r.findings()
	r.overview()
	r.roleSections()
	r.coverageTable()
	r.failureTable()
	if u.Stamp != nil {
		r.block("This run began at ", inMarkdown(second(u.Stamp.StartedAt)), " and ended at ", inMarkdown(second(u.Stamp.EndedAt)), ".")
	}
	return r.flush()
}

// usageMarkdown writes a usage as Markdown and knows how much it wrote.
type usageMarkdown struct {
	*sheet
	usage   *analyzer.Usage
	written int // bytes of parts
}

// part writes what fits below mark, whole or not at all, and says whether it did.
func (r *usageMarkdown) part(mark int, write func(s *sheet)) bool {
	var text bytes.Buffer
	s := newSheet(&text)
	write(s)
	_ = s.flush() // a buffer takes everything
	if r.written+text.Len() > mark {
		return false
	}
	r.written += text.Len()
	_, _ = r.out.Write(text.Bytes()) // told by flush
	return true
}

// emptyLine ends a paragraph.
func (r *usageMarkdown) emptyLine() {
	r.part(issueLimit, func(s *sheet) { s.line() })
}

// remark writes a paragraph of our own, which always has room.
func (r *usageMarkdown) remark(parts ...markup) {
	r.part(issueLimit, func(s *sheet) { s.block(parts...) })
}

// fittingTable writes a table under a heading, with as many of its rows as fit below mark, and returns how many do not.
func (r *usageMarkdown) fittingTable(mark int, heading markup, heads []markup, rows [][]markup) (left int) {
	if len(rows) == 0 {
		return 0
	}
	r.part(issueLimit, func(s *sheet) {
		s.block(heading)
		s.line()
		s.tableHead(heads...)
	})
	for i, row := range rows {
		if !r.part(mark, func(s *sheet) { s.tableRow(row...) }) {
			return len(rows) - i
		}
	}
	return 0
}
