package report

import (
	"strconv"
	"time"

	"roletrail/analyzer"
)

// Sizes of a timeline in its own units. The plot is as wide whatever the number of days.
const (
	plotLeft   = 210
	plotWidth  = 780
	plotTop    = 10
	laneHeight = 34
	barHeight  = 20
	widestBar  = 26
	laneLabel  = 26 // columns of text
)

// htmlTimeline is the drawing of what a role was used for on which days, and its days as a table.
type htmlTimeline struct {
	ID             attribute
	Title, Text    printable
	Height, Bottom int       // of the drawing, and of its plot
	Bar            attribute // width of a bar
	Lanes          []htmlLane
	Grid           attribute
	Ticks          []htmlTick
	Hits           []htmlHit
	Caption        printable
	Key            bool      // the marks are explained
	Note           printable // what the drawing does not show
	Days           htmlTable
}

// htmlLane is a row of a timeline. Bars and Marks are paths.
type htmlLane struct {
	Label                printable
	LabelY               int
	Bars, Marks, Changes attribute
}

type htmlTick struct {
	X    attribute
	Text printable
}

// htmlHit is the column of some days, which tells its numbers when pointed at.
type htmlHit struct {
	X, Width attribute
	Text     printable
}

// newTimelineAxis spans the days of the report in at most limit columns of a day or of whole weeks.
func newTimelineAxis(u *analyzer.Usage, limit int) axis {
	a := newAxis(u, limit)
	if a.perCell > 1 {
		a.perCell = (a.perCell + 6) / 7 * 7
		a.cells = (a.days + a.perCell - 1) / a.perCell
	}
	return a
}

// binned adds up use on days by the columns of a timeline; days beyond the axis are left out.
func (a axis) binned(daily []analyzer.DayUsage) []analyzer.DayUsage {
	bins := make([]analyzer.DayUsage, a.cells)
	for _, d := range daily {
		date, err := time.Parse(time.DateOnly, d.Day)
		if err != nil || date.Before(a.first) {
			continue
		}
		if index := daysBetween(a.first, date); index < a.days {
			bin := &bins[index/a.perCell]
			bin.Assumed += d.Assumed
			bin.Denied += d.Denied
			bin.Calls += d.Calls
			bin.FailedCalls += d.FailedCalls
		}
	}
	return bins
}

// days names the days of a column.
func (a axis) daysOf(bin int) printable {
	first := a.first.AddDate(0, 0, bin*a.perCell)
	if a.perCell == 1 {
		return day(first)
	}
	last := first.AddDate(0, 0, a.perCell-1)
	if end := a.last(); last.After(end) {
		last = end
	}
	return day(first) + " to " + day(last)
}

// timeline is nil if there is nothing to draw.
func (w *htmlWriter) timeline(r *analyzer.Role, id attribute) *htmlTimeline {
	a := w.axis
	if a.cells == 0 || len(r.Daily) == 0 && len(r.Changes) == 0 {
		return nil
	}
	t := &htmlTimeline{ID: id, Title: w.roleName(r) + ", " + day(a.first) + " to " + day(a.last()), Key: w.budget.features}
	if t.Key {
		t.Caption = timelineCaption(a)
	}
	step := plotWidth / a.cells
	t.Bar = whole(min(widestBar, max(1, step*3/4)))
	var texts []printable
	add := func(label printable, daily []analyzer.DayUsage) {
		bins := a.binned(daily)
		y := plotTop + (len(t.Lanes)+1)*laneHeight
		t.Lanes = append(t.Lanes, drawnLane(w.shorten(label, laneLabel), bins, step, y))
		t.Days.Rows = append(t.Days.Rows, w.dayRows(label, bins)...)
	}
	if w.budget.features {
		add("all use", r.Daily)
	}
	for i := range r.Features {
		if f := &r.Features[i]; seen(f) {
			add(w.name(f.ID), f.Daily)
			texts = append(texts, w.name(f.ID)+": "+period(f.FirstSeen, f.LastSeen)+", on "+counted(int64(f.ActiveDays), "day", "days"))
		}
	}
	t.changes(w, r, step)
	t.Bottom = plotTop + len(t.Lanes)*laneHeight
	t.Height = t.Bottom + 28
	t.Ticks = a.ticks(step)
	for _, tick := range t.Ticks {
		t.Grid += "M" + tick.X + " " + whole(plotTop) + "V" + whole(t.Bottom)
	}
	if w.budget.days {
		for i, bin := range a.binned(r.Daily) {
			if text := dayText(bin); text != "" {
				t.Hits = append(t.Hits, htmlHit{whole(plotLeft + i*step), whole(step), a.daysOf(i) + ": " + text})
			}
		}
	}
	t.Text = "The features and their numbers are in the table below."
	if w.budget.features && len(texts) > 0 {
		t.Text = joined(texts, 0) + "."
	}
	t.daysTable(w, r)
	return t
}

