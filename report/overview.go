package report

import (
	"slices"

	"roletrail/analyzer"
)

// overview writes one line a role, with features as columns, for reports on many roles.
func (p *page) overview(u *analyzer.Usage) {
	for _, kind := range []struct {
		kind string
		one  printable
		many printable
	}{
		{analyzer.KindInfrastructure, "infrastructure role", "infrastructure roles"},
		{analyzer.KindServiceLinked, "service-linked role", "service-linked roles"},
		{analyzer.KindOther, "other role", "other roles"},
	} {
		var roles []*analyzer.Role
		for i := range u.Roles {
			if u.Roles[i].Kind == kind.kind {
				roles = append(roles, &u.Roles[i])
			}
		}
		if len(roles) > 0 {
			p.overviewOf(roles, counted(int64(len(roles)), kind.one, kind.many))
		}
	}
	p.blank()
	p.paragraph(0, "Numbers are uses: sessions assumed and calls made; ! marks denied or failed ones. The tables of "+
		"a role: --role NAME; of all: --details.", dim)
}

// overviewColumn is one feature that some role of the group was used for.
type overviewColumn struct {
	id    printable
	cells []span // one a role
	width int
}

// overviewForm is how the lines of a group name their roles. An account holds one role of a name, so the two together
// tell roles apart; what all roles of the group share is said beside its title instead.
type overviewForm struct {
	account  bool // a column of accounts
	name     bool // a column of role names
	heads    bool // accounts as lines above their roles, where there is no room for the column
	lastSeen bool
}

// seenWidth is the width of a column of dates.
const seenWidth = len("2006-01-02")

func (p *page) overviewOf(roles []*analyzer.Role, title printable) {
	sameAccount, sameName := true, true
	for _, role := range roles {
		sameAccount = sameAccount && role.AccountID == roles[0].AccountID
		sameName = sameName && role.Name == roles[0].Name
	}
	form, remark := overviewForm{account: true, name: true, lastSeen: true}, printable("")
	switch {
	case sameAccount && roles[0].AccountID != "":
		form.account, remark = false, "account "+p.name(roles[0].AccountID)
	case sameName && roles[0].Name != "":
		form.name, remark = false, p.name(roles[0].Name)
	}
	p.section(title, remark)
	p.blank()

	features, unseen := p.overviewColumns(roles)
	forms := []overviewForm{form, {form.account, form.name, false, false}}
	if form.account && form.name {
		forms = append(forms, overviewForm{false, true, true, true}, overviewForm{false, true, true, false})
	}
	fits := slices.IndexFunc(forms, func(f overviewForm) bool { return p.overviewWidth(roles, features, f) <= p.width })
	if fits >= 0 {
		p.overviewTable(roles, features, forms[fits])
	} else {
		p.overviewList(roles, features, form)
	}
	if len(unseen) > 0 {
		p.blank()
		p.paragraph(tableIndent, "Not seen on any of them: "+joined(unseen, 0), dim)
	}
}

// overviewLabels are what the lines of a table begin with, under their head, padded to one width.
func (p *page) overviewLabels(roles []*analyzer.Role, form overviewForm) (head printable, labels []printable) {
	pad := func(head printable, cell func(role *analyzer.Role) printable) (printable, []printable) {
		cells, widest := make([]printable, len(roles)), width(head)
		for i, role := range roles {
			cells[i] = cell(role)
			widest = max(widest, width(cells[i]))
		}
		for i := range cells {
			cells[i] = padRight(cells[i], widest)
		}
		return padRight(head, widest), cells
	}
	labels = make([]printable, len(roles))
	add := func(columnHead printable, cell func(role *analyzer.Role) printable) {
		columnHead, cells := pad(columnHead, cell)
		for i := range cells {
			if head != "" {
				labels[i] += blanks(tableGap)
			}
			labels[i] += cells[i]
		}
		if head != "" {
			head += blanks(tableGap)
		}
		head += columnHead
	}
	if form.account {
		add("Account", func(role *analyzer.Role) printable { return p.accountName(role) })
	}
	if form.name {
		add("Role", func(role *analyzer.Role) printable { return p.roleName(role) })
	}
	if form.lastSeen {
		add("Last seen", func(role *analyzer.Role) printable { return padRight(day(role.LastSeen), seenWidth) })
	}
	return head, labels
}

