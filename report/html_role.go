package report

import (
	"roletrail/analyzer"
)

// htmlRole is the section of one role.
type htmlRole struct {
	ID                           attribute
	Name, ARN, Kind, Account     printable
	Numbers                      []htmlTile
	Use                          printable // said instead of numbers
	Findings                     []htmlFindingLink
	FindingsLeftOut              printable
	Timeline                     *htmlTimeline
	Features                     htmlTable
	Unseen                       []printable // features
	FeatureParts                 []htmlFeature
	Policies                     []htmlPolicy // of features that have no part of their own
	PoliciesLeftOut              printable
	Regions                      htmlTable
	RegionsText                  printable // instead of the table
	VolumesText                  printable
	Volumes                      htmlTable
	References, Changes, Callers htmlTable
	Lives, Remaining             htmlTable
	Left                         []htmlFact // names of what remains
	Follow                       htmlFollow // of all its tables
}

type htmlFindingLink struct {
	Link                  attribute
	Severity, Word, Title printable
}

func (w *htmlWriter) role(r *analyzer.Role, id attribute) htmlRole {
	view := htmlRole{ID: id, Name: w.roleName(r), ARN: w.name(r.ARN), Kind: kindNames[r.Kind], Account: w.name(r.AccountID)}
	switch {
	case r.Assumed+r.Denied+r.Calls == 0:
		view.Use = "No use by a service of the catalog was seen."
	case w.budget.features:
		view.Numbers = roleNumbers(r)
	default:
		view.Use = useText(r.Assumed, r.Denied, r.Calls, r.FailedCalls) + ", " + period(r.FirstSeen, r.LastSeen) + ", on " +
			counted(int64(r.ActiveDays), "day", "days") + "."
	}
	w.roleFindings(r, &view)
	if !w.budget.features {
		view.Follow = w.followRole(r, "")
	}
	view.Timeline = w.timeline(r, id)
	view.Features, view.Unseen = w.featureRows(r)
	w.featureParts(r, &view)
	if w.budget.features {
		view.Regions = w.regionRows(r)
	} else {
		view.RegionsText = w.regionsText(r)
	}
	view.VolumesText, view.Volumes = w.volumes(r)
	view.References = w.referenceRows(r)
	view.Changes = w.changeRows(r)
	view.Callers = w.callerRows(r)
	view.Lives = w.lifeRows(r)
	view.Remaining, view.Left = w.remaining(r)
	return view
}

// roleNumbers are the numbers that matter most.
func roleNumbers(r *analyzer.Role) []htmlTile {
	alarming := func(n int64) printable {
		if n > 0 {
			return "alarm"
		}
		return ""
	}
	return []htmlTile{
		{Label: "Sessions", Number: count(r.Assumed)},
		{Label: "Denied", Number: count(r.Denied), Look: alarming(r.Denied)},
		{Label: "Calls", Number: count(r.Calls)},
		{Label: "Failed", Number: count(r.FailedCalls), Look: alarming(r.FailedCalls)},
		{Label: "Active days", Number: count(int64(r.ActiveDays))},
		{Label: "First seen", Number: day(r.FirstSeen), Text: clock(r.FirstSeen), Look: "date"},
		{Label: "Last seen", Number: day(r.LastSeen), Text: clock(r.LastSeen), Look: "date"},
	}
}

// roleFindings links the findings on the role.
func (w *htmlWriter) roleFindings(r *analyzer.Role, view *htmlRole) {
	more := int64(0)
	for i := range w.usage.Findings {
		f := &w.usage.Findings[i]
		switch {
		case f.RoleARN != r.ARN:
		case i >= w.budget.findings || len(view.Findings) >= w.budget.rows:
			more++
		default:
			link := htmlFindingLink{Link: "#" + findingID(i), Severity: "info", Word: w.name(f.Severity), Title: w.text(f.Title)}
			for _, s := range severities {
				if f.Severity == s.severity {
					link.Severity, link.Word = s.name, s.name
				}
			}
			view.Findings = append(view.Findings, link)
		}
	}
	view.FindingsLeftOut = leftOutText(more, elsewhere)
}

// regionRows is the use of a role in each Region.
func (w *htmlWriter) regionRows(r *analyzer.Role) htmlTable {
	table := w.regionTable("Regions", r.Regions)
	if len(r.Regions) > 0 {
		table.Follow = w.follow(r, followUses, "--region REGION --kind assume")
	}
	return table
}

// regionsText is the use of a role in its Regions as a sentence, which takes less room than a table.
func (w *htmlWriter) regionsText(r *analyzer.Role) printable {
	texts := make([]printable, len(r.Regions))
	for i, u := range r.Regions {
		texts[i] = w.regionName(u.Region) + " (" + useText(u.Assumed, u.Denied, u.Calls, u.FailedCalls) + ")"
	}
	return joined(texts, w.budget.rows)
}

