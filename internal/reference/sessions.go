package reference

import (
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer/catalog"
)

// sessionKey tells role sessions apart. "A call without creationDate is a session of its own."
type sessionKey struct {
	role, name string
	created    time.Time
	hasCreated bool
}

// session is what is known of one role session by the winners, shown or not.
type session struct {
	key     sessionKey
	openers []*event // the successful assumes
	calls   []*event
	// impostor: nobody is known to have opened it, and it has a catalog name and a call that is not from a service.
	impostor bool
}

// decideOwners gives each call the owner of its session and returns the sessions. "Decisions use all winners." The
// first of the rules (a) to (e) that applies decides; what (d) needs to know of the roles follows from (a) to (c).
func decideOwners(winners []*event, c *catalog.Catalog) []*session {
	sessions := joined(winners)
	var undecided []*session
	for _, s := range sessions {
		if !s.decideByItself(c) {
			undecided = append(undecided, s)
		}
	}
	known := knownRoles(winners)
	for _, s := range undecided {
		s.decideByRole(known[s.key.role])
	}
	return sessions
}

// joined puts the calls of a session together with the assumes that opened it. "An assume event opens the session
// (role, name, creationDate = its event time) if it succeeded."
func joined(winners []*event) []*session {
	byKey := map[sessionKey]*session{}
	var single []*session
	at := func(key sessionKey) *session {
		if byKey[key] == nil {
			byKey[key] = &session{key: key}
		}
		return byKey[key]
	}
	for _, e := range winners {
		switch {
		case e.kind == assume && !e.failed:
			s := at(sessionKey{e.role, e.session, e.time, true})
			s.openers = append(s.openers, e)
		case e.kind == call && e.onlyAsked:
		case e.kind == call && !e.hasCreated:
			single = append(single, &session{key: sessionKey{role: e.role, name: e.session}, calls: []*event{e}})
		case e.kind == call:
			s := at(sessionKey{e.role, e.session, e.created, e.hasCreated})
			s.calls = append(s.calls, e)
		}
	}
	return slices.AppendSeq(single, maps.Values(byKey))
}

// decideByItself applies the rules (a) to (c), and tells whether one of them did.
func (s *session) decideByItself(c *catalog.Catalog) bool {
	// (a) It has a successful assume. "All openers service(P) with the same P: owner P. All openers other: owner other.
	// Mixed: each call is decided by itself: from a service: owner the smallest P; else other."
	if len(s.openers) > 0 {
		openers := map[string]bool{}
		for _, e := range s.openers {
			openers[e.owner] = true
		}
		mixed := len(openers) > 1
		delete(openers, "")
		for _, e := range s.calls {
			if len(openers) > 0 && (!mixed || e.fromService) {
				e.owner = slices.Min(slices.Collect(maps.Keys(openers)))
			}
		}
		return true
	}
	// (b) "No opener; the role ARN contains /aws-service-role/<P>/ for P of a service-linked catalog feature: owner P."
	if linked := serviceLinkedPrincipals(s.key.role, c); len(linked) > 0 {
		s.giveTo(linked[0])
		return true
	}
	// The service-linked role of a service that the catalog does not have: nobody else can assume it, so (e).
	if isServiceLinked(s.key.role) {
		return true
	}
	// (c) "Else the name matches catalog names: if any call of the session is not from a service: impostor; else owner
	// = P of the matching feature (first in catalog order), opener not seen."
	if named := featuresNamed(s.key.name, c); len(named) > 0 {
		for _, e := range s.calls {
			s.impostor = s.impostor || !e.fromService
		}
		if !s.impostor {
			s.giveTo(named[0].Principal)
		}
		return true
	}
	return false
}

// decideByRole applies the rules (d) and (e): "else every call has sourceIPAddress P, and the role is known as P's: owner
// P. Else other."
func (s *session) decideByRole(known map[string]bool) {
	service := s.calls[0].text("sourceIPAddress")
	for _, e := range s.calls {
		if e.text("sourceIPAddress") != service {
			return
		}
	}
	if known[service] {
		s.giveTo(service)
	}
}

// giveTo makes a session whose opener was not seen that of a service.
func (s *session) giveTo(principal string) {
	for _, e := range s.calls {
		e.owner, e.openerMissing = principal, true
	}
}

// knownRoles gives the services that each role is known as the role of: "some successful assume of the role by
// service(P) among winners, or some session of the role owned by P by (b) or (c)." The rules (a) to (c) must have been
// applied; (d) makes no difference, for it gives sessions only to a service that the role is known for.
func knownRoles(winners []*event) map[string]map[string]bool {
	known := map[string]map[string]bool{}
	for _, e := range winners {
		if e.kind == assume && !e.failed && e.owner != "" || e.kind == call && e.openerMissing {
			if known[e.role] == nil {
				known[e.role] = map[string]bool{}
			}
			known[e.role][e.owner] = true
		}
	}
	return known
}

// serviceLinkedPrincipals gives, in catalog order, the principals P of service-linked catalog features for which the
// role's ARN contains /aws-service-role/<P>/.
func serviceLinkedPrincipals(arn string, c *catalog.Catalog) []string {
	var principals []string
	for _, feature := range c.Features {
		if feature.Kind == catalog.ServiceLinked && strings.Contains(arn, "/aws-service-role/"+feature.Principal+"/") &&
			!slices.Contains(principals, feature.Principal) {
			principals = append(principals, feature.Principal)
		}
	}
	return principals
}

// isPrincipal tells whether a service is the principal of any catalog feature.
func isPrincipal(service string, c *catalog.Catalog) bool {
	return slices.ContainsFunc(c.Features, func(f catalog.Feature) bool { return f.Principal == service })
}