func (p *page) accountName(role *analyzer.Role) printable {
	if role.AccountID == "" {
		return unnamed
	}
	return p.name(role.AccountID)
}

func (p *page) overviewWidth(roles []*analyzer.Role, features []overviewColumn, form overviewForm) int {
	head, _ := p.overviewLabels(roles, form)
	total := tableIndent + width(head)
	for _, f := range features {
		total += tableGap + f.width
	}
	return total
}

func (p *page) overviewTable(roles []*analyzer.Role, features []overviewColumn, form overviewForm) {
	head, labels := p.overviewLabels(roles, form)
	p.overviewHeads(head, features)
	for i, role := range roles {
		if form.heads && (i == 0 || role.AccountID != roles[i-1].AccountID) {
			p.paragraph(tableIndent, "account "+p.accountName(role), dim)
		}
		spans := []span{{labels[i], plain}}
		for _, f := range features {
			spans = append(spans, span{blanks(tableGap + f.width - width(f.cells[i].text)), plain}, f.cells[i])
		}
		p.line(tableIndent, spans...)
	}
}

// overviewColumns lists the features that were seen on a role, in the order in which the roles list them, and the ids
// of the others.
func (p *page) overviewColumns(roles []*analyzer.Role) (features []overviewColumn, unseen []printable) {
	var ids []string
	for _, role := range roles {
		at := 0
		for _, f := range role.Features {
			if i := slices.Index(ids, f.ID); i >= 0 {
				at = i + 1
				continue
			}
			ids = slices.Insert(ids, at, f.ID)
			at++
		}
	}
	for _, id := range ids {
		column := overviewColumn{id: p.name(id)}
		used := false
		for _, role := range roles {
			cell := span{p.glyph("·", ".") + " ", dim}
			for j := range role.Features {
				if f := &role.Features[j]; f.ID == id && seen(f) {
					cell, used = usesCell(f), true
				}
			}
			column.cells = append(column.cells, cell)
			column.width = max(column.width, width(cell.text))
		}
		if used {
			features = append(features, column)
		} else {
			unseen = append(unseen, column.id)
		}
	}
	return features, unseen
}

// usesCell is the number of uses, with a mark when some did not succeed.
func usesCell(f *analyzer.FeatureUsage) span {
	if f.Denied+f.FailedCalls > 0 {
		return span{count(f.Assumed+f.Calls) + "!", alarm}
	}
	return span{count(f.Assumed+f.Calls) + " ", plain}
}

// overviewHeads writes the ids of the features as steps that lead down to their columns, since ids are wider than
// numbers:
//
//	                 load-balancers ┐
//	     ebs-volumes ┐              │
//	Role             │              │
func (p *page) overviewHeads(labels printable, features []overviewColumn) {
	corner, bar := p.glyph("┐", "."), p.glyph("│", "|")
	positions := make([]int, len(features))
	x := tableIndent + width(labels)
	for i, f := range features {
		x += tableGap + f.width
		positions[i] = x - 2 // of the last digit, before the mark
	}
	bars := func(spans []span, from int) []span {
		for i := from; i < len(features); i++ {
			spans = append(spans, span{blanks(positions[i] - spansWidth(spans)), plain}, span{bar, dim})
		}
		return spans
	}
	for i := len(features) - 1; i >= 0; i-- {
		id := p.shorten(features[i].id, positions[i]-1)
		p.line(0, bars([]span{{padLeft(id+" ", positions[i]), bold}, {corner, dim}}, i+1)...)
	}
	p.line(0, bars([]span{{blanks(tableIndent) + labels, bold}}, 0)...)
}

// overviewList is the overview for pages too narrow for the columns.
func (p *page) overviewList(roles []*analyzer.Role, features []overviewColumn, form overviewForm) {
	for i, role := range roles {
		label := p.roleName(role)
		if form.account {
			label = p.accountName(role)
		}
		if form.account && form.name {
			label += " " + p.roleName(role)
		}
		p.paragraph(tableIndent, label, bold)
		var items []printable
		for _, f := range features {
			if cell := f.cells[i]; cell.style != dim {
				items = append(items, f.id+" "+trimBlanks(cell.text))
			}
		}
		if !role.LastSeen.IsZero() {
			items = append(items, "last seen "+day(role.LastSeen))
		}
		p.paragraph(2*tableIndent, joined(items, 0), plain)
	}
}
