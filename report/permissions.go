package report

import (
	"slices"

	"roletrail/analyzer"
)

// fewActions is how many actions of a policy that were not seen are named when no details are asked for.
const fewActions = 3

// policies are the permissions of a role by managed policy. Without details, those of features that show no use of the
// role are left out: the table of features tells that already.
func (p *page) policies(role *analyzer.Role) (policies [][]analyzer.Permission) {
	for begin := 0; begin < len(role.Permissions); {
		first, end := &role.Permissions[begin], begin
		for end < len(role.Permissions) && role.Permissions[end].Feature == first.Feature && role.Permissions[end].Policy == first.Policy {
			end++
		}
		granted := role.Permissions[begin:end]
		begin = end
		if p.details || showsUse(role, granted) {
			policies = append(policies, granted)
		}
	}
	return policies
}

// permissions says how much of what managed policies grant the role was seen to need.
func (p *page) permissions(policies [][]analyzer.Permission) {
	label := printable("Policies")
	for _, granted := range policies {
		p.labelled(tableIndent, label, headerLabel, p.permissionText(granted), plain)
		label = ""
		if p.details {
			p.permissionList(granted)
		}
	}
}

// showsUse reports whether anything shows that the feature of a policy uses the role.
func showsUse(role *analyzer.Role, granted []analyzer.Permission) bool {
	id := granted[0].Feature
	return slices.ContainsFunc(granted, func(g analyzer.Permission) bool { return g.State == analyzer.PermissionUsed }) ||
		slices.ContainsFunc(role.Features, func(f analyzer.FeatureUsage) bool { return f.ID == id && seen(&f) }) ||
		slices.ContainsFunc(role.References, func(r analyzer.Reference) bool {
			return r.Feature == id && r.State != analyzer.StateEnded
		})
}

// permissionText counts the actions of a policy.
func (p *page) permissionText(granted []analyzer.Permission) printable {
	used, unseen, hidden := p.actionsOf(granted)
	text := p.name(granted[0].Feature) + ": " + count(int64(len(used))) + " of " +
		counted(int64(len(granted)), "action", "actions") + " used"
	if len(hidden) > 0 {
		text += ", " + count(int64(len(hidden))) + " that these logs cannot show"
	}
	switch {
	case len(unseen) == 0:
		return text
	case len(unseen) <= fewActions && !p.details:
		return text + ", not seen: " + joined(unseen, 0)
	default:
		return text + ", " + count(int64(len(unseen))) + " not seen"
	}
}

// permissionList names the policy and all of its actions.
func (p *page) permissionList(granted []analyzer.Permission) {
	const inset = tableIndent + headerLabel
	p.hanging(inset+tableIndent, p.name(granted[0].Policy), dim)
	used, unseen, hidden := p.actionsOf(granted)
	for _, list := range []struct {
		what    printable
		actions []printable
	}{{"used", used}, {"not seen", unseen}, {"cannot be seen", hidden}} {
		if len(list.actions) > 0 {
			p.hanging(inset+tableIndent, list.what+": "+joined(list.actions, 0), plain)
		}
	}
}

// actionsOf names the actions of a policy by what was seen of them, the used ones with the day of their last use.
func (p *page) actionsOf(granted []analyzer.Permission) (used, unseen, hidden []printable) {
	for i := range granted {
		name := p.name(granted[i].Action)
		switch granted[i].State {
		case analyzer.PermissionUsed:
			used = append(used, name+" ("+day(granted[i].LastUsed)+")")
		case analyzer.PermissionNotSeen:
			unseen = append(unseen, name)
		case analyzer.PermissionNotObservable:
			hidden = append(hidden, name)
		}
	}
	return used, unseen, hidden
}
