package report

import (
	"slices"

	"roletrail/analyzer"
)

// Limits on what is told of gaps when no details are asked for.
const (
	gapAccounts = 3
	gapRegions  = 4 // of one account and reason
	gapPeriods  = 3 // of one account or Region, and reason
)

// toldGaps is how many gaps of an account and Region a report holds at most.
const toldGaps = 100

// coverage says in one line of which accounts and Regions the logs speak, and in further, loud ones of which times and
// Regions they do not.
func (p *page) coverage(list []analyzer.Coverage) {
	text, gapped := coverageText(list)
	look := plain
	if len(list) == 0 || len(gapped) > 0 {
		look = alarm
	}
	p.labelled(2, "Coverage", headerLabel, text, look)
	shown := gapped
	if limit := p.limit(gapAccounts); limit > 0 && len(shown) > limit {
		shown = shown[:limit]
	}
	several := len(list) > 0 && list[0].AccountID != list[len(list)-1].AccountID
	for _, entries := range shown {
		for _, text := range p.gapTexts(entries, p.details) {
			if several {
				text = p.shorten(p.accountID(entries[0].AccountID), p.width/2) + ": " + text
			}
			p.hanging(2+headerLabel, text, alarm)
		}
	}
	if more := len(gapped) - len(shown); more > 0 {
		p.paragraph(2+headerLabel, "and "+counted(int64(more), "account", "accounts")+" more, shown by --details", alarm)
	}
}

// coverageText says of which accounts and Regions the logs speak, and returns the entries of those accounts, together,
// of which they do not say all.
func coverageText(list []analyzer.Coverage) (text printable, gapped [][]analyzer.Coverage) {
	if len(list) == 0 {
		return "none: no log file that was read is known to be of any account", nil
	}
	accounts := byAccount(list)
	gapped = slices.DeleteFunc(slices.Clone(accounts), func(entries []analyzer.Coverage) bool {
		return !slices.ContainsFunc(entries, hasGap)
	})
	text = counted(int64(len(accounts)), "account", "accounts") + ", " + counted(int64(regionCount(list)), "Region", "Regions")
	switch {
	case len(gapped) == 0:
		text += ", " + proof(list)
	case len(accounts) == 1:
		text += ", GAPS in the logs"
	default:
		text += ", GAPS in the logs of " + counted(int64(len(gapped)), "account", "accounts")
	}
	return text, gapped
}

func hasGap(c analyzer.Coverage) bool { return c.State == analyzer.CoverageGaps || len(c.Gaps) > 0 }

// proof says what is known of logs in which no gap was found.
func proof(list []analyzer.Coverage) printable {
	is := func(integrity string) bool {
		return slices.ContainsFunc(list, func(c analyzer.Coverage) bool { return c.Integrity == integrity })
	}
	switch {
	case !slices.ContainsFunc(list, func(c analyzer.Coverage) bool { return c.State != analyzer.CoverageComplete }):
		return "complete, proven by digests"
	case is(analyzer.IntegrityAltered):
		return "by the digests ALTERED"
	case is(analyzer.IntegrityIncomplete):
		return "no gap found, but digests do not prove all of it"
	case is(analyzer.IntegrityValid):
		return "all that was delivered, proven by digests; what the trail leaves out is not known"
	}
	return "no gap found; not verified"
}

// byAccount cuts a list that is sorted by account.
func byAccount(list []analyzer.Coverage) [][]analyzer.Coverage {
	var accounts [][]analyzer.Coverage
	for i, c := range list {
		if i == 0 || c.AccountID != list[i-1].AccountID {
			accounts = append(accounts, nil)
		}
		last := len(accounts) - 1
		accounts[last] = append(accounts[last], c)
	}
	return accounts
}

func regionCount(list []analyzer.Coverage) int {
	regions := map[string]bool{}
	for _, c := range list {
		regions[c.Region] = true
	}
	return len(regions)
}

func (c cleaner) accountID(account string) printable {
	if account == "" {
		return unnamed
	}
	return c.name(account)
}

// gapTexts says what is missing in one account, a sentence for each reason; with all of it, or with the first only.
func (c cleaner) gapTexts(entries []analyzer.Coverage, all bool) (texts []printable) {
	limit := func(n int) int {
		if all {
			return 0
		}
		return n
	}
	var days, reads, unread, silent, others []printable
	full := false
	for _, e := range entries {
		full = full || len(e.Gaps) >= toldGaps
		var readDays []printable
		for _, g := range e.Gaps {
			switch g.Reason {
			case analyzer.GapNoFiles:
				days = append(days, c.gapDays(g))
			case analyzer.GapNoReadEvents:
				readDays = append(readDays, c.gapDays(g))
			case analyzer.GapUnread:
				text := count(g.Files) + " of " + c.regionName(e.Region)
				if g.From != "" {
					text += " (" + c.gapDays(g) + ")"
				}
				unread = append(unread, text)
			case analyzer.GapSilentRegion:
				silent = append(silent, c.regionName(e.Region))
			default:
				others = append(others, c.name(g.Reason)+" in "+c.regionName(e.Region))
			}
		}
		if len(readDays) > 0 {
			reads = append(reads, c.regionName(e.Region)+" ("+joined(readDays, limit(gapPeriods))+")")
		}
	}
	tell := func(what printable, items []printable, most int) {
		if len(items) > 0 {
			texts = append(texts, what+joined(items, limit(most)))
		}
	}
	tell("no log file on ", days, gapPeriods)
	tell("no read events, and so no AssumeRole, in ", reads, gapRegions)
	tell("log files that could not be read: ", unread, gapRegions)
	tell("no log file from ", silent, headerItems)
	tell("", others, gapRegions)
	if full {
		texts = append(texts, "and perhaps more: only the first "+count(toldGaps)+" of a Region are told")
	}
	return texts
}

// gapDays names the days of a gap.
func (c cleaner) gapDays(g analyzer.Gap) printable {
	if g.From == g.Until {
		return c.name(g.From)
	}
	return c.name(g.From) + " to " + c.name(g.Until)
}

// coverageTable writes what was read of each account and Region.
func (p *page) coverageTable(list []analyzer.Coverage) {
	if len(list) == 0 {
		return
	}
	p.section("Coverage", "")
	rows := make([]row, 0, len(list))
	for _, c := range list {
		state := span{p.name(c.State), plain}
		if hasGap(c) {
			state.style = alarm
		}
		rows = append(rows, row{p.accountID(c.AccountID) + " " + p.regionName(c.Region), []span{
			{day(c.FirstDelivery), plain}, {day(c.LastDelivery), plain}, {count(int64(c.DaysWithFiles)), plain},
			{p.name(c.ReadEvents), plain}, state,
		}})
	}
	p.rows("Account, Region", []printable{"First file", "Last file", "Days", "Reads", "State"}, rows, 0)
}
