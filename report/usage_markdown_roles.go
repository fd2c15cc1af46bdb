package report

import (
	"cmp"
	"slices"

	"roletrail/analyzer"
)

// listedRows is how many rows each list of a role has at most.
const listedRows = 10

// overview writes one row a role.
func (r *usageMarkdown) overview() {
	if len(r.usage.Roles) == 0 {
		r.remark("## Roles")
		r.remark("No role was seen in use by a service of the catalog. This does not prove that there was no use: the report " +
			"speaks only of the log files that were read, and of what the filters let through.")
		return
	}
	rows := make([][]markup, len(r.usage.Roles))
	for i := range r.usage.Roles {
		role := &r.usage.Roles[i]
		rows[i] = []markup{
			roleMarkup(role), accountMarkup(role.AccountID), inMarkdown(kindNames[role.Kind]), featuresUsed(role), numeral(role.Assumed),
			numeral(role.Denied), numeral(role.Calls), numeral(role.FailedCalls), inMarkdown(day(role.LastSeen)),
			inMarkdown(severityCounts(r.findingsOf(role))),
		}
	}
	left := r.fittingTable(overviewMark, "## Roles", []markup{
		"Role", "Account", "Kind", "Features with their sessions and calls", "Sessions>", "Denied>", "Calls>", "Failed>", "Last seen", "Findings",
	}, rows)
	if left > 0 {
		r.remark(andMore(int64(left), int64(left)))
	}
}

// andMore says how many rows a table leaves out, of which the usage, and so the JSON report, may not hold all either.
func andMore(more, held int64) markup {
	text := "and " + numeral(more) + " more, "
	switch held {
	case more:
		return text + "in the JSON report"
	case 0:
		return text + "which the JSON report does not hold either"
	}
	return text + "of which the JSON report holds " + numeral(held)
}

func numeral(n int64) markup { return inMarkdown(count(n)) }

// featuresUsed names the features that used a role, or tried to.
func featuresUsed(role *analyzer.Role) markup {
	var used []markup
	for i := range role.Features {
		if f := &role.Features[i]; seen(f) {
			used = append(used, codeSpan(f.ID)+" "+numeral(f.Assumed+f.Calls))
		}
	}
	if len(used) == 0 {
		return "none seen"
	}
	return items(used, listedRows, 0)
}

// roleMarkup is the name of a role as a person knows it, its ARN where that has no name.
func roleMarkup(role *analyzer.Role) markup {
	return namedOr(cmp.Or(role.Name, role.ARN), inMarkdown(unknownRole))
}

func (r *usageMarkdown) findingsOf(role *analyzer.Role) (list []analyzer.Finding) {
	for _, f := range r.usage.Findings {
		if f.RoleARN == role.ARN {
			list = append(list, f)
		}
	}
	return list
}

// roleSections writes a section a role, those with findings first, while there is room; where there are many roles, those
// with findings only.
func (r *usageMarkdown) roleSections() {
	var found, others []*analyzer.Role
	for i := range r.usage.Roles {
		if role := &r.usage.Roles[i]; len(r.findingsOf(role)) > 0 {
			found = append(found, role)
		} else {
			others = append(others, role)
		}
	}
	if len(r.usage.Roles) <= manyRoles {
		found, others = append(found, others...), nil
	}
	var unfitting []markup
	for _, role := range found {
		if !r.part(rolesMark, func(s *sheet) { s.role(role, r.findingsOf(role)) }) {
			unfitting = append(unfitting, roleMarkup(role))
		}
	}
	if len(unfitting)+len(others) == 0 {
		return
	}
	r.remark("## Roles without a section")
	if n := len(unfitting); n > 0 {
		r.remark("For want of room: ", inMarkdown(counted(int64(n), "role", "roles")), ".")
	}
	if n := len(others); n > 0 {
		r.remark("Without findings, in a report on more than ", numeral(manyRoles), " roles: ", inMarkdown(counted(int64(n), "role", "roles")), ".")
	}
	r.remark("A report with `--role` tells of one role; the JSON report tells all of each.")
}

