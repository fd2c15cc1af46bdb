package analyzer

import (
	"slices"
	"strings"

	"roletrail/ingest"
)

// input tells what there was to read in the terms of the report.
func input(s *ingest.Summary) Input {
	in := Input{
		Objects: InputObjects{Listed: s.Listed, Read: s.Read, Skipped: s.Skipped, Failed: s.Failed, Failures: []Failure{}},
		Pruned:  []Pruned{},
		Bytes:   InputBytes{Read: s.BytesRead, Inflated: s.BytesInflated},
	}
	for _, f := range s.Failures {
		in.Objects.Failures = append(in.Objects.Failures, Failure{Object: f.Name, Reason: f.Reason, Detail: detail(f)})
	}
	for _, p := range s.Pruned {
		in.Pruned = append(in.Pruned, Pruned{Prefix: p.Prefix, Reason: p.Reason})
	}
	return in
}

// detail says what went wrong without the object's name, which stands beside it.
func detail(f ingest.Failure) string {
	if f.Err == nil {
		return ""
	}
	return strings.ReplaceAll(f.Err.Error(), f.Name+": ", "")
}

func sortRoles(roles []Role) {
	slices.SortFunc(roles, func(a, b Role) int { return strings.Compare(a.ARN, b.ARN) })
}
