package analyzer

import (
	"cmp"
	"slices"
	"strings"

	"roletrail/analyzer/facts"
)

// How many events a sample keeps from either end. Together they are the evidence of a finding.
const (
	earliestKept = 2
	latestKept   = 3
)

// item is an event that may become evidence.
type item struct {
	time   int64
	id     facts.EventID
	object string
	index  int
}

func (a item) compare(b item) int {
	if a.time != b.time { // nearly always
		return cmp.Compare(a.time, b.time)
	}
	return cmp.Or(a.id.Compare(b.id), strings.Compare(a.object, b.object), cmp.Compare(a.index, b.index))
}

// sample keeps the earliest and the latest of the events it is given, by (time, event ID, object).
type sample struct {
	earliest []item // ascending
	latest   []item // ascending
}

// add adds a fact, whose object's name may be kept.
func (s *sample) add(f *facts.Fact) {
	if len(s.earliest) == earliestKept && len(s.latest) == latestKept && s.earliest[earliestKept-1].time < f.Time && f.Time < s.latest[0].time {
		return // as most do
	}
	s.addItem(item{f.Time, f.EventID, f.Object, f.Index}, true)
}

// addItem adds an event, whose ID is cloned first if it is kept and lent.
func (s *sample) addItem(i item, lent bool) {
	early := len(s.earliest) < earliestKept || i.compare(s.earliest[earliestKept-1]) < 0
	late := len(s.latest) < latestKept || i.compare(s.latest[0]) > 0
	if (early || late) && lent {
		i.id = i.id.Clone()
	}
	if early {
		s.earliest = s.earliest[:min(len(s.earliest), earliestKept-1)]
		at, _ := slices.BinarySearchFunc(s.earliest, i, item.compare)
		s.earliest = slices.Insert(s.earliest, at, i)
	}
	if late {
		s.latest = slices.Delete(s.latest, 0, max(0, len(s.latest)-latestKept+1))
		at, _ := slices.BinarySearchFunc(s.latest, i, item.compare)
		s.latest = slices.Insert(s.latest, at, i)
	}
}

func (s *sample) merge(o *sample) {
	for _, i := range o.all() {
		s.addItem(i, false)
	}
}

func (s *sample) empty() bool { return len(s.earliest) == 0 }

// all returns what was kept, each event once, ascending.
func (s *sample) all() []item {
	items := append(slices.Clone(s.earliest), s.latest...)
	slices.SortFunc(items, item.compare)
	return slices.CompactFunc(items, func(a, b item) bool { return a.compare(b) == 0 })
}

// firstLast returns the first and the last event.
func (s *sample) firstLast() []item {
	if s.empty() {
		return nil
	}
	return []item{s.earliest[0], s.latest[len(s.latest)-1]}
}

// evidence turns events into what the report says of them, each once, in their order.
func evidence(items []item) []Evidence {
	slices.SortFunc(items, item.compare)
	items = slices.CompactFunc(items, func(a, b item) bool {
		b.index = a.index // which the report does not show
		return a.compare(b) == 0
	})
	list := make([]Evidence, 0, len(items))
	for _, i := range items {
		list = append(list, Evidence{EventID: i.id.String(), EventTime: fromMilliseconds(i.time), Object: i.object})
	}
	return list
}
