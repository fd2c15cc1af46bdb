package analyzer

import (
	"maps"
	"slices"
	"time"

	"roletrail/ingest"
)

// observation is what the records of one account and Region tell just by being there.
type observation struct {
	accountID, region string
	// The JSON of the account, if recipientAccountId tells it, and of the Region, to find the observation of the next
	// record fast.
	accountText, regionText string
	first, last             int64 // event times in milliseconds since 1970

	days  ingest.Days // of the events
	reads ingest.Days // of those that are reads
	// managed are the days of reads that are management events, as AssumeRole is. Another trail may record those of data alone.
	managed ingest.Days
	day     int64 // of the record before
	read    bool  // that day is in reads, and in managed
}

func newObservation() *observation {
	return &observation{days: ingest.Days{}, reads: ingest.Days{}, managed: ingest.Days{}}
}

// reset makes it one of nothing.
func (o *observation) reset(accountID, region string, at int64) {
	clear(o.days)
	clear(o.reads)
	clear(o.managed)
	*o = observation{accountID: accountID, region: region, first: at, last: at, days: o.days, reads: o.reads, managed: o.managed, day: -1}
}

// add takes up a record by its time. It asks whether the record is a read, and of management, only where that is not yet known
// of the day.
func (o *observation) add(at int64, isRead func() (read, managed bool)) {
	o.first, o.last = min(o.first, at), max(o.last, at)
	if day := at / dayMilliseconds; day != o.day {
		o.days.Add(day)
		o.day, o.read = day, o.managed.Has(day)
	}
	if o.read {
		return
	}
	if read, managed := isRead(); read {
		o.reads.Add(o.day)
		if managed {
			o.read = true
			o.managed.Add(o.day)
		}
	}
}

const dayMilliseconds = 24 * 60 * 60 * 1000

// observations are those of all files that were read, by account and Region.
type observations map[ingest.Place]*observation

// add takes up what one file or one collector observed. It keeps a copy.
func (all observations) add(o *observation) {
	place := ingest.Place{AccountID: o.accountID, Region: o.region}
	sum := all[place]
	if sum == nil {
		sum = newObservation()
		sum.reset(o.accountID, o.region, o.first)
		all[place] = sum
	}
	sum.first, sum.last = min(sum.first, o.first), max(sum.last, o.last)
	sum.days.Merge(o.days)
	sum.reads.Merge(o.reads)
	sum.managed.Merge(o.managed)
}

// spans returns when the records of each account begin and end.
func (all observations) spans() map[string]span {
	spans := map[string]span{}
	for _, o := range all {
		s := spans[o.accountID]
		s.merge(span{o.first, o.last, true})
		spans[o.accountID] = s
	}
	return spans
}

// observed returns what the report says of them.
func (all observations) observed() Observed {
	var span span
	accounts, regions := map[string]bool{}, map[string]bool{}
	for _, o := range all {
		span.add(o.first)
		span.add(o.last)
		accounts[o.accountID] = true
		regions[o.region] = true
	}
	delete(accounts, "")
	delete(regions, "")
	first, last := span.times()
	return Observed{FirstEvent: first, LastEvent: last, Accounts: sortedKeys(accounts), Regions: sortedKeys(regions)}
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.AppendSeq(make([]string, 0, len(m)), slices.Values(slices.Sorted(maps.Keys(m))))
}

// span is the first and the last of some times in milliseconds since 1970.
type span struct {
	first, last int64
	any         bool
}

func (s *span) add(at int64) {
	if !s.any {
		*s = span{at, at, true}
		return
	}
	s.first, s.last = min(s.first, at), max(s.last, at)
}

func (s *span) merge(o span) {
	if o.any {
		s.add(o.first)
		s.add(o.last)
	}
}

// times returns the span's ends, zero where there are none.
func (s span) times() (first, last time.Time) {
	if !s.any {
		return time.Time{}, time.Time{}
	}
	return fromMilliseconds(s.first), fromMilliseconds(s.last)
}

func fromMilliseconds(at int64) time.Time { return time.UnixMilli(at).UTC() }

// milliseconds returns the time in milliseconds since 1970, or otherwise where there is none.
func milliseconds(t time.Time, otherwise int64) int64 {
	if t.IsZero() {
		return otherwise
	}
	return t.UnixMilli()
}

// accountsWithReads returns the accounts with read events in any Region.
func (all observations) accountsWithReads() map[string]bool {
	accounts := map[string]bool{}
	for place, o := range all {
		if len(o.reads) > 0 {
			accounts[place.AccountID] = true
		}
	}
	return accounts
}

// managedIn returns the accounts with reads that are management events on a day of a window, in any Region.
func (all observations) managedIn(since, until time.Time) map[string]bool {
	accounts := map[string]bool{}
	for place, o := range all {
		for day := range o.managed.All() {
			if dayIn(day, since, until) {
				accounts[place.AccountID] = true
			}
		}
	}
	return accounts
}

// dayIn reports whether a part of a day is in a window, which is open at an end that is zero.
func dayIn(day int64, since, until time.Time) bool {
	begin := ingest.DayTime(day)
	return begin.AddDate(0, 0, 1).After(since) && (until.IsZero() || begin.Before(until))
}
