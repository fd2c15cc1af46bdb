package analyzer

import (
	"cmp"
	"slices"
	"strings"

	"roletrail/analyzer/facts"
)

// reference is one resource that names a role for a feature.
type reference struct {
	feature, region, cluster, resource string
	arn                                string // of the role, as it was named last; "" if only its name was given
	name                               string // of the role, as it was written last
	named                              item   // the event that wrote it
	since, lastSeen                    item   // the events
	standing                           bool
	passing                            bool // of tasks that were run by themselves: never standing
}

// standing goes over the facts of kinds Reference in the order facts.ForWalk and finds out what stands at the end. The
// zero value is ready to use.
type standing struct {
	byRole    map[roleKey][]reference
	remaining map[string][]Remaining // by account: by Region

	account  string // of the resource
	subject  string // the same packed
	resource *resourceWalk
	cluster  clusterEnd
}

// clusterEnd is when a cluster was deleted for the last time.
type clusterEnd struct {
	account, region, name string
	at                    int64 // never if it was not
}

// resourceWalk is what the events of one resource add up to. Those of a service tell of its task sets too.
type resourceWalk struct {
	account, region, cluster string
	on                       resourceType
	name                     string

	stands   bool
	last     int64 // the time of the last event on the resource itself
	lastEnds int64 // of the last one that ended it

	now    int64
	begins []resourceEvent // of now, which count after what ends the resource now

	standing map[string]map[roleUse]*reference // by task set, "" for the resource itself
	ended    map[roleUse]*reference
}

// roleUse is what a reference is of.
type roleUse struct {
	taskSet, feature string
	role             roleKey
}

// resourceEvent is an event on a resource.
type resourceEvent struct {
	item
	taskSet string
	roles   string // pairs of a feature and a role, packed
}

func (s *standing) fact(f *facts.Fact) {
	if s.resource == nil || s.account != f.Account || s.subject != f.Subject {
		s.endResource()
		s.begin(f)
	}
	w := s.resource
	if f.Time != w.now {
		w.settle()
		w.now = f.Time
	}
	taskSet, roles := unpack(f.Detail, 1)
	e := resourceEvent{
		item:    item{f.Time, f.EventID.Clone(), f.Object, f.Index},
		taskSet: strings.Clone(taskSet[0]), roles: strings.Clone(roles),
	}
	if ends(f.Action) {
		w.end(&e)
	} else {
		w.begins = append(w.begins, e)
	}
}

// begin turns to the resource of a fact.
func (s *standing) begin(f *facts.Fact) {
	s.account, s.subject = strings.Clone(f.Account), strings.Clone(f.Subject)
	told, _ := unpack(s.subject, 4)
	w := &resourceWalk{
		account: s.account, region: told[0], cluster: told[1], on: resourceType(told[2]), name: told[3],
		last: never, lastEnds: never, now: never, standing: map[string]map[roleUse]*reference{}, ended: map[roleUse]*reference{},
	}
	if c := &s.cluster; c.account != w.account || c.region != w.region || c.name != w.cluster {
		*c = clusterEnd{w.account, w.region, w.cluster, never}
	}
	s.resource = w
}

// end takes up an event that ends the resource or one of its task sets.
func (w *resourceWalk) end(e *resourceEvent) {
	if e.taskSet != "" {
		w.endAll(w.standing[e.taskSet], e)
	} else {
		w.stands, w.last, w.lastEnds = false, e.time, e.time
		for _, uses := range w.standing {
			w.endAll(uses, e)
		}
	}
	e.each(w.account, func(use roleUse, role string) {
		if w.ended[use] == nil {
			r := w.reference(use, e)
			r.nameAs(role, e)
			w.ended[use] = r
		}
	})
}

func (w *resourceWalk) endAll(uses map[roleUse]*reference, e *resourceEvent) {
	for use := range uses {
		w.endUse(use, e)
	}
}

func (w *resourceWalk) endUse(use roleUse, e *resourceEvent) {
	r := w.standing[use.taskSet][use]
	delete(w.standing[use.taskSet], use)
	r.standing, r.lastSeen = false, e.item
	w.ended[use] = r
}

// settle takes up the events of now that begin or change the resource. Times are told to the second; of what ends and
// what begins in one, the begin came last, for a resource that has just begun hardly ends at once.
func (w *resourceWalk) settle() {
	for i := range w.begins {
		w.change(&w.begins[i])
	}
	w.begins = w.begins[:0]
}