// timelineCaption says how a timeline is read.
func timelineCaption(a axis) printable {
	unit := printable("one day")
	if a.perCell > 1 {
		unit = counted(int64(a.perCell), "day", "days") + " together"
	}
	return "A column is " + unit + "; the bars of a line are shares of its busiest column."
}

// daysTable finishes the table of days.
func (t *htmlTimeline) daysTable(w *htmlWriter, r *analyzer.Role) {
	rows := t.Days.Rows
	t.Days = htmlTable{}
	if !w.budget.days || len(rows) == 0 {
		return
	}
	t.Days = htmlTable{Caption: "Days", Heads: columnHeads("Day", "Feature", "Sessions", "Denied", "Calls", "Failed"), Rows: rows}
	t.Days.Heads[1].Words = true
	flags := "--day DAY --feature FEATURE --kind assume"
	if w.axis.perCell > 1 {
		t.Days.Heads[0].Text = "Days"
		flags = "--since FIRST-DAY --until LAST-DAY --feature FEATURE --kind assume"
	}
	t.Days.Follow = w.follow(r, followUses+" A row of all use is without --feature.", flags)
}

// dayText says how a role was used on some days; "" is not at all.
func dayText(d analyzer.DayUsage) printable {
	return useText(d.Assumed, d.Denied, d.Calls, d.FailedCalls)
}

// dayRows are the days of a lane on which there was any use.
func (w *htmlWriter) dayRows(label printable, bins []analyzer.DayUsage) (rows []htmlRow) {
	if !w.budget.days {
		return nil
	}
	for i, bin := range bins {
		if dayText(bin) != "" {
			rows = append(rows, htmlRow{Head: htmlCell{Text: w.axis.daysOf(i)}, Cells: []htmlCell{
				wordsCell(label), numberCell(bin.Assumed), failedCell(bin.Denied), numberCell(bin.Calls), failedCell(bin.FailedCalls),
			}})
		}
	}
	return rows
}

// drawnLane draws uses as bars, as shares of the busiest column of the lane, and a triangle above what was denied or failed.
func drawnLane(label printable, bins []analyzer.DayUsage, step, bottom int) htmlLane {
	lane := htmlLane{Label: label, LabelY: bottom - 6}
	most := int64(0)
	for _, bin := range bins {
		most = max(most, uses(bin))
	}
	for i, bin := range bins {
		x := whole(plotLeft + i*step + step/2)
		if height := level(uses(bin), most, barHeight+1); height > 0 {
			lane.Bars += "M" + x + " " + whole(bottom) + "v-" + whole(max(2, height))
		}
		if bin.Denied+bin.FailedCalls > 0 {
			lane.Marks += "M" + x + " " + whole(bottom-barHeight-8) + "l4 7h-8z"
		}
	}
	return lane
}

func uses(d analyzer.DayUsage) int64 { return d.Assumed + d.Denied + d.Calls }

// changes adds a lane with a diamond for each IAM event on the role.
func (t *htmlTimeline) changes(w *htmlWriter, r *analyzer.Role, step int) {
	if len(r.Changes) == 0 {
		return
	}
	bottom := plotTop + (len(t.Lanes)+1)*laneHeight
	lane := htmlLane{Label: "changes", LabelY: bottom - 6}
	outside, last := int64(0), -1
	for i := range r.Changes {
		at := dayOf(r.Changes[i].Time)
		index := daysBetween(w.axis.first, at)
		if at.Before(w.axis.first) || index >= w.axis.days {
			outside++
			continue
		}
		if bin := index / w.axis.perCell; bin != last {
			lane.Changes += "M" + whole(plotLeft+bin*step+step/2) + " " + whole(bottom-17) + "l6 6l-6 6l-6-6z"
			last = bin
		}
	}
	t.Lanes = append(t.Lanes, lane)
	if outside > 0 {
		t.Note = counted(outside, "change lies", "changes lie") + " outside of the days shown."
	}
}

// ticks are the dates below a timeline, a handful of them.
func (a axis) ticks(step int) (ticks []htmlTick) {
	const most = 8
	place := func(index int, text printable) {
		ticks = append(ticks, htmlTick{whole(plotLeft + index*step/a.perCell + step/2), text})
	}
	if a.days <= most*10 {
		every := 1
		for _, every = range []int{1, 2, 7, 14} {
			if a.days <= every*most {
				break
			}
		}
		for index := 0; index < a.days; index += every {
			place(index, formatted(a.first.AddDate(0, 0, index), "Jan 2"))
		}
		return ticks
	}
	months := max(1, (a.days/30+most-1)/most)
	month := time.Date(a.first.Year(), a.first.Month(), 1, 0, 0, 0, 0, time.UTC)
	for ; !month.After(a.last()); month = month.AddDate(0, months, 0) {
		if !month.Before(a.first) {
			place(daysBetween(a.first, month), formatted(month, "2006-01"))
		}
	}
	return ticks
}

// whole writes a length of a drawing, or a number of a part.
func whole(n int) attribute { return attribute(strconv.Itoa(n)) }
