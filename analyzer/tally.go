package analyzer

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer/facts"
)

// tally counts uses of a role. Tallies can be merged, so that uses whose feature is only known at the end are counted
// on their own at first. The zero value is ready to use.
type tally struct {
	count
	span
	regions map[string]*regionTally
	days    map[int64]*count // by days since 1970
	latest  struct {         // use, for the next one mostly is of the same Region and day
		region *regionTally
		at     int64
		day    *count
	}
	// regionDays is nil unless it is wanted.
	regionDays map[regionDay]*regionTally
	actions    map[action]*actionTally
	names      names
	events     sample // of all uses
	failed     sample // of denied AssumeRole events and failed calls
	orphans    sample // of calls whose session should have been opened in the logs, and was not
	ever       ever
}

// ever is what uses tell whatever the window and the filters.
type ever struct {
	span
	calls map[action]int64 // when each action was called last
	shown sample           // of a whole feature: those in the report's window that pass its filters
}

// add takes up a use, which is no dry run.
func (e *ever) add(f *facts.Fact) {
	e.span.add(f.Time)
	if f.Kind != facts.Call {
		return
	}
	key := action{f.Service, f.Action}
	last, ok := e.calls[key]
	switch {
	case ok && last >= f.Time:
		return
	case !ok:
		key = action{strings.Clone(f.Service), strings.Clone(f.Action)}
	}
	if e.calls == nil {
		e.calls = map[action]int64{}
	}
	e.calls[key] = f.Time
}

func (e *ever) merge(o *ever) {
	e.span.merge(o.span)
	e.shown.merge(&o.shown)
	if e.calls == nil && o.calls != nil {
		e.calls = map[action]int64{}
	}
	for key, last := range o.calls {
		e.calls[key] = max(e.calls[key], last)
	}
}

type count struct{ assumed, denied, calls, failedCalls int64 }

func (c *count) add(o count) {
	c.assumed += o.assumed
	c.denied += o.denied
	c.calls += o.calls
	c.failedCalls += o.failedCalls
}

type regionTally struct {
	name string
	count
	span
}

// regionDay is a Region and a day, in days since 1970.
type regionDay struct {
	region string
	day    int64
}

type action struct{ service, name string }

type actionTally struct {
	calls, failed int64
	span
	refused sample // calls that failed for lack of a permission
}

// assume counts an AssumeRole event.
func (t *tally) assume(f *facts.Fact) {
	c := count{assumed: 1}
	if f.ErrorCode != "" {
		c = count{denied: 1}
	}
	t.use(f, c)
}

// call counts a call. A dry run is none: it asks whether a call would be allowed.
func (t *tally) call(f *facts.Fact, orphan bool) {
	c := count{calls: 1}
	if f.ErrorCode != "" {
		c.failedCalls = 1
	}
	t.use(f, c)
	key := action{f.Service, f.Action}
	a := t.actions[key]
	if a == nil {
		a = &actionTally{}
		if t.actions == nil {
			t.actions = map[action]*actionTally{}
		}
		t.actions[action{strings.Clone(f.Service), strings.Clone(f.Action)}] = a
	}
	a.calls++
	a.failed += c.failedCalls
	a.span.add(f.Time)
	if isRefusal(f.ErrorCode) {
		a.refused.add(f)
	}
	if orphan {
		t.orphans.add(f)
	}
}

func isDryRun(errorCode string) bool {
	return errorCode == "Client.DryRunOperation" || errorCode == "DryRunOperation"
}

// isRefusal tells the error codes of a missing permission, which differ between services.
func isRefusal(errorCode string) bool {
	return strings.Contains(errorCode, "AccessDenied") || strings.Contains(errorCode, "UnauthorizedOperation") || strings.Contains(errorCode, "NotAuthorized")
}

// use counts what assumes and calls have in common.
func (t *tally) use(f *facts.Fact, c count) {
	t.count.add(c)
	t.span.add(f.Time)
	last := &t.latest
	if last.region == nil || last.region.name != f.Region {
		last.region = t.region(f.Region)
	}
	last.region.count.add(c)
	last.region.span.add(f.Time)
	at := dayOf(f.Time)
	if last.day == nil || last.at != at {
		last.at, last.day = at, t.days[at]
		if last.day == nil {
			last.day = &count{}
			t.days[at] = last.day
		}
	}
	last.day.add(c)
	if t.regionDays != nil {
		t.useIn(f, regionDay{f.Region, at}, c)
	}
	t.names.add(f.SessionName)
	t.events.add(f)
	if f.ErrorCode != "" {
		t.failed.add(f)
	}
}

// region returns what is counted of a Region.
func (t *tally) region(name string) *regionTally {
	if t.regions == nil {
		t.regions = map[string]*regionTally{}
		t.days = map[int64]*count{}
	}
	r := t.regions[name]
	if r == nil {
		r = &regionTally{name: strings.Clone(name)}
		t.regions[r.name] = r
	}
	return r
}

