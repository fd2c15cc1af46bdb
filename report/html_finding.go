package report

import (
	"roletrail/analyzer"
)

// htmlFinding is something a person should act on.
type htmlFinding struct {
	ID                    attribute
	Severity, Word        printable // class; severity as a word
	Name                  printable // id of the finding
	Title, Detail, Advice printable
	Role                  htmlLink // Text is "" if the finding names no role
	Page                  printable
	PageText              printable // an address that is not linked
	Evidence              htmlTable
}

// findings are those that the document has room for, and what is said of the others.
func (w *htmlWriter) findings() (findings []htmlFinding, leftOut printable) {
	shown, more := atMost(w.usage.Findings, w.budget.findings)
	for i := range shown {
		findings = append(findings, w.finding(&shown[i], findingID(i)))
	}
	return findings, leftOutText(more, elsewhere)
}

func findingID(index int) attribute { return "finding-" + whole(index+1) }

func (w *htmlWriter) finding(f *analyzer.Finding, id attribute) htmlFinding {
	view := htmlFinding{
		ID: id, Severity: "info", Word: w.name(f.Severity), Name: w.name(f.ID),
		Title: w.text(f.Title), Detail: w.text(f.Detail), Advice: w.text(f.Advice),
		Evidence: w.evidence(f.Evidence, w.budget.evidence),
	}
	for _, s := range severities {
		if f.Severity == s.severity {
			view.Severity, view.Word = s.name, s.name
		}
	}
	if len(f.Evidence) > 0 {
		view.Evidence.Follow = w.findingFollow(f)
	}
	if f.RoleARN != "" {
		view.Role.Text = w.name(f.RoleARN)
		if i, ok := w.byARN[f.RoleARN]; ok {
			view.Role = htmlLink{w.sectionLink(i), w.roleName(&w.usage.Roles[i])}
		}
	}
	if link := w.name(f.Link); documentation.MatchString(string(link)) {
		view.Page = link
	} else {
		view.PageText = link
	}
	return view
}

// evidence is a table of events; some of them are left out if there is not room for all.
func (w *htmlWriter) evidence(list []analyzer.Evidence, limit int) htmlTable {
	table := htmlTable{Caption: "Evidence", Heads: []htmlHead{{"Event ID", true}, {"Time", true}, {"Log file", true}}}
	shown, more := atMost(list, limit)
	for _, e := range shown {
		id := copyCell(w.name(e.EventID))
		if e.EventID == "" {
			id = wordsCell("event without an ID")
		}
		table.Rows = append(table.Rows, htmlRow{Head: id, Cells: []htmlCell{
			wordsCell(second(e.EventTime)), copyCell(w.name(e.Object)),
		}})
	}
	table.LeftOut = leftOutText(more, "which the command below lists")
	return table
}
