package reference

import (
	"fmt"
	"slices"
	"strings"

	"roletrail/analyzer/catalog"
)

// use is an event that counts for a service.
type use struct {
	*event
	feature    *catalog.Feature // nil where it counts for the role as a whole only
	resolvedBy string           // of a session name that several features share
	sharedWith []string         // of a call of a service-linked role
	unknown    bool             // no feature of the service has the session name
}

// Values of FeatureUsage.ResolvedBy.
const (
	byReferences   = "references"
	bySessionNames = "sessionNames"
	byNothing      = "nothing"
)

// usesOf gives the events that count for a service, shown or not, in order of time.
func usesOf(winners []*event, sessions []*session, t *told, c *catalog.Catalog) []*use {
	seen := seenNames(sessions)
	var uses []*use
	for _, e := range winners {
		if e.owner != "" {
			uses = append(uses, newUse(e, seen, t, c))
		}
	}
	return uses
}

// tellsPurpose tells whether a use shows what a service has the role for: all but denied assumes do.
func (u *use) tellsPurpose() bool { return u.kind == call || !u.failed }

// counts: "a dry run is neither a call nor a failed one: it counts nowhere."
func (u *use) counts() bool { return u.kind != call || !isDryRun(u.errorCode) }

// isCounted: "all counts use shown winners only."
func (u *use) isCounted() bool { return u.shown && u.counts() }

func isDryRun(errorCode string) bool {
	return errorCode == "Client.DryRunOperation" || errorCode == "DryRunOperation"
}

// filtered gives the uses for which a condition holds.
func filtered(uses []*use, holds func(*use) bool) []*use {
	return slices.DeleteFunc(slices.Clone(uses), func(u *use) bool { return !holds(u) })
}

// roleOf is a role as one service uses it.
type roleOf struct{ role, principal string }

// seenNames gives the session names under which sessions owned by a service were seen on a role: successful assumes
// or calls, shown or not.
func seenNames(sessions []*session) map[roleOf]map[string]bool {
	seen := map[roleOf]map[string]bool{}
	for _, s := range sessions {
		for _, e := range slices.Concat(s.openers, s.calls) {
			if e.owner != "" {
				key := roleOf{e.role, e.owner}
				if seen[key] == nil {
					seen[key] = map[string]bool{}
				}
				seen[key][e.session] = true
			}
		}
	}
	return seen
}

// newUse finds the feature of an assume by service P, or of a call of a session owned by P.
func newUse(e *event, seen map[roleOf]map[string]bool, t *told, c *catalog.Catalog) *use {
	// 1. "The role is service-linked for P: assume events count at role level only; calls by (eventSource, eventName):
	// the catalog's service-linked feature of P; none: the feature other-<svc>-calls of P."
	if slices.Contains(serviceLinkedPrincipals(e.role, c), e.owner) {
		if e.kind == assume {
			return &use{event: e}
		}
		feature, sharedWith := featureOfCall(e, c)
		return &use{event: e, feature: feature, sharedWith: sharedWith}
	}
	// "A failed assume by service(P): same, by its session name; session name empty: role level only." So does one
	// that does not name the role: it counts for the role "" as a whole.
	if e.kind == assume && e.failed && (e.session == "" || e.role == "") {
		return &use{event: e}
	}
	// 2. "The name matches features of principal P (kind not service-linked): exact names before patterns. If the
	// matches are exactly one feature: it. Several features share the name: features among them that have any reference
	// (any state) on the role: exactly one: it, resolved by references. Else the candidates are those features that
	// have another, unshared session name under which a session owned by P was seen on the role. Exactly one
	// candidate: it, resolved by sessionNames; else other-<svc>-session, resolved by nothing."
	matches := featuresOf(e.owner, e.session, c)
	switch {
	case len(matches) == 1:
		return &use{event: e, feature: matches[0]}
	case len(matches) > 1:
		referenced := slices.DeleteFunc(slices.Clone(matches), func(f *catalog.Feature) bool { return !t.hasReference(keyOf(e.role), f.ID) })
		if len(referenced) == 1 {
			return &use{event: e, feature: referenced[0], resolvedBy: byReferences}
		}
		names := seen[roleOf{e.role, e.owner}]
		candidates := slices.DeleteFunc(matches, func(f *catalog.Feature) bool { return !hasUnshared(f, names, c) })
		if len(candidates) == 1 {
			return &use{event: e, feature: candidates[0], resolvedBy: bySessionNames}
		}
		return &use{event: e, feature: otherSession(e.owner, c), resolvedBy: byNothing}
	}
	// 3. "No match: other-<svc>-session."
	return &use{event: e, feature: otherSession(e.owner, c), unknown: true}
}

