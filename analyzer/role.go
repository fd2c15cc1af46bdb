package analyzer

import (
	"maps"
	"slices"

	"roletrail/analyzer/catalog"
)

// How the uses under a session name that several features share were assigned.
const (
	resolvedByReferences   = "references"
	resolvedBySessionNames = "sessionNames"
	resolvedByNothing      = "nothing"
)

// featureTally is what one feature's uses of the role add up to.
type featureTally struct {
	tally
	resolvedBy string
}

// roleResult is what the uses of one role came to, and what else of them matters to the answers.
type roleResult struct {
	role     Role
	findings []Finding
	listed   bool // for its uses: a service of the catalog has to do with it, or someone asked
	asked    bool // a --role flag asks for it
	shown    []int
	own      keyUses // under this ARN alone
}

// result makes the Role and its findings of what was gathered.
func (w *roleWalk) result() *roleResult {
	unknown := w.unknownNames()
	features := w.features()
	r := &roleResult{asked: w.asked, own: keyUses{map[int]*ever{}, w.any, w.strange, w.later}}
	var total tally
	for at, t := range features {
		total.merge(&t.tally)
		t.ever.shown = t.events
		r.own.ever[at] = &t.ever
	}
	ownUses := w.tally(place{kind: ofRole})
	total.merge(ownUses)
	w.settleLabels()

	r.findings = slices.Concat(w.nameFindings(), unknown, w.useFindings(features, &total))
	r.listed = total.count != (count{}) || len(r.findings) > 0 || w.selected || w.arn == "" && !w.others.empty()
	r.role = Role{
		ARN: w.arn, Name: roleName(w.arn), AccountID: roleAccount(w.arn), Kind: w.kind(features),
		Assumed: total.assumed, Denied: total.denied, Calls: total.calls, FailedCalls: total.failedCalls,
		ActiveDays: len(total.days), Regions: total.regionUsage(), Daily: total.daily(), RegionDays: ownUses.regionDayUsage(),
		Features: []FeatureUsage{}, OtherCallers: w.otherCallers(), OtherAssumed: w.others.assumed, OtherDenied: w.others.denied,
		Lives: []Life{}, Changes: []Change{}, References: []Reference{}, Volumes: Volumes{Open: []OpenVolume{}},
		Permissions: []Permission{}, Remaining: []Remaining{},
	}
	r.role.FirstSeen, r.role.LastSeen = total.times()
	r.shown = w.shownFeatures(r.role.Kind, features)
	for _, at := range r.shown {
		r.role.Features = append(r.role.Features, w.featureUsage(at, features[at]))
	}
	return r
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
			if t.count != (count{}) {
				at(feature).resolvedBy = by
			}
		case ofPending:
			if w.known[w.catalog.Features[p.feature].Principal] {
				at(p.feature).mergeUses(t)
				if n := w.pendingNames[p.feature]; n != nil {
					at(p.feature).names.merge(*n)
				}
			} else {
				w.strange.merge(&t.events)
			}
		}
	}
	return features
}

// resolve assigns the uses under a session name that several features share: to the one among them for which an ECS
// resource names the role, else to the one of which another session name was seen on it, if there is exactly one.
func (w *roleWalk) resolve(p place) (feature int, by string) {
	candidates := w.catalog.Sessions(w.catalog.Features[p.feature].Principal, p.name)
	if found := only(candidates, w.referenced()); found >= 0 {
		return found, resolvedByReferences
	}
	if found := only(candidates, w.seen); found >= 0 {
		return found, resolvedBySessionNames
	}
	return p.feature, resolvedByNothing
}

// only returns the one of the candidates that is in a set, -1 if there are none or several.
func only(candidates []int, set map[int]bool) int {
	found := -1
	for _, candidate := range candidates {
		switch {
		case !set[candidate]:
		case found >= 0:
			return -1
		default:
			found = candidate
		}
	}
	return found
}

// referenced returns the features for which ECS resources name the role, now or before.
func (w *roleWalk) referenced() map[int]bool {
	features := map[int]bool{}
	for i := range w.standing.byRole[keyOf(w.arn)] {
		if at, ok := w.catalog.Feature(w.standing.byRole[keyOf(w.arn)][i].feature); ok {
			features[at] = true
		}
	}
	return features
}

// concerns returns the features that the role concerns otherwise than by its uses, and whether one of them, or a policy or
// the trust in a service, makes it an infrastructure role.
func (w *roleWalk) concerns() (features map[int]bool, infrastructure bool) {
	features = w.referenced()
	key := keyOf(w.arn)
	if w.volumes.byRole[key] != nil {
		if at, ok := w.catalog.Feature(featureOfVolumes); ok {
			features[at] = true
		}
	}
	infrastructure = w.marks.byRole[key]
	for at := range features {
		infrastructure = infrastructure || w.catalog.Features[at].Kind == catalog.Infrastructure
	}
	return features, infrastructure
}

func (w *roleWalk) kind(features map[int]*featureTally) string {
	if isLinked(w.arn) {
		return KindServiceLinked
	}
	if _, infrastructure := w.concerns(); infrastructure {
		return KindInfrastructure
	}
	for at := range features { // outside the window or the filters too
		if w.catalog.Features[at].Kind == catalog.Infrastructure {
			return KindInfrastructure
		}
	}
	for at := range w.seen {
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
		for at, t := range used {
			if t.count != (count{}) {
				principals[w.catalog.Features[at].Principal] = true
			}
		}
		for principal := range w.known {
			principals[principal] = true
		}
		features, infrastructure := w.concerns()
		for at := range features {
			principals[w.catalog.Features[at].Principal] = true
		}
		if infrastructure && len(principals) == 0 {
			principals[infrastructurePrincipal(w.catalog)] = true
		}
	}
	var shown, rest []int
	for at := range w.catalog.Features {
		f := &w.catalog.Features[at]
		switch {
		case f.Kind == kind && principals[f.Principal]:
			shown = append(shown, at)
		case used[at] != nil && (used[at].count != (count{}) || used[at].resolvedBy != ""):
			rest = append(rest, at)
		}
	}
	return append(shown, rest...)
}

// infrastructurePrincipal is the service whose infrastructure roles the catalog tells of first.
func infrastructurePrincipal(c *catalog.Catalog) string {
	for i := range c.Features {
		if c.Features[i].Kind == catalog.Infrastructure {
			return c.Features[i].Principal
		}
	}
	return ""
}

func (w *roleWalk) featureUsage(at int, t *featureTally) FeatureUsage {
	if t == nil {
		t = &featureTally{}
	}
	f := &w.catalog.Features[at]
	u := FeatureUsage{
		ID: f.ID, Title: f.Title, SessionNames: t.names.list(), SessionNameCount: t.names.count, ResolvedBy: t.resolvedBy,
		Assumed: t.assumed, Denied: t.denied, Calls: t.calls, FailedCalls: t.failedCalls,
		ActiveDays: len(t.days), Regions: t.regionUsage(), Daily: t.daily(), RegionDays: t.regionDayUsage(), Actions: []ActionUsage{}, Evidence: t.evidence(),
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
		if principal == "" || p.kind == ofPending && !w.known[principal] || t.events.empty() {
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

// toldOfCallers reports whether it is a finding that others than the services open the role.
func (w *roleWalk) toldOfCallers() bool { return len(w.known) > 0 && !isLinked(w.arn) }

// useFindings makes the findings that the counted uses give rise to.
func (w *roleWalk) useFindings(features map[int]*featureTally, total *tally) []Finding {
	var list []Finding
	if w.toldOfCallers() {
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
