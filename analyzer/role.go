package analyzer

import (
	"maps"
	"slices"

	"roletrail/analyzer/catalog"
)

// How the uses under a session name that several features share were assigned.
const (
	resolvedBySessionNames = "sessionNames"
	resolvedByNothing      = "nothing"
)

// featureTally is what one feature's uses of the role add up to.
type featureTally struct {
	tally
	resolvedBy string
}

// result makes the Role and its findings of what was gathered. It reports false for a role that no service of the
// catalog has to do with, nor anyone who asked.
func (w *roleWalk) result() (Role, []Finding, bool) {
	unknown := w.unknownNames()
	features := w.features()
	var total tally
	for _, t := range features {
		total.merge(&t.tally)
	}
	total.merge(w.tally(place{kind: ofRole}))

	findings := slices.Concat(w.nameFindings(), unknown, w.useFindings(features, &total))
	if total.count == (count{}) && len(findings) == 0 && !w.selected && (w.arn != "" || w.others.empty()) {
		return Role{}, nil, false
	}

	role := Role{
		ARN: w.arn, Name: roleName(w.arn), AccountID: roleAccount(w.arn), Kind: w.kind(features),
		Assumed: total.assumed, Denied: total.denied, Calls: total.calls, FailedCalls: total.failedCalls,
		ActiveDays: len(total.days), Regions: total.regionUsage(), Daily: total.daily(),
		Features: []FeatureUsage{}, OtherCallers: w.otherCallers(), OtherAssumed: w.others.assumed, OtherDenied: w.others.denied,
	}
	role.FirstSeen, role.LastSeen = total.times()
	for _, at := range w.shownFeatures(role.Kind, features) {
		role.Features = append(role.Features, w.featureUsage(at, features[at]))
	}
	return role, findings, true
}

// features assigns every use to its feature, by catalog index.
func (w *roleWalk) features() map[int]*featureTally {
	features := map[int]*featureTally{}
	at := func(feature int) *featureTally {
		if features[feature] == nil {
			features[feature] = &featureTally{}
		}
		return features[feature]
	}
	for p, t := range w.tallies {
		switch p.kind {
		case ofFeature, ofUnknown:
			at(p.feature).merge(t)
		case ofShared:
			feature, by := w.resolve(p)
			at(feature).merge(t)
			at(feature).resolvedBy = by
		case ofPending:
			if w.known[w.catalog.Features[p.feature].Principal] {
				at(p.feature).mergeUses(t)
				if n := w.pendingNames[p.feature]; n != nil {
					at(p.feature).names.merge(*n)
				}
			}
		}
	}
	return features
}

// resolve assigns the uses under a session name that several features share: to the one among them of which another
// session name was seen on the role, if there is exactly one. A role's references will be asked before that.
func (w *roleWalk) resolve(p place) (feature int, by string) {
	principal := w.catalog.Features[p.feature].Principal
	found := -1
	for _, candidate := range w.catalog.Sessions(principal, p.name) {
		if !w.seen[candidate] {
			continue
		}
		if found >= 0 {
			return p.feature, resolvedByNothing
		}
		found = candidate
	}
	if found < 0 {
		return p.feature, resolvedByNothing
	}
	return found, resolvedBySessionNames
}

func (w *roleWalk) kind(features map[int]*featureTally) string {
	if isLinked(w.arn) {
		return KindServiceLinked
	}
	for at := range features {
		if w.catalog.Features[at].Kind == catalog.Infrastructure {
			return KindInfrastructure
		}
	}
	for at := range w.seen { // outside the window or the filters
		if w.catalog.Features[at].Kind == catalog.Infrastructure {
			return KindInfrastructure
		}
	}
	return KindOther
}

// shownFeatures returns the features that the report lists for the role: all of the role's kind that the services
// which use it have, so that it says which were not used, and then the others that were used.
func (w *roleWalk) shownFeatures(kind string, used map[int]*featureTally) []int {
	principals := map[string]bool{}
	switch kind {
	case KindServiceLinked:
		principals[w.linked] = true
	case KindInfrastructure:
		for at := range used {
			principals[w.catalog.Features[at].Principal] = true
		}
		for principal := range w.known {
			principals[principal] = true
		}
	}
	var shown, rest []int
	for at := range w.catalog.Features {
		f := &w.catalog.Features[at]
		switch {
		case f.Kind == kind && principals[f.Principal]:
			shown = append(shown, at)
		case used[at] != nil:
			rest = append(rest, at)
		}
	}
	return append(shown, rest...)
}

