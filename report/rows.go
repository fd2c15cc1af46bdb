package report

// row is a line of a small table: a name and numbers beside it.
type row struct {
	name  printable
	cells []span
}

// rows writes a small table with the heads of its columns: names at the left, shortened if need be, cells in columns
// right-aligned. Beyond limit rows it says how many more there are; a limit of 0 is none. On a page too narrow for the
// columns each name is a line of its own, with the cells as a list below.
func (p *page) rows(head printable, heads []printable, rows []row, limit int) {
	p.blank()
	shown := rows
	if limit > 0 && len(rows) > limit {
		shown = rows[:limit]
	}
	names, cells := width(head), make([]int, len(heads))
	for i, h := range heads {
		cells[i] = width(h)
	}
	for _, r := range shown {
		names = max(names, width(r.name))
		for i, cell := range r.cells {
			cells[i] = max(cells[i], width(cell.text))
		}
	}
	room := p.width - tableIndent
	for _, n := range cells {
		room -= tableGap + n
	}
	if names = min(names, room); names < width(head) {
		p.listedRows(head, heads, shown)
	} else {
		p.line(tableIndent, rowSpans(span{head, bold}, names, headSpans(heads), cells)...)
		for _, r := range shown {
			p.line(tableIndent, rowSpans(span{p.shorten(r.name, names), plain}, names, r.cells, cells)...)
		}
	}
	if more := len(rows) - len(shown); more > 0 {
		p.line(tableIndent, span{"and " + count(int64(more)) + " more", dim})
	}
}

func headSpans(heads []printable) []span {
	spans := make([]span, len(heads))
	for i, h := range heads {
		spans[i] = span{h, bold}
	}
	return spans
}

// rowSpans pads a name and cells to the widths of their columns.
func rowSpans(name span, nameWidth int, cells []span, widths []int) []span {
	spans := []span{{padRight(name.text, nameWidth), name.style}}
	for i, cell := range cells {
		spans = append(spans, span{blanks(tableGap) + padLeft(cell.text, widths[i]), cell.style})
	}
	return spans
}

func (p *page) listedRows(head printable, heads []printable, rows []row) {
	p.line(tableIndent, span{head, bold})
	for _, r := range rows {
		p.paragraph(tableIndent, r.name, plain)
		items := make([]printable, len(r.cells))
		for i, cell := range r.cells {
			items[i] = heads[i] + " " + cell.text
		}
		p.paragraph(2*tableIndent, joined(items, 0), dim)
	}
}
