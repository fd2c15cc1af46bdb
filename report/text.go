// Package report renders what the analyzer found: as text for a person at a terminal, and as JSON for programs, each with
// a JSON Schema. It computes nothing of its own. What it writes is safe to show: text of a log or of a catalog is
// escaped where it could do more than be read.
package report

import (
	"io"

	"roletrail/analyzer"
)

// manyRoles is how many roles get a table each when nobody asked for tables.
const manyRoles = 10

// TextOptions says how a text report is to look.
type TextOptions struct {
	Width     int    // columns; 0 is 80, and less than 40 is 40
	Color     bool   // SGR colours of the basic set
	ASCII     bool   // nothing but ASCII is written
	Details   bool   // tables whatever the number of roles, all names in full, evidence of every feature
	ExitState string // the last line; "" is none
}

// Text writes u for a person at a terminal. No line is wider than o.Width, unless it holds nothing but an ARN, an object
// or an address that is wider by itself. What comes from a log is escaped where it could do more than be read: controls,
// format characters, letters written from right to left. An error is one of writing to w.
func Text(w io.Writer, u *analyzer.Usage, o TextOptions) error {
	p := newPage(w, o)
	tables := o.Details || len(u.Roles) <= manyRoles
	layout := layoutFeatures(p, u)

	p.header(u)
	if tables && layout.axis.cells > 0 && len(u.Roles) > 0 {
		p.legend(layout.axis)
	}
	if len(u.Roles) > manyRoles {
		p.findings(u)
	}
	switch {
	case len(u.Roles) == 0:
		p.noRoles()
	case tables:
		for i := range u.Roles {
			p.role(&u.Roles[i], u, layout)
		}
	default:
		p.overview(u)
	}
	if len(u.Roles) <= manyRoles {
		p.findings(u)
	}
	if p.details {
		p.coverageTable(u.Coverage)
	}
	p.exitState(o)
	return p.flush()
}

// exitState writes the last line.
func (p *page) exitState(o TextOptions) {
	if o.ExitState != "" {
		p.blank()
		p.paragraph(0, p.text(o.ExitState), bold)
	}
}

// noRoles says what an empty report means, and what it does not.
func (p *page) noRoles() {
	p.blank()
	p.paragraph(0, "No role was seen in use by a service of the catalog.", bold)
	p.paragraph(0, "This does not prove that there was no use: the report speaks only of the log files that "+
		"were read, and of what the filters let through.", plain)
}

// section writes a heading, with a rule between it and a remark at the right.
func (p *page) section(title printable, remark printable) {
	p.blank()
	title = p.shorten(title, p.width)
	room := p.width - width(title) - 1
	if remark != "" {
		room -= width(remark) + 1
	}
	if room < 2 {
		p.line(0, span{title, bold})
		p.paragraph(0, remark, plain)
		return
	}
	rule := span{" " + repeat(p.glyph("─", "-"), room), dim}
	if remark == "" {
		p.line(0, span{title, bold}, rule)
		return
	}
	p.line(0, span{title, bold}, rule, span{" " + remark, plain})
}

// glyph is the Unicode form of a constant, or the ASCII one.
func (c cleaner) glyph(unicode, ascii printable) printable {
	if c.ascii {
		return ascii
	}
	return unicode
}
