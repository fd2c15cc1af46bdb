package analyzer

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"roletrail/analyzer/catalog"
)

// featureOfVolumes is the id of the feature that makes and deletes EBS volumes.
const featureOfVolumes = "ebs-volumes"

// ending is how long after its end a resource may still need its role, in milliseconds. AWS names no time.
const ending = dayMilliseconds

// answers puts together what uses, things and changes tell of each role that matters.
func (w *walker) answers() []*answer {
	w.addUnused()
	list := make([]*answer, 0, len(w.roles))
	for _, r := range w.roles {
		list = append(list, w.answer(r))
	}
	return list
}

// addUnused adds the roles that matter and have no uses.
func (w *walker) addUnused() {
	keys := map[roleKey]bool{}
	for key := range w.marks.byRole {
		keys[key] = true
	}
	for key := range w.standing.byRole {
		keys[key] = true
	}
	for key := range w.volumes.byRole {
		keys[key] = true
	}
	for key := range w.changes.byRole {
		keys[key] = true
	}
	for key := range keys {
		arn := w.arnOf(key)
		if len(w.byKey[key]) == 0 && (len(w.selectors) > 0 || w.concerned(key)) && w.asksFor(arn) {
			w.keep(newRoleWalk(w, arn).result())
		}
	}
}

// arnOf returns the ARN of a role without uses: as IAM gave it, else as a resource named it, else a made one.
func (w *walker) arnOf(key roleKey) string {
	if c := w.changes.byRole[key]; c != nil && c.arn != "" {
		return c.arn
	}
	if v := w.volumes.byRole[key]; v != nil && v.arn != "" {
		return v.arn
	}
	var named []string
	var last *reference
	for i := range w.standing.byRole[key] {
		r := &w.standing.byRole[key][i]
		if r.arn != "" {
			named = append(named, r.arn)
		}
		if last == nil || r.named.compare(last.named) > 0 {
			last = r
		}
	}
	switch c := w.changes.byRole[key]; {
	case len(named) > 0:
		return slices.Min(named)
	case c != nil && c.name != "":
		return madeARN(roleKey{key.account, c.name})
	case last != nil:
		return madeARN(roleKey{key.account, last.name})
	}
	return madeARN(key)
}

// answer is one role with everything that is told of it.
type answer struct {
	*walker
	*roleResult
	references []reference
	volumes    *roleVolumes
	changes    *roleChanges
	*keyUses   // of the role under all its ARNs
}

func (w *walker) answer(r *roleResult) *answer {
	key := keyOf(r.role.ARN)
	a := &answer{walker: w, roleResult: r, references: w.standing.byRole[key], volumes: w.volumes.byRole[key], changes: w.changes.byRole[key], keyUses: &keyUses{}}
	if key.name == "" {
		return a
	}
	if uses := w.uses[key]; uses != nil {
		a.keyUses = uses
	}
	role := &r.role
	if a.volumes != nil {
		role.Volumes = a.volumes.Volumes
	}
	for i := range a.references {
		role.References = append(role.References, a.reference(&a.references[i]))
	}
	sortReferences(role.References)
	if a.changes != nil {
		role.Changes, role.ChangeCount = append(role.Changes, a.changes.changes...), a.changes.count
		role.Lives = append(role.Lives, a.changes.lives...)
	}
	if role.Kind == KindServiceLinked {
		if strings.Contains(role.ARN, linkedPath("ecs.amazonaws.com")) {
			role.Remaining = append(role.Remaining, w.standing.remaining[role.AccountID]...)
		}
		return a
	}
	role.Permissions = append(role.Permissions, a.permissions()...)
	a.findings = append(a.findings, a.endangered()...)
	if a.volumes != nil && a.volumes.stuck > 0 {
		a.findings = append(a.findings, stuckVolumes(role.ARN, a.volumes))
	}
	a.findings = append(a.findings, a.unusedPolicies()...)
	return a
}

// state tells what has become of a resource.
func (a *answer) state(r *reference) string {
	held := r.feature == featureOfVolumes && a.volumes != nil && a.volumes.openIn[[2]string{r.region, r.cluster}]
	switch {
	case r.standing:
		return StateStanding
	case held || !r.passing && r.lastSeen.time > a.now-ending:
		return StateEnding
	}
	return StateEnded
}

func (a *answer) reference(r *reference) Reference {
	return Reference{
		Feature: r.feature, Region: r.region, Cluster: r.cluster, Resource: r.resource, State: a.state(r),
		Since: fromMilliseconds(r.since.time), LastSeen: fromMilliseconds(r.lastSeen.time), Evidence: evidence([]item{r.since, r.lastSeen}),
	}
}

func sortReferences(list []Reference) {
	states := []string{StateStanding, StateEnding, StateEnded}
	slices.SortFunc(list, func(a, b Reference) int {
		return cmp.Or(
			cmp.Compare(slices.Index(states, a.State), slices.Index(states, b.State)), strings.Compare(a.Feature, b.Feature),
			strings.Compare(a.Region, b.Region), strings.Compare(a.Cluster, b.Cluster), strings.Compare(a.Resource, b.Resource),
			a.Since.Compare(b.Since), a.LastSeen.Compare(b.LastSeen), strings.Compare(a.Evidence[0].EventID, b.Evidence[0].EventID),
		)
	})
}

