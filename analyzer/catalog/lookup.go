package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// index answers the lookups. It is made once, by newIndex, and only read afterwards. Features are their positions in
// Catalog.Features, which is catalog order.
type index struct {
	features   map[string]int // by id
	principals map[string]*principalIndex
	all        []string // principals, ascending
	linked     []string // those of service-linked features, ascending
	exact      map[string]int
	patterns   []sessionPattern
	skeletons  map[string]string // exact session names by their skeletons
	exactNames []string          // ascending
	patternSet []string          // ascending
}

// principalIndex is what belongs to one principal.
type principalIndex struct {
	exact           map[string][]int
	patterns        []sessionPattern
	services        map[string]*serviceIndex // by eventSource
	catchAllSession int                      // -1 if there is none
	catchAllCalls   int                      // -1 if there is none
}

// sessionPattern is a session name with * in it.
type sessionPattern struct {
	pattern string
	feature int
}

// serviceIndex is the calls of one service that belong to a principal's service-linked features.
type serviceIndex struct {
	exact    map[string]claimedCall
	prefixes []callPrefix // longest first
}

type callPrefix struct {
	prefix string
	claimedCall
}

type claimedCall struct {
	feature    int
	sharedWith []string
}

func newIndex(features []Feature) index {
	x := index{
		features:   make(map[string]int, len(features)),
		principals: make(map[string]*principalIndex),
		exact:      make(map[string]int),
		skeletons:  make(map[string]string),
	}
	linked := make(map[string]bool)
	for i, f := range features {
		x.features[f.ID] = i
		p := x.principals[f.Principal]
		if p == nil {
			p = &principalIndex{catchAllSession: -1, catchAllCalls: -1, exact: make(map[string][]int), services: make(map[string]*serviceIndex)}
			x.principals[f.Principal] = p
		}
		if f.Kind == ServiceLinked {
			linked[f.Principal] = true
			p.addCalls(i, f)
		} else {
			x.addSessionNames(p, i, f)
		}
	}
	for _, p := range x.principals {
		for _, s := range p.services {
			slices.SortFunc(s.prefixes, func(a, b callPrefix) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
		}
	}
	x.all, x.linked = slices.Sorted(maps.Keys(x.principals)), slices.Sorted(maps.Keys(linked))
	x.exactNames = slices.Sorted(maps.Keys(x.exact))
	slices.Sort(x.patternSet)
	x.patternSet = slices.Compact(x.patternSet)
	return x
}

func (x *index) addSessionNames(p *principalIndex, feature int, f Feature) {
	if f.CatchAll {
		p.catchAllSession = feature
	}
	for _, n := range f.SessionNames {
		if strings.Contains(n.Name, "*") {
			s := sessionPattern{n.Name, feature}
			p.patterns, x.patterns = append(p.patterns, s), append(x.patterns, s)
			x.patternSet = append(x.patternSet, n.Name)
			continue
		}
		p.exact[n.Name] = append(p.exact[n.Name], feature)
		if _, ok := x.exact[n.Name]; !ok {
			x.exact[n.Name] = feature
		}
		if skeleton := Skeleton(n.Name); x.skeletons[skeleton] == "" {
			x.skeletons[skeleton] = n.Name
		}
	}
}

func (p *principalIndex) addCalls(feature int, f Feature) {
	if f.CatchAll {
		p.catchAllCalls = feature
	}
	for _, call := range f.Calls {
		s := p.services[call.Service]
		if s == nil {
			s = &serviceIndex{exact: make(map[string]claimedCall)}
			p.services[call.Service] = s
		}
		claimed := claimedCall{feature, call.SharedWith}
		if prefix, ok := strings.CutSuffix(call.Name, "*"); ok {
			s.prefixes = append(s.prefixes, callPrefix{prefix, claimed})
		} else {
			s.exact[call.Name] = claimed
		}
	}
}

// Feature returns the position in Features of the feature with an id.
func (c *Catalog) Feature(id string) (feature int, ok bool) {
	feature, ok = c.index.features[id]
	return feature, ok
}

// Principals returns the service principals of all features, in ascending order.
func (c *Catalog) Principals() []string {
	return c.index.all
}

// IsPrincipal tells whether any feature is of this service principal.
func (c *Catalog) IsPrincipal(principal string) bool {
	return c.index.principals[principal] != nil
}

// LinkedPrincipals returns the service principals of the service-linked features, in ascending order.
func (c *Catalog) LinkedPrincipals() []string {
	return c.index.linked
}

// Sessions returns the features of a principal that have a session name: those that name it exactly or, if there is
// none, those with a pattern that matches it. They are positions in Features, in ascending order; nil if there is none.
func (c *Catalog) Sessions(principal, name string) []int {
	p := c.index.principals[principal]
	if p == nil {
		return nil
	}
	if exact := p.exact[name]; exact != nil {
		return exact
	}
	var matches []int
	for _, s := range p.patterns {
		if Match(s.pattern, name) && (len(matches) == 0 || matches[len(matches)-1] != s.feature) {
			matches = append(matches, s.feature)
		}
	}
	return matches
}

// ByName returns the first feature in catalog order, of any principal, that names a session name exactly or, if there
// is none, by a pattern. It is a position in Features.
func (c *Catalog) ByName(name string) (feature int, ok bool) {
	if feature, ok := c.index.exact[name]; ok {
		return feature, true
	}
	for _, s := range c.index.patterns {
		if Match(s.pattern, name) {
			return s.feature, true
		}
	}
	return 0, false
}

// Lookalike returns the exact session name of the catalog that a reader would take a name for, which itself is none
// of the catalog, neither exactly nor by a pattern.
func (c *Catalog) Lookalike(name string) (exact string, ok bool) {
	if _, known := c.ByName(name); known {
		return "", false
	}
	exact, ok = c.index.skeletons[Skeleton(name)]
	return exact, ok
}

// Linked returns the service-linked feature of a principal that a call belongs to, told by the call's eventSource and
// eventName: the one that names it exactly, else the one with the longest prefix of it, else the one that takes all
// other calls. It is a position in Features; -1 if the principal has no service-linked features.
func (c *Catalog) Linked(principal, service, event string) int {
	p := c.index.principals[principal]
	if p == nil {
		return -1
	}
	if call, ok := p.call(service, event); ok {
		return call.feature
	}
	return p.catchAllCalls
}

// SharedWith returns the ids of the other features whose work makes a call as well, told as in Linked.
func (c *Catalog) SharedWith(principal, service, event string) []string {
	p := c.index.principals[principal]
	if p == nil {
		return nil
	}
	call, _ := p.call(service, event)
	return call.sharedWith
}

func (p *principalIndex) call(service, event string) (claimedCall, bool) {
	s := p.services[service]
	if s == nil {
		return claimedCall{}, false
	}
	if call, ok := s.exact[event]; ok {
		return call, true
	}
	for _, prefix := range s.prefixes {
		if strings.HasPrefix(event, prefix.prefix) {
			return prefix.claimedCall, true
		}
	}
	return claimedCall{}, false
}

// CatchAllSession returns the feature that takes the sessions of a principal that no other feature claims. It is a
// position in Features; -1 if the principal has no features told by session names.
func (c *Catalog) CatchAllSession(principal string) int {
	p := c.index.principals[principal]
	if p == nil {
		return -1
	}
	return p.catchAllSession
}

// SessionNamePatterns returns all session names of the catalog, the exact ones and the patterns with * in them, each
// once and in ascending order.
func (c *Catalog) SessionNamePatterns() (exact, patterns []string) {
	return c.index.exactNames, c.index.patternSet
}
