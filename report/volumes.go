package report

import (
	"slices"

	"roletrail/analyzer"
)

// Limits on open volumes when no details are asked for.
const (
	namedVolumes = 3 // in the line of a role whose volumes come and go as they should
	stuckVolumes = 8
)

// volumes says what became of the EBS volumes that ECS made with the role.
func (p *page) volumes(v *analyzer.Volumes) {
	if v.Created+v.Deleted+v.Kept+v.UnknownAge+v.OpenCount == 0 {
		return
	}
	var parts []printable
	look := plain
	if v.OpenCount > 0 {
		open := count(v.OpenCount) + " open"
		switch stuck := int64(len(stuckOf(v.Open))); {
		case stuck > 0:
			look = alarm
			open += " ("
			if v.OpenCount > int64(len(v.Open)) {
				open += "at least "
			}
			open += count(stuck) + " could not be detached or deleted)"
		case len(v.Open) > 0 && !p.details:
			open += " (" + joined(p.volumeIDs(v), 0) + ")"
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
	p.labelled(tableIndent, "Volumes", headerLabel, joined(parts, 0), look)
}

// volumeIDs names the first open volumes, the last item telling how many more there are.
func (p *page) volumeIDs(v *analyzer.Volumes) (ids []printable) {
	for _, o := range v.Open[:min(len(v.Open), namedVolumes)] {
		ids = append(ids, p.shorten(p.name(o.VolumeID), p.width/2))
	}
	if more := v.OpenCount - int64(len(ids)); more > 0 {
		ids[len(ids)-1] += " and " + count(more) + " more"
	}
	return ids
}

// stuckOf are those of the volumes that could not be detached or deleted.
func stuckOf(open []analyzer.OpenVolume) []analyzer.OpenVolume {
	return slices.DeleteFunc(slices.Clone(open), func(o analyzer.OpenVolume) bool { return o.DeleteFailures == 0 })
}

// openVolumes writes a table of the open volumes that are in trouble; with details all open ones, with their tasks.
func (p *page) openVolumes(v *analyzer.Volumes) {
	if p.details {
		p.openVolumeList(v)
		return
	}
	stuck := stuckOf(v.Open)
	if len(stuck) == 0 {
		return
	}
	rows := make([]row, 0, len(stuck))
	for _, o := range stuck {
		rows = append(rows, row{p.name(o.VolumeID), []span{
			{p.regionName(o.Region), plain}, {day(o.CreatedAt), plain}, {attachedDay(&o), plain}, failures(o.DeleteFailures),
		}})
	}
	p.rows("Stuck volumes", []printable{"Region", "Created", "Attached", "Failures"}, rows, stuckVolumes)
}

func attachedDay(o *analyzer.OpenVolume) printable {
	if o.AttachedAt.IsZero() {
		return "no"
	}
	return day(o.AttachedAt)
}

func (p *page) openVolumeList(v *analyzer.Volumes) {
	if len(v.Open) == 0 {
		return
	}
	p.blank()
	p.line(tableIndent, span{"Open volumes", bold})
	for i := range v.Open {
		o := &v.Open[i]
		p.hanging(tableIndent, p.name(o.VolumeID)+" in "+p.regionName(o.Region), plain)
		text, look := "created "+minute(o.CreatedAt), dim
		if o.AttachedAt.IsZero() {
			text += ", not attached"
		} else {
			text += ", attached " + minute(o.AttachedAt)
		}
		if o.DeleteFailures > 0 {
			text += ", " + counted(o.DeleteFailures, "failed attempt", "failed attempts") + " to detach or delete it"
			look = alarm
		}
		p.paragraph(2*tableIndent, text, look)
		if o.Task != "" {
			p.whole(2*tableIndent, p.name(o.Task), dim)
		}
	}
	if more := v.OpenCount - int64(len(v.Open)); more > 0 {
		p.line(tableIndent, span{"and " + count(more) + " more", dim})
	}
}
