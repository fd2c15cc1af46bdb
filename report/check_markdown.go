package report

import (
	"io"

	"roletrail/analyzer"
)

// CheckMarkdown writes c as Markdown, for a ticket or a pull request, in the order of CheckText. What comes from a log
// stays what it is: it makes no link, no markup and no HTML, and ends no code block. An error is one of writing to w.
func CheckMarkdown(w io.Writer, c *analyzer.Check) error {
	s := newSheet(w)
	s.checkHead(c)
	s.checkReasons(c.Reasons)
	s.checkFeatures(c)
	if len(c.Warnings) > 0 {
		s.block("## Warnings")
		s.line()
		for _, warning := range c.Warnings {
			s.line("- ", prose(warning))
		}
	}
	s.checkLogs(c)
	if len(c.LiveChecks) > 0 {
		s.block("## Live checks")
		s.block("What the logs cannot tell:")
		for _, check := range c.LiveChecks {
			s.block(prose(check.Question))
			if !shown(check.Command) {
				s.block("Not to be copied: it holds characters that do not show, written as escapes here.")
			}
			s.block(fenced(check.Command))
		}
	}
	return s.flush()
}

// verdictMarkup is a verdict as a word.
func verdictMarkup(verdict string) markup {
	if at := checkVerdict(verdict); at >= 0 {
		return inMarkdown(verdicts[at].name)
	}
	return codeSpan(verdict)
}

// checkHead writes the answer, and what was asked.
func (s *sheet) checkHead(c *analyzer.Check) {
	name := c.Role.Name
	if name == "" {
		name = c.Role.ARN
	}
	s.line("# ", verdictMarkup(c.Verdict), ": ", codeSpan(name))
	if text := meaning(c); text != "" {
		s.block(inMarkdown(text))
	}
	s.line()
	s.line("- Role: ", codeSpan(c.Role.ARN))
	if c.Role.AccountID == "" {
		s.line("- Kind: ", inMarkdown(kindNames[c.Role.Kind]))
	} else {
		s.line("- Kind: ", inMarkdown(kindNames[c.Role.Kind]), ", account ", codeSpan(c.Role.AccountID))
	}
	s.line("- Asked for: ", inMarkdown(second(c.Window.Until)))
	s.line("- Idle: ", inMarkdown(idleWindow(c.Window)))
	if n := int64(len(c.Warnings)); n > 0 {
		s.line("- Warnings: ", inMarkdown(count(n)), ", see below")
	}
}

func (s *sheet) checkReasons(reasons []analyzer.Reason) {
	if len(reasons) == 0 {
		return
	}
	s.block("## Reasons")
	s.line()
	for i := range reasons {
		s.checkReason("", &reasons[i])
	}
}

// checkReason writes a reason as an item of a list, with its evidence as a list inside.
func (s *sheet) checkReason(indent markup, r *analyzer.Reason) {
	s.line(indent, "- **", verdictMarkup(r.Verdict), "** (", codeSpan(r.ID), "): ", prose(r.Text))
	for _, e := range r.Evidence {
		s.line(indent, "  - ", evidenceMarkup(e))
	}
}

func evidenceMarkup(e analyzer.Evidence) markup {
	if e.EventID == "" {
		return inMarkdown(second(e.EventTime)) + ", event without an ID, in " + codeSpan(e.Object)
	}
	return inMarkdown(second(e.EventTime)) + ", event " + codeSpan(e.EventID) + " in " + codeSpan(e.Object)
}

// checkFeatures writes a verdict for each feature as a table.
func (s *sheet) checkFeatures(c *analyzer.Check) {
	features := checkedFeatures(c)
	if len(features) == 0 {
		return
	}
	s.block("## Features: ", inMarkdown(featureQuestion(c)))
	s.line()
	s.tableRow("Feature", "Policy", "Verdict", "Last used", "Because of")
	s.tableRow("---", "---", "---", "---", "---")
	for i := range features {
		f := &features[i]
		why := markup("")
		for _, id := range decisive(f) {
			if why != "" {
				why += ", "
			}
			why += codeSpan(id)
		}
		policy := markup("")
		if f.Policy != "" {
			policy = codeSpan(f.Policy)
		}
		s.tableRow(codeSpan(f.ID), policy, verdictMarkup(f.Verdict), inMarkdown(lastUsed(f)), why)
	}
}

// checkLogs says what the answer rests on.
func (s *sheet) checkLogs(c *analyzer.Check) {
	s.block("## Logs")
	s.line()
	if c.LastUse == nil {
		s.line("- Last use: none in these logs")
	} else {
		s.line("- Last use: ", evidenceMarkup(c.LastUse.Evidence))
	}
	objects := c.Input.Objects
	s.line("- Read: ", inMarkdown(readText(objects)))
	for _, list := range []struct {
		label  markup
		counts map[string]int64
	}{{"- **Failed**: ", objects.Failed}, {"- Skipped: ", objects.Skipped}, {"- Pruned prefixes: ", prunedReasons(c.Input.Pruned)}} {
		if total(list.counts) > 0 {
			s.line(list.label, inMarkdown(cleaner{}.reasons(list.counts)))
		}
	}
	for _, f := range objects.Failures {
		s.line("  - ", codeSpan(f.Object), ": ", prose(f.Reason+" "+f.Detail))
	}
	s.checkCoverage(c.Coverage)
	s.line("- Made by: ", inMarkdown(cleaner{}.madeBy(c.Tool)))
}

// checkCoverage tells all gaps.
func (s *sheet) checkCoverage(list []analyzer.Coverage) {
	text, gapped := coverageText(list)
	if len(list) > 0 && len(gapped) == 0 {
		s.line("- Coverage: ", inMarkdown(text))
		return
	}
	s.line("- **Coverage**: ", inMarkdown(text))
	for _, entries := range gapped {
		for _, text := range (cleaner{}).gapTexts(entries, true) {
			s.line("  - ", inMarkdown(text))
		}
	}
}