func (w *roleWalk) featureUsage(at int, t *featureTally) FeatureUsage {
	if t == nil {
		t = &featureTally{}
	}
	f := &w.catalog.Features[at]
	u := FeatureUsage{
		ID: f.ID, Title: f.Title, SessionNames: t.names.list(), SessionNameCount: t.names.count, ResolvedBy: t.resolvedBy,
		Assumed: t.assumed, Denied: t.denied, Calls: t.calls, FailedCalls: t.failedCalls,
		ActiveDays: len(t.days), Regions: t.regionUsage(), Daily: t.daily(), Actions: []ActionUsage{}, Evidence: t.evidence(),
	}
	if f.Policy != nil {
		u.Policy = f.Policy.Name
	}
	u.FirstSeen, u.LastSeen = t.times()
	for _, key := range t.sortedActions() {
		a := t.actions[key]
		usage := ActionUsage{Service: key.service, Action: key.name, Calls: a.calls, Failed: a.failed}
		if f.Kind == catalog.ServiceLinked {
			usage.SharedWith = w.catalog.SharedWith(f.Principal, key.service, key.name)
		}
		usage.FirstSeen, usage.LastSeen = a.times()
		u.Actions = append(u.Actions, usage)
	}
	return u
}

func (w *roleWalk) otherCallers() []OtherCaller {
	list := make([]OtherCaller, 0, len(w.others.principals))
	for _, principal := range w.others.principals {
		o := w.others.kept[principal]
		c := OtherCaller{Principal: principal, SessionNames: o.names.list(), SessionNameCount: o.names.count, Assumed: o.assumed, Denied: o.denied}
		c.FirstSeen, c.LastSeen = o.times()
		list = append(list, c)
	}
	return list
}

// unknownNames makes the findings of sessions under names that the catalog does not have.
func (w *roleWalk) unknownNames() []Finding {
	events := map[string]*sample{}
	for p, t := range w.tallies {
		principal := ""
		switch p.kind {
		case ofPending, ofUnknown:
			principal = w.catalog.Features[p.feature].Principal
		}
		if principal == "" || p.kind == ofPending && !w.known[principal] {
			continue
		}
		if events[principal] == nil {
			events[principal] = &sample{}
		}
		events[principal].merge(&t.events)
	}
	var list []Finding
	for _, principal := range sortedKeys(events) {
		list = append(list, unknownSession(w.arn, principal, events[principal]))
	}
	return list
}

// nameFindings makes the findings of session names that are the service's, or look so, and were used by someone else.
func (w *roleWalk) nameFindings() []Finding {
	var list []Finding
	for _, n := range w.impostors.kept {
		list = append(list, impostorSession(w.arn, n))
	}
	if w.impostors.more > 0 {
		list = append(list, moreNames(impostorSession(w.arn, w.impostors.rest), w.impostors.more))
	}
	known := len(w.known) > 0
	for _, n := range w.lookalikes.kept {
		exact, _ := w.catalog.Lookalike(n.name)
		list = append(list, lookalikeSession(w.arn, n, exact, known))
	}
	if w.lookalikes.more > 0 {
		list = append(list, moreNames(lookalikeSession(w.arn, w.lookalikes.rest, "", known), w.lookalikes.more))
	}
	return list
}

// useFindings makes the findings that the counted uses give rise to.
func (w *roleWalk) useFindings(features map[int]*featureTally, total *tally) []Finding {
	var list []Finding
	if len(w.known) > 0 && !isLinked(w.arn) {
		for _, principal := range w.others.principals {
			if o := w.others.kept[principal]; !o.opened.empty() {
				list = append(list, foreignCaller(w.arn, principal, slices.Min(slices.Collect(maps.Keys(w.known))), &o.opened))
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(features)) {
		t := features[at]
		for _, key := range t.sortedActions() {
			if refused := &t.actions[key].refused; !refused.empty() {
				list = append(list, deniedAction(w.arn, &w.catalog.Features[at], key, refused))
			}
		}
	}
	if !w.refused.empty() {
		list = append(list, deniedAction(w.arn, nil, action{securityTokenService, "AssumeRole"}, &w.refused))
	}
	if !total.orphans.empty() {
		list = append(list, orphanCalls(w.arn, &total.orphans))
	}
	return list
}
