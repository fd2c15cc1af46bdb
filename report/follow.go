package report

import (
	"regexp"
	"strings"
)

// noRole is how events is asked for those of no known role.
const noRole = "?"

// outsideWindow are the findings that rest on changes and volumes whatever the window of the report.
var outsideWindow = map[string]bool{"role-endangered": true, "stuck-volume": true, "trail-changed": true, "unused-policy": true}

// eventsCommand lists the events behind a finding on a role, or without one those behind all numbers of the role.
func eventsCommand(roleARN, finding string) string {
	words := []string{"roletrail events"}
	if finding != "" {
		words = append(words, "--finding "+shellWord(finding))
	}
	if roleARN == "" {
		roleARN = noRole
	}
	words = append(words, "--role "+shellQuoted(roleARN))
	if outsideWindow[finding] {
		words = append(words, "--margin")
	}
	return strings.Join(append(words, "SOURCE..."), " ")
}

var plainShellWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)

// shellWord makes one word of a shell of a name.
func shellWord(name string) string {
	if plainShellWord.MatchString(name) {
		return name
	}
	return shellQuoted(name)
}

func shellQuoted(name string) string { return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'" }
