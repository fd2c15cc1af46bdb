package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
)

// Limits on lists in the section of a role when no details are asked for.
const (
	roleActions = 8
	roleRegions = 8
	roleCallers = 8
)

// unknownRole stands for the role of denied AssumeRole calls whose record does not name it.
const unknownRole = printable("Role not named")

// unnamed stands for an account or a Region that the events do not name.
const unnamed = printable("(not named)")

var kindNames = map[string]printable{
	analyzer.KindInfrastructure: "infrastructure role",
	analyzer.KindServiceLinked:  "service-linked role",
	analyzer.KindOther:          "other role",
}

// role writes the section of one role.
func (p *page) role(role *analyzer.Role, u *analyzer.Usage, l featureLayout) {
	remark := kindNames[role.Kind]
	if role.ARN == "" {
		remark = ""
	}
	if role.AccountID != "" {
		remark += ", account " + p.name(role.AccountID)
	}
	p.section(p.roleName(role), remark)
	if role.ARN == "" {
		p.paragraph(0, "Denied AssumeRole calls whose records do not say which role was meant.", dim)
	} else {
		p.whole(0, p.name(role.ARN), dim)
	}
	p.blank()

	field := func(label, text printable) { p.labelled(tableIndent, label, headerLabel, text, plain) }
	if role.Assumed+role.Denied+role.Calls == 0 {
		field("Use", "none by a service of the catalog was seen")
	} else {
		field("Use", useText(role.Assumed, role.Denied, role.Calls, role.FailedCalls))
		field("Seen", period(role.FirstSeen, role.LastSeen)+", on "+counted(int64(role.ActiveDays), "day", "days"))
	}
	serviceLinked := role.Kind == analyzer.KindServiceLinked
	if len(role.Regions) > 0 && !(serviceLinked && len(role.Regions) > 1) {
		field("Regions", joined(p.regionTexts(role.Regions), p.limit(roleRegions)))
	}
	p.lives(role.Lives)
	p.volumes(&role.Volumes)
	p.references(role.References)
	var findings []analyzer.Finding
	for _, f := range u.Findings {
		if f.RoleARN == role.ARN {
			findings = append(findings, f)
		}
	}
	if len(findings) > 0 {
		p.labelled(tableIndent, "Findings", headerLabel, severityCounts(findings), bold)
	}
	p.featureTable(role, l)
	p.openVolumes(&role.Volumes)
	p.referenceList(role.References)
	p.remaining(role.Remaining)
	if serviceLinked {
		p.topActions(role)
		if len(role.Regions) > 1 {
			p.regions(role)
		}
	}
	p.otherCallers(role)
	p.policiesAndChanges(role)
}

// policiesAndChanges is what is good to know of a role once it is known what uses it.
func (p *page) policiesAndChanges(role *analyzer.Role) {
	policies := p.policies(role)
	if len(policies)+len(role.Changes) > 0 {
		p.blank()
	}
	p.permissions(policies)
	p.changes(role)
}

// roleName is the name of a role as a person knows it, its ARN where that has no name.
func (p *page) roleName(role *analyzer.Role) printable {
	switch {
	case role.Name != "":
		return p.name(role.Name)
	case role.ARN != "":
		return p.name(role.ARN)
	default:
		return unknownRole
	}
}

// limit is n, or 0 (no limit) when details are asked for.
func (p *page) limit(n int) int {
	if p.details {
		return 0
	}
	return n
}

// period writes a stretch of time, to the minute.
func period(first, last time.Time) printable {
	switch {
	case first.IsZero() || last.IsZero():
		return "none"
	case first.Equal(last):
		return minute(first)
	default:
		return minute(first) + " to " + minute(last)
	}
}

// useText says how a role was used, leaving out what did not happen.
func useText(assumed, denied, calls, failed int64) printable {
	var parts []printable
	if assumed > 0 {
		parts = append(parts, counted(assumed, "session", "sessions"))
	}
	if denied > 0 {
		parts = append(parts, count(denied)+" denied")
	}
	if calls > 0 {
		parts = append(parts, counted(calls, "call", "calls"))
	}
	if failed > 0 {
		parts = append(parts, count(failed)+" failed")
	}
	return joined(parts, 0)
}

// regionTexts names Regions, each with its use when there are several.
func (p *page) regionTexts(regions []analyzer.RegionUsage) []printable {
	texts := make([]printable, len(regions))
	for i, r := range regions {
		texts[i] = p.regionName(r.Region)
		if len(regions) > 1 {
			texts[i] += " (" + useText(r.Assumed, r.Denied, r.Calls, r.FailedCalls) + ")"
		}
	}
	return texts
}

func (c cleaner) regionName(region string) printable {
	if region == "" {
		return unnamed
	}
	return c.name(region)
}

