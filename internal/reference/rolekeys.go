package reference

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer/catalog"
)

// roleKey is a role as IAM tells roles apart: "role key = (account, lower-case role name)". The path in an ARN makes no
// difference: no two roles of an account have one name.
type roleKey struct{ account, name string }

func keyOf(arn string) roleKey { return roleKey{roleAccount(arn), strings.ToLower(roleName(arn))} }

// keyOfNamed reads a role that an event of an account names. "A role is a name (no :) or an ARN with :role/; others are
// ignored. Its account: that of the ARN, else the record's account." A name may have a path before it.
func keyOfNamed(text, account string) (roleKey, bool) {
	key := keyOf(text)
	if key.account == "" {
		key.account = account
	}
	return key, key.name != "" && (!strings.Contains(text, ":") || strings.Contains(text, ":role/"))
}

// told is what is told of roles otherwise than by their uses. "Everything rests on all winners, whatever the window and
// the filters."
type told struct {
	references map[roleKey][]*referenceTo
	volumes    map[roleKey][]*ebsVolume // oldest first
	histories  map[roleKey]*history
	remaining  []resource
	now        time.Time // "T, the time the report speaks of = until if set, else observed.lastEvent"
}

func whatIsTold(winners []*event, lastEvent time.Time, o Options) *told {
	t := &told{
		references: references(winners), volumes: volumes(winners, o.Catalog), histories: histories(winners, o.Catalog),
		remaining: standingResources(winners), now: o.Until,
	}
	if t.now.IsZero() {
		t.now = lastEvent
	}
	return t
}

// keys gives every role of which anything is told.
func (t *told) keys() []roleKey {
	keys := map[roleKey]bool{}
	for key := range t.references {
		keys[key] = true
	}
	for key := range t.volumes {
		keys[key] = true
	}
	for key := range t.histories {
		keys[key] = true
	}
	return slices.SortedFunc(maps.Keys(keys), func(a, b roleKey) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.name, b.name))
	})
}

// concerns tells whether a role is listed for what is told of it: "the role key has references, volumes in the ledger, or
// is marked".
func (t *told) concerns(key roleKey) bool {
	h := t.histories[key]
	return len(t.references[key]) > 0 || len(t.volumes[key]) > 0 || h != nil && h.marked
}

// asksFor tells whether the filters let a role be listed for what is told of it: "only if no selectors are given or one
// matches; with --account: only roles of those accounts".
func asksFor(arn string, o Options) bool {
	key := keyOf(arn)
	return key.name != "" && (len(o.Accounts) == 0 || slices.Contains(o.Accounts, key.account)) &&
		(len(o.Roles) == 0 || selectsKey(o.Roles, arn))
}

// selectsKey is selectsRole for what is told by account and name: a selector that is an ARN stands for the role of that
// account and name, whatever the path, for most of these events do not tell the path.
func selectsKey(selectors []string, arn string) bool {
	return selectsRole(selectors, arn) || slices.ContainsFunc(selectors, func(selector string) bool {
		return isExact(selector) && strings.Contains(selector, ":") && keyOf(selector) == keyOf(arn)
	})
}

// arnOf gives the ARN under which a role without uses is listed: "of the latest CreateRole", else of the sessions that
// made volumes, "else of references, else arn:aws:iam::<account>:role/<name as written last>".
func (t *told) arnOf(key roleKey) string {
	name := key.name
	if h := t.histories[key]; h != nil {
		if h.arn != "" {
			return h.arn
		}
		name = h.written
	}
	var ofSessions, ofReferences []string
	for _, v := range t.volumes[key] {
		ofSessions = append(ofSessions, v.role)
	}
	if len(ofSessions) > 0 {
		// the ARN of a session lacks the path, so the longest tells most
		return slices.MinFunc(ofSessions, func(a, b string) int { return cmp.Or(-cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	}
	for _, r := range t.references[key] {
		if keyOf(r.arn) == key {
			ofReferences = append(ofReferences, r.arn)
		}
	}
	if len(ofReferences) > 0 {
		return slices.Min(ofReferences)
	}
	if t.histories[key] == nil && len(t.references[key]) > 0 {
		name = slices.MaxFunc(t.references[key], func(a, b *referenceTo) int { return byTime(a.named, b.named) }).written
	}
	return "arn:aws:iam::" + key.account + ":role/" + name
}

// principalsOf gives the services whose features concern an infrastructure role otherwise than by their uses.
func (t *told) principalsOf(key roleKey, c *catalog.Catalog) []string {
	var principals []string
	for _, feature := range c.Features {
		if t.hasReference(key, feature.ID) || feature.ID == featureOfVolumes && len(t.volumes[key]) > 0 {
			principals = append(principals, feature.Principal)
		}
	}
	return principals
}

// makesInfrastructure tells whether what is told of a role makes it an infrastructure role: "a reference of an
// infrastructure feature, volumes, an attached or formerly attached catalog policy of an infrastructure feature, or trust
// in a principal of one".
func (t *told) makesInfrastructure(key roleKey, c *catalog.Catalog) bool {
	if h := t.histories[key]; h != nil && h.ofInfrastructure {
		return true
	}
	return slices.ContainsFunc(c.Features, func(f catalog.Feature) bool {
		return f.Kind == catalog.Infrastructure &&
			(t.hasReference(key, f.ID) || f.ID == featureOfVolumes && len(t.volumes[key]) > 0)
	})
}

// hasReference tells whether any resource names the role for the feature, or did.
func (t *told) hasReference(key roleKey, feature string) bool {
	return slices.ContainsFunc(t.references[key], func(r *referenceTo) bool { return r.feature == feature })
}
