package report

import (
	"slices"

	"roletrail/analyzer"
)

// htmlFeature is what a feature did with a role, to be unfolded.
type htmlFeature struct {
	ID, Title, Text printable
	Sessions, Notes []printable
	Actions         htmlTable
	Policies        []htmlPolicy
	Regions         htmlTable
	Evidence        htmlTable
}

// htmlPolicy is how much of a managed policy was seen to be used.
type htmlPolicy struct {
	Name, Text printable
	Actions    htmlTable
}

// featureRows are the features of a role that were seen, and the ids of the others.
func (w *htmlWriter) featureRows(r *analyzer.Role) (table htmlTable, unseen []printable) {
	heads := []printable{"Sessions", "Denied", "Calls", "Failed", "First seen", "Last seen", "Days"}
	serviceLinked := firstColumn(r) == columnCalls
	flags := "--feature FEATURE --kind assume"
	remark := followUses
	if serviceLinked {
		heads, flags, remark = heads[2:], "--feature FEATURE --kind call", followCalls
	}
	table = htmlTable{Caption: "Features", Heads: columnHeads("Feature", heads...)}
	for i := range r.Features {
		f := &r.Features[i]
		if !seen(f) && !w.budget.features {
			unseen = append(unseen, w.name(f.ID))
			continue
		}
		row := htmlRow{Head: htmlCell{Text: w.name(f.ID)}, Dim: !seen(f)}
		if w.budget.features {
			row.Head.Below = w.text(f.Title)
		}
		if !serviceLinked {
			row.Cells = append(row.Cells, numberCell(f.Assumed), failedCell(f.Denied))
		}
		row.Cells = append(row.Cells, numberCell(f.Calls), failedCell(f.FailedCalls), dateCell(or(day(f.FirstSeen), notSeen)),
			dateCell(or(day(f.LastSeen), notSeen)), numberCell(int64(f.ActiveDays)))
		table.Rows = append(table.Rows, row)
	}
	if len(table.Rows) > 0 {
		table.Follow = w.follow(r, remark, flags)
	}
	return table, unseen
}

// featureParts adds the details of the features that were seen, and the policies of features that anything shows to be used.
func (w *htmlWriter) featureParts(r *analyzer.Role, view *htmlRole) {
	policies := policiesOf(r.Permissions)
	all := len(policies)
	policies = slices.DeleteFunc(policies, func(granted []analyzer.Permission) bool { return !showsUse(r, granted) })
	if n := int64(all - len(policies)); n > 0 {
		view.PoliciesLeftOut = counted(n, "managed policy is of a feature that nothing shows to use the role, and is", "managed policies are of features that nothing shows to use the role, and are") +
			" not listed."
	}
	if !w.budget.features {
		shown, more := atMost(policies, w.budget.rows)
		for _, granted := range shown {
			view.Policies = append(view.Policies, w.policy(granted, false))
		}
		if more > 0 {
			view.PoliciesLeftOut = joined([]printable{leftOutText(more, "in the report as JSON"), view.PoliciesLeftOut}, 0)
		}
		return
	}
	for i := range r.Features {
		f := &r.Features[i]
		var own [][]analyzer.Permission
		policies = slices.DeleteFunc(policies, func(granted []analyzer.Permission) bool {
			if granted[0].Feature == f.ID {
				own = append(own, granted)
				return true
			}
			return false
		})
		if seen(f) || len(own) > 0 {
			view.FeatureParts = append(view.FeatureParts, w.featurePart(r, f, own))
		}
	}
	for _, granted := range policies {
		view.Policies = append(view.Policies, w.policy(granted, true))
	}
}

func (w *htmlWriter) featurePart(r *analyzer.Role, f *analyzer.FeatureUsage, policies [][]analyzer.Permission) htmlFeature {
	view := htmlFeature{ID: w.name(f.ID), Title: w.text(f.Title), Text: or(useText(f.Assumed, f.Denied, f.Calls, f.FailedCalls), notSeen)}
	for _, granted := range policies {
		view.Policies = append(view.Policies, w.policy(granted, true))
	}
	if !seen(f) {
		return view
	}
	if note := resolvedText(f.ResolvedBy); note != "" {
		view.Notes = append(view.Notes, note)
	}
	if f.Policy != "" && len(policies) == 0 {
		view.Notes = append(view.Notes, "Managed policy of the feature: "+w.name(f.Policy)+".")
	}
	if len(f.SessionNames) > 0 {
		view.Sessions = w.namesOf(f.SessionNames)
		if more := f.SessionNameCount - int64(len(f.SessionNames)); more > 0 {
			view.Notes = append(view.Notes, count(more)+" more session names are not listed; the command below lists the sessions.")
		}
	}
	view.Actions = w.actionRows(r, f)
	if w.budget.days && len(f.Regions) > 0 {
		view.Regions = w.regionTable("By Region", f.Regions)
		flags, remark := "--region REGION --kind assume", followUses
		if firstColumn(r) == columnCalls {
			flags, remark = "--region REGION --kind call", followCalls
		}
		view.Regions.Follow = w.follow(r, remark, "--feature", shellWord(f.ID), flags)
	}
	view.Evidence = w.evidence(f.Evidence, w.budget.evidence)
	view.Evidence.Follow = w.follow(r, "lists all events that its numbers count.", "--feature", shellWord(f.ID), "--kind assume --kind call")
	return view
}

