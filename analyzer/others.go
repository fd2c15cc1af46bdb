package analyzer

import (
	"slices"
	"strings"

	"roletrail/analyzer/facts"
)

// How many of the principals that open one role, and of the session names that are findings on it, are told one by one:
// the smallest. A busy role of an identity provider, or an attacker, can bring up millions.
const (
	maxOtherCallers  = 100
	maxNamedFindings = 50
)

// otherCallers are the principals other than the catalog's services that open a role.
type otherCallers struct {
	assumed, denied int64 // by all of them, also by those that are not kept
	kept            map[string]*otherCaller
	principals      []string // of the kept ones, ascending
}

type otherCaller struct {
	assumed, denied int64
	span
	names  names
	opened sample // without those that are another finding
}

// count counts an AssumeRole event, and returns its principal if it is kept. What is kept is complete: the largest
// principal that is kept only ever gets smaller, so none comes back that was given up.
func (all *otherCallers) count(f *facts.Fact) *otherCaller {
	o := all.keep(f.Principal)
	if f.ErrorCode != "" {
		all.denied++
	} else {
		all.assumed++
	}
	if o == nil {
		return nil
	}
	if f.ErrorCode != "" {
		o.denied++
	} else {
		o.assumed++
	}
	o.span.add(f.Time)
	o.names.add(f.SessionName)
	return o
}

func (all *otherCallers) keep(principal string) *otherCaller {
	if o := all.kept[principal]; o != nil {
		return o
	}
	at, _ := slices.BinarySearch(all.principals, principal)
	if at == maxOtherCallers {
		return nil
	}
	if all.kept == nil {
		all.kept = map[string]*otherCaller{}
	}
	principal = strings.Clone(principal)
	all.principals = slices.Insert(all.principals, at, principal)
	if len(all.principals) > maxOtherCallers {
		delete(all.kept, all.principals[maxOtherCallers])
		all.principals = all.principals[:maxOtherCallers]
	}
	o := &otherCaller{}
	all.kept[principal] = o
	return o
}

func (all *otherCallers) empty() bool { return all.assumed+all.denied == 0 }

// namedFinding is what one session name gave rise to.
type namedFinding struct {
	name     string
	by       []string // who opened the sessions, if it is known
	byPeople bool     // not by AWS services alone
	events   sample
}

// namedFindings are those of one kind on one role: the ones of the smallest names, and what the others add up to.
type namedFindings struct {
	kept []namedFinding // by name
	more int            // how many others there are
	rest namedFinding
}

func (all *namedFindings) add(n namedFinding) {
	at, _ := slices.BinarySearchFunc(all.kept, n.name, func(x namedFinding, name string) int { return strings.Compare(x.name, name) })
	all.kept = slices.Insert(all.kept, at, n)
	if len(all.kept) <= maxNamedFindings {
		return
	}
	last := all.kept[maxNamedFindings]
	all.kept = all.kept[:maxNamedFindings]
	all.more++
	all.rest.byPeople = all.rest.byPeople || last.byPeople
	all.rest.events.merge(&last.events)
}
