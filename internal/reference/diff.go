package reference

import (
	stdcmp "cmp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roletrail/analyzer"
)

// Ignore names a part of the report that may differ when the same records lie in other files.
type Ignore int

// What can be ignored.
const (
	EvidenceObjects Ignore = iota // the objects that evidence and changes name
	Input                         // the counters of objects, bytes and records
	Coverage                      // what the names of files tell, and the findings that rest on it
)

// ownTitles are the findings whose titles are the analyzer's own.
var ownTitles = []string{
	"role-endangered", "stuck-volume", "unused-policy", "trail-changed", coverageGap,
}

const coverageGap = "coverage-gap"

// Diff tells how a report differs from the reference's on the same files, and is empty where they agree. It compares
// all that the reference fills, so neither the texts of findings other than most titles, nor the details of failures. An
// empty list is as good as none.
func Diff(real, ref *analyzer.Usage, ignore ...Ignore) string {
	options := cmp.Options{
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(analyzer.Usage{}, "Tool", "Window"),
		cmpopts.IgnoreFields(analyzer.Input{}, "Pruned"),
		cmpopts.IgnoreFields(analyzer.Failure{}, "Detail"),
		cmpopts.IgnoreFields(analyzer.Finding{}, "Detail", "Advice", "Link"),
	}
	if slices.Contains(ignore, EvidenceObjects) {
		options = append(options,
			cmpopts.IgnoreFields(analyzer.Evidence{}, "Object"), cmpopts.IgnoreFields(analyzer.Change{}, "Object"))
	}
	if slices.Contains(ignore, Input) {
		options = append(options, cmpopts.IgnoreFields(analyzer.Usage{}, "Input"))
	}
	ref, real = withoutOwnTitles(ref), withoutOwnTitles(real)
	if slices.Contains(ignore, Coverage) {
		options = append(options, cmpopts.IgnoreFields(analyzer.Usage{}, "Coverage"))
		isGap := func(f analyzer.Finding) bool { return f.ID == coverageGap }
		ref.Findings, real.Findings = slices.DeleteFunc(ref.Findings, isGap), slices.DeleteFunc(real.Findings, isGap)
	}
	return cmp.Diff(ref, real, options)
}

// withoutOwnTitles gives a copy of a report without the titles of findings that the reference does not title as the analyzer does. Since they
// decide on the order of findings that are alike in all else, these are put in the order of their evidence.
func withoutOwnTitles(u *analyzer.Usage) *analyzer.Usage {
	changed := *u
	changed.Findings = slices.Clone(u.Findings)
	findings := changed.Findings
	for i := range findings {
		if slices.Contains(ownTitles, findings[i].ID) {
			findings[i].Title = ""
		}
	}
	alike := func(a, b analyzer.Finding) bool {
		return a.Title == "" && b.Title == "" && a.ID == b.ID && a.Severity == b.Severity && a.RoleARN == b.RoleARN
	}
	for begin, end := 0, 0; begin < len(findings); begin = end {
		for end = begin + 1; end < len(findings) && alike(findings[begin], findings[end]); end++ {
		}
		slices.SortFunc(findings[begin:end], func(a, b analyzer.Finding) int {
			return slices.CompareFunc(a.Evidence, b.Evidence, compareEvidence)
		})
	}
	return &changed
}

// compareEvidence orders evidence by (time, event ID, object).
func compareEvidence(a, b analyzer.Evidence) int {
	return stdcmp.Or(a.EventTime.Compare(b.EventTime), strings.Compare(a.EventID, b.EventID), strings.Compare(a.Object, b.Object))
}
