package report

import (
	"bufio"
	"io"
	"strings"
)

// defaultWidth is the width of a page when nobody knows that of the terminal, and minWidth the smallest one that
// text is laid out for.
const (
	defaultWidth = 80
	minWidth     = 40
)

// style is how a span of text looks on a terminal with colours. All are of the basic set and readable on light and dark
// backgrounds alike: severities bring their own background.
type style string

const (
	plain       style = ""
	bold        style = "1"
	dim         style = "2"
	alarm       style = "31"
	badgeHigh   style = "1;37;41"
	badgeMedium style = "30;43"
	badgeLow    style = "30;46"
	badgeInfo   style = "30;47"
)

// span is text in one style.
type span struct {
	text  printable
	style style
}

// spansWidth is the number of columns that spans take beside each other.
func spansWidth(spans []span) int {
	total := 0
	for _, s := range spans {
		total += width(s.text)
	}
	return total
}

// page writes lines of printable text. Its first error stays and is told by flush.
type page struct {
	cleaner
	out   *bufio.Writer
	width int
	color bool
	// details asks for names in full and lists without end.
	details bool
}

func newPage(w io.Writer, o TextOptions) *page {
	p := &page{cleaner: cleaner{ascii: o.ASCII}, out: bufio.NewWriter(w), width: o.Width, color: o.Color, details: o.Details}
	if p.width <= 0 {
		p.width = defaultWidth
	}
	p.width = max(p.width, minWidth)
	return p
}

func (p *page) flush() error { return p.out.Flush() }

// write adds to the page. An error stays in the writer, which then takes no more.
func (p *page) write(text string) { _, _ = p.out.WriteString(text) }

// blank writes an empty line.
func (p *page) blank() { p.write("\n") }

// line writes spans beside each other, indented, without blanks at its end.
func (p *page) line(indent int, spans ...span) {
	for len(spans) > 0 && trimBlanks(spans[len(spans)-1].text) == "" {
		spans = spans[:len(spans)-1]
	}
	if len(spans) > 0 {
		p.write(strings.Repeat(" ", indent))
	}
	for i, s := range spans {
		text := string(s.text)
		if i == len(spans)-1 {
			text = string(trimBlanks(s.text))
		}
		if !p.color || s.style == plain || strings.TrimSpace(text) == "" {
			p.write(text)
			continue
		}
		p.write("\x1b[" + string(s.style) + "m" + text + "\x1b[0m")
	}
	p.blank()
}

// whole writes text that must not be broken, such as an ARN somebody will copy, on a line of its own: less indented if
// that makes it fit, and beyond the page's width if it is wider than the page.
func (p *page) whole(indent int, text printable, look style) {
	if outdent := p.width - width(text); outdent >= 0 {
		indent = min(indent, outdent)
	}
	p.line(indent, span{text, look})
}

// paragraph writes text wrapped to the page, indented.
func (p *page) paragraph(indent int, text printable, look style) {
	for _, line := range p.wrap(text, p.width-indent) {
		p.whole(indent, line, look)
	}
}

// sides writes two texts at the two sides of the page, or on two lines.
func (p *page) sides(left, right printable) {
	left, right = p.shorten(left, p.width), p.shorten(right, p.width)
	gap := p.width - width(left) - width(right)
	if gap < tableGap {
		p.line(0, span{left, bold})
		p.line(0, span{right, dim})
		return
	}
	p.line(0, span{left, bold}, span{blanks(gap), plain}, span{right, dim})
}

// labelled writes text wrapped to the page beside a label in a column of its own, labelWidth columns wide.
func (p *page) labelled(indent int, label printable, labelWidth int, text printable, look style) {
	inset := indent + labelWidth
	lines := p.wrap(text, p.width-inset)
	if len(lines) == 0 || inset+width(lines[0]) > p.width {
		p.line(indent, span{label, dim})
	} else {
		p.line(indent, span{padRight(label, labelWidth), dim}, span{lines[0], look})
		lines = lines[1:]
	}
	for _, line := range lines {
		if inset+width(line) > p.width {
			p.whole(indent+tableIndent, line, look)
		} else {
			p.line(inset, span{line, look})
		}
	}
}

