package report

import (
	"strings"

	"roletrail/analyzer"
)

// roleReferences is how many resources of one state and feature are named when no details are asked for.
const roleReferences = 3

// references says which ECS resources name the role: those that stand, those that are ending, and how many ended.
func (p *page) references(list []analyzer.Reference) {
	label := printable("References")
	field := func(text printable) {
		p.labelled(tableIndent, label, headerLabel, text, plain)
		label = ""
	}
	ended := int64(0)
	for begin := 0; begin < len(list); {
		first, end := list[begin], begin
		var names []printable
		number := int64(0)
		for end < len(list) && list[end].State == first.State && list[end].Feature == first.Feature {
			names = append(names, p.shorten(p.referenceName(&list[end]), p.width))
			number++
			end++
		}
		begin = end
		text := count(number) + " " + p.name(first.State) + " for " + p.name(first.Feature)
		switch {
		case first.State == analyzer.StateEnded:
			ended += number
		case p.details: // lists them
			field(text)
		default:
			field(text + ": " + joined(names, roleReferences))
		}
	}
	if ended > 0 {
		field(count(ended) + " ended")
	}
}

// referenceName names a resource with where it is.
func (c cleaner) referenceName(r *analyzer.Reference) printable {
	place := c.name(strings.TrimSpace(r.Cluster + " " + r.Region))
	if place == "" {
		return c.name(r.Resource)
	}
	return c.name(r.Resource) + " in " + place
}

// referenceList names all resources in full, with the events that they rest on.
func (p *page) referenceList(list []analyzer.Reference) {
	if !p.details || len(list) == 0 {
		return
	}
	p.blank()
	p.line(tableIndent, span{"References", bold})
	for i := range list {
		r := &list[i]
		p.hanging(tableIndent, p.referenceName(r), plain)
		p.paragraph(2*tableIndent, p.name(r.State)+" for "+p.name(r.Feature)+", "+period(r.Since, r.LastSeen), dim)
		p.evidence(2*tableIndent, r.Evidence)
	}
}

// remaining says what has to go before AWS lets anybody delete the service-linked role.
func (p *page) remaining(list []analyzer.Remaining) {
	if len(list) == 0 {
		return
	}
	rows := make([]row, 0, len(list))
	for _, r := range list {
		rows = append(rows, row{p.regionName(r.Region), []span{
			{count(r.ClusterCount), plain}, {count(r.ServiceCount), plain}, {count(r.ContainerInstances), plain},
		}})
	}
	p.rows("Remaining", []printable{"Clusters", "Services", "Container instances"}, rows, p.limit(roleRegions))
	p.paragraph(tableIndent, "As the logs show it; AWS deletes the role only when nothing of this is left in any Region.", dim)
	if !p.details {
		return
	}
	for _, r := range list {
		for _, names := range []struct {
			kind  printable
			names []string
			count int64
		}{{"clusters", r.Clusters, r.ClusterCount}, {"services", r.Services, r.ServiceCount}} {
			if len(names.names) == 0 {
				continue
			}
			text := p.regionName(r.Region) + " " + names.kind + ": " + joined(p.names(names.names, p.width-2*tableIndent, unnamed), 0)
			if more := names.count - int64(len(names.names)); more > 0 {
				text += " and " + count(more) + " more"
			}
			p.hanging(tableIndent, text, plain)
		}
	}
}
