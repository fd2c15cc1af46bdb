package reference

import (
	"maps"
	"slices"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// totals are the numbers of a set of uses: "assume by service(P), success: assumed; failed: denied. Call of a session
// owned by P: calls+1, and failedCalls+1 if errorCode is not empty. firstSeen and lastSeen span assume (also denied)
// and calls."
type totals struct {
	assumed, denied, calls, failedCalls int64
	firstSeen, lastSeen                 time.Time
}

// totalsOf counts uses, at least one, that are in order of time.
func totalsOf(uses []*use) totals {
	t := totals{firstSeen: uses[0].time, lastSeen: uses[len(uses)-1].time}
	for _, u := range uses {
		switch {
		case u.kind == call:
			t.calls++
			if u.failed {
				t.failedCalls++
			}
		case u.failed:
			t.denied++
		default:
			t.assumed++
		}
	}
	return t
}

// grouped puts uses together by a key, and keeps their order.
func grouped[K comparable](uses []*use, key func(*use) K) map[K][]*use {
	groups := map[K][]*use{}
	for _, u := range uses {
		groups[key(u)] = append(groups[key(u)], u)
	}
	return groups
}

func regionsOf(uses []*use) []analyzer.RegionUsage {
	groups := grouped(uses, func(u *use) string { return u.region })
	var regions []analyzer.RegionUsage
	for _, region := range slices.Sorted(maps.Keys(groups)) {
		t := totalsOf(groups[region])
		regions = append(regions, analyzer.RegionUsage{
			Region: region, Assumed: t.assumed, Denied: t.denied, Calls: t.calls, FailedCalls: t.failedCalls,
			FirstSeen: t.firstSeen, LastSeen: t.lastSeen,
		})
	}
	return regions
}

func daysOf(uses []*use) []analyzer.DayUsage {
	groups := grouped(uses, func(u *use) string { return u.time.Format(time.DateOnly) })
	var days []analyzer.DayUsage
	for _, day := range slices.Sorted(maps.Keys(groups)) {
		t := totalsOf(groups[day])
		days = append(days, analyzer.DayUsage{
			Day: day, Assumed: t.assumed, Denied: t.denied, Calls: t.calls, FailedCalls: t.failedCalls,
		})
	}
	return days
}

// actionsOf: "calls only. sharedWith from the catalog for service-linked features, else absent."
func actionsOf(uses []*use) []analyzer.ActionUsage {
	calls := slices.DeleteFunc(slices.Clone(uses), func(u *use) bool { return u.kind != call })
	bySource := grouped(calls, func(u *use) string { return u.source })
	var actions []analyzer.ActionUsage
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		byName := grouped(bySource[source], func(u *use) string { return u.name })
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			t := totalsOf(byName[name])
			actions = append(actions, analyzer.ActionUsage{
				Service: source, Action: name, SharedWith: byName[name][0].sharedWith,
				Calls: t.calls, Failed: t.failedCalls, FirstSeen: t.firstSeen, LastSeen: t.lastSeen,
			})
		}
	}
	return actions
}

// maxSessionNames is how many session names a report shows.
const maxSessionNames = 5

// namesOf: "distinct non-empty names, the 5 smallest (byte order), the count of all."
func namesOf[E interface{ sessionNameOf() string }](events []E) ([]string, int64) {
	names := map[string]bool{}
	for _, e := range events {
		names[e.sessionNameOf()] = true
	}
	delete(names, "")
	sorted := slices.Sorted(maps.Keys(names))
	return sorted[:min(len(sorted), maxSessionNames)], int64(len(sorted))
}

func (e *event) sessionNameOf() string { return e.session }

// evidenceOfUses: "first and last counted event, and the 3 latest failures (denied or failed calls), by (time, event
// ID, object); each once."
func evidenceOfUses(uses []*use) []analyzer.Evidence {
	failures := slices.DeleteFunc(slices.Clone(uses), func(u *use) bool { return !u.failed })
	chosen := []*event{uses[0].event, uses[len(uses)-1].event}
	for _, u := range failures[max(0, len(failures)-3):] {
		chosen = append(chosen, u.event)
	}
	return evidenceOf(chosen)
}

// evidenceOf names events, in order, each once.
func evidenceOf(events []*event) []analyzer.Evidence {
	events = slices.SortedFunc(slices.Values(events), byTime)
	var evidence []analyzer.Evidence
	for _, e := range events {
		evidence = append(evidence, analyzer.Evidence{EventID: e.id, EventTime: e.time, Object: e.evidence})
	}
	return slices.Compact(evidence)
}

// featureUsageOf reports the uses of one role by one feature, which may be none.
func featureUsageOf(feature *catalog.Feature, uses []*use) analyzer.FeatureUsage {
	u := analyzer.FeatureUsage{ID: feature.ID, Title: feature.Title}
	if feature.Policy != nil {
		u.Policy = feature.Policy.Name
	}
	if len(uses) == 0 {
		return u
	}
	t := totalsOf(uses)
	u.Assumed, u.Denied, u.Calls, u.FailedCalls = t.assumed, t.denied, t.calls, t.failedCalls
	u.FirstSeen, u.LastSeen = t.firstSeen, t.lastSeen
	u.SessionNames, u.SessionNameCount = namesOf(uses)
	u.Regions, u.Daily, u.Actions = regionsOf(uses), daysOf(uses), actionsOf(uses)
	u.ActiveDays = len(u.Daily)
	u.Evidence = evidenceOfUses(uses)
	// "resolvedBy is set on a feature that received shown events of a shared name."
	for _, use := range uses {
		if use.resolvedBy != "" {
			u.ResolvedBy = use.resolvedBy
		}
	}
	return u
}
