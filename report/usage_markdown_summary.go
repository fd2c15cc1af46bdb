package report

import (
	"roletrail/analyzer"
)

// summary writes what the report is of, how the run ends, and what the numbers rest on.
func (r *usageMarkdown) summary(o MarkdownOptions) {
	u := r.usage
	if !r.part(summaryMark, func(s *sheet) { s.line("# Use of IAM roles by Amazon ECS: ", scope(u)) }) {
		r.part(issueLimit, func(s *sheet) { s.line("# Use of IAM roles by Amazon ECS") })
	}
	if o.ExitState != "" {
		r.emptyLine()
		r.item("**Result**: ", prose(o.ExitState))
	}
	r.emptyLine()
	if len(u.Findings) == 0 {
		r.item("- Findings: ", "none")
	} else {
		r.item("- Findings: ", inMarkdown(severityCounts(u.Findings)))
	}
	r.coverageItem()
	r.readItems()
	r.item("- Records: ", inMarkdown(recordsText(u.Input.Records)))
	r.item("- Events: ", inMarkdown(period(u.Observed.FirstEvent, u.Observed.LastEvent)))
	if text := windowText(u.Window); text == "" {
		r.item("- Window: ", "everything that was read")
	} else {
		r.item("- Window: ", inMarkdown(text))
	}
	for _, list := range []struct {
		label markup
		names []string
	}{{"- Accounts: ", u.Observed.Accounts}, {"- Regions: ", u.Observed.Regions}} {
		if len(list.names) == 0 {
			r.item(list.label, "none named")
		} else {
			r.item(list.label, items(codeSpans(list.names), headerItems, 0))
		}
	}
	r.item("- Made by: ", inMarkdown(cleaner{}.madeBy(u.Tool)))
}

// item writes a line of the summary.
func (r *usageMarkdown) item(label, text markup) {
	if !r.part(summaryMark, func(s *sheet) { s.line(label, text) }) {
		r.part(issueLimit, func(s *sheet) { s.line(label, "too long to be told here") })
	}
}

// scope says of how much the report speaks.
func scope(u *analyzer.Usage) markup {
	accounts := inMarkdown(counted(int64(len(u.Observed.Accounts)), "account", "accounts"))
	if len(u.Observed.Accounts) == 1 {
		accounts = "account " + codeSpan(u.Observed.Accounts[0])
	}
	return accounts + ", " + inMarkdown(counted(int64(len(u.Observed.Regions)), "Region", "Regions")+", "+
		counted(int64(len(u.Roles)), "role", "roles"))
}

// coverageItem says what the logs can speak of, and for the first accounts what they do not say.
func (r *usageMarkdown) coverageItem() {
	text, gapped := coverageText(r.usage.Coverage)
	label := markup("- Coverage: ")
	if len(r.usage.Coverage) == 0 || len(gapped) > 0 {
		label = "- **Coverage**: "
	}
	r.item(label, inMarkdown(text))
	for _, entries := range gapped[:min(len(gapped), gapAccounts)] {
		for _, text := range (cleaner{}).gapTexts(entries, false) {
			r.item("  - ", accountMarkup(entries[0].AccountID)+": "+inMarkdown(text))
		}
	}
	if more := len(gapped) - gapAccounts; more > 0 {
		r.item("  - ", "and "+inMarkdown(counted(int64(more), "account", "accounts"))+" more, see below")
	}
}

// readItems says what was read and what was not.
func (r *usageMarkdown) readItems() {
	input := r.usage.Input
	r.item("- Read: ", inMarkdown(readText(input.Objects))+", "+
		sizeMarkup(input.Bytes.Read)+" as stored, "+sizeMarkup(input.Bytes.Inflated)+" inflated")
	if failed := total(input.Objects.Failed); failed > 0 {
		r.item("- **Failed**: ", inMarkdown(counted(failed, "log file could not be read and is in no number",
			"log files could not be read and are in no number"))+": "+reasonsMarkup(input.Objects.Failed))
	}
	if skipped := total(input.Objects.Skipped); skipped > 0 {
		r.item("- Skipped: ", inMarkdown(counted(skipped, "file is none to report on", "files are none to report on"))+
			": "+reasonsMarkup(input.Objects.Skipped))
	}
	if pruned := int64(len(input.Pruned)); pruned > 0 {
		r.item("- Pruned: ", inMarkdown(counted(pruned, "prefix was", "prefixes were"))+" left out, all or in part: "+
			reasonsMarkup(prunedReasons(input.Pruned)))
	}
}

func reasonsMarkup(counts map[string]int64) markup { return inMarkdown(cleaner{}.reasons(counts)) }

// accountMarkup and regionMarkup show where something was, which not every event names.
func accountMarkup(account string) markup { return namedOr(account, inMarkdown(unnamed)) }

func regionMarkup(region string) markup { return namedOr(region, inMarkdown(unnamed)) }

// namedOr shows an identifier, or what stands for none.
func namedOr(name string, none markup) markup {
	if name == "" {
		return none
	}
	return codeSpan(name)
}
