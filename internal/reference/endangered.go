package reference

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// judged is a role of which findings rest on what is told of it, whatever the window and the filters.
type judged struct {
	*told
	arn  string
	key  roleKey
	uses []*use // all of the role, shown or not, without dry runs
	c    *catalog.Catalog
}

// findings gives those of section 6 that name the role. A service-linked role has none: IAM lets nobody change it.
func (j judged) findings() []*finding {
	if isServiceLinked(j.arn) {
		return nil
	}
	return slices.Concat(j.endangered(), j.stuckVolumes(), j.unusedPolicies())
}

// inUse: "a feature of the role is in use at time t if it has an assume or call at or after t - 24 h; or a reference that is
// standing or ending at the end, or that ended after t; or (ebs-volumes) open volumes."
func (j judged) inUse(feature *catalog.Feature, t time.Time) bool {
	return slices.ContainsFunc(j.uses, func(u *use) bool {
		return u.feature == feature && !u.time.Before(t.Add(-24*time.Hour))
	}) || slices.ContainsFunc(j.references[j.key], func(r *referenceTo) bool {
		return r.feature == feature.ID && (j.state(r) != analyzer.StateEnded || r.lastSeen.time.After(t))
	}) || feature.ID == featureOfVolumes && slices.ContainsFunc(j.volumes[j.key], (*ebsVolume).isOpen)
}

// anyInUse tells whether any feature that a condition holds for is in use at a time.
func (j judged) anyInUse(t time.Time, condition func(*catalog.Feature) bool) bool {
	for i := range j.c.Features {
		if feature := &j.c.Features[i]; condition(feature) && j.inUse(feature, t) {
			return true
		}
	}
	return false
}

// endangered gives the findings role-endangered, "one per (role, change), evidence that change's event; only what still holds
// at the end counts":
func (j judged) endangered() []*finding {
	h := j.histories[j.key]
	if h == nil {
		return nil
	}
	var found []*finding
	add := func(severity, title string, e *event) {
		found = append(found, &finding{
			findingKey: findingKey{id: "role-endangered", role: j.arn, session: e.id, eventName: e.name},
			severity:   severity, title: called(j.arn) + " " + title, events: []*event{e},
		})
	}
	every := func(*catalog.Feature) bool { return true }
	// "a. deleted (last life deleted), some feature in use at that time: high. Only b to d when the role is not deleted."
	if h.deleted != nil {
		if j.anyInUse(h.deleted.time, every) {
			add(analyzer.SeverityHigh, "was deleted", h.deleted)
		}
		return found
	}
	// "b. last readable trust state does not trust the principal of a feature in use at the time of that change: high."
	narrowed := map[*event]bool{}
	for principal, last := range h.trusts {
		ofPrincipal := func(f *catalog.Feature) bool { return f.Principal == principal }
		if last.trust == untrusted && j.anyInUse(last.time, ofPrincipal) {
			narrowed[last.event] = true
		}
	}
	for e := range narrowed {
		add(analyzer.SeverityHigh, "does not trust its service", e)
	}
	// "c. managed policy of feature F detached (last state detached), F in use at that time: high."
	for arn, e := range h.policies {
		ofPolicy := func(f *catalog.Feature) bool { return f.Policy != nil && f.Policy.ARN == arn }
		if e.name == "DetachRolePolicy" && j.anyInUse(e.time, ofPolicy) {
			add(analyzer.SeverityHigh, "lost "+roleName(arn), e)
		}
	}
	// "d. boundary set, any feature in use at that time: medium (may take away)."
	if e := h.boundary; e != nil && e.name == "PutRolePermissionsBoundary" && j.anyInUse(e.time, every) {
		add(analyzer.SeverityMedium, "has a permissions boundary", e)
	}
	return found
}

// stuckVolumes gives the finding stuck-volume, "high, one per role: open or unknown-age volumes with at least one failed (not
// dry-run, not NotFound) Delete or DetachVolume; evidence those failures".
func (j judged) stuckVolumes() []*finding {
	var failures []*event
	for _, v := range j.volumes[j.key] {
		if v.isOpen() || v.isOfUnknownAge() {
			failures = append(failures, v.failures...)
		}
	}
	if len(failures) == 0 {
		return nil
	}
	return []*finding{{
		findingKey: findingKey{id: "stuck-volume", role: j.arn}, severity: analyzer.SeverityHigh,
		title: "volumes of " + called(j.arn) + " cannot be deleted", events: failures,
	}}
}

// unusedPolicies gives the findings unused-policy, "info, one per (role, policy): policy of a feature (any feature with that
// policy ARN, not service-linked) attached at the end, none of the features with that policy has any use in owned
// sessions, any reference (any state) or volumes on the role. Not for deleted roles. Evidence: the attach".
func (j judged) unusedPolicies() []*finding {
	h := j.histories[j.key]
	if h == nil || h.deleted != nil {
		return nil
	}
	var found []*finding
	for _, arn := range slices.Sorted(maps.Keys(h.policies)) {
		known, used := false, false
		for i := range j.c.Features {
			feature := &j.c.Features[i]
			if feature.Kind == catalog.ServiceLinked || feature.Policy == nil || feature.Policy.ARN != arn {
				continue
			}
			known = true
			used = used || j.hasReference(j.key, feature.ID) || feature.ID == featureOfVolumes && len(j.volumes[j.key]) > 0 ||
				slices.ContainsFunc(j.uses, func(u *use) bool { return u.feature == feature })
		}
		if e := h.policies[arn]; e.name == "AttachRolePolicy" && known && !used {
			found = append(found, &finding{
				findingKey: findingKey{id: "unused-policy", role: j.arn, session: arn}, severity: analyzer.SeverityInfo,
				title: fmt.Sprintf("%s has %s, which nothing uses", called(j.arn), roleName(arn)), events: []*event{e},
			})
		}
	}
	return found
}
