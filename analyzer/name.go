package analyzer

import (
	"slices"
	"strings"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
)

// nameWalk is what one session name of the role adds up to.
type nameWalk struct {
	name             string
	like             likeness
	counted, pending map[int]bool // catalog indices under which uses of the name were counted
	taken            sample       // under a name of the catalog by someone else
	alike            sample       // under a name that looks like one of the catalog
	by               []string     // who opened these, the smallest maxOpeners
	byPeople         bool         // not by AWS services alone, which cannot be forged
}

// likeness says what a session name has to do with those of the catalog.
type likeness uint8

const (
	unknownLikeness likeness = iota
	ofCatalog
	likeCatalog
	unlikeCatalog
)

// likeness finds that out once, for a name can have very many sessions.
func (n *nameWalk) likeness(c *catalog.Catalog) likeness {
	if n.like == unknownLikeness {
		n.like = unlikeCatalog
		if _, ok := c.ByName(n.name); ok {
			n.like = ofCatalog
		} else if _, ok := c.Lookalike(n.name); ok {
			n.like = likeCatalog
		}
	}
	return n.like
}

// maxOpeners is how many principals a finding names. All are among the role's other callers.
const maxOpeners = 3

// openedBy notes who opened a session that is a finding.
func (n *nameWalk) openedBy(f *facts.Fact) {
	n.byPeople = n.byPeople || f.Flags&facts.ByService == 0
	at, found := slices.BinarySearch(n.by, f.Principal)
	if !found && at < maxOpeners {
		n.by = slices.Insert(n.by, at, strings.Clone(f.Principal))
		n.by = n.by[:min(len(n.by), maxOpeners)]
	}
}

// count notes that uses of the name were counted at a place.
func (n *nameWalk) count(at place) {
	if at.kind == ofUnknown && n.name != "" {
		note(&n.counted, at.feature)
	}
}

func note(set *map[int]bool, feature int) {
	if *set == nil {
		*set = map[int]bool{}
	}
	(*set)[feature] = true
}

// endName settles what only all sessions of one name can tell.
func (w *roleWalk) endName() {
	n := &w.name
	for feature := range n.pending {
		if !n.counted[feature] {
			if w.pendingNames[feature] == nil {
				w.pendingNames[feature] = &names{}
			}
			w.pendingNames[feature].add(n.name)
		}
	}
	if !n.taken.empty() {
		w.impostors.add(namedFinding{n.name, n.by, n.byPeople, n.taken})
	}
	if !n.alike.empty() {
		w.lookalikes.add(namedFinding{n.name, n.by, n.byPeople, n.alike})
	}
	w.name = nameWalk{}
}
