package report

import (
	"slices"

	"roletrail/analyzer"
)

// coverageRows is how many accounts and Regions the report tells of that have no gap.
const coverageRows = 40

// coverageTable writes what was read of each account and Region; where these are many, of those with gaps only.
func (r *usageMarkdown) coverageTable() {
	list := r.usage.Coverage
	whole := 0
	if len(list) > coverageRows {
		gapped := slices.DeleteFunc(slices.Clone(list), func(c analyzer.Coverage) bool { return !hasGap(c) })
		list, whole = gapped, len(list)-len(gapped)
	}
	rows := make([][]markup, len(list))
	for i, c := range list {
		gaps := markup("none found")
		if texts := (cleaner{}).gapTexts(list[i:i+1], false); len(texts) > 0 {
			gaps = inMarkdown(texts[0])
			for _, text := range texts[1:] {
				gaps += "; " + inMarkdown(text)
			}
		}
		rows[i] = []markup{
			accountMarkup(c.AccountID), regionMarkup(c.Region), inMarkdown(day(c.FirstDelivery)), inMarkdown(day(c.LastDelivery)),
			numeral(int64(c.DaysWithFiles)), prose(c.ReadEvents), prose(c.State), gaps, prose(integrityText(c.Integrity)),
		}
	}
	left := r.fittingTable(coverageMark, "## Coverage", []markup{
		"Account", "Region", "First file", "Last file", "Days>", "Read events", "State", "Gaps", "Integrity",
	}, rows)
	if whole > 0 {
		if len(rows) == 0 {
			r.remark("## Coverage")
		}
		r.remark("Accounts and Regions without a gap, which are not listed: ", numeral(int64(whole)), ".")
	}
	if left > 0 {
		r.remark(andMore(int64(left), int64(left)))
	}
}

// integrityText says in words what was done to prove that the log files are those that CloudTrail delivered.
func integrityText(integrity string) string {
	if integrity == "notChecked" {
		return "not checked"
	}
	return integrity
}

// failureTable names the log files that could not be read.
func (r *usageMarkdown) failureTable() {
	objects := &r.usage.Input.Objects
	rows := make([][]markup, len(objects.Failures))
	for i, f := range objects.Failures {
		rows[i] = []markup{codeSpan(f.Object), prose(f.Reason), prose(f.Detail)}
	}
	left := r.fittingTable(failuresMark, "## Log files that could not be read", []markup{"Object", "Reason", "Detail"}, rows)
	shown := int64(len(rows) - left)
	if failed := max(total(objects.Failed), int64(len(rows))); failed > shown {
		r.remark(andMore(failed-shown, int64(left)))
	}
}
