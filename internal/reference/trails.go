package reference

import (
	"fmt"
	"slices"

	"roletrail/analyzer"
)

// trailChanges gives the findings trail-changed, "one per (account, trail name as written last, action): StopLogging and
// DeleteTrail high, UpdateTrail and PutEventSelectors medium; successful events only; roleArn empty; evidence those events.
// Trail name = after the last / of requestParameters.name, else requestParameters.trailName. With --account: only of these
// accounts."
func trailChanges(winners []*event, o Options) []*finding {
	type trailAction struct{ account, trail, action string }
	byAction := map[trailAction]*finding{}
	var found []*finding
	for _, e := range winners {
		if e.kind != trail || e.failed || e.name == "StartLogging" ||
			len(o.Accounts) > 0 && !slices.Contains(o.Accounts, e.account) {
			continue
		}
		key := trailAction{e.account, lastPart(e.first("requestParameters.name", "requestParameters.trailName")), e.name}
		if byAction[key] == nil {
			severity := analyzer.SeverityMedium
			if e.name == "StopLogging" || e.name == "DeleteTrail" {
				severity = analyzer.SeverityHigh
			}
			byAction[key] = &finding{
				findingKey: findingKey{id: "trail-changed", principal: key.account, session: key.trail, eventName: key.action},
				severity:   severity, title: fmt.Sprintf("%s of trail %s in account %s", key.action, key.trail, key.account),
			}
			found = append(found, byAction[key])
		}
		byAction[key].events = append(byAction[key].events, e)
	}
	return found
}
