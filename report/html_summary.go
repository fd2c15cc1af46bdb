package report

import (
	"roletrail/analyzer"
)

// severityTitles are what findings are called, in the order of severities.
var severityTitles = []printable{"High findings", "Medium findings", "Low findings", "Info findings"}

// tiles say at a glance how things stand.
func (w *htmlWriter) tiles() []htmlTile {
	u := w.usage
	var tiles []htmlTile
	for i, s := range severities {
		n := int64(0)
		for _, f := range u.Findings {
			if f.Severity == s.severity {
				n++
			}
		}
		tile := htmlTile{Label: severityTitles[i], Number: count(n), Link: "#findings"}
		if n > 0 {
			tile.Look = s.name
		}
		tiles = append(tiles, tile)
	}
	used := int64(0)
	for i := range u.Roles {
		if r := &u.Roles[i]; r.Assumed+r.Calls > 0 {
			used++
		}
	}
	tiles = append(tiles, htmlTile{Label: "Roles", Number: count(int64(len(u.Roles))), Text: count(used) + " seen in use", Link: "#roles"})

	coverage := htmlTile{Label: "Coverage", Number: "No gap", Text: "found; not verified", Link: "#coverage"}
	_, gapped := coverageText(u.Coverage)
	switch {
	case len(u.Coverage) == 0:
		coverage.Number, coverage.Text, coverage.Look = "None", "no log file of a known account", "high"
	case len(gapped) > 0:
		coverage.Number, coverage.Text, coverage.Look = "Gaps", "in the logs of "+counted(int64(len(gapped)), "account", "accounts"), "medium"
	case proof(u.Coverage) == "complete, proven by digests":
		coverage.Number, coverage.Text = "Complete", "proven by digests"
	}
	objects := u.Input.Objects
	files := htmlTile{Label: "Log files", Number: count(objects.Read), Text: "read", Link: "#input"}
	if n := total(objects.Failed); n > 0 {
		files.Text, files.Look = "read, "+count(n)+" could not be", "medium"
	}
	return append(tiles, coverage, files)
}

// facts say what was read and what was not.
func (w *htmlWriter) facts() []htmlFact {
	u := w.usage
	objects, bytes := u.Input.Objects, u.Input.Bytes
	facts := []htmlFact{
		{Label: "Log files", Text: readText(objects) + ", " + size(bytes.Read) + " as stored, " + size(bytes.Inflated) + " inflated"},
		{Label: "Records", Text: recordsText(u.Input.Records)},
		{Label: "Events", Text: period(u.Observed.FirstEvent, u.Observed.LastEvent)},
	}
	add := func(label, text printable, alarm bool) {
		if text != "" {
			facts = append(facts, htmlFact{label, text, alarm})
		}
	}
	add("Window", windowText(u.Window), false)
	for _, list := range []struct {
		label printable
		items []string
	}{{"Accounts", u.Observed.Accounts}, {"Regions", u.Observed.Regions}} {
		text := printable("none named")
		if len(list.items) > 0 {
			text = joined(w.namesOf(list.items), htmlHeaderItems)
		}
		if len(list.items) > 2 {
			text = count(int64(len(list.items))) + ": " + text
		}
		add(list.label, text, false)
	}
	if n := total(objects.Failed); n > 0 {
		add("Failed", counted(n, "log file could not be read and is in no number", "log files could not be read and are in no number")+": "+
			w.reasons(objects.Failed), true)
	}
	if n := total(objects.Skipped); n > 0 {
		add("Skipped", counted(n, "file is none to report on", "files are none to report on")+": "+w.reasons(objects.Skipped), false)
	}
	if n := int64(len(u.Input.Pruned)); n > 0 {
		add("Pruned", counted(n, "prefix was", "prefixes were")+" left out, all or in part: "+w.reasons(prunedReasons(u.Input.Pruned)), false)
	}
	text, gapped := coverageText(u.Coverage)
	add("Coverage", text, len(u.Coverage) == 0 || len(gapped) > 0)
	return facts
}

// htmlHeaderItems is how many accounts and Regions are named.
const htmlHeaderItems = 40

// notReadLists name the log files that could not be read, and the prefixes that were left out.
func (w *htmlWriter) notReadLists() (lists []htmlTable) {
	objects := w.usage.Input.Objects
	if len(objects.Failures) > 0 {
		list := htmlTable{Caption: "Log files that could not be read", Heads: []htmlHead{{"Object", true}, {"Reason", true}, {"Detail", true}}}
		for _, f := range objects.Failures {
			list.Rows = append(list.Rows, htmlRow{
				Head: copyCell(w.name(f.Object)), Cells: []htmlCell{wordsCell(w.name(f.Reason)), wordsCell(w.text(f.Detail))},
			})
		}
		list.LeftOut = leftOutText(total(objects.Failed)-int64(len(objects.Failures)), "of which no report names the objects")
		lists = append(lists, list)
	}
	if len(w.usage.Input.Pruned) > 0 {
		shown, more := atMost(w.usage.Input.Pruned, htmlPruned)
		list := htmlTable{Caption: "Prefixes that were left out, all or in part", Heads: []htmlHead{{"Prefix", true}, {"Reason", true}}}
		for _, p := range shown {
			list.Rows = append(list.Rows, htmlRow{Head: codeCell(w.name(p.Prefix)), Cells: []htmlCell{wordsCell(w.name(p.Reason))}})
		}
		list.LeftOut = leftOutText(more, "in the report as JSON")
		lists = append(lists, list)
	}
	return lists
}

