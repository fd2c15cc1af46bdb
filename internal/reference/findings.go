package reference

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// finding is something a person should act on. There is one for each thing that is named.
type finding struct {
	findingKey
	severity, title string
	events          []*event // that show it
}

// findingKey is what a finding names; what its rule does not need is empty.
type findingKey struct {
	id, role                                            string
	session, principal, feature, eventSource, eventName string
}

// findingSet collects the events of findings.
type findingSet map[findingKey]*finding

// add shows a finding with an event. Nothing that is not shown is evidence of anything.
func (s findingSet) add(key findingKey, severity, title string, e *event) {
	if !e.shown {
		return
	}
	if s[key] == nil {
		s[key] = &finding{findingKey: key, severity: severity, title: title}
	}
	s[key].events = append(s[key].events, e)
}

// findings gives the findings that rest on uses.
func findings(
	winners []*event, uses []*use, sessions []*session, logs map[string]logSpan, c *catalog.Catalog,
) []*finding {
	set := findingSet{}
	known := knownRoles(winners)
	kept := keptCallers(winners)
	for _, e := range winners {
		if e.kind == assume && !e.failed && e.owner == "" {
			set.addOtherOpener(e, len(known[e.role]) > 0, kept[e.role][e.principal], c)
		}
	}
	for _, s := range sessions {
		if s.impostor {
			set.addImpostor(s)
		}
	}
	for _, u := range uses {
		set.addUnknownSession(u)
		set.addDenied(u)
		set.addOrphan(u, logs)
	}
	set.rate(known)
	set.fold("impostor-session", "%d more session names on %s were not opened by the service")
	set.fold("lookalike-session", "%d more session names on %s look like the service's")
	return slices.Collect(maps.Values(set))
}

// byImportance orders findings by "severity (high, medium, low, info), id, roleArn, title".
func byImportance(a, b *finding) int {
	return cmp.Or(
		cmp.Compare(rank(a.severity), rank(b.severity)), cmp.Compare(a.id, b.id), cmp.Compare(a.role, b.role),
		cmp.Compare(a.title, b.title),
		// different keys can have one title: ec2 and ec2.amazonaws.com; changes to a role have one each
		cmp.Compare(a.eventSource, b.eventSource), cmp.Compare(a.session, b.session))
}

func rank(severity string) int {
	order := []string{analyzer.SeverityHigh, analyzer.SeverityMedium, analyzer.SeverityLow, analyzer.SeverityInfo}
	return slices.Index(order, severity)
}

// addOtherOpener judges a successful assume by somebody who is no service of the catalog.
//
// impostor-session, high: per (role ARN, session name): its "session name matches a catalog name exactly or by pattern
// (any principal)".
//
// lookalike-session, high: per (role ARN, session name): its "name matches no catalog name but its skeleton equals the
// skeleton of an exact catalog name".
//
// foreign-caller, medium: per (role ARN, principal): "on a role that is known as some P's (not service-linked); assumes
// already in impostor-session or lookalike-session are not evidence for it".
//
// On the service-linked role of a service that the catalog does not have, names are that service's own affair.
func (s findingSet) addOtherOpener(e *event, known, kept bool, c *catalog.Catalog) {
	if isServiceLinked(e.role) && len(serviceLinkedPrincipals(e.role, c)) == 0 {
		return
	}
	if len(featuresNamed(e.session, c)) > 0 {
		s.add(impostorKey(e.role, e.session), analyzer.SeverityHigh, impostorTitle(e.role, e.session), e)
		return
	}
	if like := lookalike(e.session, c); like != "" {
		s.add(findingKey{id: "lookalike-session", role: e.role, session: e.session}, analyzer.SeverityHigh,
			fmt.Sprintf(`session "%s" on %s looks like "%s"`, e.session, called(e.role), like), e)
		return
	}
	if known && kept && !isServiceLinked(e.role) {
		s.add(findingKey{id: "foreign-caller", role: e.role, principal: e.principal}, analyzer.SeverityMedium,
			fmt.Sprintf("%s assumes %s", e.principal, called(e.role)), e)
	}
}

// keptCallers gives, by role, the principals of other openers that are told one by one: the 100 smallest.
func keptCallers(winners []*event) map[string]map[string]bool {
	principals := map[string]map[string]bool{}
	for _, e := range winners {
		if e.kind == assume && e.owner == "" && e.shown {
			if principals[e.role] == nil {
				principals[e.role] = map[string]bool{}
			}
			principals[e.role][e.principal] = true
		}
	}
	for _, of := range principals {
		sorted := slices.Sorted(maps.Keys(of))
		for _, principal := range sorted[min(len(sorted), maxOtherCallers):] {
			delete(of, principal)
		}
	}
	return principals
}

const (
	maxOtherCallers  = 100
	maxNamedFindings = 50
)

// rate settles severities that depend on the whole. An impostor-session is medium if nobody but AWS services is among
// its events; a lookalike-session is low on a role that is not known as any service's.
func (s findingSet) rate(known map[string]map[string]bool) {
	for _, f := range s {
		byServices := !slices.ContainsFunc(f.events, func(e *event) bool { return e.text("userIdentity", "type") != "AWSService" })
		switch {
		case f.id == "impostor-session" && byServices:
			f.severity = analyzer.SeverityMedium
		case f.id == "lookalike-session" && len(known[f.role]) == 0:
			f.severity = analyzer.SeverityLow
		}
	}
}

