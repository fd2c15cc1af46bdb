package report

import (
	"regexp"

	"roletrail/analyzer"
)

// findings writes what a person should act on, the severest first: in full while there is room, then their titles.
func (r *usageMarkdown) findings() {
	list := r.usage.Findings
	if len(list) == 0 {
		return
	}
	r.remark("## Findings: ", inMarkdown(severityCounts(list)))
	full := 0
	for full < len(list) && r.part(findingsMark, func(s *sheet) { s.finding(&list[full]) }) {
		full++
	}
	if full == len(list) {
		return
	}
	titles := list[full:]
	r.remark("### ", inMarkdown(counted(int64(len(titles)), "more finding", "more findings")))
	r.remark("By their titles only, for want of room. The JSON report holds them in full.")
	r.emptyLine()
	for i := range titles {
		f := &titles[i]
		if !r.part(titlesMark, func(s *sheet) {
			s.line("- ", severityMarkup(f.Severity), ": ", prose(f.Title), " (", codeSpan(f.ID), findingRole(f), ")")
		}) {
			r.part(issueLimit, func(s *sheet) { s.line("- and ", inMarkdown(count(int64(len(titles)-i))), " more") })
			return
		}
	}
}

// finding writes one finding in full, with the command that lists all events behind it.
func (s *sheet) finding(f *analyzer.Finding) {
	s.block("### ", severityMarkup(f.Severity), ": ", prose(f.Title))
	s.block(codeSpan(f.ID), findingRole(f))
	if f.Detail != "" {
		s.block(prose(f.Detail))
	}
	if f.Advice != "" {
		s.block("**Advice**: ", prose(f.Advice))
	}
	if f.Link != "" {
		s.block("See ", linkMarkup(f.Link))
	}
	if len(f.Evidence) == 0 {
		return
	}
	s.block("**Evidence**, all of which the command below lists:")
	s.line()
	for _, e := range f.Evidence {
		s.line("- ", evidenceMarkup(e))
	}
	s.command(eventsCommand(f.RoleARN, f.ID))
}

// findingRole says which role a finding is on, if it is on one.
func findingRole(f *analyzer.Finding) markup {
	if f.RoleARN == "" {
		return ""
	}
	return " on " + codeSpan(f.RoleARN)
}

// severityMarkup is a severity as a word.
func severityMarkup(severity string) markup {
	for _, s := range severities {
		if severity == s.severity {
			return inMarkdown(trimBadge(s.badge))
		}
	}
	return codeSpan(severity)
}

// trimBadge takes the blanks off that frame a badge.
func trimBadge(badge printable) printable { return trimBlanks(badge[1:]) }

// documentation matches the pages that a finding may link to. A catalog of the user may name others; these are shown and
// not linked.
var documentation = regexp.MustCompile(`^https://docs\.aws\.amazon\.com/[A-Za-z0-9/._#-]*$`)

// linkMarkup is a link, if it leads to AWS's documentation.
func linkMarkup(link string) markup {
	if documentation.MatchString(link) {
		return autolink(link)
	}
	return codeSpan(link)
}
