package report

import (
	"slices"

	"roletrail/analyzer"
)

// permissions writes how much of what managed policies grant a role was seen to need. Those of features that show no use
// of the role are left out: the table of features tells that already.
func (s *sheet) permissions(role *analyzer.Role) {
	var rows [][]markup
	for _, granted := range (&page{}).policies(role) { // as a page without details
		var used, unseen, hidden []markup
		for i := range granted {
			switch action := codeSpan(granted[i].Action); granted[i].State {
			case analyzer.PermissionUsed:
				used = append(used, action)
			case analyzer.PermissionNotSeen:
				unseen = append(unseen, action)
			case analyzer.PermissionNotObservable:
				hidden = append(hidden, action)
			}
		}
		rows = append(rows, []markup{
			codeSpan(granted[0].Feature), codeSpan(granted[0].Policy), numeral(int64(len(granted))), numeral(int64(len(used))),
			numeral(int64(len(unseen))), numeral(int64(len(hidden))), items(unseen, listedRows, 0),
		})
	}
	s.folded("Policies: actions used against granted", []markup{
		"Feature", "Policy", "Actions>", "Used>", "Not seen>", "Cannot be seen>", "Actions not seen",
	}, rows, 0)
}

// volumes says what became of the EBS volumes that ECS made with the role.
func (s *sheet) volumes(v *analyzer.Volumes) {
	if v.Created+v.Deleted+v.Kept+v.UnknownAge+v.OpenCount == 0 {
		return
	}
	label := markup("- Volumes: ")
	var parts []printable
	if v.OpenCount > 0 {
		label = "- **Volumes**: "
		open := count(v.OpenCount) + " open"
		if stuck := int64(len(stuckOf(v.Open))); stuck > 0 {
			open += " ("
			if v.OpenCount > int64(len(v.Open)) {
				open += "at least "
			}
			open += count(stuck) + " could not be detached or deleted)"
		}
		parts = append(parts, open)
	}
	if v.UnknownAge > 0 {
		parts = append(parts, count(v.UnknownAge)+" perhaps open (made before these logs)")
	}
	parts = append(parts, count(v.Created)+" created", count(v.Deleted)+" deleted")
	if v.Kept > 0 {
		parts = append(parts, count(v.Kept)+" kept on purpose")
	}
	s.line(label, inMarkdown(joined(parts, 0)))
}

// openVolumes writes the open volumes, those that could not be detached or deleted first.
func (s *sheet) openVolumes(v *analyzer.Volumes) {
	open := slices.Clone(v.Open)
	slices.SortStableFunc(open, func(a, b analyzer.OpenVolume) int {
		stuck := func(o analyzer.OpenVolume) int { return int(min(o.DeleteFailures, 1)) }
		return stuck(b) - stuck(a)
	})
	rows := make([][]markup, len(open))
	for i := range open {
		o := &open[i]
		rows[i] = []markup{
			codeSpan(o.VolumeID), regionMarkup(o.Region), inMarkdown(day(o.CreatedAt)), inMarkdown(attachedDay(o)), numeral(o.DeleteFailures),
			namedOr(o.Task, "not known"),
		}
	}
	s.folded("Open volumes", []markup{"Volume", "Region", "Created", "Attached", "Failures>", "Task"}, rows, v.OpenCount)
}

// referenceCounts says how many ECS resources name the role, by what became of them.
func (s *sheet) referenceCounts(list []analyzer.Reference) {
	var parts []printable
	for _, state := range []struct {
		state string
		name  printable
	}{{analyzer.StateStanding, "standing"}, {analyzer.StateEnding, "ending"}, {analyzer.StateEnded, "ended"}} {
		n := int64(0)
		for i := range list {
			if list[i].State == state.state {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, count(n)+" "+state.name)
		}
	}
	if len(parts) > 0 {
		s.line("- References: ", inMarkdown(joined(parts, 0)))
	}
}

