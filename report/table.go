package report

import (
	"roletrail/analyzer"
)

// The columns of numbers in a table of features.
const (
	columnAssumed = iota
	columnDenied
	columnCalls
	columnFailed
	columnFirst
	columnLast
	columnDays
	numberColumns
)

var numberHeads = [numberColumns]printable{"Sessions", "Denied", "Calls", "Failed", "First seen", "Last seen", "Days"}

const featureHead = printable("Feature")

// tableForm is how the tables of features are laid out, the same way in the whole report.
type tableForm int

const (
	wideTable   tableForm = iota // a line for each feature: id, title, numbers, strip
	narrowTable                  // two lines: id and numbers, then title and strip
	listTable                    // sentences, where not even the numbers fit beside each other
)

// The least numbers of columns that a title and a strip may have in a wide table.
const (
	minTitle = 16
	minStrip = 24
)

// tableIndent and tableGap place the columns of tables.
const (
	tableIndent = 2
	tableGap    = 2
)

// featureLayout holds the widths that the tables of all roles share, so that their columns stand below each other.
type featureLayout struct {
	form    tableForm
	id      int // width of the column of ids, in a narrow table also of titles
	title   int // width of the column of titles in a wide table
	numbers [numberColumns]int
	width   int // of the page
	strip   int // columns before the strip of a narrow table
	axis    axis
}

// layoutFeatures chooses the most readable form that fits the page.
func layoutFeatures(p *page, u *analyzer.Usage) featureLayout {
	l := featureLayout{width: p.width, id: width(featureHead)}
	first := columnCalls
	for i, head := range numberHeads {
		l.numbers[i] = width(head)
	}
	for i := range u.Roles {
		first = min(first, firstColumn(&u.Roles[i]))
		for j := range u.Roles[i].Features {
			f := &u.Roles[i].Features[j]
			l.id = max(l.id, width(p.name(f.ID)))
			l.title = max(l.title, width(p.text(f.Title)))
			for column, cell := range featureNumbers(f) {
				l.numbers[column] = max(l.numbers[column], width(cell))
			}
		}
	}
	room := p.width - tableIndent - l.id - tableGap - l.numbersWidth(first, tableGap) - tableGap
	switch {
	case room >= minTitle+minStrip:
		// Titles and strips share what the page has beyond the least that they need.
		l.form, l.title = wideTable, min(l.title, minTitle+(room-minTitle-minStrip)/2)
		l.axis = newAxis(u, p.stripCells(room-l.title))
		return l
	case tableIndent+l.id+l.numbersWidth(first, 1) <= p.width:
		l.form = narrowTable
	default:
		l.form = listTable
		l.axis = newAxis(u, p.stripCells(p.width-2*tableIndent))
		return l
	}
	// Titles stand below the ids, a little further in; they may widen the column as far as the page has room.
	spare := p.width - tableIndent - l.id - l.numbersWidth(first, l.gap(first))
	l.id += min(spare, max(0, tableIndent+l.title-l.id))
	l.strip = tableIndent + l.id + tableGap
	l.axis = newAxis(u, p.stripCells(p.width-l.strip))
	return l
}

// numbersWidth is the width of the columns from first on, with a gap before each.
func (l featureLayout) numbersWidth(first, gap int) int {
	total := 0
	for _, n := range l.numbers[first:] {
		total += gap + n
	}
	return total
}

// gap is what a table that begins with the column first has room for between its columns.
func (l featureLayout) gap(first int) int {
	if tableIndent+l.id+l.numbersWidth(first, tableGap) <= l.width {
		return tableGap
	}
	return 1
}

// stripCells is how many columns of time a strip can have in n columns of text.
func (p *page) stripCells(n int) int {
	if p.ascii {
		return n - 2
	}
	return n
}

// firstColumn leaves out the columns that a role can't fill: which feature a service-linked role was assumed for is not
// known, only what its sessions call.
func firstColumn(role *analyzer.Role) int {
	if role.Kind == analyzer.KindServiceLinked {
		return columnCalls
	}
	return columnAssumed
}

// seen says whether a feature used the role, or tried to.
func seen(f *analyzer.FeatureUsage) bool { return f.Assumed+f.Denied+f.Calls > 0 }