// resolvedText says how sessions under a name that several features share were assigned.
func resolvedText(by string) printable {
	switch by {
	case "sessionNames":
		return "Includes sessions under a name that several features share: of these features, only this one used the role under a name of its own."
	case "references":
		return "Includes sessions under a name that several features share: of these features, only this one has resources that name the role."
	case "nothing":
		return "Includes sessions under a name that several features share; nothing tells which of them it was."
	default:
		return ""
	}
}

// actionRows are the calls of a feature.
func (w *htmlWriter) actionRows(r *analyzer.Role, f *analyzer.FeatureUsage) htmlTable {
	table := htmlTable{Caption: "Calls", Heads: columnHeads("Action", "Service", "Calls", "Failed", "First seen", "Last seen")}
	table.Heads[1].Words = true
	shown, more := atMost(f.Actions, w.budget.rows)
	for _, a := range shown {
		name := codeCell(w.name(a.Action))
		if len(a.SharedWith) > 0 {
			name.Below = "also made for " + joined(w.namesOf(a.SharedWith), 0)
		}
		table.Rows = append(table.Rows, htmlRow{Head: name, Cells: []htmlCell{
			codeCell(w.name(a.Service)), numberCell(a.Calls), failedCell(a.Failed), dateCell(day(a.FirstSeen)), dateCell(day(a.LastSeen)),
		}})
	}
	table.LeftOut = leftOutText(more, "in the report as JSON")
	if len(shown) > 0 {
		table.Follow = w.follow(r, followCalls, "--feature", shellWord(f.ID), "--kind call --source SERVICE --action ACTION")
	}
	return table
}

// policiesOf cuts permissions by managed policy.
func policiesOf(list []analyzer.Permission) (policies [][]analyzer.Permission) {
	for begin := 0; begin < len(list); {
		end := begin
		for end < len(list) && list[end].Feature == list[begin].Feature && list[end].Policy == list[begin].Policy {
			end++
		}
		policies = append(policies, list[begin:end])
		begin = end
	}
	return policies
}

// policy says how much of a policy was used; with all of its actions if asked for, else with those not seen.
func (w *htmlWriter) policy(granted []analyzer.Permission, all bool) htmlPolicy {
	table := htmlTable{Caption: "Actions granted", Heads: []htmlHead{{"Action", true}, {"Seen", true}, {"Last used", false}}}
	var used, unseen, hidden int64
	shown, more := atMost(granted, w.budget.rows)
	for i := range granted {
		state := w.name(granted[i].State)
		switch granted[i].State {
		case analyzer.PermissionUsed:
			used, state = used+1, "used"
		case analyzer.PermissionNotSeen:
			unseen, state = unseen+1, "not seen"
		case analyzer.PermissionNotObservable:
			hidden, state = hidden+1, "cannot be seen"
		}
		if all && i < len(shown) {
			table.Rows = append(table.Rows, htmlRow{Head: codeCell(w.name(granted[i].Action)), Cells: []htmlCell{wordsCell(state), dateCell(day(granted[i].LastUsed))}})
		}
	}
	text := count(used) + " of " + counted(int64(len(granted)), "action", "actions") + " used"
	if unseen > 0 {
		text += ", " + count(unseen) + " not seen"
	}
	if hidden > 0 {
		text += ", " + count(hidden) + " that these logs cannot show"
	}
	if !all {
		return htmlPolicy{Name: w.name(granted[0].Policy), Text: w.name(granted[0].Feature) + ": " + text}
	}
	table.LeftOut = leftOutText(more, "in the report as JSON")
	return htmlPolicy{w.name(granted[0].Policy), text, table}
}
