package report

import (
	"strings"

	"roletrail/analyzer"
)

// Limits on the history of a role when no details are asked for.
const (
	roleLives   = 3
	roleChanges = 3
)

// lives tells of a role that was deleted or made anew; that a role was made is told by its changes.
func (p *page) lives(lives []analyzer.Life) {
	if len(lives) == 0 || len(lives) == 1 && lives[0].DeletedAt.IsZero() {
		return
	}
	label := printable("Lives")
	field := func(text printable, look style) {
		p.labelled(tableIndent, label, headerLabel, text, look)
		label = ""
	}
	if limit := p.limit(roleLives); limit > 0 && len(lives) > limit {
		field(counted(int64(len(lives)-limit), "earlier one", "earlier ones"), plain)
		lives = lives[len(lives)-limit:]
	}
	for i, life := range lives {
		var parts []printable
		if life.ID != "" {
			parts = append(parts, p.name(life.ID))
		}
		if !life.CreatedAt.IsZero() {
			parts = append(parts, "created "+minute(life.CreatedAt))
		}
		look := plain
		if !life.DeletedAt.IsZero() {
			parts = append(parts, "deleted "+minute(life.DeletedAt))
			if i == len(lives)-1 {
				look = alarm
			}
		}
		field(joined(parts, 0), look)
	}
}

// changes tells of the IAM events on the role, the latest first.
func (p *page) changes(role *analyzer.Role) {
	if len(role.Changes) == 0 {
		return
	}
	const inset = tableIndent + headerLabel
	shown := role.Changes
	if limit := p.limit(roleChanges); limit > 0 && len(shown) > limit {
		shown = shown[len(shown)-limit:]
	}
	label := printable("Changes")
	if role.ChangeCount > int64(len(shown)) {
		p.labelled(tableIndent, label, headerLabel, count(role.ChangeCount)+", the latest:", plain)
		label = ""
	}
	for i := len(shown) - 1; i >= 0; i-- {
		c := &shown[i]
		text, by := minute(c.Time)+"  "+p.changeText(c), "by "+p.name(p.briefly(c.Actor))
		if inset+width(text)+1+width(by) <= p.width {
			p.labelled(tableIndent, label, headerLabel, text+" "+by, plain)
		} else {
			p.labelled(tableIndent, label, headerLabel, text, plain)
			p.paragraph(inset+tableIndent, by, plain)
		}
		label = ""
		if p.details {
			p.evidence(inset+tableIndent, []analyzer.Evidence{{EventID: c.EventID, EventTime: c.Time, Object: c.Object}})
		}
	}
}

// briefly is the name at the end of an ARN when no details are asked for.
func (p *page) briefly(arn string) string {
	if name := arn[strings.LastIndexByte(arn, '/')+1:]; !p.details && strings.HasPrefix(arn, "arn:") && name != "" {
		return name
	}
	return arn
}

// changeText says what was done, or what was tried.
func (p *page) changeText(c *analyzer.Change) printable {
	text := p.name(c.Action)
	if c.Detail != "" {
		text += " " + p.name(p.briefly(c.Detail))
	}
	switch {
	case c.Succeeded:
		return text
	case c.ErrorCode == "":
		return text + ", failed"
	default:
		return text + ", failed (" + p.name(c.ErrorCode) + ")"
	}
}