// role writes the section of one role: its numbers and features, and folded away all that explains them.
func (s *sheet) role(role *analyzer.Role, findings []analyzer.Finding) {
	if role.ARN == "" && role.Name == "" {
		s.block("## ", roleMarkup(role))
	} else {
		s.block("## Role ", roleMarkup(role))
	}
	s.line()
	if role.ARN == "" {
		s.line("- ARN: not known; these are denied AssumeRole calls whose records do not say which role was meant")
	} else {
		s.line("- ARN: ", codeSpan(role.ARN))
	}
	s.line("- Kind: ", inMarkdown(kindNames[role.Kind]), ", account ", accountMarkup(role.AccountID))
	if role.Assumed+role.Denied+role.Calls == 0 {
		s.line("- Use: none by a service of the catalog was seen")
	} else {
		s.line("- Use: ", inMarkdown(useText(role.Assumed, role.Denied, role.Calls, role.FailedCalls)))
		s.line("- Seen: ", inMarkdown(period(role.FirstSeen, role.LastSeen)+", on "+counted(int64(role.ActiveDays), "day", "days")))
	}
	s.lives(role.Lives)
	s.volumes(&role.Volumes)
	s.referenceCounts(role.References)
	if len(findings) > 0 {
		s.line("- **Findings**: ", inMarkdown(severityCounts(findings)), ", see above")
	}
	if role.OtherAssumed+role.OtherDenied > 0 {
		s.line("- Other callers: ", inMarkdown(useText(role.OtherAssumed, role.OtherDenied, 0, 0)))
	}
	s.features(role)
	s.sessionNames(role.Features)
	s.regions(role.Regions)
	s.actions(role)
	s.permissions(role)
	s.openVolumes(&role.Volumes)
	s.references(role.References)
	s.changes(role)
	s.otherCallers(role)
	s.remaining(role.Remaining)
	if role.ARN != "" {
		s.block("The events behind these numbers, fewer with `--feature`, `--kind`, `--action`, `--day` or `--failed`:")
		s.command(eventsCommand(role.ARN, ""))
	}
}

// features writes all features of a role, those without use as such.
func (s *sheet) features(role *analyzer.Role) {
	if len(role.Features) == 0 {
		return
	}
	first := firstColumn(role)
	heads := []markup{"Feature", "What"}
	for i, head := range numberHeads[first:] {
		if column := first + i; column == columnFirst || column == columnLast {
			heads = append(heads, inMarkdown(head))
		} else {
			heads = append(heads, inMarkdown(head)+rightAligned)
		}
	}
	s.line()
	s.tableHead(heads...)
	for i := range role.Features {
		f := &role.Features[i]
		cells := []markup{codeSpan(f.ID), prose(f.Title)}
		numbers := featureNumbers(f)
		for j, cell := range numbers[first:] {
			if first+j == columnFirst && !seen(f) {
				cell = "not seen"
			}
			cells = append(cells, inMarkdown(cell))
		}
		s.tableRow(cells...)
	}
}

// sessionNames writes under which names the features used a role, and what told the features apart that share one.
func (s *sheet) sessionNames(features []analyzer.FeatureUsage) {
	var rows [][]markup
	for i := range features {
		f := &features[i]
		if !seen(f) || len(f.SessionNames) == 0 {
			continue
		}
		shared := markup("")
		switch f.ResolvedBy {
		case "sessionNames":
			shared = "told apart by another name of the feature"
		case "references":
			shared = "told apart by resources that name the role"
		case "nothing":
			shared = "nothing tells of which feature they are"
		}
		rows = append(rows, []markup{codeSpan(f.ID), items(codeSpans(f.SessionNames), listedRows, f.SessionNameCount), shared})
	}
	s.folded("Session names by feature", []markup{"Feature", "Session names", "Names that several features share"}, rows, 0)
}

// folded writes a table that a reader unfolds, and below it how many of all rows it leaves out.
func (s *sheet) folded(summary markup, heads []markup, rows [][]markup, all int64) {
	if len(rows) == 0 {
		return
	}
	shown := rows[:min(len(rows), listedRows)]
	all = max(all, int64(len(rows)))
	s.block("<details>")
	s.line("<summary>", summary, " (", numeral(all), ")</summary>")
	s.line()
	s.tableHead(heads...)
	for _, row := range shown {
		s.tableRow(row...)
	}
	if more := all - int64(len(shown)); more > 0 {
		s.block(andMore(more, int64(len(rows)-len(shown))))
	}
	s.block("</details>")
}

// regions writes where a role was used.
func (s *sheet) regions(list []analyzer.RegionUsage) {
	rows := make([][]markup, len(list))
	for i := range list {
		u := &list[i]
		rows[i] = []markup{
			regionMarkup(u.Region), numeral(u.Assumed), numeral(u.Denied), numeral(u.Calls), numeral(u.FailedCalls),
			inMarkdown(day(u.FirstSeen)), inMarkdown(day(u.LastSeen)),
		}
	}
	s.folded("Regions", []markup{"Region", "Sessions>", "Denied>", "Calls>", "Failed>", "First seen", "Last seen"}, rows, 0)
}

// actions writes the most frequent calls of a role.
func (s *sheet) actions(role *analyzer.Role) {
	type call struct {
		feature string
		analyzer.ActionUsage
	}
	var calls []call
	for i := range role.Features {
		for _, a := range role.Features[i].Actions {
			calls = append(calls, call{role.Features[i].ID, a})
		}
	}
	slices.SortStableFunc(calls, func(a, b call) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Action, b.Action))
	})
	rows := make([][]markup, len(calls))
	for i, c := range calls {
		rows[i] = []markup{
			codeSpan(c.feature), codeSpan(c.Service), codeSpan(c.Action), numeral(c.Calls), numeral(c.Failed), inMarkdown(day(c.LastSeen)),
		}
	}
	s.folded("Actions called, the most frequent first", []markup{"Feature", "Service", "Action", "Calls>", "Failed>", "Last seen"}, rows, 0)
}
