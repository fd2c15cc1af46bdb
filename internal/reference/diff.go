package reference

import (
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roletrail/analyzer"
)

// Ignore names a part of the report that may differ when the same records lie in other files.
type Ignore int

// What can be ignored.
const (
	EvidenceObjects Ignore = iota // the objects that evidence names
	Input                         // the counters of objects, bytes and records
)

// Diff tells how a report differs from the reference's on the same files, and is empty where they agree. It compares
// all that the reference fills, so neither the texts of findings other than their titles, nor the details of
// failures. An empty list is as good as none.
func Diff(real, ref *analyzer.Usage, ignore ...Ignore) string {
	options := cmp.Options{
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(analyzer.Usage{}, "Tool", "Window", "Coverage"),
		cmpopts.IgnoreFields(analyzer.Input{}, "Pruned"),
		cmpopts.IgnoreFields(analyzer.Failure{}, "Detail"),
		cmpopts.IgnoreFields(analyzer.Finding{}, "Detail", "Advice", "Link"),
	}
	if slices.Contains(ignore, EvidenceObjects) {
		options = append(options, cmpopts.IgnoreFields(analyzer.Evidence{}, "Object"))
	}
	if slices.Contains(ignore, Input) {
		options = append(options, cmpopts.IgnoreFields(analyzer.Usage{}, "Input"))
	}
	return cmp.Diff(ref, real, options)
}
