package analyzer

import (
	"cmp"
	"strings"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
)

// session is the role session whose facts are walked over: those with one role, session name and time of creation.
// What opened it comes first, then its calls, those from outside AWS services first.
type session struct {
	name      string
	opened    int64
	hasOpened bool

	assumes []facts.Fact // the AssumeRole events of it, until they are counted
	openers openers
	owner   owner  // known once the first call is seen
	pending *tally // calls of a session that is the service's only if the role is, and if all of its calls are
	by      string // the principal of the pending calls
	labels  map[findingSet]uint32
}

// openers is who opened a session, going by the successful AssumeRole events that are joined to it.
type openers struct {
	service  string // the smallest catalog principal among them
	services int    // how many different principals of the catalog
	others   bool   // someone else
}

// ownership says whose a session is, and how that is known.
type ownership uint8

const (
	undecided ownership = iota
	others              // not a service's of the catalog
	service             // a service's, which was seen opening it
	unopened            // a service's, without the AssumeRole event that opened it
	mixed               // opened by the service and by someone else in the same second
	impostor            // under a name of the catalog, but used from elsewhere
	pending             // a service's if the role turns out to be
)

type owner struct {
	ownership
	principal string
}

// serviceOf returns the catalog principal that made an AssumeRole, "" if someone else did.
func serviceOf(c *catalog.Catalog, f *facts.Fact) string {
	if f.Flags&facts.ByService != 0 && c.IsPrincipal(f.InvokedBy) {
		return f.InvokedBy
	}
	return ""
}

// pairAssumes brings the two records of an AssumeRole between accounts together. CloudTrail logs it in both, under one
// sharedEventID (IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail"): it counts where the role lives, and
// the caller's record only adds who called.
func pairAssumes(assumes []facts.Fact) (counted, paired []facts.Fact) {
	if len(assumes) == 1 {
		return assumes, nil
	}
	shared := map[facts.EventID]bool{} // sharedEventIDs that the role's own account has
	for i := range assumes {
		f := &assumes[i]
		if !f.SharedID.IsZero() && f.Account == roleAccount(f.RoleARN) {
			shared[f.SharedID] = true
		}
	}
	if len(shared) == 0 {
		return assumes, nil
	}
	callers := map[facts.EventID]*facts.Fact{}
	for i := range assumes {
		f := &assumes[i]
		if !shared[f.SharedID] || f.Account == roleAccount(f.RoleARN) {
			counted = append(counted, *f)
			continue
		}
		paired = append(paired, *f)
		if before := callers[f.SharedID]; before == nil || cmp.Or(f.EventID.Compare(before.EventID), strings.Compare(f.Principal, before.Principal)) < 0 {
			callers[f.SharedID] = f
		}
	}
	for i := range counted {
		f := &counted[i]
		if caller := callers[f.SharedID]; caller != nil && f.Flags&facts.ByAccount != 0 && f.Account == roleAccount(f.RoleARN) {
			f.Principal = caller.Principal
		}
	}
	return counted, paired
}

// add takes up a successful AssumeRole event.
func (o *openers) add(principal string) {
	switch {
	case principal == "":
		o.others = true
	case o.services == 0:
		o.service, o.services = principal, 1
	case principal != o.service:
		o.service = min(o.service, principal)
		o.services = 2
	}
}

// decide says whose the session is, from what opened it and from its first call.
func (w *roleWalk) decide(s *session, call *facts.Fact) owner {
	switch o := s.openers; {
	case o.services == 1 && !o.others:
		return owner{service, o.service}
	case o.services > 0:
		return owner{mixed, o.service}
	case o.others:
		return owner{others, ""}
	}
	if w.linked != "" {
		return owner{unopened, w.linked}
	}
	if w.foreign() {
		return owner{others, ""}
	}
	if feature, ok := w.catalog.ByName(s.name); ok {
		if call.Flags&facts.FromService == 0 {
			return owner{impostor, ""}
		}
		return owner{unopened, w.catalog.Features[feature].Principal}
	}
	if w.catalog.IsPrincipal(call.SourceIP) {
		return owner{pending, call.SourceIP}
	}
	return owner{others, ""}
}

// linkedPrincipal returns the service of the catalog whose service-linked role an ARN names, "" if none.
func linkedPrincipal(c *catalog.Catalog, arn string) string {
	for _, p := range c.LinkedPrincipals() {
		if strings.Contains(arn, linkedPath(p)) {
			return p
		}
	}
	return ""
}

// isLinked tells the ARN of a service-linked role, of whatever service.
func isLinked(arn string) bool { return strings.Contains(arn, "/aws-service-role/") }
