package digest

import (
	"cmp"
	"slices"
	"time"

	"roletrail/ingest"
)

// coverage is when there are digests of an account and Region.
type coverage struct {
	valid  []Interval // as the digests are, in order
	merged []Interval
	broken []Interval // in which a digest is missing, or not valid
}

func (s *settlement) cover() {
	at := func(chain int32) *coverage {
		place := ingest.Place{AccountID: s.chains[chain].AccountID, Region: s.chains[chain].Region}
		c := s.coverage[place]
		if c == nil {
			c = new(coverage)
			s.coverage[place] = c
		}
		return c
	}
	for i := range s.infos {
		switch d := &s.infos[i]; {
		case d.state == duplicate:
		case d.state == valid && s.chains[d.chain].Backfill: // lists only what was late
		case d.state == valid:
			at(d.chain).valid = append(at(d.chain).valid, d.interval())
		default:
			at(d.chain).broken = append(at(d.chain).broken, d.interval())
		}
	}
	for _, absence := range s.absent {
		at(absence.chain).broken = append(at(absence.chain).broken, absence.Interval)
	}
	for _, c := range s.coverage {
		slices.SortFunc(c.valid, compareIntervals)
		slices.SortFunc(c.broken, compareIntervals)
		c.merged, c.broken = mergeIntervals(c.valid), mergeIntervals(c.broken)
	}
}

func compareIntervals(a, b Interval) int {
	return cmp.Or(a.From.Compare(b.From), a.Until.Compare(b.Until))
}

// delay is how long after the time in its name a log file may have been delivered, so that the next digest lists it.
const delay = 5 * time.Minute

// unlisted counts a file that no digest lists.
func (s *settlement) unlisted(f *foundFile) {
	key := ingest.ParseKey(f.at.Key)
	at := ingest.Place{AccountID: key.AccountID, Region: key.Region}
	named := namedTime(&key, f.at.Key)
	if !s.options.Window.overlaps(named) && named != (Interval{}) {
		return
	}
	place := s.places[at]
	if place == nil {
		place = &Place{AccountID: at.AccountID, Region: at.Region, Days: ingest.Days{}}
		s.places[at] = place
	}
	if named == (Interval{}) {
		place.Undated++
	} else {
		place.Days.Add(ingest.DayOf(named.From))
	}
	digest, covered := Interval{}, false
	if c := s.coverage[at]; c != nil && named != (Interval{}) {
		digest, covered = c.of(named)
	}
	if !covered {
		place.NotCovered++
		return
	}
	place.Extra++
	s.problems.add(Problem{
		Reason: LogFileExtra, Grade: Unchecked, AccountID: at.AccountID, Region: at.Region, Name: f.name, Location: f.at, Interval: digest,
		Detail: "no digest lists it, though all those of its time are there",
	})
}

// namedTime is when a log file was delivered, by its name: to the minute, or to the day of its folders.
func namedTime(key *ingest.Key, name string) Interval {
	if key.Delivered.IsZero() {
		return Interval{}
	}
	minute := key.Delivered.Add(time.Minute)
	if (ingest.Deliveries{From: minute}).Outside(name) != "" {
		return Interval{key.Delivered, minute}
	}
	return Interval{key.Delivered, key.Delivered.Add(24 * time.Hour)}
}

// of returns the digest in whose time another time begins, if valid digests cover all of it and the delay after it, and
// no other digest could.
func (c *coverage) of(named Interval) (Interval, bool) {
	named.Until = named.Until.Add(delay)
	inside := func(in []Interval, i Interval) int { // the last one that begins before i ends
		at, _ := slices.BinarySearchFunc(in, i.Until, func(x Interval, until time.Time) int { return x.From.Compare(until) })
		return at - 1
	}
	if at := inside(c.broken, named); at >= 0 && c.broken[at].Until.After(named.From) {
		return Interval{}, false
	}
	at := inside(c.merged, named)
	if at < 0 || c.merged[at].From.After(named.From) || c.merged[at].Until.Before(named.Until) {
		return Interval{}, false
	}
	for at := inside(c.valid, named); at >= 0; at-- {
		if i := c.valid[at]; !i.From.After(named.From) && i.Until.After(named.From) {
			return i, true
		}
	}
	return Interval{}, false
}
