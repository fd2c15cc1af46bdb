package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"roletrail/analyzer"
)

// Limits on what the header names when no details are asked for.
const (
	headerItems    = 8 // accounts, Regions
	headerFailures = 3
	headerPruned   = 3
)

// headerLabel is the width of the column of labels, in the header and in the sections of roles.
const headerLabel = 11

// header says what was read, and what could not be.
func (p *page) header(u *analyzer.Usage) {
	p.title(u.Tool)
	p.blank()

	field := func(label, text printable, look style) { p.labelled(2, label, headerLabel, text, look) }
	limit := headerItems
	if p.details {
		limit = 0
	}
	objects, bytes := u.Input.Objects, u.Input.Bytes
	field("Read", readText(objects)+", "+
		size(bytes.Read)+" as stored, "+size(bytes.Inflated)+" inflated", plain)
	field("Records", recordsText(u.Input.Records), plain)
	field("Events", period(u.Observed.FirstEvent, u.Observed.LastEvent), plain)
	if text := windowText(u.Window); text != "" {
		field("Window", text, plain)
	}
	if s := u.Stamp; s != nil {
		field("Run", second(s.StartedAt)+" to "+second(s.EndedAt), plain)
	}
	for _, list := range []struct {
		label printable
		items []string
	}{{"Accounts", u.Observed.Accounts}, {"Regions", u.Observed.Regions}} {
		items := p.names(list.items, p.width-2-headerLabel, unnamed)
		text := joined(items, limit)
		switch {
		case len(items) == 0:
			text = "none named"
		case len(items) > 2:
			text = count(int64(len(items))) + ": " + text
		}
		field(list.label, text, plain)
	}
	p.notRead(u.Input)
	p.coverage(u.Coverage)
	if len(u.Findings) == 0 {
		field("Findings", "none", plain)
	} else {
		field("Findings", severityCounts(u.Findings), bold)
	}
}

func readText(objects analyzer.InputObjects) printable {
	return count(objects.Read) + " of " + counted(objects.Listed, "file", "files")
}

// title is the first line: the program at the left, the catalog it knows at the right.
func (p *page) title(tool analyzer.Tool) {
	p.sides(p.name(tool.Name)+" "+p.name(tool.Version), "catalog "+p.name(tool.Catalog.Version)+" of "+p.name(tool.Catalog.Date))
}

// recordsText names the counters of records that are not 0, and always those of relevant and irrelevant ones.
func recordsText(r analyzer.InputRecords) printable {
	text := count(r.Total) + ": " + count(r.Relevant) + " relevant, " + count(r.Irrelevant) + " irrelevant"
	if r.Duplicate > 0 {
		text += ", " + counted(r.Duplicate, "duplicate", "duplicates")
	}
	if r.OutsideWindow > 0 {
		text += ", " + count(r.OutsideWindow) + " outside the window"
	}
	if r.Filtered > 0 {
		text += ", " + count(r.Filtered) + " filtered out"
	}
	if r.UnknownShape > 0 {
		text += ", " + count(r.UnknownShape) + " of unknown shape"
	}
	return text
}

func windowText(w analyzer.Window) printable {
	var text printable
	switch {
	case w.Since.IsZero() && w.Until.IsZero():
		return ""
	case w.Until.IsZero():
		return "from " + minute(w.Since) + " on"
	case w.Since.IsZero():
		text = "until " + minute(w.Until)
	default:
		text = minute(w.Since) + " until " + minute(w.Until)
	}
	if w.LateDays == 0 {
		return text + "; later deliveries were not looked for"
	}
	return text + "; deliveries later than " + counted(int64(w.LateDays), "day", "days") +
		" after its end were not looked for"
}

// notRead says what was there and is in no number of the report.
func (p *page) notRead(input analyzer.Input) {
	const inset = 2 + headerLabel
	objects := input.Objects
	if failed := total(objects.Failed); failed > 0 {
		p.labelled(2, "Failed", headerLabel, counted(failed, "log file could not be read and is in no number",
			"log files could not be read and are in no number")+": "+p.reasons(objects.Failed), alarm)
		shown := objects.Failures
		if !p.details && len(shown) > headerFailures {
			shown = shown[:headerFailures]
		}
		for _, failure := range shown {
			p.objectLine(inset, failure.Object, plain)
			detail := p.name(failure.Reason)
			if failure.Detail != "" {
				detail += ": " + p.text(failure.Detail)
			}
			p.paragraph(inset+2, detail, dim)
		}
		if more := failed - int64(len(shown)); more > 0 {
			p.line(inset, span{"and " + count(more) + " more", dim})
		}
	}
	if skipped := total(objects.Skipped); skipped > 0 {
		p.labelled(2, "Skipped", headerLabel, counted(skipped, "file is none to report on", "files are none to report on")+": "+
			p.reasons(objects.Skipped), plain)
	}
	if pruned := int64(len(input.Pruned)); pruned > 0 {
		p.labelled(2, "Pruned", headerLabel, counted(pruned, "prefix was", "prefixes were")+" left out, all or in part: "+
			p.reasons(prunedReasons(input.Pruned)), plain)
		shown := input.Pruned
		if !p.details && len(shown) > headerPruned {
			shown = shown[:headerPruned]
		}
		for _, pruned := range shown {
			p.objectLine(inset, pruned.Prefix, plain)
		}
		if more := pruned - int64(len(shown)); more > 0 {
			p.line(inset, span{"and " + count(more) + " more", dim})
		}
	}
}

// objectLine writes the name of a log file on a line of its own: shortened to fit, or in full with details.
func (p *page) objectLine(indent int, object string, look style) {
	name := p.name(object)
	if !p.details {
		name = p.object(name, p.width-indent)
	}
	p.whole(indent, name, look)
}

// reasons lists counts by reason, the largest first.
func (c cleaner) reasons(counts map[string]int64) printable {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	items := make([]printable, len(keys))
	for i, key := range keys {
		items[i] = count(counts[key]) + " " + c.name(key)
	}
	return joined(items, 0)
}

func prunedReasons(pruned []analyzer.Pruned) map[string]int64 {
	counts := map[string]int64{}
	for _, p := range pruned {
		counts[p.Reason]++
	}
	return counts
}

func total(counts map[string]int64) int64 {
	sum := int64(0)
	for _, n := range counts {
		sum += n
	}
	return sum
}

// legend explains the strips of activity once for all of them.
func (p *page) legend(a axis) {
	text := day(a.first) + " to " + day(a.last()) + ", " + counted(int64(a.perCell), "day", "days") +
		" a column, each to its own scale"
	p.labelled(2, "Activity", headerLabel, text, plain)
}
