package analyzer

import (
	"slices"
	"strings"

	"roletrail/analyzer/catalog"
)

// roleSelectors choose roles: each by ARN, by name, or by a pattern of either in which * stands for any text. Role names
// do not differ by case alone (IAM API Reference, CreateRole).
type roleSelectors []string

func (s roleSelectors) match(arn string) bool {
	for _, selector := range s {
		text := arn
		if !strings.Contains(selector, ":") {
			selector, text = strings.ToLower(selector), strings.ToLower(roleName(arn))
		}
		if selector == text || strings.Contains(selector, "*") && catalog.Match(selector, text) {
			return true
		}
	}
	return false
}

// matchKey is match for what is told of a role by its account and name alone: a selector that is an ARN matches whatever
// the path.
func (s roleSelectors) matchKey(arn string) bool {
	return s.match(arn) || slices.ContainsFunc(s, func(selector string) bool {
		return strings.Contains(selector, ":role/") && !strings.Contains(selector, "*") && keyOf(selector) == keyOf(arn)
	})
}

// anyOf reports whether a filter lets s pass; an empty one lets everything.
func anyOf(filter []string, s string) bool { return len(filter) == 0 || slices.Contains(filter, s) }
