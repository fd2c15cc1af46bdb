package report

import (
	"time"

	"roletrail/analyzer"
)

// clock is the time of day, to the minute.
func clock(t time.Time) printable { return formatted(t, "15:04Z") }

// changeRows tells of the IAM events on the role, the latest first.
func (w *htmlWriter) changeRows(r *analyzer.Role) htmlTable {
	table := htmlTable{Caption: "Changes", Heads: []htmlHead{
		{"Time", true}, {"Action", true}, {"By", true}, {"Result", true}, {"Event ID and log file", true},
	}}
	shown := r.Changes
	if first := len(shown) - w.budget.rows; first > 0 {
		shown = shown[first:]
	}
	for i := len(shown) - 1; i >= 0; i-- {
		c := &shown[i]
		result := wordsCell("done")
		if !c.Succeeded {
			result = htmlCell{Text: "failed", Look: lookBad, Below: w.name(c.ErrorCode)}
		}
		action, event := codeCell(w.name(c.Action)), copyCell(w.name(c.EventID))
		action.Below = w.name(c.Detail)
		if w.budget.features {
			event.Below = w.name(c.Object)
		}
		table.Rows = append(table.Rows, htmlRow{Head: wordsCell(second(c.Time)), Cells: []htmlCell{
			action, codeCell(w.name(c.Actor)), result, event,
		}})
	}
	table.LeftOut = leftOutText(max(r.ChangeCount, int64(len(r.Changes)))-int64(len(shown)), "earlier ones, which the command below lists")
	if len(shown) > 0 {
		table.Follow = w.follow(r, "lists all changes.", "--kind change --margin")
	}
	return table
}

// referenceRows names the ECS resources that name the role.
func (w *htmlWriter) referenceRows(r *analyzer.Role) htmlTable {
	table := htmlTable{Caption: "ECS resources that name the role", Heads: []htmlHead{
		{"Resource", true}, {"Feature", true}, {"Region", true}, {"State", true}, {"Since", true}, {"Last event", true},
	}}
	shown, more := atMost(r.References, w.budget.rows)
	for i := range shown {
		ref := &shown[i]
		resource := codeCell(w.name(ref.Resource))
		if ref.Cluster != "" {
			resource.Below = "in cluster " + w.name(ref.Cluster)
		}
		table.Rows = append(table.Rows, htmlRow{Head: resource, Cells: []htmlCell{
			wordsCell(w.name(ref.Feature)), wordsCell(w.regionName(ref.Region)), wordsCell(w.name(ref.State)), wordsCell(minute(ref.Since)), wordsCell(minute(ref.LastSeen)),
		}})
	}
	table.LeftOut = leftOutText(more, "in the report as JSON")
	if len(shown) > 0 {
		table.Follow = w.follow(r, "lists the events of a feature behind a row.", "--kind reference --feature FEATURE --margin")
	}
	return table
}

// volumes says what became of the EBS volumes that ECS made with the role, and names the open ones.
func (w *htmlWriter) volumes(r *analyzer.Role) (text printable, table htmlTable) {
	v := &r.Volumes
	if v.Created+v.Deleted+v.Kept+v.UnknownAge+v.OpenCount == 0 {
		return "", htmlTable{}
	}
	text = count(v.OpenCount) + " open, " + count(v.Created) + " created, " + count(v.Deleted) + " deleted"
	if v.Kept > 0 {
		text += ", " + count(v.Kept) + " kept on purpose"
	}
	if v.UnknownAge > 0 {
		text += ", " + count(v.UnknownAge) + " perhaps open (made before these logs)"
	}
	table = htmlTable{Caption: "Open volumes", Heads: []htmlHead{
		{"Volume", true}, {"Region", true}, {"Created", true}, {"Attached", true}, {"Failures", false}, {"Task", true},
	}}
	shown, _ := atMost(v.Open, w.budget.rows)
	for i := range shown {
		o := &shown[i]
		table.Rows = append(table.Rows, htmlRow{Head: copyCell(w.name(o.VolumeID)), Cells: []htmlCell{
			wordsCell(w.regionName(o.Region)), wordsCell(minute(o.CreatedAt)), wordsCell(or(minute(o.AttachedAt), "no")), failedCell(o.DeleteFailures), codeCell(w.name(o.Task)),
		}})
	}
	table.LeftOut = leftOutText(v.OpenCount-int64(len(shown)), "in the report as JSON up to 100")
	table.Follow = w.follow(r, "lists the calls that made the open ones; without --state those that made any.", "--action CreateVolume --state open --margin")
	return text, table
}