// fold makes one finding of those that are beyond the 50 smallest session names on one role.
func (s findingSet) fold(id, title string) {
	byRole := map[string][]*finding{}
	for _, f := range s {
		if f.id == id {
			byRole[f.role] = append(byRole[f.role], f)
		}
	}
	for role, all := range byRole {
		if len(all) <= maxNamedFindings {
			continue
		}
		slices.SortFunc(all, func(a, b *finding) int { return cmp.Compare(a.session, b.session) })
		rest := &finding{findingKey: findingKey{id: id, role: role, eventName: "rest"}, title: fmt.Sprintf(title, len(all)-maxNamedFindings, called(role))}
		for _, f := range all[maxNamedFindings:] {
			delete(s, f.findingKey)
			rest.events = append(rest.events, f.events...)
			if rest.severity == "" || rank(f.severity) < rank(rest.severity) {
				rest.severity = f.severity
			}
		}
		s[rest.findingKey] = rest
	}
}

// addImpostor: "and sessions that are impostor by (c): evidence their calls that are not from a service. Both kinds for
// one (role, name): one finding with both evidences."
func (s findingSet) addImpostor(session *session) {
	for _, e := range session.calls {
		if !e.fromService {
			s.add(impostorKey(e.role, e.session), analyzer.SeverityHigh, impostorTitle(e.role, e.session), e)
		}
	}
}

func impostorKey(role, name string) findingKey {
	return findingKey{id: "impostor-session", role: role, session: name}
}

func impostorTitle(role, name string) string {
	return fmt.Sprintf(`session "%s" on %s was not opened by the service`, name, called(role))
}

// lookalike gives the first exact catalog name, in catalog order, that can be taken for the name, or "".
func lookalike(name string, c *catalog.Catalog) string {
	for _, feature := range c.Features {
		for _, own := range feature.SessionNames {
			if isExact(own.Name) && catalog.Skeleton(own.Name) == catalog.Skeleton(name) {
				return own.Name
			}
		}
	}
	return ""
}

// addUnknownSession is unknown-ecs-session, info: "shown counted events in other-<svc>-session whose name matches no
// catalog name of P. To stay bounded: one finding per (role ARN, P), evidence over all names."
func (s findingSet) addUnknownSession(u *use) {
	if u.unknown {
		s.add(findingKey{id: "unknown-ecs-session", role: u.role, principal: u.owner}, analyzer.SeverityInfo,
			fmt.Sprintf("%s uses %s under unknown session names", u.owner, called(u.role)), u.event)
	}
}

// addDenied is denied-action, medium: "per (role ARN, feature id or empty, eventSource, eventName): shown counted
// failed calls whose errorCode contains AccessDenied, UnauthorizedOperation or NotAuthorized; and shown denied
// assumes by service(P) (per role; eventSource sts.amazonaws.com, eventName AssumeRole; feature empty)."
func (s findingSet) addDenied(u *use) {
	key := findingKey{id: "denied-action", role: u.role, eventSource: "sts.amazonaws.com", eventName: "AssumeRole"}
	switch {
	case !u.failed:
		return
	case u.kind == call:
		if !slices.ContainsFunc([]string{"AccessDenied", "UnauthorizedOperation", "NotAuthorized"}, func(code string) bool {
			return strings.Contains(u.errorCode, code)
		}) {
			return
		}
		key.feature, key.eventSource, key.eventName = u.feature.ID, u.source, u.name
	}
	service := strings.TrimSuffix(key.eventSource, ".amazonaws.com")
	title := fmt.Sprintf("%s was denied %s:%s", called(u.role), service, key.eventName)
	if key.feature != "" {
		title += " (" + key.feature + ")"
	}
	s.add(key, analyzer.SeverityMedium, title, u.event)
}

// addOrphan is orphan-calls, low, per role ARN: "shown counted calls of sessions owned by P without a seen opener that
// have a creationDate at least an hour after the logs of the role's account begin, and an hour before they end. Role
// account without any record of its own: no finding."
func (s findingSet) addOrphan(u *use, logs map[string]logSpan) {
	span, seen := logs[roleAccount(u.role)]
	if u.kind == call && u.openerMissing && u.hasCreated && seen &&
		!u.created.Before(span.first.Add(time.Hour)) && !u.created.After(span.last.Add(-time.Hour)) {
		s.add(findingKey{id: "orphan-calls", role: u.role}, analyzer.SeverityLow,
			fmt.Sprintf("calls on %s without the AssumeRole that opened their session", called(u.role)), u.event)
	}
}

// called is how a title names a role.
func called(arn string) string {
	return firstNonEmpty(roleName(arn), "an unknown role")
}

// rendered gives the findings as the report has them. Evidence: "at most 5: the first 2 and the last 3 by (time,
// event ID, object), each once."
func rendered(found []*finding) []analyzer.Finding {
	var findings []analyzer.Finding
	for _, f := range found {
		events := slices.SortedFunc(slices.Values(f.events), byTime)
		chosen := slices.Concat(events[:min(2, len(events))], events[max(0, len(events)-3):])
		findings = append(findings, analyzer.Finding{
			ID: f.id, Severity: f.severity, RoleARN: f.role, Title: f.title, Evidence: evidenceOf(chosen),
		})
	}
	return findings
}
