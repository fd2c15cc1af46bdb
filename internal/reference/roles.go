package reference

import (
	"maps"
	"slices"
	"strings"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// roles reports the roles, by ARN. Listed are those with
//
//   - (i) at least one shown event counted for a service;
//   - (ii) any finding that names them;
//   - (iii) an ARN that a --role selector matches, and any assume or call at all;
//   - (iv) the ARN "" (role unknown), and any shown assume, whoever tried;
//   - (v) references, volumes or a mark, under every ARN of its uses, or under the best known one if it has none;
//   - (vi) a selector that "matches an ARN known (then also without uses)".
//
// The uses are all, shown or not.
func roles(winners []*event, uses []*use, found []*finding, t *told, reads map[string]bool, o Options) []analyzer.Role {
	listed := map[string]bool{}
	for _, u := range filtered(uses, (*use).isCounted) {
		listed[u.role] = true
	}
	for _, f := range found {
		listed[f.role] = true
	}
	others := map[string][]*event{} // shown assumes by others, by role
	for _, e := range winners {
		if e.kind != assume && e.kind != call {
			continue
		}
		if selectsRole(o.Roles, e.role) || e.kind == assume && e.role == "" && e.shown ||
			t.concerns(keyOf(e.role)) && asksFor(e.role, o) {
			listed[e.role] = true
		}
		if e.shown && e.kind == assume && e.owner == "" {
			others[e.role] = append(others[e.role], e)
		}
	}
	listedKeys := map[roleKey]bool{}
	for arn := range listed {
		listedKeys[keyOf(arn)] = true
	}
	for _, key := range t.keys() {
		arn := t.arnOf(key)
		if !listedKeys[key] && (t.concerns(key) || len(o.Roles) > 0) && asksFor(arn, o) {
			listed[arn] = true
		}
	}
	byRole := grouped(uses, func(u *use) string { return u.role })
	byKey := grouped(filtered(uses, (*use).counts), func(u *use) roleKey { return keyOf(u.role) })
	known := knownRoles(winners)
	var roles []analyzer.Role
	for _, arn := range slices.Sorted(maps.Keys(listed)) {
		r := roleUsageOf(arn, byRole[arn], known[arn], others[arn], t, o.Catalog)
		if key := keyOf(arn); key.name != "" {
			r.References, r.Volumes = t.referencesOf(key), t.volumesOf(key)
			r.Changes, r.ChangeCount = t.changesOf(key, o.Catalog)
			if h := t.histories[key]; h != nil {
				r.Lives = h.lives
			}
			if r.Kind != analyzer.KindServiceLinked {
				r.Permissions = permissionsOf(r.Features, byKey[key], reads[r.AccountID], o.Catalog)
			} else if strings.Contains(arn, "/aws-service-role/ecs.amazonaws.com/") {
				r.Remaining = t.remainingOf(r.AccountID)
			}
		}
		roles = append(roles, r)
	}
	return roles
}

// roleUsageOf reports the uses of one role. "Role-level is the sum or union over all its counted events."
func roleUsageOf(arn string, all []*use, known map[string]bool, others []*event, told *told, c *catalog.Catalog) analyzer.Role {
	uses := filtered(all, (*use).isCounted)
	r := analyzer.Role{ARN: arn, Name: roleName(arn), AccountID: roleAccount(arn), Kind: roleKind(arn, all, told, c)}
	if len(uses) > 0 {
		t := totalsOf(uses)
		r.Assumed, r.Denied, r.Calls, r.FailedCalls = t.assumed, t.denied, t.calls, t.failedCalls
		r.FirstSeen, r.LastSeen = t.firstSeen, t.lastSeen
		r.Regions, r.Daily = regionsOf(uses), daysOf(uses)
		r.ActiveDays = len(r.Daily)
	}
	r.Features = featureUsagesOf(arn, r.Kind, uses, known, told, c)
	r.OtherCallers = otherCallersOf(others)
	for _, e := range others {
		if e.failed {
			r.OtherDenied++
		} else {
			r.OtherAssumed++
		}
	}
	r.OtherCallers = r.OtherCallers[:min(len(r.OtherCallers), maxOtherCallers)]
	return r
}

// roleKind: "service-linked if the ARN contains /aws-service-role/; else infrastructure if any feature of kind
// infrastructure has events on it, in the window or not; else other. References, volumes and marks of infrastructure
// features make other infrastructure."
func roleKind(arn string, uses []*use, t *told, c *catalog.Catalog) string {
	ofInfrastructure := func(u *use) bool {
		return (u.tellsPurpose() || u.isCounted()) && u.feature != nil && u.feature.Kind == catalog.Infrastructure
	}
	switch {
	case isServiceLinked(arn):
		return analyzer.KindServiceLinked
	case slices.ContainsFunc(uses, ofInfrastructure), t.makesInfrastructure(keyOf(arn), c):
		return analyzer.KindInfrastructure
	default:
		return analyzer.KindOther
	}
}

func isServiceLinked(arn string) bool { return strings.Contains(arn, "/aws-service-role/") }

// featureUsagesOf lists features: "all catalog features of the role's kind in catalog order when the kind is
// infrastructure or service-linked (kind other: only those found); then those of another kind with counted events, in
// catalog order. Zeros: only features whose principal is, for a service-linked role, that of the path; for
// infrastructure, one of the principals of its counted features, of those that have references or volumes, or that it is
// known as the role of", else the first that has infrastructure roles.
func featureUsagesOf(
	arn, kind string, uses []*use, known map[string]bool, t *told, c *catalog.Catalog,
) []analyzer.FeatureUsage {
	byFeature := grouped(uses, func(u *use) *catalog.Feature { return u.feature })
	var withZeros []string // principals
	switch kind {
	case analyzer.KindServiceLinked:
		withZeros = serviceLinkedPrincipals(arn, c)
	case analyzer.KindInfrastructure:
		withZeros = slices.AppendSeq(t.principalsOf(keyOf(arn), c), maps.Keys(known))
		for feature := range byFeature {
			if feature != nil {
				withZeros = append(withZeros, feature.Principal)
			}
		}
		if len(withZeros) == 0 && t.makesInfrastructure(keyOf(arn), c) {
			withZeros = []string{infrastructurePrincipal(c)}
		}
	}
	var ofKind, ofOtherKinds []analyzer.FeatureUsage
	for i := range c.Features {
		feature := &c.Features[i]
		found := byFeature[feature]
		switch {
		case feature.Kind == kind && (len(found) > 0 || slices.Contains(withZeros, feature.Principal)):
			ofKind = append(ofKind, featureUsageOf(feature, found))
		case len(found) > 0:
			ofOtherKinds = append(ofOtherKinds, featureUsageOf(feature, found))
		}
	}
	return append(ofKind, ofOtherKinds...)
}

// otherCallersOf: "assume by other, any result: otherCallers[principal]: assumed or denied, firstSeen and lastSeen,
// sessionNames (non-empty ones)." The assumes are in order of time.
func otherCallersOf(assumes []*event) []analyzer.OtherCaller {
	byPrincipal := map[string][]*event{}
	for _, e := range assumes {
		byPrincipal[e.principal] = append(byPrincipal[e.principal], e)
	}
	var callers []analyzer.OtherCaller
	for _, principal := range slices.Sorted(maps.Keys(byPrincipal)) {
		own := byPrincipal[principal]
		caller := analyzer.OtherCaller{Principal: principal, FirstSeen: own[0].time, LastSeen: own[len(own)-1].time}
		for _, e := range own {
			if e.failed {
				caller.Denied++
			} else {
				caller.Assumed++
			}
		}
		caller.SessionNames, caller.SessionNameCount = namesOf(own)
		callers = append(callers, caller)
	}
	return callers
}
