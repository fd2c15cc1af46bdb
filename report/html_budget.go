package report

import (
	"slices"

	"roletrail/analyzer"
)

// htmlBudget says how much a document tells of each role, so that one on hundreds of accounts still opens at once. It
// follows from the usage alone.
type htmlBudget struct {
	roles    int // in the overview
	sections int // of roles
	findings int
	coverage int // rows

	// Of each role:
	bins     int  // columns of its timeline
	rows     int  // of each list
	evidence int  // events of each finding and feature
	days     bool // its days as a table too
	features bool // calls, policies and evidence of each feature
}

// Numbers of roles up to which a document tells all, and up to which it tells most.
const (
	fullRoles  = 25
	briefRoles = 100
)

func newHTMLBudget(roles int) htmlBudget {
	b := htmlBudget{roles: 2000, sections: 500, findings: 500, coverage: 500}
	switch {
	case roles <= fullRoles:
		b.bins, b.rows, b.evidence, b.days, b.features = 110, 500, 5, true, true
	case roles <= briefRoles:
		b.bins, b.rows, b.evidence, b.features = 80, 25, 2, true
	default:
		b.bins, b.rows, b.evidence = 16, 4, 1
	}
	return b
}

// elsewhere is where everything is that a document has no room for.
const elsewhere = printable("in the reports for programs (-o FILE.json, FILE.csv)")

// notice says what a document on that many roles leaves out; "" is nothing.
func (b htmlBudget) notice(roles int) printable {
	switch {
	case b.days:
		return ""
	case b.features:
		return "This report is on " + count(int64(roles)) + " roles. To stay quick to open, it holds at most " + count(int64(b.rows)) +
			" rows of each list of a role and leaves out the tables of days; all of it is " + elsewhere + ", and in a report on fewer roles (--role)."
	default:
		return "This report is on " + count(int64(roles)) + " roles. To stay quick to open, it holds at most " + count(int64(b.rows)) +
			" rows of each list of a role and leaves out the tables of days and what each feature called; all of it is " + elsewhere +
			", and in a report on fewer roles (--role)."
	}
}

// sectionRoles are the indexes of the roles that get a section: those with findings before others, in the order of the
// report.
func (b htmlBudget) sectionRoles(u *analyzer.Usage) []int {
	all := make([]int, len(u.Roles))
	for i := range all {
		all[i] = i
	}
	if len(all) <= b.sections {
		return all
	}
	found := map[string]bool{}
	for _, f := range u.Findings {
		found[f.RoleARN] = true
	}
	slices.SortStableFunc(all, func(i, j int) int {
		switch first, second := found[u.Roles[i].ARN], found[u.Roles[j].ARN]; {
		case first == second:
			return 0
		case first:
			return -1
		default:
			return 1
		}
	})
	all = all[:b.sections]
	slices.Sort(all)
	return all
}