// featureNotes writes what a row of the table has no room for.
func (p *page) featureNotes(f *analyzer.FeatureUsage) {
	const indent, label = 2 * tableIndent, 10
	if !seen(f) {
		return
	}
	switch {
	case f.ResolvedBy == "sessionNames" && p.details:
		p.paragraph(indent, "Includes sessions under a name that several features share: of these features, only "+
			"this one used the role under a name of its own.", dim)
	case f.ResolvedBy == "references" && p.details:
		p.paragraph(indent, "Includes sessions under a name that several features share: of these features, only "+
			"this one has resources that name the role.", dim)
	case f.ResolvedBy == "nothing":
		p.paragraph(indent, "Includes sessions under a name that several features share; nothing tells which of "+
			"them it was.", dim)
	}
	// Only the names tell what the sessions of no known feature may have been for.
	if len(f.SessionNames) > 0 && (p.details || strings.HasPrefix(f.ID, "other-")) {
		names := joined(p.names(f.SessionNames, p.width-indent-label, ""), 0)
		if more := f.SessionNameCount - int64(len(f.SessionNames)); more > 0 {
			names += " and " + count(more) + " more"
		}
		p.labelled(indent, "sessions", label, names, plain)
	}
	if !p.details {
		return
	}
	if f.Policy != "" {
		p.labelled(indent, "policy", label, p.name(f.Policy), plain)
	}
	if len(f.Regions) > 0 {
		p.labelled(indent, "Regions", label, joined(p.regionTexts(f.Regions), 0), plain)
	}
	if len(f.Actions) > 0 {
		p.labelled(indent, "actions", label, joined(p.actionTexts(f.Actions), 0), plain)
	}
	for i, e := range f.Evidence {
		text := printable("")
		if i == 0 {
			text = "evidence"
		}
		p.labelled(indent, text, label, p.evidenceText(e), plain)
		p.whole(indent+label, p.name(e.Object), dim)
	}
}

// actionTexts names actions with their calls, in the order given.
func (p *page) actionTexts(actions []analyzer.ActionUsage) []printable {
	texts := make([]printable, len(actions))
	for i, a := range actions {
		texts[i] = p.actionName(a) + " " + count(a.Calls)
		if a.Failed > 0 {
			texts[i] += " (" + count(a.Failed) + " failed)"
		}
	}
	return texts
}

// actionName is an event source without the ending that all of them share, and the event name.
func (p *page) actionName(a analyzer.ActionUsage) printable {
	return p.name(strings.TrimSuffix(a.Service, ".amazonaws.com")) + " " + p.name(a.Action)
}

// topActions writes the most frequent calls of a role over all its features.
func (p *page) topActions(role *analyzer.Role) {
	var actions []analyzer.ActionUsage
	for _, f := range role.Features {
		actions = append(actions, f.Actions...)
	}
	if len(actions) == 0 {
		return
	}
	slices.SortStableFunc(actions, func(a, b analyzer.ActionUsage) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Action, b.Action))
	})
	rows := make([]row, 0, len(actions))
	for _, a := range actions {
		rows = append(rows, row{p.actionName(a), []span{
			{count(a.Calls), plain}, failures(a.Failed), {day(a.LastSeen), plain},
		}})
	}
	p.rows("Most frequent calls", []printable{"Calls", "Failed", "Last seen"}, rows, p.limit(roleActions))
}

// regions writes the use of a role in each Region.
func (p *page) regions(role *analyzer.Role) {
	rows := make([]row, 0, len(role.Regions))
	for _, r := range role.Regions {
		rows = append(rows, row{p.regionName(r.Region), []span{
			{count(r.Assumed), plain}, failures(r.Denied), {count(r.Calls), plain}, failures(r.FailedCalls),
			{day(r.FirstSeen), plain}, {day(r.LastSeen), plain},
		}})
	}
	p.rows("Region", []printable{"Sessions", "Denied", "Calls", "Failed", "First seen", "Last seen"}, rows,
		p.limit(roleRegions))
}

// failures is a number in the colour of an alarm unless it is 0.
func failures(n int64) span {
	if n > 0 {
		return span{count(n), alarm}
	}
	return span{count(n), plain}
}

// otherCallers names who else opened sessions of the role.
func (p *page) otherCallers(role *analyzer.Role) {
	if len(role.OtherCallers) == 0 {
		return
	}
	p.blank()
	p.line(tableIndent, span{"Other callers", bold})
	shown := role.OtherCallers
	if limit := p.limit(roleCallers); limit > 0 && len(shown) > limit {
		shown = shown[:limit]
	}
	for _, c := range shown {
		p.whole(tableIndent, p.name(c.Principal), plain)
		text := useText(c.Assumed, c.Denied, 0, 0)
		if !c.FirstSeen.IsZero() {
			text += ", " + period(c.FirstSeen, c.LastSeen)
		}
		if len(c.SessionNames) > 0 {
			text += ", as " + joined(p.names(c.SessionNames, p.width-2*tableIndent, ""), 0)
			if more := c.SessionNameCount - int64(len(c.SessionNames)); more > 0 {
				text += " and " + count(more) + " more"
			}
		}
		p.paragraph(2*tableIndent, text, dim)
	}
	if more := len(role.OtherCallers) - len(shown); more > 0 {
		p.line(tableIndent, span{"and " + count(int64(more)) + " more", dim})
	}
}
