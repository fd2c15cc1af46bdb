package analyzer

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"roletrail/analyzer/facts"
)

// marks goes over the facts of kind Mark: the roles that concern a service of the catalog by their policies or by whom
// they trust. The zero value is ready to use.
type marks struct {
	byRole map[roleKey]bool // true if a feature of kind infrastructure is concerned
}

func (m *marks) fact(f *facts.Fact) {
	key := roleKey{f.Account, f.Subject}
	infrastructure, known := m.byRole[key]
	if m.byRole == nil {
		m.byRole = map[roleKey]bool{}
	}
	if !known {
		key = roleKey{strings.Clone(f.Account), strings.Clone(f.Subject)}
	}
	m.byRole[key] = infrastructure || f.Detail == concernsInfrastructure
}

// maxChanges is how many changes to one role are told one by one: the latest.
const maxChanges = 100

// changeWalk goes over the facts of kind Change in the order facts.ForWalk, for the roles that are of interest.
type changeWalk struct {
	interest func(roleKey) bool
	byRole   map[roleKey]*roleChanges

	key  roleKey // of the current role
	role *roleChanges
	time int64 // of what waits
	// Successful events of one time wait for each other, for their order is not that of their IDs.
	waiting []stateChange
}

// stateChange is a successful event that may change what holds.
type stateChange struct {
	action string
	event  item
	*roleEvent
}

// roleChanges is what IAM events did to one role.
type roleChanges struct {
	arn     string // "" if no event gives it
	name    string // as written last
	changes []Change
	count   int64
	lives   []Life
	older   bool // something was done to the role before the first of these

	// What holds at the end, each with the event that made it so. A new life begins with none of it.
	deleted  *item           // the role is gone
	attached map[string]item // managed policies, by ARN
	detached map[string]item // those that were taken away and not given back
	trust    *trustChange    // the last trust policy that says clearly whom it leaves out
	boundary *item           // a permissions boundary was set

	created bool // arn is from the creation of the role
}

// trustChange is whom a trust policy trusts, of the principals of the catalog.
type trustChange struct {
	event item
	// trusts tells by principal whether under conditions or not; absent if not trusted. A later policy of which it is
	// unclear whom it leaves out only adds those that it names.
	trusts map[string]bool
}

func (w *changeWalk) fact(f *facts.Fact) {
	if w.key.account != f.Account || w.key.name != f.Subject {
		w.end()
		w.key = roleKey{strings.Clone(f.Account), strings.Clone(f.Subject)}
		if w.interest(w.key) {
			w.role = &roleChanges{}
		}
	}
	if w.role == nil {
		return
	}
	if f.Time != w.time {
		w.settle()
		w.time = f.Time
	}
	e := unpackRoleEvent(strings.Clone(f.Detail))
	event := item{f.Time, f.EventID.Clone(), f.Object, f.Index}
	w.role.tell(f, e, event)
	if f.ErrorCode == "" {
		w.waiting = append(w.waiting, stateChange{strings.Clone(f.Action), event, e})
	}
}

// end settles the last role. Then byRole is complete.
func (w *changeWalk) end() {
	if w.role == nil {
		return
	}
	w.settle()
	w.role.trim(0)
	if w.byRole == nil {
		w.byRole = map[roleKey]*roleChanges{}
	}
	w.byRole[w.key], w.role = w.role, nil
}

// settle applies the events that wait. Of events of the same second, the resolution of event times, the end of a role comes
// before its creation, that before all else, and a policy that is detached and attached is attached.
func (w *changeWalk) settle() {
	slices.SortStableFunc(w.waiting, func(a, b stateChange) int { return cmp.Compare(a.rank(), b.rank()) })
	for i := range w.waiting {
		w.role.apply(&w.waiting[i])
	}
	w.waiting = w.waiting[:0]
}

func (s *stateChange) rank() int {
	switch s.action {
	case deleteRole:
		return 0
	case createRole, createServiceLinkedRole:
		return 1
	case detachPolicy:
		return 2
	}
	return 3
}

// tell takes up an event for the report.
func (c *roleChanges) tell(f *facts.Fact, e *roleEvent, event item) {
	c.name = e.name
	succeeded := f.ErrorCode == ""
	if e.arn != "" && (succeeded || !c.created) {
		c.arn, c.created = e.arn, succeeded
	}
	c.count++
	c.trim(maxChanges)
	c.changes = append(c.changes, Change{
		Time: fromMilliseconds(f.Time), Action: strings.Clone(f.Action), Actor: e.actor, Detail: e.detail,
		Succeeded: succeeded, ErrorCode: strings.Clone(f.ErrorCode), EventID: event.id.String(), Object: event.object,
	})
}

// trim gives up changes that are too many once there are more than spare ones of these.
func (c *roleChanges) trim(spare int) {
	if n := len(c.changes); n > maxChanges+spare {
		c.changes = slices.Delete(c.changes, 0, n-maxChanges)
	}
}

// apply changes what holds.
func (c *roleChanges) apply(s *stateChange) {
	policy := catalogPolicy(s.detail)
	c.older = c.older || len(c.lives) == 0 && s.action != deleteRole && s.action != createRole && s.action != createServiceLinkedRole
	switch s.action {
	case deleteRole:
		c.endLife(s.event)
	case createRole, createServiceLinkedRole:
		c.clear()
		c.deleted = nil
		c.lives = append(c.lives, Life{ID: s.id, CreatedAt: fromMilliseconds(s.event.time)})
	case attachPolicy:
		move(policy, s.event, &c.attached, c.detached)
	case detachPolicy:
		move(policy, s.event, &c.detached, c.attached)
	case putBoundary:
		event := s.event // which is used again
		c.boundary = &event
	case deleteBoundary:
		c.boundary = nil
	}
	if s.trust != nil {
		c.setTrust(s)
	}
}

func (c *roleChanges) endLife(event item) {
	c.clear()
	c.deleted = &event
	if n := len(c.lives); n == 0 || !c.lives[n-1].DeletedAt.IsZero() {
		c.lives = append(c.lives, Life{})
	}
	c.lives[len(c.lives)-1].DeletedAt = fromMilliseconds(event.time)
}

// clear forgets what was said of a role that is no more.
func (c *roleChanges) clear() {
	c.attached, c.detached, c.trust, c.boundary = nil, nil, nil, nil
}

// move notes a policy in one of two sets, and takes it out of the other.
func move(policy string, event item, to *map[string]item, from map[string]item) {
	if policy == "" {
		return
	}
	delete(from, policy)
	if *to == nil {
		*to = map[string]item{}
	}
	(*to)[policy] = event
}

func (c *roleChanges) setTrust(s *stateChange) {
	switch {
	case !s.trust.unclear:
		c.trust = &trustChange{s.event, s.trust.services}
	case c.trust != nil:
		maps.Copy(c.trust.trusts, s.trust.services)
	}
}
