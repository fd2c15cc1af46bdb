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

// anyOf reports whether a filter lets s pass; an empty one lets everything.
func anyOf(filter []string, s string) bool { return len(filter) == 0 || slices.Contains(filter, s) }