// inUse reports whether a feature, as an index into the catalog, needs the role at a time: it was used up to a day before
// or later, something that names the role for it stands or ended later, or has volumes that are still open.
func (a *answer) inUse(feature int, at int64) bool {
	if e := a.ever[feature]; e != nil && e.any && e.last >= at-ending {
		return true
	}
	id := a.catalog.Features[feature].ID
	if id == featureOfVolumes && a.volumes != nil && a.volumes.OpenCount > 0 {
		return true
	}
	return slices.ContainsFunc(a.references, func(r reference) bool {
		return r.feature == id && (a.state(&r) != StateEnded || r.lastSeen.time > at)
	})
}

// everSeen reports whether anything at all shows that a feature uses or used the role.
func (a *answer) everSeen(feature int) bool {
	if e := a.ever[feature]; e != nil && e.any {
		return true
	}
	id := a.catalog.Features[feature].ID
	return id == featureOfVolumes && a.volumes != nil ||
		slices.ContainsFunc(a.references, func(r reference) bool { return r.feature == id })
}

// featuresInUse returns the ids of the features for which a condition holds and that need the role at a time.
func (a *answer) featuresInUse(at int64, condition func(*catalog.Feature) bool) (ids []string) {
	for i := range a.catalog.Features {
		f := &a.catalog.Features[i]
		if f.Kind != catalog.ServiceLinked && condition(f) && a.inUse(i, at) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// endangered makes the findings of changes that take away what a feature in use needs, as far as they still hold.
func (a *answer) endangered() (list []Finding) {
	c := a.changes
	if c == nil {
		return nil
	}
	arn := a.role.ARN
	every := func(*catalog.Feature) bool { return true }
	if c.deleted != nil {
		if ids := a.featuresInUse(c.deleted.time, every); len(ids) > 0 {
			list = append(list, roleEndangered(arn, *c.deleted, SeverityHigh, called(arn)+" was deleted while features use it", ids,
				"Create the role again under the same name, with the same trust and policies. What ECS could not finish, it tries again by itself."))
		}
		return list
	}
	if c.trust != nil {
		untrusted := func(f *catalog.Feature) bool { _, trusted := c.trust.trusts[f.Principal]; return !trusted }
		if ids := a.featuresInUse(c.trust.event.time, untrusted); len(ids) > 0 {
			list = append(list, roleEndangered(arn, c.trust.event, SeverityHigh, called(arn)+" no longer trusts the service that uses it", ids,
				"Let the role's trust policy allow the service to assume it."))
		}
	}
	for _, policy := range slices.Sorted(maps.Keys(c.detached)) {
		ofPolicy := func(f *catalog.Feature) bool { return f.Policy != nil && f.Policy.ARN == policy }
		if ids := a.featuresInUse(c.detached[policy].time, ofPolicy); len(ids) > 0 {
			list = append(list, roleEndangered(arn, c.detached[policy], SeverityHigh, roleName(policy)+" was detached from "+called(arn)+" while it is needed", ids,
				"Attach the policy again until nothing needs it, or make sure that another policy allows the same."))
		}
	}
	if c.boundary != nil {
		if ids := a.featuresInUse(c.boundary.time, every); len(ids) > 0 {
			list = append(list, roleEndangered(arn, *c.boundary, SeverityMedium, called(arn)+" was given a permissions boundary, which may take away what it needs", ids,
				"Check that the boundary allows what the features' policies do."))
		}
	}
	return list
}

// unusedPolicies makes the findings of managed policies that were attached in the logs for features that were not seen.
func (a *answer) unusedPolicies() (list []Finding) {
	if a.changes == nil || a.changes.deleted != nil {
		return nil
	}
	for _, policy := range slices.Sorted(maps.Keys(a.changes.attached)) {
		var ids []string
		seen := false
		for i := range a.catalog.Features {
			f := &a.catalog.Features[i]
			if f.Kind == catalog.ServiceLinked || f.Policy == nil || f.Policy.ARN != policy {
				continue
			}
			ids = append(ids, f.ID)
			seen = seen || a.everSeen(i)
		}
		if len(ids) > 0 && !seen {
			list = append(list, unusedPolicy(a.role.ARN, policy, ids, a.changes.attached[policy], a.verified[a.role.AccountID]))
		}
	}
	return list
}

// permissions compares what the managed policies of the features that are shown for the role grant with what was called.
func (a *answer) permissions() (list []Permission) {
	for _, at := range a.shown {
		list = append(list, a.featurePermissions(at)...)
	}
	return list
}

func (a *answer) featurePermissions(at int) []Permission {
	called := map[string]int64{}
	if e := a.ever[at]; e != nil {
		for call, last := range e.calls {
			name := iamAction(call.service, call.name)
			called[name] = max(called[name], last)
		}
	}
	return permissions(a.catalog, at, called, a.reads[a.role.AccountID])
}
