package report

import (
	_ "embed" // for the schema
	"io"
	"slices"

	"roletrail/analyzer/catalog"
)

// FeaturesSchema is the JSON Schema (draft 2020-12) of what FeaturesJSON writes, the contract roletrail/features/v1.
//
//go:embed features.schema.json
var FeaturesSchema string

// FeaturesJSON writes c as its public contract says (FeaturesSchema), in the manner of JSON. An error is one of writing
// to w.
func FeaturesJSON(w io.Writer, c *catalog.Catalog) error {
	listing := c.Listing()
	return writeJSON(w, &listing)
}

// groupRemarks say what a kind of role is told by.
var groupRemarks = map[string]printable{
	catalog.Infrastructure: "infrastructure roles, told by session name",
	catalog.ServiceLinked:  "service-linked role, told by its calls",
	catalog.Other:          "other roles, told by session name",
}

// FeaturesText writes c for a person at a terminal, in the manner of Text: the features by service principal and kind of
// role, each with what tells it and with AWS's policy for it. Details add where the session names are known from, and
// AWS's pages. An error is one of writing to w.
func FeaturesText(w io.Writer, c *catalog.Catalog, o TextOptions) error {
	p := newPage(w, o)
	p.sides("catalog "+p.name(c.Version)+" of "+p.name(c.Date), counted(int64(len(c.Features)), "feature", "features"))
	ids := 0
	for _, f := range c.Features {
		ids = max(ids, width(p.name(f.ID)))
	}
	for _, group := range featureGroups(c) {
		p.section(p.name(group[0].Principal), groupRemarks[group[0].Kind])
		shared := sharedPolicy(group)
		if shared != nil {
			p.policy(tableIndent, shared)
		}
		for _, f := range group {
			p.blank()
			p.catalogFeature(f, ids, shared)
		}
	}
	if !o.Details {
		p.blank()
		p.paragraph(0, "Session names without a remark are documented by AWS; those seen are known from events or error "+
			"messages, those inferred from other facts. More: --details.", dim)
	}
	p.exitState(o)
	return p.flush()
}

// featureGroups are the features of one principal and kind each, in the order in which the catalog first names them.
func featureGroups(c *catalog.Catalog) [][]*catalog.Feature {
	var groups [][]*catalog.Feature
	for i := range c.Features {
		f := &c.Features[i]
		at := slices.IndexFunc(groups, func(group []*catalog.Feature) bool {
			return group[0].Principal == f.Principal && group[0].Kind == f.Kind
		})
		if at < 0 {
			groups = append(groups, []*catalog.Feature{f})
		} else {
			groups[at] = append(groups[at], f)
		}
	}
	return groups
}

// sharedPolicy is the policy that all features of a group name, if they are several: a service-linked role has but one.
func sharedPolicy(group []*catalog.Feature) *catalog.Policy {
	if len(group) < 2 {
		return nil
	}
	for _, f := range group {
		if f.Policy != group[0].Policy {
			return nil
		}
	}
	return group[0].Policy
}

// featureLabel is the width of the labels of a feature's lines.
const featureLabel = 10

func (p *page) catalogFeature(f *catalog.Feature, ids int, shared *catalog.Policy) {
	const indent = 2 * tableIndent
	id, title := padRight(p.name(f.ID), ids+tableGap), p.text(f.Title)
	if tableIndent+width(id)+width(title) <= p.width {
		p.line(tableIndent, span{id, bold}, span{title, plain})
	} else {
		p.whole(tableIndent, p.name(f.ID), bold)
		p.paragraph(indent, title, plain)
	}
	if f.CatchAll {
		p.paragraph(indent, "takes what no other feature of "+p.name(f.Principal)+" claims", dim)
	}
	p.sessionNames(f.SessionNames)
	p.calls(f.Calls)
	if f.Policy != nil && f.Policy != shared {
		p.policy(indent, f.Policy)
	}
	if p.details && f.Page != "" {
		p.labelled(indent, "page", featureLabel, p.name(f.Page), plain)
	}
}

// sessionNames lists session names with what they rest on, if that is not AWS's documentation.
func (p *page) sessionNames(names []catalog.SessionName) {
	const indent = 2 * tableIndent
	if p.details {
		for _, n := range names {
			p.labelled(indent, "session", featureLabel, p.name(n.Name), plain)
			p.paragraph(indent+featureLabel, p.name(n.Confidence)+": "+p.text(n.Source), dim)
		}
		return
	}
	var items []printable
	for _, n := range names {
		item := p.name(n.Name)
		if n.Confidence != catalog.Documented {
			item += " (" + p.name(n.Confidence) + ")"
		}
		items = append(items, item)
	}
	if len(items) > 0 {
		p.labelled(indent, "sessions", featureLabel, joined(items, 0), plain)
	}
}

// calls lists event names by event source and by whom they are shared with.
func (p *page) calls(calls []catalog.Call) {
	const indent = 2 * tableIndent
	for begin := 0; begin < len(calls); {
		first := calls[begin]
		var names []printable
		end := begin
		for end < len(calls) && calls[end].Service == first.Service && slices.Equal(calls[end].SharedWith, first.SharedWith) {
			names = append(names, p.name(calls[end].Name))
			end++
		}
		begin = end
		p.hanging(indent, p.name(first.Service)+" "+joined(names, 0), plain)
		if len(first.SharedWith) > 0 {
			p.paragraph(indent+tableIndent, "shared with "+joined(p.names(first.SharedWith, p.width-indent, ""), 0), dim)
		}
	}
}

// policy names a managed policy with its version.
func (p *page) policy(indent int, policy *catalog.Policy) {
	text := p.name(policy.Name) + " " + p.name(policy.Version)
	if inset := indent + featureLabel; inset+width(text) <= p.width || width(text) > p.width {
		p.labelled(indent, "policy", featureLabel, text, plain)
	} else {
		p.line(indent, span{"policy", dim})
		p.whole(inset, text, plain)
	}
	if p.details {
		p.line(indent+featureLabel, span{"of " + p.name(policy.Date), dim})
	}
}
