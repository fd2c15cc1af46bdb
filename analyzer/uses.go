package analyzer

import (
	"strings"

	"roletrail/analyzer/facts"
)

// place is where a use counts before the features of the whole role are known.
type place struct {
	kind placeKind
	// feature is an index into the catalog: of the feature, or, for shared and unknown names, of the feature that takes what
	// no other claims.
	feature int
	name    string // the shared name
}

type placeKind uint8

const (
	ofFeature placeKind = iota
	ofShared            // under a name that several features share
	ofUnknown           // under a name that is not in the catalog
	ofPending           // the same, in a session that is the service's only if the role is
	ofRole              // of the role itself: the name says nothing, or is not known
	ofNobody            // in no number
)

// roleWalk gathers the uses of one role.
type roleWalk struct {
	*walker
	arn    string
	linked string // the principal whose service-linked role this is

	session *session // nil, or latest
	latest  session
	name    nameWalk
	tallies map[place]*tally
	known   map[string]bool // principals that the role is known to be used by
	seen    map[int]bool    // features seen under a name that is theirs alone
	// pendingNames are the session names of pending places under which nothing else was counted, by catalog index.
	pendingNames map[int]*names
	others       otherCallers
	refused      sample // AssumeRole events of a service that were denied
	impostors    namedFindings
	lookalikes   namedFindings
	any, strange sample // as in keyUses
	later        span   // the same
	asked        bool   // a --role flag asks for the role
	selected     bool   // and uses were seen

	labelled      map[useLabel]uint32
	pendingLabels []pendingLabel
}

func newRoleWalk(w *walker, arn string) *roleWalk {
	return &roleWalk{
		walker: w, arn: arn, linked: linkedPrincipal(w.catalog, arn), asked: w.selectors.match(arn),
		tallies: map[place]*tally{}, known: map[string]bool{}, seen: map[int]bool{}, pendingNames: map[int]*names{},
	}
}

func (w *roleWalk) fact(f *facts.Fact) {
	if f.Time < w.until {
		w.any.add(f)
	} else {
		w.later.add(f.Time)
	}
	if f.Flags&facts.OnlyAsked != 0 {
		w.selected = true
		w.addStrange(f)
		w.tellOther(f, 0)
		return
	}
	opened, hasOpened := f.Opened()
	if s := w.session; s == nil || s.name != f.SessionName || s.hasOpened != hasOpened || s.opened != opened {
		w.endSession()
		if s == nil || s.name != f.SessionName {
			w.endName()
			w.name = nameWalk{name: strings.Clone(f.SessionName)}
		}
		w.latest = session{name: w.name.name, opened: opened, hasOpened: hasOpened, assumes: w.latest.assumes[:0]}
		w.session = &w.latest
	}
	if f.Kind == facts.Assume {
		w.session.assumes = append(w.session.assumes, *f)
		return
	}
	w.endAssumes()
	w.call(f)
}

// addStrange notes a use that was for no feature.
func (w *roleWalk) addStrange(f *facts.Fact) {
	if f.Time < w.until {
		w.strange.add(f)
	}
}

// endAssumes counts the AssumeRole events of the session once all are there.
func (w *roleWalk) endAssumes() {
	s := w.session
	if len(s.assumes) == 0 {
		return
	}
	counted, paired := pairAssumes(s.assumes)
	for i := range paired {
		if w.labels != nil && paired[i].Shown() {
			w.labels.add(&paired[i], labelPaired)
		}
	}
	for i := range counted {
		w.assume(&counted[i])
	}
	s.assumes = s.assumes[:0]
}

// assume counts an AssumeRole event: for the service that made it, or as someone else's.
func (w *roleWalk) assume(f *facts.Fact) {
	s := w.session
	w.selected = w.asked
	principal := serviceOf(w.catalog, f)
	failed := f.ErrorCode != ""
	if !failed {
		s.openers.add(principal)
	}
	if principal == "" {
		w.otherAssume(f)
		return
	}
	at := w.place(principal, f)
	if !failed {
		w.known[principal] = true
		w.see(at)
	}
	w.tally(at).ever.add(f)
	if f.Shown() {
		w.tally(at).assume(f)
		w.name.count(at)
		findings := findingSet(0)
		if failed {
			w.refused.add(f)
			findings = deniedActions
		}
		w.tellCounted(f, at, findings)
	}
}

// otherAssume counts an AssumeRole event of someone who is not a service of the catalog.
func (w *roleWalk) otherAssume(f *facts.Fact) {
	if f.ErrorCode == "" {
		w.addStrange(f)
	}
	if !f.Shown() {
		return
	}
	o := w.others.count(f)
	if f.ErrorCode != "" {
		w.tellOther(f, 0)
		return
	}
	findings := findingSet(0)
	switch like := w.name.likeness(w.catalog); {
	case w.foreign():
	case like == ofCatalog:
		w.name.taken.add(f)
		w.name.openedBy(f)
		findings = impostorSessions
	case like == likeCatalog:
		w.name.alike.add(f)
		w.name.openedBy(f)
		findings = lookalikeSessions
	case o != nil:
		o.opened.add(f)
		findings = foreignCallers
	}
	w.tellOther(f, findings)
}