func featureNumbers(f *analyzer.FeatureUsage) [numberColumns]printable {
	return [numberColumns]printable{
		count(f.Assumed), count(f.Denied), count(f.Calls), count(f.FailedCalls),
		day(f.FirstSeen), day(f.LastSeen), count(int64(f.ActiveDays)),
	}
}

// featureTable writes the features of a role, those without use as such.
func (p *page) featureTable(role *analyzer.Role, l featureLayout) {
	if len(role.Features) == 0 {
		return
	}
	p.blank()
	first := firstColumn(role)
	if l.form != listTable {
		spans := []span{{padRight(featureHead, l.id), bold}}
		if l.form == wideTable {
			spans = append(spans, span{blanks(tableGap) + padRight("", l.title), plain})
		}
		for column := first; column < numberColumns; column++ {
			spans = append(spans, span{blanks(l.gap(first)) + padLeft(numberHeads[column], l.numbers[column]), bold})
		}
		if l.form == wideTable {
			spans = append(spans, span{blanks(tableGap) + "Activity", bold})
		}
		p.line(tableIndent, spans...)
	}
	for i := range role.Features {
		f := &role.Features[i]
		switch l.form {
		case wideTable:
			p.wideFeature(f, first, l)
		case narrowTable:
			p.narrowFeature(f, first, l)
		case listTable:
			p.listedFeature(f, first, l)
		}
		p.featureNotes(f)
	}
}

func (p *page) wideFeature(f *analyzer.FeatureUsage, first int, l featureLayout) {
	id := padRight(p.name(f.ID), l.id)
	title := blanks(tableGap) + padRight(p.begin(p.text(f.Title), l.title), l.title)
	if !seen(f) {
		p.line(tableIndent, span{id, dim}, span{title, dim}, span{blanks(tableGap) + notSeen, dim})
		return
	}
	spans := append([]span{{id, plain}, {title, dim}}, l.numberSpans(f, first)...)
	p.line(tableIndent, append(spans, span{blanks(tableGap) + l.axis.strip(f.Daily, p.ascii), plain})...)
}

func (p *page) narrowFeature(f *analyzer.FeatureUsage, first int, l featureLayout) {
	id := padRight(p.name(f.ID), l.id)
	if !seen(f) {
		p.line(tableIndent, span{id, dim}, span{blanks(tableGap) + notSeen, dim})
		return
	}
	p.line(tableIndent, append([]span{{id, plain}}, l.numberSpans(f, first)...)...)
	title := p.begin(p.text(f.Title), l.id-tableIndent)
	p.line(2*tableIndent, span{padRight(title, l.id-tableIndent), dim},
		span{blanks(tableGap), plain}, span{l.axis.strip(f.Daily, p.ascii), plain})
}

func (p *page) listedFeature(f *analyzer.FeatureUsage, first int, l featureLayout) {
	if !seen(f) {
		p.paragraph(tableIndent, p.name(f.ID)+": "+notSeen, dim)
		return
	}
	p.paragraph(tableIndent, p.name(f.ID)+": "+p.text(f.Title), bold)
	text := count(f.Calls) + " calls, " + count(f.FailedCalls) + " failed; "
	if first == columnAssumed {
		text = count(f.Assumed) + " sessions, " + count(f.Denied) + " denied, " + text
	}
	text += day(f.FirstSeen) + " to " + day(f.LastSeen) + ", on " + counted(int64(f.ActiveDays), "day", "days")
	p.paragraph(2*tableIndent, text, plain)
	p.line(2*tableIndent, span{l.axis.strip(f.Daily, p.ascii), plain})
}

// notSeen is what is said of a feature without use. Not "not used": only what was read is known.
const notSeen = printable("not seen")

// numberSpans are the cells of a row, what failed in the colour of an alarm.
func (l featureLayout) numberSpans(f *analyzer.FeatureUsage, first int) []span {
	var spans []span
	for column, cell := range featureNumbers(f) {
		if column < first {
			continue
		}
		look := plain
		if column == columnDenied && f.Denied > 0 || column == columnFailed && f.FailedCalls > 0 {
			look = alarm
		}
		spans = append(spans, span{blanks(l.gap(first)) + padLeft(cell, l.numbers[column]), look})
	}
	return spans
}
