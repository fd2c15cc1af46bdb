package report

import (
	"strings"
	"time"

	"roletrail/analyzer"
)

// Levels of a strip of activity, from none to most.
var (
	blockLevels = []printable{"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	asciiLevels = []printable{" ", ".", ":", "-", "=", "+", "*", "#"}
)

// axis is the time that every strip of a report spans: whole UTC days, the same number in each column.
type axis struct {
	first   time.Time // the day of the first column
	days    int       // 0 when nothing was observed
	perCell int       // days in one column
	cells   int
}

// newAxis spans the part of the observed period that lies in the window, in at most limit columns.
func newAxis(u *analyzer.Usage, limit int) axis {
	first, last := u.Observed.FirstEvent, u.Observed.LastEvent
	if first.IsZero() || last.IsZero() {
		return axis{}
	}
	if u.Window.Since.After(first) {
		first = u.Window.Since
	}
	// Until is not part of the window, and often is the midnight that ends its last day.
	if until := u.Window.Until; !until.IsZero() && !until.After(last) {
		last = until.Add(-time.Nanosecond)
	}
	first, last = dayOf(first), dayOf(last)
	if last.Before(first) {
		return axis{}
	}
	a := axis{first: first, days: daysBetween(first, last) + 1}
	a.perCell = (a.days + limit - 1) / limit
	a.cells = (a.days + a.perCell - 1) / a.perCell
	return a
}

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// daysBetween counts in seconds, since a time.Duration ends at 292 years and a log may hold any date.
func daysBetween(first, last time.Time) int {
	return int((last.Unix() - first.Unix()) / (24 * 60 * 60))
}

// last is the last day of the axis.
func (a axis) last() time.Time { return a.first.AddDate(0, 0, a.days-1) }

// strip draws uses and denied attempts a column, as shares of the busiest one; days beyond the axis are left out.
func (a axis) strip(daily []analyzer.DayUsage, ascii bool) printable {
	if a.cells == 0 {
		return ""
	}
	sums := make([]int64, a.cells)
	most := int64(0)
	for _, d := range daily {
		date, err := time.Parse(time.DateOnly, d.Day)
		if err != nil || date.Before(a.first) {
			continue
		}
		if index := daysBetween(a.first, date); index < a.days {
			cell := index / a.perCell
			sums[cell] += d.Assumed + d.Denied + d.Calls
			most = max(most, sums[cell])
		}
	}
	levels := blockLevels
	if ascii {
		levels = asciiLevels
	}
	var b strings.Builder
	for _, sum := range sums {
		b.WriteString(string(levels[level(sum, most, len(levels))]))
	}
	if ascii {
		return printable("|" + b.String() + "|")
	}
	return printable(b.String())
}

// level maps 0 to the first of n levels and most to the last; whatever is more than nothing shows.
func level(sum, most int64, n int) int {
	if sum <= 0 || most <= 0 {
		return 0
	}
	steps := float64(n - 1)
	return min(n-1, max(1, int(float64(sum)/float64(most)*steps+0.5)))
}
