package report

import (
	"math"
	"slices"
)

// chainNames says which parts of the names of chains tell them apart. The header names the others.
type chainNames struct{ accounts, regions, trails bool }

func namesOf(chains []VerifiedChain) (n chainNames) {
	for i := range chains {
		n.accounts = n.accounts || chains[i].AccountID != chains[0].AccountID
		n.regions = n.regions || chains[i].Region != chains[0].Region
		n.trails = n.trails || chains[i].Trail != chains[0].Trail
	}
	n.regions = n.regions || !n.accounts && !n.trails
	return n
}

// head names the parts.
func (n chainNames) head() printable {
	var words []printable
	for _, part := range []struct {
		told bool
		name printable
	}{{n.accounts, "Account"}, {n.regions, "Region"}, {n.trails, "Trail"}} {
		if part.told {
			words = append(words, part.name)
		}
	}
	return joined(words, 0)
}

// chainName is what tells a chain from the others.
func (p *page) chainName(n chainNames, account, region, trail string, backfill bool) printable {
	var words []printable
	for _, part := range []struct {
		told bool
		name string
	}{{n.accounts, account}, {n.regions, region}, {n.trails && trail != "", trail}} {
		if part.told {
			words = append(words, p.known(part.name))
		}
	}
	if backfill {
		words = append(words, "(backfill)")
	}
	return spaced(words)
}

// chains writes a table with a line for each chain, or a list where the page is too narrow for it.
func (p *page) chains(v *Verification) {
	if len(v.Chains) == 0 {
		return
	}
	shown := v.Chains
	if !p.details && len(shown) > shownChains {
		shown = slices.DeleteFunc(slices.Clone(shown), untroubled)
	}
	names, asked := namesOf(v.Chains), v.askedHours()
	heads, cells := chainCells(v.Chains, shown, asked)
	rows := make([]row, len(shown))
	for i, c := range shown {
		rows[i] = row{p.chainName(names, c.AccountID, c.Region, c.Trail, c.Backfill), cells[i]}
	}
	switch {
	case len(rows) == 0:
	case rowsWidth(names.head(), heads, rows) <= p.width:
		p.rows(names.head(), heads, rows, 0)
	default:
		p.blank()
		p.line(tableIndent, span{names.head(), bold})
		for i := range rows {
			p.paragraph(tableIndent, rows[i].name, plain)
			p.paragraph(2*tableIndent, chainSentence(&shown[i], asked), dim)
		}
	}
	if more := len(v.Chains) - len(shown); more > 0 {
		p.blank()
		p.paragraph(tableIndent, counted(int64(more), "chain of digests is", "chains of digests are")+" valid with all log files; --details names them.", dim)
	}
}

// untroubled reports whether there is nothing to say of a chain but that it is valid.
func untroubled(c VerifiedChain) bool {
	return c.Digests == VerifiedDigests{Valid: c.Digests.Valid} && c.LogFiles == VerifiedLogFiles{Valid: c.LogFiles.Valid, Outside: c.LogFiles.Outside}
}

// rowsWidth is the width of a table in which nothing is shortened.
func rowsWidth(head printable, heads []printable, rows []row) int {
	names, total := width(head), tableIndent
	for _, r := range rows {
		names = max(names, width(r.name))
	}
	for i, h := range heads {
		cell := width(h)
		for _, r := range rows {
			cell = max(cell, width(r.cells[i].text))
		}
		total += tableGap + cell
	}
	return total + names
}

// chainColumn is a number of a chain. That of valid files is always told.
type chainColumn struct {
	head, word printable
	look       style
	of         func(*VerifiedChain) int64
}

// chainNumbers are those of digests, and after them those of log files.
var chainNumbers = []chainColumn{
	{"Digests valid", "valid", plain, func(c *VerifiedChain) int64 { return c.Digests.Valid }},
	{"invalid", "invalid", alarm, func(c *VerifiedChain) int64 { return c.Digests.Invalid }},
	{"missing", "missing", alarm, func(c *VerifiedChain) int64 { return c.Digests.Missing }},
	{"unchecked", "not checked", alarm, func(c *VerifiedChain) int64 { return c.Digests.NotChecked }},
	{"Logs valid", "valid", plain, func(c *VerifiedChain) int64 { return c.LogFiles.Valid }},
	{"altered", "altered", alarm, func(c *VerifiedChain) int64 { return c.LogFiles.Altered }},
	{"missing", "missing", alarm, func(c *VerifiedChain) int64 { return c.LogFiles.Missing }},
	{"moved", "moved", alarm, func(c *VerifiedChain) int64 { return c.LogFiles.Moved }},
	{"unread", "unread", alarm, func(c *VerifiedChain) int64 { return c.LogFiles.Unread }},
	{"unchecked", "not checked", alarm, func(c *VerifiedChain) int64 { return c.LogFiles.NotChecked }},
	{"outside", "outside of the window", plain, func(c *VerifiedChain) int64 { return c.LogFiles.Outside }},
}

const digestNumbers = 4 // of chainNumbers

// chainCells are the heads and cells of chains, without the columns that tell nothing of any.
func chainCells(all, shown []VerifiedChain, asked float64) (heads []printable, cells [][]span) {
	cells = make([][]span, len(shown))
	for _, column := range chainNumbers {
		if column.word != "valid" && !slices.ContainsFunc(all, func(c VerifiedChain) bool { return column.of(&c) != 0 }) {
			continue
		}
		heads = append(heads, column.head)
		for i := range shown {
			n := column.of(&shown[i])
			cell := span{count(n), column.look}
			if n == 0 {
				cell.style = plain
			}
			cells[i] = append(cells[i], cell)
		}
	}
	heads = append(heads, "Hours")
	for i := range shown {
		cells[i] = append(cells[i], span{provenHours(&shown[i], asked), plain})
	}
	return heads, cells
}

// chainSentence tells the numbers of a chain in words.
func chainSentence(c *VerifiedChain, asked float64) printable {
	numbers := func(columns []chainColumn) printable {
		var items []printable
		for _, column := range columns {
			if n := column.of(c); n != 0 || column.word == "valid" {
				items = append(items, count(n)+" "+column.word)
			}
		}
		return joined(items, 0)
	}
	text := "digests: " + numbers(chainNumbers[:digestNumbers]) + "; log files: " + numbers(chainNumbers[digestNumbers:])
	if !c.Backfill {
		text += "; hours proven: " + provenHours(c, asked)
	}
	return text
}

// provenHours is how many hours are proven, and of how many if that is known. A chain of the backfill proves no time alone.
func provenHours(c *VerifiedChain, asked float64) printable {
	if c.Backfill {
		return "-"
	}
	if asked == 0 {
		return hours(c.ProvenHours)
	}
	return hours(c.ProvenHours) + " of " + hours(asked)
}

// hours writes a number of hours to one decimal, never more than it is.
func hours(n float64) printable {
	tenths := int64(math.Floor(n*10 + 1e-6))
	if tenths%10 == 0 {
		return count(tenths / 10)
	}
	return count(tenths/10) + "." + count(tenths%10)
}
