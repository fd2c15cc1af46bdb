package analyzer

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"roletrail/analyzer/facts"
)

// events makes the events of the facts of one record: one for each thing that it counts as. An AssumeRole by a session
// that is a service's counts as both, and so does a change to a role by one. What it says of a volume is added to its call.
func (l *EventLog) events(record []facts.Fact) []Event {
	var list []Event
	calls := slices.ContainsFunc(record, func(f facts.Fact) bool { return f.Kind == facts.Call })
	for i := range record {
		f := &record[i]
		switch {
		case f.Kind == facts.Volume && calls:
			for at := range list {
				if list[at].Kind == EventCall || list[at].Kind == EventOther {
					l.volume(&list[at], f)
				}
			}
			continue
		case len(l.selectors) > 0 && !l.asked(f):
			continue
		}
		list = append(list, l.event(f))
	}
	return list
}

// event makes an event of a fact.
func (l *EventLog) event(f *facts.Fact) Event {
	o := &l.labels.outcomes[f.Label]
	e := Event{
		Schema: EventSchema, Time: fromMilliseconds(f.Time), EventID: f.EventID.String(), AccountID: f.Account, Region: f.Region, Kind: EventOther,
		Source: f.Service, Action: f.Action, ErrorCode: f.ErrorCode, Principal: f.Principal, SessionName: f.SessionName,
		Resource: f.Resource, Object: f.Object, Position: f.Index,
	}
	if f.Raw != "" {
		e.Raw = json.RawMessage(f.Raw)
	}
	findings := o.findings
	switch f.Kind {
	case facts.Assume, facts.Call:
		e.RoleARN = f.RoleARN
		l.use(&e, f, o)
		if last, ok := l.labels.lastCaller[f.RoleARN]; ok && f.Principal > last {
			findings &^= foreignCallers
		}
	case facts.Reference, facts.Keep:
		e.Kind = EventReference
		roles, features := l.named(f)
		e.RoleARN, e.Feature = strings.Join(roles, " "), strings.Join(features, " ")
	case facts.Change:
		e.Kind = EventChange
		if role, ok := l.changed(f); ok {
			e.RoleARN = role
		}
		findings |= l.told[eventKey{e.EventID, e.Object, f.Time}]
	case facts.Volume:
		l.volume(&e, f)
	}
	e.Findings = append(findings.ids(), e.Findings...)
	return e
}

// use makes what is told of an assume or a call.
func (l *EventLog) use(e *Event, f *facts.Fact, o *outcome) {
	// Only what opens the role is on it: neither the caller's record of the same, nor that as a call of the caller's session.
	switch {
	case o.paired || f.Kind == facts.Call && f.Flags&facts.Further != 0:
		e.Resource = ""
	case f.Kind == facts.Assume:
		e.Resource = f.RoleARN
	}
	if o.feature != noFeature {
		e.Feature = l.catalog.Features[o.feature].ID
	}
	switch {
	case !o.counted:
	case f.Kind == facts.Assume:
		e.Kind = EventAssume
	default:
		e.Kind = EventCall
	}
}

// volume adds what became of the volume that a fact is of, if a role of ECS made it.
func (l *EventLog) volume(e *Event, f *facts.Fact) {
	o := &l.labels.outcomes[f.Label]
	if o.state == noVolume {
		return
	}
	e.State = volumeStates[o.state]
	key := l.labels.roles[o.volumeOf]
	if f.Kind == facts.Volume && e.RoleARN == "" {
		e.RoleARN, e.Feature = l.arn(key, ""), featureOfVolumes
	}
	open := o.state == volumeOpen || o.state == volumeUnknownAge
	if _, told := l.arns[key]; told && open && f.ErrorCode != "" && !isGone(f.ErrorCode) && (f.Action == "DetachVolume" || f.Action == "DeleteVolume") {
		e.Findings = append(e.Findings, FindingStuckVolume)
		slices.Sort(e.Findings)
	}
}

// named returns the roles that a reference names, and for which features, each ascending.
func (l *EventLog) named(f *facts.Fact) (roles, features []string) {
	if f.Kind != facts.Reference {
		return nil, nil
	}
	_, rest := unpack(f.Detail, 1)
	e := resourceEvent{roles: rest}
	e.each(f.Account, func(use roleUse, role string) {
		arn := ""
		if strings.Contains(role, ":") {
			arn = role
		}
		roles, features = append(roles, l.arn(use.role, arn)), append(features, use.feature)
	})
	slices.Sort(roles)
	slices.Sort(features)
	return slices.Compact(roles), slices.Compact(features)
}

// changed returns the ARN of the role that a change is on.
func (l *EventLog) changed(f *facts.Fact) (string, bool) {
	if f.Subject == "" {
		return "", false
	}
	e := unpackRoleEvent(f.Detail)
	return l.arn(roleKey{f.Account, f.Subject}, cmp.Or(e.arn, madeARN(roleKey{f.Account, e.name}))), true
}

// arn returns the ARN of a role as the report gives it, else as an event does, else a made one.
func (l *EventLog) arn(key roleKey, given string) string {
	if arn, ok := l.arns[key]; ok {
		return arn
	}
	if given != "" && keyOf(given) == key {
		return given
	}
	return madeARN(key)
}

// asked reports whether the --role selectors ask for the role of a fact. Uses of other roles are no facts of the log.
func (l *EventLog) asked(f *facts.Fact) bool {
	switch f.Kind {
	case facts.Assume, facts.Call:
		return true
	case facts.Reference:
		roles, _ := l.named(f)
		return slices.ContainsFunc(roles, l.selectors.matchKey)
	case facts.Change:
		role, ok := l.changed(f)
		return ok && l.selectors.matchKey(role)
	case facts.Volume:
		o := &l.labels.outcomes[f.Label]
		return o.state != noVolume && l.selectors.matchKey(l.arn(l.labels.roles[o.volumeOf], ""))
	}
	return false
}
