package report

import (
	"roletrail/analyzer"
)

// shownEvidence is how many events a finding shows when no details are asked for.
const shownEvidence = 2

// findingIndent is where the text of a finding begins, beside its badge.
const findingIndent = 10

// severities are all severities, strongest first, with their badges.
var severities = []struct {
	severity string
	name     printable
	badge    printable
	style    style
}{
	{analyzer.SeverityHigh, "high", " HIGH ", badgeHigh},
	{analyzer.SeverityMedium, "medium", " MEDIUM ", badgeMedium},
	{analyzer.SeverityLow, "low", " LOW ", badgeLow},
	{analyzer.SeverityInfo, "info", " INFO ", badgeInfo},
}

// severityCounts says how many findings there are of each severity.
func severityCounts(findings []analyzer.Finding) printable {
	var parts []printable
	for _, s := range severities {
		n := int64(0)
		for _, f := range findings {
			if f.Severity == s.severity {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, count(n)+" "+s.name)
		}
	}
	return joined(parts, 0)
}

// findings writes what a person should act on; nothing when there is none, for the header says so.
func (p *page) findings(u *analyzer.Usage) {
	if len(u.Findings) == 0 {
		return
	}
	p.section("Findings", severityCounts(u.Findings))
	for i := range u.Findings {
		p.blank()
		p.finding(&u.Findings[i])
	}
}

func (p *page) finding(f *analyzer.Finding) {
	badge := span{}
	for _, s := range severities {
		if f.Severity == s.severity {
			badge = span{s.badge, s.style}
		}
	}
	p.badged(badge, findingIndent, p.text(f.Title))
	p.paragraph(findingIndent, p.name(f.ID), dim)
	if f.RoleARN != "" {
		p.whole(findingIndent, p.name(f.RoleARN), dim)
	}
	p.paragraph(findingIndent, p.text(f.Detail), plain)
	if f.Advice != "" {
		p.labelled(findingIndent, p.glyph("→", ">"), 2, p.text(f.Advice), plain)
	}
	if f.Link != "" {
		p.whole(findingIndent, p.name(f.Link), dim)
	}
	p.evidence(findingIndent, f.Evidence)
}

// badged writes a title wrapped to the page beside a badge; inset is where it begins. The badge's own blanks make it a
// block of colour; without colours they align its word with the page.
func (p *page) badged(badge span, inset int, title printable) {
	for i, line := range p.wrap(title, p.width-inset) {
		if i == 0 && inset+width(line) <= p.width {
			p.line(1, badge, span{blanks(inset - 1 - width(badge.text)), plain}, span{line, bold})
			continue
		}
		if i == 0 {
			p.line(1, badge)
		}
		p.whole(inset, line, bold)
	}
}

// evidence names the events that something rests on; a few of them when no details are asked for.
func (p *page) evidence(indent int, list []analyzer.Evidence) {
	shown := list
	if limit := p.limit(shownEvidence); limit > 0 && len(shown) > limit {
		// The first and the last say how long it has been going on.
		shown = append(shown[:limit-1:limit-1], shown[len(shown)-1])
	}
	for _, e := range shown {
		p.paragraph(indent, p.evidenceText(e), plain)
		p.objectLine(indent+2, e.Object, dim)
	}
	if more := len(list) - len(shown); more > 0 {
		p.paragraph(indent, "and "+count(int64(more))+" more, shown by --details", dim)
	}
}

// evidenceText names an event by its time and event ID.
func (p *page) evidenceText(e analyzer.Evidence) printable {
	return minute(e.EventTime) + "  " + p.eventID(e)
}

func (p *page) eventID(e analyzer.Evidence) printable {
	if e.EventID == "" {
		return "event without an ID"
	}
	return p.shorten(p.name(e.EventID), 40)
}