// change takes up an event by which the resource, or one of its task sets, stands and names roles.
func (w *resourceWalk) change(e *resourceEvent) {
	if e.taskSet == "" {
		w.stands, w.last = true, e.time
	}
	uses := w.standing[e.taskSet]
	if uses == nil {
		uses = map[roleUse]*reference{}
		w.standing[e.taskSet] = uses
	}
	whole := e.each(w.account, func(use roleUse, role string) {
		r := uses[use]
		if r == nil {
			if r = w.ended[use]; r == nil {
				r = w.reference(use, e)
			}
			delete(w.ended, use)
			r.since, r.standing = e.item, true
			uses[use] = r
		}
		r.lastSeen = e.item
		r.nameAs(role, e)
	})
	for use, r := range uses {
		if slices.Contains(whole, use.feature) && r.lastSeen.compare(e.item) != 0 {
			w.endUse(use, e)
		}
	}
}

// each calls yield with the roles that an event of an account names, and how it writes them. It returns the features for
// which no other roles are than those.
func (e *resourceEvent) each(account string, yield func(use roleUse, role string)) (whole []string) {
	for rest := e.roles; rest != ""; {
		var pair []string
		pair, rest = unpack(rest, 2)
		feature, role := pair[0], pair[1]
		if role == "" {
			whole = append(whole, feature)
			continue
		}
		yield(roleUse{e.taskSet, feature, keyIn(account, role)}, role)
	}
	return whole
}

// reference makes one that an event begins and ends.
func (w *resourceWalk) reference(use roleUse, e *resourceEvent) *reference {
	r := &reference{feature: use.feature, region: w.region, cluster: w.cluster, since: e.item, lastSeen: e.item}
	switch {
	case use.taskSet != "":
		r.resource = "task-set/" + w.name + "/" + use.taskSet
	case w.on == onProvider:
		r.resource = "capacity-provider/" + w.name
	case w.on == onFamily:
		r.resource = "task-definition/" + w.name
	default:
		r.resource = "service/" + w.name
	}
	return r
}

// nameAs notes how an event writes the role.
func (r *reference) nameAs(role string, e *resourceEvent) {
	r.name, r.named = roleName(role), e.item
	if strings.Contains(role, ":") {
		r.arn = role
	}
}

// endResource settles what only all events of a resource can tell.
func (s *standing) endResource() {
	w := s.resource
	if w == nil {
		return
	}
	s.resource = nil
	w.settle()
	for _, uses := range w.standing {
		s.add(uses, w.on == onFamily)
	}
	s.add(w.ended, false)
	switch w.on {
	case onCluster:
		s.cluster.at = w.lastEnds
		if w.stands {
			r := s.remainingIn(w)
			r.ClusterCount++
			r.Clusters = addSmallest(r.Clusters, w.name)
		}
	case onService:
		if w.stands && w.last > s.cluster.at {
			r := s.remainingIn(w)
			r.ServiceCount++
			r.Services = addSmallest(r.Services, w.cluster+"/"+w.name)
		}
	case onInstance:
		if w.stands && w.last > s.cluster.at {
			s.remainingIn(w).ContainerInstances++
		}
	}
}

// add keeps what the report tells of.
func (s *standing) add(uses map[roleUse]*reference, passing bool) {
	if s.byRole == nil && len(uses) > 0 {
		s.byRole = map[roleKey][]reference{}
	}
	for use, r := range uses {
		r.passing = passing
		r.standing = r.standing && !passing
		if keyOf(r.arn) != use.role {
			r.arn = "" // without an account, say
		}
		s.byRole[use.role] = append(s.byRole[use.role], *r)
	}
}

// remainingIn returns what remains in the account and Region of a resource, of which there is something. The resources of
// a Region come one after the other.
func (s *standing) remainingIn(w *resourceWalk) *Remaining {
	if s.remaining == nil {
		s.remaining = map[string][]Remaining{}
	}
	list := s.remaining[w.account]
	if len(list) == 0 || list[len(list)-1].Region != w.region {
		list = append(list, Remaining{Region: w.region, Clusters: []string{}, Services: []string{}})
		s.remaining[w.account] = list
	}
	return &list[len(list)-1]
}

// maxRemaining is how many names a report tells of what remains.
const maxRemaining = 20

// addSmallest adds a name to the smallest ones, ascending.
func addSmallest(names []string, name string) []string {
	at, _ := slices.BinarySearch(names, name)
	if at == maxRemaining {
		return names
	}
	names = slices.Insert(names, at, name)
	return names[:min(len(names), maxRemaining)]
}

// end settles the last group. Then byRole and remaining are complete.
func (s *standing) end() {
	s.endResource()
	for _, list := range s.byRole {
		slices.SortFunc(list, func(a, b reference) int {
			return cmp.Or(
				strings.Compare(a.feature, b.feature), strings.Compare(a.region, b.region),
				strings.Compare(a.cluster, b.cluster), strings.Compare(a.resource, b.resource), a.since.compare(b.since),
			)
		})
	}
	for _, list := range s.remaining {
		slices.SortFunc(list, func(a, b Remaining) int { return strings.Compare(a.Region, b.Region) })
	}
}