// hasUnshared tells whether any of the names is a session name of the feature and of no other feature of its principal.
func hasUnshared(feature *catalog.Feature, names map[string]bool, c *catalog.Catalog) bool {
	for name := range names {
		if matches := featuresOf(feature.Principal, name, c); len(matches) == 1 && matches[0] == feature {
			return true
		}
	}
	return false
}

// featuresNamed gives, in catalog order, the features that have the session name, exact or as a pattern.
func featuresNamed(name string, c *catalog.Catalog) []*catalog.Feature {
	return featuresWith(c, func(f *catalog.Feature, n string) bool { return glob(n, name) })
}

// featuresOf gives, in catalog order, the features of a principal, service-linked ones left out, that have the session
// name: exactly or, without any such, as a pattern.
func featuresOf(principal, name string, c *catalog.Catalog) []*catalog.Feature {
	of := func(f *catalog.Feature) bool { return f.Principal == principal && f.Kind != catalog.ServiceLinked }
	exact := featuresWith(c, func(f *catalog.Feature, n string) bool { return of(f) && isExact(n) && n == name })
	if len(exact) > 0 {
		return exact
	}
	return featuresWith(c, func(f *catalog.Feature, n string) bool { return of(f) && !isExact(n) && glob(n, name) })
}

// featuresWith gives, in catalog order, the features that have a session name which matches.
func featuresWith(c *catalog.Catalog, matches func(*catalog.Feature, string) bool) []*catalog.Feature {
	var features []*catalog.Feature
	for i := range c.Features {
		feature := &c.Features[i]
		if slices.ContainsFunc(feature.SessionNames, func(n catalog.SessionName) bool { return matches(feature, n.Name) }) {
			features = append(features, feature)
		}
	}
	return features
}

// isExact tells a session name from a pattern.
func isExact(name string) bool { return !strings.Contains(name, "*") }

// featureOfCall gives the service-linked feature of the owner that a call belongs to, and the features that make this
// call too. An exact name beats one that ends in *.
func featureOfCall(e *event, c *catalog.Catalog) (*catalog.Feature, []string) {
	for _, exact := range []bool{true, false} {
		for i := range c.Features {
			feature := &c.Features[i]
			if feature.Kind != catalog.ServiceLinked || feature.Principal != e.owner {
				continue
			}
			for _, own := range feature.Calls {
				if own.Service == e.source && isExact(own.Name) == exact && glob(own.Name, e.name) {
					return feature, own.SharedWith
				}
			}
		}
	}
	return catchAll(e.owner, true, c), nil
}

// otherSession is the feature other-<svc>-session of a service.
func otherSession(principal string, c *catalog.Catalog) *catalog.Feature {
	return catchAll(principal, false, c)
}

// catchAll is the feature of a service that takes what no other claims, or nil.
func catchAll(principal string, serviceLinked bool, c *catalog.Catalog) *catalog.Feature {
	for i := range c.Features {
		feature := &c.Features[i]
		if feature.CatchAll && feature.Principal == principal && (feature.Kind == catalog.ServiceLinked) == serviceLinked {
			return feature
		}
	}
	return nil
}

// complete checks what the rules take for granted: that each service has a feature for sessions that no other feature
// claims, and one for calls if it has a service-linked role.
func complete(c *catalog.Catalog) error {
	for _, feature := range c.Features {
		if otherSession(feature.Principal, c) == nil {
			return fmt.Errorf("catalog: %s has no feature for other sessions", feature.Principal)
		}
		if feature.Kind == catalog.ServiceLinked && catchAll(feature.Principal, true, c) == nil {
			return fmt.Errorf("catalog: %s has no feature for other calls", feature.Principal)
		}
	}
	return nil
}
