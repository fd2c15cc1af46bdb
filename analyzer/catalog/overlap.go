package catalog

import (
	"strings"

	"github.com/goccy/go-yaml/token"
)

// claim is what a feature says of a call: that it is its own.
type claim struct {
	principal, service, name string
}

// claimant is who says so, and where; at is nil for features that are not of the document.
type claimant struct {
	id string
	at *token.Token
}

// checkSharing checks that the features that calls are shared with are there.
func (m *merger) checkSharing() error {
	for _, e := range m.features {
		for _, list := range e.calls {
			for _, id := range list.sharedWith {
				i := m.find(id.value)
				switch {
				case i < 0 || m.merged[i].Kind != ServiceLinked || m.merged[i].Principal != e.Principal:
					return m.errorf(id.at, "feature %q: sharedWith names %q, which is no service-linked feature of %s",
						e.ID, id.value, e.Principal)
				case id.value == e.ID:
					return m.errorf(id.at, "feature %q: sharedWith names the feature itself", e.ID)
				}
			}
		}
	}
	return nil
}

// checkOverlaps checks that each call belongs to one feature of its principal: that no two of them claim the same name,
// nor prefixes one of which covers the other. An exact name may lie within another feature's prefix, for it beats it.
func (m *merger) checkOverlaps() error {
	entries := make(map[string]*featureEntry, len(m.features))
	for i := range m.features {
		entries[m.features[i].ID] = &m.features[i]
	}
	claims := make(map[claim]claimant)
	var prefixes []claim
	for i := range m.merged {
		f := &m.merged[i]
		places := entries[f.ID].callPlaces()
		for j, call := range f.Calls {
			c := claim{f.Principal, call.Service, call.Name}
			by := claimant{id: f.ID}
			if places != nil {
				by.at = places[j]
			}
			if other, ok := claims[c]; ok {
				return m.overlap(c, by, c, other)
			}
			claims[c] = by
			if strings.HasSuffix(c.name, "*") {
				prefixes = append(prefixes, c)
			}
		}
	}
	for _, c := range prefixes {
		for n := range len(c.name) - 1 {
			shorter := claim{c.principal, c.service, c.name[:n] + "*"}
			if other, ok := claims[shorter]; ok && other.id != claims[c].id {
				return m.overlap(c, claims[c], shorter, other)
			}
		}
	}
	return nil
}

// overlap makes the error about two claims, at the place of one that is of the document: the later one, if both are.
func (m *merger) overlap(a claim, by claimant, b claim, other claimant) error {
	if by.at == nil || other.at != nil && other.at.Position.Offset > by.at.Position.Offset {
		a, by, b, other = b, other, a, by
	}
	if by.id == other.id {
		return m.errorf(by.at, "feature %q: call %s %s is there twice", by.id, a.service, a.name)
	}
	return m.errorf(by.at, "feature %q: call %s %s overlaps with %s of feature %q", by.id, a.service, a.name, b.name, other.id)
}

// callPlaces returns the places of the feature's calls, in the order of Calls; nil for a feature that was not written.
func (e *featureEntry) callPlaces() []*token.Token {
	if e == nil {
		return nil
	}
	var places []*token.Token
	for _, list := range e.calls {
		for _, name := range list.names {
			places = append(places, name.at)
		}
	}
	return places
}
