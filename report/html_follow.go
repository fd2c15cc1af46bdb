package report

import (
	"strings"

	"roletrail/analyzer"
)

// follow is the command that lists the events behind numbers of a role. What stands in capitals in it is to be replaced.
// Where there is no room for one at each table, a role has one for all of them.
func (w *htmlWriter) follow(role *analyzer.Role, remark printable, flags ...string) htmlFollow {
	if !w.budget.features {
		return htmlFollow{}
	}
	return w.followRole(role, remark, flags...)
}

// followRole is follow whatever the budget.
func (w *htmlWriter) followRole(role *analyzer.Role, remark printable, flags ...string) htmlFollow {
	arn := role.ARN
	if arn == "" {
		arn = noRole
	}
	words := append([]string{"roletrail events --role", shellQuoted(arn)}, flags...)
	return w.followCommand(strings.Join(append(words, "SOURCE..."), " "), remark)
}

// followCommand shows a command, if it can be shown as it is.
func (c cleaner) followCommand(command string, remark printable) htmlFollow {
	text := c.escape(command)
	if string(text) != command || width(text) > textLimit {
		return htmlFollow{Remark: "No command can be given for the events behind this: it would hold characters that do not show, or be too long."}
	}
	return htmlFollow{Command: text, Remark: remark}
}

// findingFollow is the command that lists all events behind a finding.
func (c cleaner) findingFollow(f *analyzer.Finding) htmlFollow {
	return c.followCommand(eventsCommand(f.RoleARN, f.ID), "")
}

const (
	followUses = printable("lists the sessions and denied attempts behind a row: with --failed=false the sessions alone, with --failed the denied ones. " +
		"With --kind call it lists the calls, and with --failed those that failed.")
	followCalls = printable("lists the calls behind a row, and with --failed those that failed.")
)