// useIn counts a use in its Region and on its day.
func (t *tally) useIn(f *facts.Fact, in regionDay, c count) {
	r := t.regionDays[in]
	if r == nil {
		r = &regionTally{}
		in.region = strings.Clone(in.region)
		t.regionDays[in] = r
	}
	r.count.add(c)
	r.span.add(f.Time)
}

// dayOf returns the UTC day of a time, in days since 1970.
func dayOf(at int64) int64 {
	day := at / dayMilliseconds
	if at%dayMilliseconds < 0 {
		day--
	}
	return day
}

// merge adds what o counted, whose session names are others than those of t.
func (t *tally) merge(o *tally) {
	t.mergeUses(o)
	t.names.merge(o.names)
}

// mergeUses is merge without the session names.
func (t *tally) mergeUses(o *tally) {
	t.count.add(o.count)
	t.span.merge(o.span)
	if t.regions == nil && o.regions != nil {
		t.regions = map[string]*regionTally{}
		t.days = map[int64]*count{}
	}
	for name, r := range o.regions {
		if t.regions[name] == nil {
			t.regions[name] = &regionTally{name: name}
		}
		t.regions[name].count.add(r.count)
		t.regions[name].span.merge(r.span)
	}
	for at, c := range o.days {
		if t.days[at] == nil {
			t.days[at] = &count{}
		}
		t.days[at].add(*c)
	}
	if t.regionDays == nil && o.regionDays != nil {
		t.regionDays = map[regionDay]*regionTally{}
	}
	for in, r := range o.regionDays {
		if t.regionDays[in] == nil {
			t.regionDays[in] = &regionTally{}
		}
		t.regionDays[in].count.add(r.count)
		t.regionDays[in].span.merge(r.span)
	}
	if t.actions == nil && o.actions != nil {
		t.actions = map[action]*actionTally{}
	}
	for key, a := range o.actions {
		if t.actions[key] == nil {
			t.actions[key] = &actionTally{}
		}
		mine := t.actions[key]
		mine.calls += a.calls
		mine.failed += a.failed
		mine.span.merge(a.span)
		mine.refused.merge(&a.refused)
	}
	t.events.merge(&o.events)
	t.failed.merge(&o.failed)
	t.orphans.merge(&o.orphans)
	t.ever.merge(&o.ever)
}

func (t *tally) regionUsage() []RegionUsage {
	list := make([]RegionUsage, 0, len(t.regions))
	for _, name := range sortedKeys(t.regions) {
		r := t.regions[name]
		u := RegionUsage{Region: name, Assumed: r.assumed, Denied: r.denied, Calls: r.calls, FailedCalls: r.failedCalls}
		u.FirstSeen, u.LastSeen = r.times()
		list = append(list, u)
	}
	return list
}

func (t *tally) daily() []DayUsage {
	list := make([]DayUsage, 0, len(t.days))
	for _, at := range slices.Sorted(maps.Keys(t.days)) {
		c := t.days[at]
		day := fromMilliseconds(at * dayMilliseconds).Format(time.DateOnly)
		list = append(list, DayUsage{Day: day, Assumed: c.assumed, Denied: c.denied, Calls: c.calls, FailedCalls: c.failedCalls})
	}
	return list
}

func (t *tally) regionDayUsage() []RegionDay {
	list := make([]RegionDay, 0, len(t.regionDays))
	for in, r := range t.regionDays {
		d := RegionDay{
			Region: in.region, Day: fromMilliseconds(in.day * dayMilliseconds),
			Assumed: r.assumed, Denied: r.denied, Calls: r.calls, FailedCalls: r.failedCalls,
		}
		d.FirstSeen, d.LastSeen = r.times()
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b RegionDay) int { return cmp.Or(strings.Compare(a.Region, b.Region), a.Day.Compare(b.Day)) })
	return list
}

// sortedActions returns the actions by service, name.
func (t *tally) sortedActions() []action {
	return slices.SortedFunc(maps.Keys(t.actions), func(a, b action) int {
		return cmp.Or(strings.Compare(a.service, b.service), strings.Compare(a.name, b.name))
	})
}

// evidence returns the first use, the last one, and the three latest failures.
func (t *tally) evidence() []Evidence {
	items := append(t.events.firstLast(), t.failed.latest...)
	return evidence(items)
}

// maxNames is how many session names are shown of those that are counted.
const maxNames = 5

// names counts different session names and keeps the smallest. The uses of one name come together.
type names struct {
	smallest []string
	count    int64
	last     string
}

func (n *names) add(name string) {
	if name == "" || name == n.last {
		return
	}
	n.last = strings.Clone(name)
	n.count++
	n.keep(n.last)
}

func (n *names) keep(name string) {
	at, _ := slices.BinarySearch(n.smallest, name)
	if at < maxNames {
		n.smallest = slices.Insert(n.smallest, at, name)
		n.smallest = n.smallest[:min(len(n.smallest), maxNames)]
	}
}

// merge adds names that are not among those of n.
func (n *names) merge(o names) {
	n.count += o.count
	for _, name := range o.smallest {
		n.keep(name)
	}
}

func (n *names) list() []string { return append([]string{}, n.smallest...) }