// foreign reports whether this is the service-linked role of a service that the catalog does not have. Nobody else can
// assume it, so its session names are that service's own affair.
func (w *roleWalk) foreign() bool { return w.linked == "" && isLinked(w.arn) }

// call counts a call for the service whose session makes it, if one does.
func (w *roleWalk) call(f *facts.Fact) {
	s := w.session
	w.selected = w.asked
	// Calls whose session cannot be told, for lack of its creation date, are each a session of their own.
	if s.owner.ownership == undecided || !s.hasOpened {
		w.endPending()
		s.owner = w.decide(s, f)
		if s.owner.ownership == pending {
			s.pending, s.by = w.newTally(), s.owner.principal
		}
	}
	o := s.owner
	switch o.ownership {
	case others:
		w.addStrange(f)
		w.tellOther(f, 0)
		return
	case impostor:
		w.addStrange(f)
		findings := findingSet(0)
		if f.Shown() && f.Flags&facts.FromService == 0 {
			w.name.taken.add(f)
			w.name.byPeople = true
			findings = impostorSessions
		}
		w.tellOther(f, findings)
		return
	case mixed:
		if f.Flags&facts.FromService == 0 {
			w.addStrange(f)
			w.tellOther(f, 0)
			return
		}
	case pending:
		w.pendingCall(f)
		return
	case unopened:
		w.known[o.principal] = true
	}
	at := w.place(o.principal, f)
	w.see(at)
	if isDryRun(f.ErrorCode) {
		w.tellOther(f, 0)
		return
	}
	t := w.tally(at)
	t.ever.add(f)
	if f.Shown() {
		orphan := o.ownership == unopened && w.orphan(f)
		t.call(f, orphan)
		w.name.count(at)
		w.tellCounted(f, at, callFindings(f, orphan))
	}
}

// pendingCall counts a call of a session that is the service's only if the role is.
func (w *roleWalk) pendingCall(f *facts.Fact) {
	s := w.session
	switch {
	case f.SourceIP != s.by:
		s.pending, s.owner = nil, owner{others, ""}
		w.addStrange(f)
		w.tellOther(f, 0)
	case isDryRun(f.ErrorCode):
		w.tellOther(f, 0)
	default:
		s.pending.ever.add(f)
		if f.Shown() {
			orphan := w.orphan(f)
			s.pending.call(f, orphan)
			w.tellPending(f, callFindings(f, orphan))
		}
	}
}

// callFindings are the findings that a call that counts is part of.
func callFindings(f *facts.Fact, orphan bool) (findings findingSet) {
	if isRefusal(f.ErrorCode) {
		findings |= deniedActions
	}
	if orphan {
		findings |= orphans
	}
	return findings
}

// orphan reports whether the AssumeRole event of the call's session should have been in the logs.
func (w *roleWalk) orphan(f *facts.Fact) bool {
	logs, ok := w.logs[roleAccount(w.arn)]
	// Before the window, only the files of the margin were read, whatever old events they hold.
	begin := max(logs.first, w.since-orphanMargin)
	return ok && f.Flags&facts.HasCreated != 0 && f.Created >= begin+orphanMargin && f.Created <= logs.last-orphanMargin
}

// place says where a use by a service of the catalog counts.
func (w *roleWalk) place(principal string, f *facts.Fact) place {
	if w.linked == principal {
		if f.Kind == facts.Assume {
			return place{kind: ofRole}
		}
		return place{kind: ofFeature, feature: w.catalog.Linked(principal, f.Service, f.Action)}
	}
	rest := w.catalog.CatchAllSession(principal)
	if f.Kind == facts.Assume && f.ErrorCode != "" && (f.SessionName == "" || f.RoleARN == "") {
		return place{kind: ofRole}
	}
	switch features := w.catalog.Sessions(principal, f.SessionName); len(features) {
	case 0:
		return place{kind: ofUnknown, feature: rest}
	case 1:
		return place{kind: ofFeature, feature: features[0]}
	}
	return place{kind: ofShared, feature: rest, name: w.name.name}
}

// see notes that the service used the role for a feature that its session name tells.
func (w *roleWalk) see(at place) {
	if at.kind == ofFeature {
		w.seen[at.feature] = true
	}
}

func (w *roleWalk) tally(at place) *tally {
	t := w.tallies[at]
	if t == nil {
		t = w.newTally()
		w.tallies[at] = t
	}
	return t
}

func (w *roleWalk) newTally() *tally {
	t := &tally{}
	if w.regionDays {
		t.regionDays = map[regionDay]*regionTally{}
	}
	return t
}

// endSession settles what only the whole session can tell.
func (w *roleWalk) endSession() {
	s := w.session
	if s == nil {
		return
	}
	w.endAssumes()
	w.endPending()
	w.session = nil
}

// endPending puts calls that are the service's only if the role is where they wait for the end of the role.
func (w *roleWalk) endPending() {
	s := w.session
	if s.pending != nil {
		rest := w.catalog.CatchAllSession(s.by)
		w.tally(place{kind: ofPending, feature: rest}).mergeUses(s.pending)
		if s.name != "" && !s.pending.events.empty() {
			note(&w.name.pending, rest)
		}
		for findings, label := range s.labels {
			w.pendingLabels = append(w.pendingLabels, pendingLabel{useLabel{place{kind: ofPending, feature: rest}, findings}, label})
		}
	}
	s.pending, s.labels = nil, nil
}
