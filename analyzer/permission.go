package analyzer

import (
	"strings"

	"roletrail/analyzer/catalog"
)

// permissions compares what the managed policy of a feature, an index into the catalog, grants with what was called: when
// each IAM action was called last, in milliseconds since 1970, by sessions of the feature. It returns nothing for a feature
// without a policy. Without read events in the logs of the role's account, reads cannot be seen.
func permissions(c *catalog.Catalog, feature int, called map[string]int64, readEvents bool) (list []Permission) {
	f := &c.Features[feature]
	if f.Policy == nil {
		return nil
	}
	for _, granted := range f.Policy.Actions {
		p := Permission{Feature: f.ID, Policy: f.Policy.Name, Action: granted.Action, State: PermissionNotSeen}
		var last span
		for action, at := range called {
			if grants(granted.Action, action) {
				last.add(at)
			}
		}
		switch {
		case last.any:
			p.State, p.LastUsed = PermissionUsed, fromMilliseconds(last.last)
		case granted.NotObservable, !readEvents && isReadAction(granted.Action):
			p.State = PermissionNotObservable
		}
		list = append(list, p)
	}
	return list
}

// isReadAction tells actions that only read by their names.
func isReadAction(action string) bool {
	_, name, _ := strings.Cut(action, ":")
	return strings.HasPrefix(name, "Describe") || strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Get")
}