func (w *htmlWriter) regionTable(caption printable, regions []analyzer.RegionUsage) htmlTable {
	table := htmlTable{Caption: caption, Heads: columnHeads("Region", "Sessions", "Denied", "Calls", "Failed", "First seen", "Last seen")}
	shown, more := atMost(regions, w.budget.rows)
	for _, u := range shown {
		table.Rows = append(table.Rows, htmlRow{Head: htmlCell{Text: w.regionName(u.Region)}, Cells: []htmlCell{
			numberCell(u.Assumed), failedCell(u.Denied), numberCell(u.Calls), failedCell(u.FailedCalls), dateCell(day(u.FirstSeen)), dateCell(day(u.LastSeen)),
		}})
	}
	table.LeftOut = leftOutText(more, elsewhere)
	return table
}

// callerRows names who else opened sessions of the role.
func (w *htmlWriter) callerRows(r *analyzer.Role) htmlTable {
	table := htmlTable{Caption: "Other callers", Heads: columnHeads("Principal", "Session names", "Sessions", "Denied", "First seen", "Last seen")}
	table.Heads[1].Words = true
	shown, more := atMost(r.OtherCallers, w.budget.rows)
	for _, c := range shown {
		table.Rows = append(table.Rows, htmlRow{Head: copyCell(w.name(c.Principal)), Cells: []htmlCell{
			codeCell(w.sessionNames(c.SessionNames, c.SessionNameCount)), numberCell(c.Assumed), failedCell(c.Denied),
			dateCell(day(c.FirstSeen)), dateCell(day(c.LastSeen)),
		}})
	}
	table.LeftOut = leftOutText(more, "in the report as JSON")
	if len(shown) > 0 {
		table.Follow = w.follow(r, "lists the attempts of a principal to open the role.", "--kind other --resource", shellQuoted(r.ARN), "--principal PRINCIPAL")
	}
	return table
}

// sessionNames are the names that are known, and how many more there are.
func (w *htmlWriter) sessionNames(names []string, number int64) printable {
	text := joined(w.namesOf(names), 0)
	if more := number - int64(len(names)); more > 0 {
		text += " and " + count(more) + " more"
	}
	return text
}

// lifeRows tells when the role was made and deleted.
func (w *htmlWriter) lifeRows(r *analyzer.Role) htmlTable {
	table := htmlTable{Caption: "Lives", Heads: []htmlHead{{"Role ID", true}, {"Created", true}, {"Deleted", true}}}
	lives := r.Lives
	if first := len(lives) - w.budget.rows; first > 0 {
		lives = lives[first:]
	}
	for _, l := range lives {
		id := codeCell(w.name(l.ID))
		if l.ID == "" {
			id = wordsCell("not known")
		}
		table.Rows = append(table.Rows, htmlRow{Head: id, Cells: []htmlCell{
			wordsCell(or(minute(l.CreatedAt), "before these logs")), wordsCell(or(minute(l.DeletedAt), "not seen")),
		}})
	}
	table.LeftOut = leftOutText(int64(len(r.Lives)-len(lives)), "earlier ones, in the report as JSON")
	return table
}

func or(text, otherwise printable) printable {
	if text == "" {
		return otherwise
	}
	return text
}

// remaining is what has to go before AWS lets anybody delete the service-linked role.
func (w *htmlWriter) remaining(r *analyzer.Role) (table htmlTable, names []htmlFact) {
	table = htmlTable{Caption: "What remains", Heads: columnHeads("Region", "Clusters", "Services", "Container instances")}
	shown, more := atMost(r.Remaining, w.budget.rows)
	for _, left := range shown {
		table.Rows = append(table.Rows, htmlRow{Head: htmlCell{Text: w.regionName(left.Region)}, Cells: []htmlCell{
			numberCell(left.ClusterCount), numberCell(left.ServiceCount), numberCell(left.ContainerInstances),
		}})
		for _, list := range []struct {
			kind  printable
			names []string
			count int64
		}{{"clusters", left.Clusters, left.ClusterCount}, {"services", left.Services, left.ServiceCount}} {
			if len(list.names) > 0 && w.budget.features {
				names = append(names, htmlFact{Label: w.regionName(left.Region) + " " + list.kind, Text: w.sessionNames(list.names, list.count)})
			}
		}
	}
	table.LeftOut = leftOutText(more, "in the report as JSON")
	if len(shown) > 0 {
		table.Follow = w.followCommand("roletrail events --account "+shellWord(r.AccountID)+" --region REGION --kind reference --margin SOURCE...", "lists the events that say so.")
	}
	return table, names
}