// htmlPruned is how many prefixes are named.
const htmlPruned = 200

// overview is the table of all roles.
func (w *htmlWriter) overview() htmlTable {
	u := w.usage
	found := map[string]int64{}
	for _, f := range u.Findings {
		found[f.RoleARN]++
	}
	table := htmlTable{
		Caption: "Roles", Heads: columnHeads("Role", "Account", "Kind", "Sessions", "Denied", "Calls", "Failed", "Days", "Last seen", "Findings"),
	}
	table.Heads[1].Words, table.Heads[2].Words = true, true
	shown, more := atMost(u.Roles, w.budget.roles)
	for i := range shown {
		r := &shown[i]
		account := w.name(r.AccountID)
		if account == "" {
			account = unnamed
		}
		last := day(r.LastSeen)
		if last == "" {
			last = notSeen
		}
		table.Rows = append(table.Rows, htmlRow{Head: htmlCell{Text: w.roleName(r), Link: w.sectionLink(i)}, Cells: []htmlCell{
			wordsCell(account), wordsCell(roleKind(r)), numberCell(r.Assumed), failedCell(r.Denied), numberCell(r.Calls), failedCell(r.FailedCalls),
			numberCell(int64(r.ActiveDays)), dateCell(last), failedCell(found[r.ARN]),
		}})
	}
	table.LeftOut = leftOutText(more, elsewhere)
	if len(u.Roles) > 0 {
		table.Follow = w.followCommand("roletrail events --role ROLE --kind assume SOURCE...", followUses)
	}
	return table
}

// roleKind is the kind of a role without the word role.
func roleKind(r *analyzer.Role) printable {
	switch r.Kind {
	case analyzer.KindInfrastructure:
		return "infrastructure"
	case analyzer.KindServiceLinked:
		return "service-linked"
	default:
		return "other"
	}
}

// coverageRows is what was read of each account and Region, those with gaps first.
func (w *htmlWriter) coverageRows() htmlTable {
	table := htmlTable{Caption: "What was read of each account and Region", Heads: []htmlHead{
		{"Account", true}, {"Region", true}, {"First file", false}, {"Last file", false}, {"Days with files", false}, {"Read events", true},
		{"State", true}, {"Gaps", false}, {"Integrity", true},
	}}
	list := w.usage.Coverage
	if len(list) > w.budget.coverage {
		var gapped, others []analyzer.Coverage
		for _, c := range list {
			if hasGap(c) {
				gapped = append(gapped, c)
			} else {
				others = append(others, c)
			}
		}
		list = append(gapped, others...)
	}
	shown, more := atMost(list, w.budget.coverage)
	for _, c := range shown {
		state := wordsCell(w.name(c.State))
		if hasGap(c) {
			state.Look = lookBad
		}
		table.Rows = append(table.Rows, htmlRow{Head: htmlCell{Text: w.accountID(c.AccountID)}, Cells: []htmlCell{
			wordsCell(w.regionName(c.Region)), dateCell(day(c.FirstDelivery)), dateCell(day(c.LastDelivery)), numberCell(int64(c.DaysWithFiles)),
			wordsCell(w.name(c.ReadEvents)), state, failedCell(int64(len(c.Gaps))), wordsCell(integrity(w.name(c.Integrity))),
		}})
	}
	table.LeftOut = leftOutText(more, "in the report as JSON; accounts and Regions with gaps are listed first")
	return table
}

// integrity says in words what is known of the log files' integrity.
func integrity(state printable) printable {
	if state == "notChecked" {
		return "not checked"
	}
	return state
}

// gaps says in sentences what is missing in which account.
func (w *htmlWriter) gaps() (texts []printable) {
	_, gapped := coverageText(w.usage.Coverage)
	shown, more := atMost(gapped, htmlGapAccounts)
	for _, entries := range shown {
		for _, text := range w.gapTexts(entries, w.budget.days) {
			texts = append(texts, "Account "+w.accountID(entries[0].AccountID)+": "+text)
		}
	}
	if more > 0 {
		texts = append(texts, "and "+counted(more, "account", "accounts")+" more, in the report as JSON")
	}
	return texts
}

// htmlGapAccounts is of how many accounts the gaps are told in sentences.
const htmlGapAccounts = 50