// references writes the ECS resources that name the role.
func (s *sheet) references(list []analyzer.Reference) {
	rows := make([][]markup, len(list))
	for i := range list {
		f := &list[i]
		rows[i] = []markup{
			codeSpan(f.Resource), namedOr(f.Cluster, "none"), regionMarkup(f.Region), codeSpan(f.Feature), prose(f.State),
			inMarkdown(day(f.Since)), inMarkdown(day(f.LastSeen)),
		}
	}
	s.folded("References", []markup{"Resource", "Cluster", "Region", "Feature", "State", "Since", "Last seen"}, rows, 0)
}

// lives tells of a role that was deleted or made anew; that a role was made is told by its changes.
func (s *sheet) lives(lives []analyzer.Life) {
	if len(lives) == 0 || len(lives) == 1 && lives[0].DeletedAt.IsZero() {
		return
	}
	s.line("- Lives: ", numeral(int64(len(lives))))
	if earlier := len(lives) - roleLives; earlier > 0 {
		s.line("  - ", inMarkdown(counted(int64(earlier), "earlier one", "earlier ones")))
		lives = lives[earlier:]
	}
	for i := range lives {
		life := &lives[i]
		text := namedOr(life.ID, "ID not known")
		if !life.CreatedAt.IsZero() {
			text += ", created " + inMarkdown(minute(life.CreatedAt))
		}
		if !life.DeletedAt.IsZero() {
			text += ", deleted " + inMarkdown(minute(life.DeletedAt))
		}
		s.line("  - ", text)
	}
}

// changes writes the IAM events on the role, the latest first.
func (s *sheet) changes(role *analyzer.Role) {
	rows := make([][]markup, 0, len(role.Changes))
	for i := len(role.Changes) - 1; i >= 0; i-- {
		c := &role.Changes[i]
		outcome := markup("done")
		if !c.Succeeded {
			outcome = "failed"
			if c.ErrorCode != "" {
				outcome += ": " + codeSpan(c.ErrorCode)
			}
		}
		rows = append(rows, []markup{
			inMarkdown(minute(c.Time)), codeSpan(c.Action), namedOr(c.Detail, ""), outcome, namedOr(c.Actor, "not known"), namedOr(c.EventID, "none"),
		})
	}
	s.folded("Changes, the latest first", []markup{"Time", "Action", "Detail", "Outcome", "By", "Event"}, rows, role.ChangeCount)
}

// otherCallers names who else opened sessions of the role.
func (s *sheet) otherCallers(role *analyzer.Role) {
	rows := make([][]markup, len(role.OtherCallers))
	for i := range role.OtherCallers {
		c := &role.OtherCallers[i]
		rows[i] = []markup{
			codeSpan(c.Principal), numeral(c.Assumed), numeral(c.Denied), inMarkdown(day(c.FirstSeen)), inMarkdown(day(c.LastSeen)),
			items(codeSpans(c.SessionNames), fewActions, c.SessionNameCount),
		}
	}
	s.folded("Other callers", []markup{"Principal", "Sessions>", "Denied>", "First seen", "Last seen", "Session names"}, rows, 0)
}

// remaining says what has to go before AWS lets anybody delete the service-linked role.
func (s *sheet) remaining(list []analyzer.Remaining) {
	rows := make([][]markup, len(list))
	for i := range list {
		m := &list[i]
		rows[i] = []markup{
			regionMarkup(m.Region), numeral(m.ClusterCount), numeral(m.ServiceCount), numeral(m.ContainerInstances),
			items(codeSpans(m.Clusters), fewActions, m.ClusterCount), items(codeSpans(m.Services), fewActions, m.ServiceCount),
		}
	}
	s.folded("By Region, what has to go before AWS deletes the role", []markup{
		"Region", "Clusters>", "Services>", "Container instances>", "Names of clusters", "Names of services",
	}, rows, 0)
}
