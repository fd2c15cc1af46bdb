package reference

import (
	"slices"
	"strings"
)

// inWindow: "since inclusive, until exclusive; zero is open."
func inWindow(e *event, o Options) bool {
	return (o.Since.IsZero() || !e.time.Before(o.Since)) && (o.Until.IsZero() || e.time.Before(o.Until))
}

// passesFilters: "account filter: account(record) in the set. Region filter: awsRegion in the set. Both apply to all
// kinds. Role selectors apply to assume and call only."
func passesFilters(e *event, o Options) bool {
	if len(o.Accounts) > 0 && !slices.Contains(o.Accounts, e.account) {
		return false
	}
	if len(o.Regions) > 0 && !slices.Contains(o.Regions, e.region) {
		return false
	}
	if len(o.Roles) > 0 && (e.kind == assume || e.kind == call) && !selectsRole(o.Roles, e.role) {
		return false
	}
	return true
}

// selectsRole tells whether any selector matches the role: "the ARN equals the selector; or the selector has no colon
// and equals the role name (case-insensitively); a selector with *: a glob over the ARN (if it contains a colon) or
// over the role name (case-insensitive for names)."
func selectsRole(selectors []string, arn string) bool {
	for _, selector := range selectors {
		ofName := !strings.Contains(selector, ":")
		switch {
		case selector == arn,
			ofName && glob(strings.ToLower(selector), strings.ToLower(roleName(arn))),
			!ofName && glob(selector, arn):
			return true
		}
	}
	return false
}

// roleName is what follows the last "/" of the ARN.
func roleName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// roleAccount is the 5th field of the ARN, or "".
func roleAccount(arn string) string {
	fields := strings.Split(arn, ":")
	if len(fields) < 5 {
		return ""
	}
	return fields[4]
}

// glob tells whether the text matches a pattern in which * stands for any text, the empty one included. A pattern
// without * matches itself.
func glob(pattern, text string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, before)
	for i := 0; ok && i <= len(rest); i++ {
		if glob(after, rest[i:]) {
			return true
		}
	}
	return false
}
