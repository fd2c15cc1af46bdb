package report

import (
	"html/template"

	"roletrail/analyzer"
)

// htmlDocument is what the templates show. Text in it is printable, so nothing of a log comes into it but through a cleaner.
type htmlDocument struct {
	Style  template.CSS
	Script template.JS
	Policy printable

	Title, Scope, Period printable
	Tool, Catalog        printable
	ExitState            printable
	Notice               printable // what is left out
	Tiles                []htmlTile
	Facts                []htmlFact
	Lists                []htmlTable // what was not read
	Findings             []htmlFinding
	FindingsLeftOut      printable
	Overview             htmlTable
	Roles                []htmlRole
	RolesLeftOut         printable
	TimelineCaption      printable // of all roles, if it does not stand at each
	Coverage             htmlTable
	CoverageText         printable
	Gaps                 []printable
	Schema, Stamp        printable
	Contents             []htmlLink // sections of roles, if there are few
	Many                 bool       // roles, so that those out of sight are better not laid out
}

// htmlTile is a number that says how things stand.
type htmlTile struct {
	Label, Number, Text, Look printable
	Link                      attribute
}

// htmlFact is a term with what there is to say of it.
type htmlFact struct {
	Label, Text printable
	Alarm       bool
}

// htmlLink leads to a part of the document.
type htmlLink struct {
	Link attribute
	Text printable
}

// attribute is made of constants and digits alone: the anchor of a part, a link to one, a shape. Nothing of a log is ever one.
type attribute string

// htmlWriter makes the parts of a document.
type htmlWriter struct {
	cleaner
	usage    *analyzer.Usage
	budget   htmlBudget
	axis     axis
	sections map[int]attribute // where the sections of roles are, by the index of the role
	byARN    map[string]int    // index of the first role of an ARN
}

func newHTMLDocument(u *analyzer.Usage, o HTMLOptions) *htmlDocument {
	w := &htmlWriter{usage: u, budget: newHTMLBudget(len(u.Roles)), sections: map[int]attribute{}, byARN: map[string]int{}}
	w.axis = newTimelineAxis(u, w.budget.bins)
	for _, i := range w.budget.sectionRoles(u) {
		w.sections[i] = "role-" + whole(i+1)
	}
	for i := len(u.Roles) - 1; i >= 0; i-- {
		w.byARN[u.Roles[i].ARN] = i
	}
	d := &htmlDocument{
		Style: htmlStyle, Script: htmlScript, Policy: contentPolicy,
		Title: "Use of IAM roles", Scope: w.scope(), Period: period(u.Observed.FirstEvent, u.Observed.LastEvent),
		Tool:    w.name(u.Tool.Name) + " " + w.name(u.Tool.Version),
		Catalog: "catalog " + w.name(u.Tool.Catalog.Version) + " of " + w.name(u.Tool.Catalog.Date),
		Notice:  w.budget.notice(len(u.Roles)), Many: !w.budget.days, ExitState: w.text(o.ExitState), Schema: w.name(u.Schema),
		Tiles: w.tiles(), Facts: w.facts(), Lists: w.notReadLists(),
		Overview: w.overview(), Coverage: w.coverageRows(), Gaps: w.gaps(),
	}
	if !w.budget.features && w.axis.cells > 0 {
		d.TimelineCaption = timelineCaption(w.axis)
	}
	d.CoverageText, _ = coverageText(u.Coverage)
	d.Findings, d.FindingsLeftOut = w.findings()
	for i := range u.Roles {
		if id := w.sections[i]; id != "" {
			d.Roles = append(d.Roles, w.role(&u.Roles[i], id))
			if w.budget.days {
				d.Contents = append(d.Contents, htmlLink{"#" + id, w.roleName(&u.Roles[i])})
			}
		}
	}
	d.RolesLeftOut = leftOutText(int64(len(u.Roles)-len(d.Roles)), "which have no section here: they are in the table above, and "+elsewhere)
	if u.Stamp != nil {
		d.Stamp = "Made from " + second(u.Stamp.StartedAt) + " to " + second(u.Stamp.EndedAt)
	}
	return d
}

// scope says of what the document speaks.
func (w *htmlWriter) scope() printable {
	u := w.usage
	text := counted(int64(len(u.Roles)), "role", "roles")
	for _, list := range []struct {
		one, many printable
		items     []string
	}{{"account", "accounts", u.Observed.Accounts}, {"Region", "Regions", u.Observed.Regions}} {
		switch n := len(list.items); {
		case n == 0:
		case n <= 3:
			text += " · "
			if n == 1 {
				text += list.one + " "
			} else {
				text += list.many + " "
			}
			text += joined(w.namesOf(list.items), 0)
		default:
			text += " · " + count(int64(n)) + " " + list.many
		}
	}
	return text
}

// namesOf makes identifiers printable.
func (w *htmlWriter) namesOf(items []string) []printable {
	names := make([]printable, len(items))
	for i, item := range items {
		if names[i] = w.name(item); names[i] == "" {
			names[i] = unnamed
		}
	}
	return names
}

// roleName is the name of a role as a person knows it.
func (w *htmlWriter) roleName(role *analyzer.Role) printable {
	switch {
	case role.Name != "":
		return w.name(role.Name)
	case role.ARN != "":
		return w.name(role.ARN)
	default:
		return unknownRole
	}
}

// sectionLink leads to the section of a role; "" if it has none.
func (w *htmlWriter) sectionLink(index int) attribute {
	if id := w.sections[index]; id != "" {
		return "#" + id
	}
	return ""
}
