package analyzer

import (
	"strings"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
)

// walker goes over all facts in the order facts.ForWalk: over things first, then over the uses of roles, of which it makes
// a Role for each that matters, then over changes to these roles. It holds the state of one role at a time, and what is
// to be reported.
type walker struct {
	catalog   *catalog.Catalog
	selectors roleSelectors
	accounts  []string        // to show; empty for all
	logs      map[string]span // when the records of each account begin and end
	reads     map[string]bool // accounts with read events
	since     int64           // the begin of the report's window
	until     int64           // its end
	now       int64           // the time that the report speaks of
	verified  map[string]bool // accounts whose logs are proven to be complete

	regionDays bool
	labels     *labels // nil unless evidence is wanted
	objects    texts   // names of log files

	marks    marks
	standing standing
	volumes  volumeLedger
	trails   trailWalk
	changes  changeWalk
	stage    int // of what was met last

	current *roleWalk
	roles   []*roleResult
	byKey   map[roleKey][]*roleResult
	uses    map[roleKey]*keyUses
}

// keyUses is what the uses of a role come to under all its ARNs, which differ in their paths: not every record tells it.
type keyUses struct {
	ever map[int]*ever // by feature, as an index into the catalog
	// Of roles that were asked for, all uses before the end of the report's window, by whomever and whatever the filters;
	// those among them that were for no feature; and when the role was used after the window.
	any, strange sample
	later        span
}

// merge adds the uses under one ARN. It reports whether there are any worth keeping.
func (u *keyUses) merge(r *roleResult) bool {
	for at, e := range r.own.ever {
		if !e.any {
			continue
		}
		if u.ever[at] == nil {
			u.ever[at] = &ever{}
		}
		u.ever[at].merge(e)
	}
	if r.asked {
		u.any.merge(&r.own.any)
		u.strange.merge(&r.own.strange)
		u.later.merge(r.own.later)
	}
	return len(u.ever) > 0 || !u.any.empty() || u.later.any
}

// orphanMargin is how long after the begin and before the end of an account's logs a session must have been created, in
// milliseconds, for its AssumeRole to be missed: it may have been delivered in another file than the calls.
const orphanMargin = 60 * 60 * 1000

func (w *walker) fact(f *facts.Fact) {
	f.Object = w.objects.clone(f.Object)                                   // which samples keep
	if f.Kind != facts.Assume && f.Kind != facts.Call && f.Subject == "" { // it tells of nothing, and is evidence alone
		w.labels.thing(f, labelNobody)
		return
	}
	switch f.Kind {
	case facts.Mark:
		w.marks.fact(f) // evidence is the change before it
	case facts.Reference:
		w.standing.fact(f)
		w.labels.thing(f, labelNobody)
	case facts.Keep:
		w.volumes.keep(f)
		w.labels.thing(f, labelNobody)
	case facts.Volume:
		w.labels.thing(f, w.volumes.fact(f))
	case facts.Trail:
		label := labelNobody
		if anyOf(w.accounts, f.Account) {
			w.trails.fact(f)
			if f.Action != startLogging {
				label = labelTrail
			}
		} else {
			w.trails.other(f)
		}
		w.labels.thing(f, label)
	case facts.Assume, facts.Call:
		w.endThings()
		if w.current == nil || w.current.arn != f.RoleARN {
			w.endRole()
			w.current = newRoleWalk(w, strings.Clone(f.RoleARN))
		}
		w.current.fact(f)
	case facts.Change:
		w.endUses()
		w.changes.fact(f)
		w.labels.thing(f, labelNobody)
	}
}

// endThings settles what things tell. The uses rest on it.
func (w *walker) endThings() {
	if w.stage > 0 {
		return
	}
	w.stage = 1
	w.standing.end()
	w.volumes.end()
	w.trails.end(w.now)
	w.byKey, w.uses = map[roleKey][]*roleResult{}, map[roleKey]*keyUses{}
}

// endUses settles what uses tell. The changes rest on it: only those of roles that matter are kept.
func (w *walker) endUses() {
	if w.stage > 1 {
		return
	}
	w.endThings()
	w.endRole()
	w.stage = 2
	w.changes.interest = w.matters
}

// end settles everything.
func (w *walker) end() {
	w.endUses()
	w.changes.end()
}

func (w *walker) endRole() {
	if w.current == nil {
		return
	}
	w.current.endSession()
	w.current.endName()
	r, key := w.current.result(), keyOf(w.current.arn)
	if w.uses[key] == nil {
		w.uses[key] = &keyUses{ever: map[int]*ever{}}
	}
	if !w.uses[key].merge(r) {
		delete(w.uses, key)
	}
	if r.listed || w.concerned(key) && w.asksFor(w.current.arn) {
		w.keep(r)
	}
	w.current = nil
}

func (w *walker) keep(r *roleResult) {
	w.roles = append(w.roles, r)
	key := keyOf(r.role.ARN)
	w.byKey[key] = append(w.byKey[key], r)
}

// asksFor reports whether the filters let a role be told of.
func (w *walker) asksFor(arn string) bool {
	key := keyOf(arn)
	return key.name != "" && anyOf(w.accounts, key.account) && (len(w.selectors) == 0 || w.selectors.matchKey(arn))
}

// concerned reports whether a role matters for what is told of it otherwise than by its uses.
func (w *walker) concerned(key roleKey) bool {
	_, marked := w.marks.byRole[key]
	return marked || len(w.standing.byRole[key]) > 0 || w.volumes.byRole[key] != nil
}

// matters reports whether the changes to a role are to be told.
func (w *walker) matters(key roleKey) bool {
	return len(w.byKey[key]) > 0 || (len(w.selectors) > 0 || w.concerned(key)) && w.asksFor(madeARN(key))
}

// madeARN is the ARN of a role of which only the account and the name are known: in the partition and with the path that
// most have.
func madeARN(key roleKey) string { return "arn:aws:iam::" + key.account + ":role/" + key.name }
