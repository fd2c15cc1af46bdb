package catalog

import (
	_ "embed" // for catalog.yaml
	"slices"
	"strings"
	"sync"
)

//go:embed catalog.yaml
var embedded []byte

var embeddedCatalog = sync.OnceValues(func() (*Catalog, error) {
	return new(Catalog).Extend("catalog.yaml", embedded)
})

// Embedded returns the catalog that comes with the program. It is read once, and shared by all callers.
func Embedded() (*Catalog, error) {
	return embeddedCatalog()
}

// Extend returns a catalog with the features of a file added to those of c, which stays as it is. A feature that has
// the id of one of c takes its place, a policy that has the name of one of c's takes its place for every feature.
// The form of the file is that of the embedded catalog.yaml, and file is the name for it in errors, which are of type
// *Error. data may be reused afterwards.
func (c *Catalog) Extend(file string, data []byte) (*Catalog, error) {
	d, err := decode(file, data)
	if err != nil {
		return nil, err
	}
	m := merger{document: d, policyByName: make(map[string]*Policy), merged: slices.Clone(c.Features)}
	if err := m.merge(); err != nil {
		return nil, err
	}
	extended := &Catalog{Version: d.version, Date: d.date, Features: m.merged}
	if c.Version != "" {
		extended.Version = c.Version + "+" + d.version
		extended.Date = min(c.Date, d.date)
	}
	extended.index = newIndex(m.merged)
	return extended, nil
}

// merger puts a document into the features of a catalog.
type merger struct {
	*document
	policyByName map[string]*Policy
	merged       []Feature
}

func (m *merger) merge() error {
	m.mergePolicies()
	for i := range m.features {
		if err := m.mergeFeature(&m.features[i]); err != nil {
			return err
		}
	}
	if err := m.checkPolicies(); err != nil {
		return err
	}
	for i := range m.features {
		// A service that has a service-linked role may assume other roles as well, so it needs both.
		for _, kind := range []string{m.features[i].Kind, Other} {
			if err := m.addCatchAll(&m.features[i], kind); err != nil {
				return err
			}
		}
	}
	if err := m.checkSharing(); err != nil {
		return err
	}
	return m.checkOverlaps()
}

// mergePolicies collects the policies that features may name, and puts new ones in place of old ones.
func (m *merger) mergePolicies() {
	for _, p := range m.policies {
		m.policyByName[p.Name] = &p.Policy
	}
	for i := range m.merged {
		f := &m.merged[i]
		if f.Policy == nil {
			continue
		}
		if p := m.policyByName[f.Policy.Name]; p != nil {
			f.Policy = p
		} else {
			m.policyByName[f.Policy.Name] = f.Policy
		}
	}
}

// checkPolicies checks that the document has no policy for nothing.
func (m *merger) checkPolicies() error {
	used := make(map[*Policy]bool)
	for i := range m.merged {
		used[m.merged[i].Policy] = true
	}
	for _, p := range m.policies {
		if !used[m.policyByName[p.Name]] {
			return m.errorf(p.at, "policy %q belongs to no feature", p.Name)
		}
	}
	return nil
}

// mergeFeature puts a feature in place of the one with its id, or adds it.
func (m *merger) mergeFeature(e *featureEntry) error {
	f := e.Feature
	if e.policy.value != "" {
		if f.Policy = m.policyByName[e.policy.value]; f.Policy == nil {
			return m.errorf(e.policy.at, "feature %q: there is no policy %q", f.ID, e.policy.value)
		}
	}
	for _, list := range e.calls {
		var shared []string
		for _, id := range list.sharedWith {
			shared = append(shared, id.value)
		}
		for _, name := range list.names {
			f.Calls = append(f.Calls, Call{Service: list.service, Name: name.value, SharedWith: shared})
		}
	}
	i := m.find(f.ID)
	if i < 0 {
		m.merged = slices.Insert(m.merged, m.end(f.Principal, f.Kind), f)
		return nil
	}
	// What its kind and its principal are decides how other features may refer to it.
	switch old := m.merged[i]; {
	case old.Principal != f.Principal:
		return m.errorf(e.at, "feature %q: the feature that it replaces is one of %s, not of %s", f.ID, old.Principal, f.Principal)
	case (old.Kind == ServiceLinked) != (f.Kind == ServiceLinked):
		return m.errorf(e.at, "feature %q: the feature that it replaces is of kind %s, not %s", f.ID, old.Kind, f.Kind)
	}
	m.merged[i] = f
	return nil
}

// find returns the position of a feature, or -1.
func (m *merger) find(id string) int {
	for i := range m.merged {
		if m.merged[i].ID == id {
			return i
		}
	}
	return -1
}

// end returns where a new feature goes: after all of its principal, but before the one that takes what is left over.
func (m *merger) end(principal, kind string) int {
	if i := m.find(catchAllID(principal, kind)); i >= 0 {
		return i
	}
	for i := len(m.merged); i > 0; i-- {
		if m.merged[i-1].Principal == principal {
			return i
		}
	}
	return len(m.merged)
}

// addCatchAll adds the feature that takes what is left over by the features of that kind of e's principal, if there is
// none.
func (m *merger) addCatchAll(e *featureEntry, kind string) error {
	f := Feature{ID: catchAllID(e.Principal, kind), Kind: Other, Principal: e.Principal, CatchAll: true}
	if i := m.find(f.ID); i >= 0 {
		if owner := m.merged[i].Principal; owner != f.Principal {
			return m.errorf(e.at, "feature %q: the id %q can't be both of %s and of %s", e.ID, f.ID, f.Principal, owner)
		}
		return nil
	}
	f.Title = "Other sessions of " + f.Principal
	if kind == ServiceLinked {
		f.Kind, f.Title = ServiceLinked, "Other calls of the service-linked role of "+f.Principal
	}
	m.merged = slices.Insert(m.merged, m.end(f.Principal, f.Kind), f)
	return nil
}

// catchAllID returns the id of the feature that takes what no other feature of the principal and of this kind claims.
func catchAllID(principal, kind string) string {
	service := strings.TrimSuffix(principal, ".amazonaws.com")
	if kind == ServiceLinked {
		return "other-" + service + "-calls"
	}
	return "other-" + service + "-session"
}
