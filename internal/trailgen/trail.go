package trailgen

import "time"

// trail is a plan of log files from which each can be drawn by itself. Files go round the lanes (an account and a Region
// each), so file i and file i+lanes follow one another in one folder.
type trail struct {
	Options
	files int // how many
	last  int // events in the last one
}

func newTrail(options Options) (*trail, error) {
	options, err := options.complete()
	if err != nil {
		return nil, err
	}
	t := &trail{Options: options}
	t.files, t.last = options.extent()
	return t, nil
}

func (t *trail) lanes() int { return len(t.Accounts) * len(t.Regions) }

// lane returns the account and the Region of a file.
func (t *trail) lane(file int) (account, region string) {
	lane := file % t.lanes()
	return t.Accounts[lane/len(t.Regions)], t.Regions[lane%len(t.Regions)]
}

// delivered is the time of a file's delivery: a minute drawn from its share of the time.
func (t *trail) delivered(file int) time.Time {
	slots := (t.files + t.lanes() - 1) / t.lanes()
	share := t.End.Sub(t.Start) / time.Duration(slots)
	at := t.Start.Add(share * time.Duration(file/t.lanes()))
	at = at.Add(time.Duration(newRandom(t.Seed, drawFile, uint64(file), 1).below(int(share/time.Second)+1)) * time.Second)
	return at.UTC().Truncate(time.Minute)
}

// events draws the events of a file and hands them over one by one. It returns the file's name and a source for what is
// left to draw about it.
func (t *trail) events(file int, emit func(Object)) (LogFile, *random) {
	r := newRandom(t.Seed, drawFile, uint64(file))
	account, region := t.lane(file)
	name := LogFile{Prefix: t.Prefix, Organization: t.Organization, Account: account, Region: region, Delivered: t.delivered(file)}
	name.Unique = r.text(alphanumeric, 16)

	size := t.size(file)
	if file == t.files-1 {
		size = t.last
	}
	if !t.Plain && r.chance(0.02) { // as copies of other tools are: keys sorted
		inOrder := emit
		emit = func(event Object) { inOrder(arrange(event, Alphabetical)) }
	}
	left := t.share(file, size)
	relevant := func(events []Object) {
		for _, event := range events[:min(len(events), left)] {
			emit(event)
		}
		left = max(left-len(events), 0)
	}
	noise := size - left
	for n := 0; left > 0; n++ {
		events, rest := t.scene(file, n)
		relevant(events[:len(events)-rest])
		if n == 0 { // behind the first scene: whatever the next file goes on with has begun in this one
			relevant(t.continued(file))
			relevant(t.pair(file))
		}
	}
	b := newBuilder(r, account, region)
	for noise > 0 {
		at := name.Delivered.Add(-time.Duration(r.between(120, 900)) * time.Second)
		visitor, by := b.visitor(at)
		burst := min(r.between(1, 12), noise)
		noise -= burst
		for range burst {
			emit(b.noiseOf(visitor, by, at, region == t.Regions[0]))
			at = at.Add(time.Duration(r.below(10)) * time.Second)
		}
	}
	return name, r
}

// share is how many of a file's events are relevant. The fraction is rounded up or down by chance, so that it holds over
// many small files too.
func (t *trail) share(file, size int) int {
	exact := float64(size) * t.Relevant
	n := int(exact)
	if newRandom(t.Seed, drawShare, uint64(file)).chance(exact - float64(n)) {
		n++
	}
	return min(n, size)
}

// scene draws a file's nth scene. The last events of some first scenes (rest of them) come in the next file.
func (t *trail) scene(file, n int) (events []Object, rest int) {
	r := newRandom(t.Seed, drawScene, uint64(file), uint64(n))
	account, region := t.lane(file)
	s := &stage{
		Builder: newBuilder(r, account, region),
		at:      t.delivered(file).Add(-time.Duration(r.between(300, 900)) * time.Second),
		global:  region == t.Regions[0],
		roles:   t.Roles,
	}
	split := n == 0 && r.chance(0.3)
	events = pickWeighted(r, scenes, func(c *scene) int {
		if c.odd && t.Plain || c.global && !s.global {
			return 0
		}
		return c.weight
	}).make(s)
	if split {
		rest = r.below(len(events))
	}
	return events, rest
}

// continued returns what a file repeats or goes on with from the file before it in its folder: the rest of a session's
// calls, or an event that was delivered twice.
func (t *trail) continued(file int) []Object {
	before := file - t.lanes()
	if before < 0 || t.share(before, t.size(before)) == 0 {
		return nil
	}
	events, rest := t.scene(before, 0)
	again := events[len(events)-rest:]
	r := newRandom(t.Seed, drawShare, uint64(file), 1)
	if t.Plain || !r.chance(0.1) {
		return again
	}
	twin := pick(r, events)
	if r.chance(0.3) {
		twin = updated(twin)
	}
	return append(again, twin)
}

// updated returns a later version of an event, which CloudTrail delivers when its data has changed.
func updated(event Object) Object {
	event = event.With("userAgent", "AWS Internal")
	return append(event, Member{"addendum", Object{
		{"reason", "UPDATED_DATA"}, {"updatedFields", "userAgent"}, {"originalRequestID", event.Text("requestID")}, {"originalEventID", event.Text("eventID")},
	}})
}

// pair returns a file's side of an AssumeRole from one account into the next, which both accounts record under one
// sharedEventID. There is one now and then, in the first Region.
func (t *trail) pair(file int) []Object {
	slot := file / t.lanes()
	r := newRandom(t.Seed, drawPair, uint64(slot))
	account, region := t.lane(file)
	caller := r.below(len(t.Accounts))
	owner := (caller + 1) % len(t.Accounts)
	if t.Plain || caller == owner || region != t.Regions[0] || !r.chance(0.15) {
		return nil
	}
	at := t.delivered(slot * t.lanes())
	mine, theirs := newBuilder(r, t.Accounts[caller], region).AssumeRoleAcross(at, t.Accounts[owner], InfrastructureRole.In(t.Accounts[owner]), "terraform")
	switch account {
	case t.Accounts[caller]:
		return []Object{mine}
	case t.Accounts[owner]:
		return []Object{theirs}
	}
	return nil
}
