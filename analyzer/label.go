package analyzer

import "roletrail/analyzer/facts"

// findingSet holds ids of findings, each as the bit of its place in eventFindings.
type findingSet uint16

// eventFindings are the findings that rest on events, by id.
var eventFindings = []string{
	FindingDeniedAction, FindingForeignCaller, FindingImpostorSession, FindingLookalikeSession, FindingOrphanCalls, FindingRoleEndangered,
	FindingStuckVolume, FindingTrailChanged, FindingUnknownECSSession, FindingUnusedPolicy,
}

const (
	deniedActions findingSet = 1 << iota
	foreignCallers
	impostorSessions
	lookalikeSessions
	orphans
	endangeredRoles
	stuckVolume
	changedTrails
	unknownSessions
	unusedPolicies
)

// ids returns the ids, ascending.
func (s findingSet) ids() (list []string) {
	for i, id := range eventFindings {
		if s&(1<<i) != 0 {
			list = append(list, id)
		}
	}
	return list
}

// outcome is what facts come to that are given one label. Much of it is known only at the end of a role or a volume, so
// facts are labelled in the walk, and the outcomes of the labels are filled in later.
type outcome struct {
	counted  bool // as an assume or a call, in the numbers of its role
	paired   bool // the caller's record of an AssumeRole that is counted where the role lives
	feature  int16
	findings findingSet
	state    volumeState
	volumeOf int32 // the role that the volume was made with, as an index into labels.roles
}

// noFeature is the feature of an outcome that has none.
const noFeature = -1

// volumeState says what became of a volume.
type volumeState uint8

const (
	noVolume volumeState = iota
	volumeOpen
	volumeDeleted
	volumeKept
	volumeUnknownAge
)

var volumeStates = [...]string{"", EventVolumeOpen, EventVolumeDeleted, EventVolumeKept, EventVolumeUnknownAge}

// The labels whose outcome is known from the start.
const (
	labelNobody uint32 = iota // in no number of a role
	labelPaired
	labelTrail // a change to a trail that is a finding
)

// labels takes up the facts that are evidence, with their labels. A nil one takes up nothing.
type labels struct {
	margin   bool // also facts of things outside the window and the filters
	batch    *facts.Batch
	outcomes []outcome
	roles    []roleKey         // of volumes
	roleAt   map[roleKey]int32 // their places
	// lastCaller is the largest of the principals that are told of a role, where there are others: they are no finding.
	lastCaller map[string]string
	err        error
}

func newLabels(batch *facts.Batch, margin bool) *labels {
	nobody := outcome{feature: noFeature}
	paired, trail := nobody, nobody
	paired.paired, trail.findings = true, changedTrails
	return &labels{batch: batch, margin: margin, outcomes: []outcome{nobody, paired, trail}, roleAt: map[roleKey]int32{}, lastCaller: map[string]string{}}
}

// next returns a new label.
func (l *labels) next() uint32 {
	l.outcomes = append(l.outcomes, outcome{feature: noFeature})
	return uint32(len(l.outcomes) - 1)
}

// fault returns the error of a temporary file that could not be written.
func (l *labels) fault() error {
	if l == nil {
		return nil
	}
	return l.err
}

func (l *labels) add(f *facts.Fact, label uint32) {
	if l.err == nil {
		f.Label = label
		l.err = l.batch.Add(f)
	}
}

// thing takes up a fact of something other than a use. Kept tasks only add to the fact that comes before them, if there is one.
func (l *labels) thing(f *facts.Fact, label uint32) {
	switch {
	case l == nil || f.Flags&(facts.Filtered|facts.OutsideWindow) != 0 && !l.margin:
	case f.Flags&facts.Further != 0 && f.Kind == facts.Keep:
	default:
		l.add(f, label)
	}
}

// settleVolume fills in the outcome of the label of a volume that a role made.
func (l *labels) settleVolume(v *volumeWalk, state volumeState) {
	if l == nil {
		return
	}
	key := keyOf(v.arn)
	role, ok := l.roleAt[key]
	if !ok {
		role = int32(len(l.roles))
		l.roles = append(l.roles, key)
		l.roleAt[key] = role
	}
	o := &l.outcomes[v.label]
	o.state, o.volumeOf = state, role
}

// useLabel is what uses of one role must have in common to be given one label.
type useLabel struct {
	place
	findings findingSet // that they may be part of
}

// pendingLabel is a label of a session that is the service's only if the role is.
type pendingLabel struct {
	useLabel
	label uint32
}

// tellCounted takes up a use that counts at a place.
func (w *roleWalk) tellCounted(f *facts.Fact, at place, findings findingSet) {
	if w.labels == nil || !f.Shown() {
		return
	}
	key := useLabel{at, findings}
	label, ok := w.labelled[key]
	if !ok {
		if w.labelled == nil {
			w.labelled = map[useLabel]uint32{}
		}
		label = w.labels.next()
		w.labelled[key] = label
	}
	w.labels.add(f, label)
}

// tellOther takes up a use that is in no number of the role.
func (w *roleWalk) tellOther(f *facts.Fact, findings findingSet) {
	switch {
	case w.labels == nil || !f.Shown():
	case findings == 0:
		w.labels.add(f, labelNobody)
	default:
		w.tellCounted(f, place{kind: ofNobody}, findings)
	}
}

// tellPending takes up a call of the current session, which is pending.
func (w *roleWalk) tellPending(f *facts.Fact, findings findingSet) {
	if w.labels == nil || !f.Shown() {
		return
	}
	s := w.session
	label, ok := s.labels[findings]
	if !ok {
		if s.labels == nil {
			s.labels = map[findingSet]uint32{}
		}
		label = w.labels.next()
		s.labels[findings] = label
	}
	w.labels.add(f, label)
}

// settleLabels fills in the outcomes of the role's labels.
func (w *roleWalk) settleLabels() {
	if w.labels == nil {
		return
	}
	for key, label := range w.labelled {
		w.labels.outcomes[label] = w.outcome(key)
	}
	for _, p := range w.pendingLabels {
		w.labels.outcomes[p.label] = w.outcome(p.useLabel)
	}
	if n := len(w.others.principals); n == maxOtherCallers {
		w.labels.lastCaller[w.arn] = w.others.principals[n-1]
	}
}

func (w *roleWalk) outcome(u useLabel) outcome {
	o := outcome{counted: true, feature: int16(u.feature), findings: u.findings}
	switch u.kind {
	case ofUnknown:
		o.findings |= unknownSessions
	case ofShared:
		feature, _ := w.resolve(u.place)
		o.feature = int16(feature)
	case ofPending:
		if !w.known[w.catalog.Features[u.feature].Principal] {
			return outcome{feature: noFeature}
		}
		o.findings |= unknownSessions
	case ofRole:
		o.feature = noFeature
	case ofNobody:
		o.counted, o.feature = false, noFeature
		if !w.toldOfCallers() {
			o.findings &^= foreignCallers
		}
	}
	return o
}