// hanging writes text wrapped to the page, its first line indented and the others a little more.
func (p *page) hanging(indent int, text printable, look style) {
	for i, line := range p.wrap(text, p.width-indent-tableIndent) {
		if i > 0 {
			p.whole(indent+tableIndent, line, look)
		} else {
			p.whole(indent, line, look)
		}
	}
}

// padRight and padLeft fill p with blanks up to n columns.
func padRight(p printable, n int) printable { return p + blanks(n-width(p)) }

func padLeft(p printable, n int) printable { return blanks(n-width(p)) + p }

// trimBlanks removes the blanks at the end of p.
func trimBlanks(p printable) printable { return printable(strings.TrimRight(string(p), " ")) }

func blanks(n int) printable { return repeat(" ", n) }

func repeat(p printable, n int) printable {
	return printable(strings.Repeat(string(p), max(0, n)))
}

// wrap breaks text at blanks into lines of at most limit columns. A word wider than that is a line by itself if it fits
// the page or is the address of one on the web, which somebody will copy; else it is broken too, behind a slash or a
// colon if there is one in the right place.
func (p *page) wrap(text printable, limit int) []printable {
	var lines []printable
	var line printable
	lineWidth, started := 0, false
	end := func() {
		if started {
			lines = append(lines, trimBlanks(line))
		}
		line, lineWidth, started = "", 0, false
	}
	for word := range strings.SplitSeq(string(text), " ") {
		word := printable(word)
		if n := width(word); started && lineWidth+1+n <= limit {
			line += " " + word
			lineWidth += 1 + n
			continue
		}
		end()
		for width(word) > p.width && !strings.HasPrefix(string(word), "https://") {
			first := firstColumns(word, limit)
			if i := strings.LastIndexAny(string(first), "/:"); i >= len(first)/2 {
				first = first[:i+1]
			}
			lines = append(lines, first)
			word = word[len(first):]
		}
		line, lineWidth, started = word, width(word), word != ""
	}
	end()
	return lines
}

// object shortens the name of a log file to limit columns in a way that leaves it recognisable: by leaving out folders in
// its middle; then also what CloudTrail's names of files begin with, the account and the like, but not the time and the
// unique string that they end with; and only then anything.
func (p *page) object(name printable, limit int) printable {
	if width(name) <= limit {
		return name
	}
	s := string(name)
	slash := max(0, strings.LastIndexByte(strings.TrimSuffix(s, "/"), '/'))
	tail := slash
	for width(p.ellipsis()+name[tail:]) > limit {
		next := strings.IndexByte(s[tail+1:], '_')
		if next < 0 {
			return p.shorten(name, limit)
		}
		tail += 1 + next
	}
	room := limit - width(p.ellipsis()+name[tail:])
	head := 0
	for {
		next := strings.IndexByte(s[head:slash], '/') + 1
		if next == 0 || width(name[:head+next]) > room {
			return name[:head] + p.ellipsis() + name[tail:]
		}
		head += next
	}
}

// joined lists items with commas; beyond limit of them it says how many more there are. A limit of 0 is none.
func joined(items []printable, limit int) printable {
	var b strings.Builder
	for i, item := range items {
		if limit > 0 && i == limit && len(items) > limit {
			b.WriteString(string(" and " + count(int64(len(items)-limit)) + " more"))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(item))
	}
	return printable(b.String())
}

// names makes identifiers printable, each at most limit columns wide; an empty one becomes none.
func (p *page) names(items []string, limit int, none printable) []printable {
	clean := make([]printable, len(items))
	for i, item := range items {
		if clean[i] = p.shorten(p.name(item), limit); clean[i] == "" {
			clean[i] = none
		}
	}
	return clean
}
