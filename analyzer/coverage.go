package analyzer

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"roletrail/ingest"
)

// maxGaps is how many gaps of one account and Region are told.
const maxGaps = 100

// coverage tells what the log files that were read can speak of, in each account of which one was read.
func coverage(s *ingest.Summary, files covered, seen observations, o *Options, integrity []Integrity, trails *trailWalk) []Coverage {
	c := newCoverageWalk(s, files, seen)
	c.expect(s.Digests, o.ExpectRegions)
	c.daysWithoutFiles(o.Since, o.Until)
	c.daysWithoutReads(seen, math.MinInt64, math.MaxInt64)
	c.unread(s.Unread)
	if o.Integrity != nil {
		c.verify(integrity, seen.spans(), o.Since, o.Until)
		c.complete(seen.managedIn(o.Since, o.Until), files.astray, trails.changedIn(o.Since, o.Until))
	}
	return trimGaps(c.result())
}

// coverageIn tells the same of a window, with all its gaps. Of the day on which the window ends, which is not over, files
// may still be missing. Digests are those that were verified, nil if none were.
func coverageIn(s *ingest.Summary, files covered, seen observations, o *Options, integrity []Integrity, trails *trailWalk, since, until time.Time) []Coverage {
	c := newCoverageWalk(s, files, seen)
	c.expect(s.Digests, o.ExpectRegions)
	c.daysWithoutFiles(since, until.Truncate(24*time.Hour))
	c.daysWithoutReads(seen, ingest.DayOf(since), ingest.DayOf(until.Add(-time.Millisecond)))
	c.unread(s.Unread)
	if o.Integrity != nil {
		c.verify(integrity, seen.spans(), since, until)
		c.complete(seen.managedIn(since, until), files.astray, trails.changedIn(since, until))
	}
	return c.result()
}

// coverageWalk puts together what is known of each account and Region.
type coverageWalk struct {
	entries map[ingest.Place]*Coverage
	days    map[string]ingest.Days // by account: those with a log file in any Region
}

func newCoverageWalk(s *ingest.Summary, files covered, seen observations) *coverageWalk {
	c := &coverageWalk{entries: map[ingest.Place]*Coverage{}, days: files.days}
	for place := range files.places {
		c.entry(place)
	}
	for i := range s.Deliveries {
		d := &s.Deliveries[i]
		if e := c.entries[ingest.Place{AccountID: d.AccountID, Region: d.Region}]; e != nil {
			e.FirstDelivery, e.LastDelivery, e.DaysWithFiles = d.First, d.Last, d.Days.Count()
		}
	}
	return c
}

func (c *coverageWalk) entry(place ingest.Place) *Coverage {
	e := c.entries[place]
	if e == nil {
		e = &Coverage{
			AccountID: place.AccountID, Region: place.Region,
			ReadEvents: ReadEventsNone, State: CoveragePlausible, Gaps: []Gap{}, Integrity: IntegrityNotChecked,
		}
		c.entries[place] = e
	}
	return e
}

// gap takes up a gap of an account and Region, or, where no file is known of the Region, of the account's smallest Region,
// in which stands what concerns all of them.
func (c *coverageWalk) gap(place ingest.Place, g Gap) {
	e := c.entries[place]
	if e == nil {
		for other, candidate := range c.entries {
			if other.AccountID == place.AccountID && (e == nil || other.Region < e.Region) {
				e = candidate
			}
		}
	}
	if e != nil {
		e.State = CoverageGaps
		e.Gaps = append(e.Gaps, g)
	}
}

// expect makes an entry for every account in every Region that there are log or digest files of, in any account, or that
// was asked for. A Region of which an account has digest files is trailed and quiet; of any other without log files nobody
// knows.
func (c *coverageWalk) expect(digests []ingest.Place, asked []string) {
	regions := map[string]bool{}
	for place := range c.entries {
		regions[place.Region] = true
	}
	for _, place := range digests {
		regions[place.Region] = true
	}
	for _, region := range asked {
		regions[region] = true
	}
	delete(regions, "")
	for account := range c.days {
		for region := range regions {
			place := ingest.Place{AccountID: account, Region: region}
			if c.entries[place] != nil {
				continue
			}
			c.entry(place)
			if !slices.Contains(digests, place) {
				c.gap(place, Gap{Reason: GapSilentRegion})
			}
		}
	}
}

// daysWithoutFiles finds the days in the window, or else between the first and the last file, on which an account has no
// log file in any Region.
func (c *coverageWalk) daysWithoutFiles(since, until time.Time) {
	for account, days := range c.days {
		list := slices.Collect(days.All())
		if len(list) == 0 && (since.IsZero() || until.IsZero()) {
			continue
		}
		var from, to int64
		if len(list) > 0 {
			from, to = list[0], list[len(list)-1]
		}
		if !since.IsZero() {
			from = ingest.DayOf(since)
		}
		if !until.IsZero() {
			to = ingest.DayOf(until.Add(-time.Millisecond))
		}
		next := from // the first day that is not accounted for
		gap := func(last int64) {
			if next <= last {
				c.gap(ingest.Place{AccountID: account}, Gap{Reason: GapNoFiles, From: dayText(next), Until: dayText(last)})
			}
		}
		for _, day := range list {
			if day >= from && day <= to {
				gap(day - 1)
				next = day + 1
			}
		}
		gap(to)
	}
}

// daysWithoutReads finds the days, from first to last, on which events were recorded in a Region and no read is among them:
// the trail leaves reads out, and with them every AssumeRole.
func (c *coverageWalk) daysWithoutReads(seen observations, first, last int64) {
	for place, observed := range seen {
		if e := c.entries[place]; e != nil && len(observed.reads) > 0 {
			e.ReadEvents = ReadEventsSeen
		}
		var from, to int64
		open := false
		end := func() {
			if open {
				c.gap(place, Gap{Reason: GapNoReadEvents, From: dayText(from), Until: dayText(to)})
				open = false
			}
		}
		for day := range observed.days.All() {
			if day != to+1 || observed.reads.Has(day) {
				end()
			}
			if observed.reads.Has(day) || day < first || day > last {
				continue
			}
			if !open {
				from, open = day, true
			}
			to = day
		}
		end()
	}
}

// unread takes up the log files that failed. Those whose name tells no account may be of any.
func (c *coverageWalk) unread(unread []ingest.Unread) {
	nobodys := ingest.Unread{Days: ingest.Days{}}
	for i := range unread {
		if u := &unread[i]; u.AccountID == "" {
			nobodys.Files += u.Files
			nobodys.Days.Merge(u.Days)
		} else if c.days[u.AccountID] != nil {
			c.gap(u.Place, unreadGap(u))
		}
	}
	if nobodys.Files > 0 {
		for account := range c.days {
			c.gap(ingest.Place{AccountID: account}, unreadGap(&nobodys))
		}
	}
}

func unreadGap(u *ingest.Unread) Gap {
	gap := Gap{Reason: GapUnread, Files: u.Files}
	if days := slices.Collect(u.Days.All()); len(days) > 0 {
		gap.From, gap.Until = dayText(days[0]), dayText(days[len(days)-1])
	}
	return gap
}

// result lists the entries. A day without files is missing in all Regions of the account.
func (c *coverageWalk) result() []Coverage {
	missing := map[string]bool{}
	for _, e := range c.entries {
		if slices.ContainsFunc(e.Gaps, func(g Gap) bool { return g.Reason == GapNoFiles }) {
			missing[e.AccountID] = true
		}
	}
	list := make([]Coverage, 0, len(c.entries))
	for _, e := range c.entries {
		if missing[e.AccountID] {
			e.State = CoverageGaps
		}
		slices.SortFunc(e.Gaps, func(a, b Gap) int {
			return cmp.Or(strings.Compare(a.Reason, b.Reason), strings.Compare(a.From, b.From), strings.Compare(a.Until, b.Until), cmp.Compare(a.Files, b.Files))
		})
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b Coverage) int {
		return cmp.Or(strings.Compare(a.AccountID, b.AccountID), strings.Compare(a.Region, b.Region))
	})
	return list
}

// trimGaps leaves of the gaps of each account and Region the first ones.
func trimGaps(list []Coverage) []Coverage {
	for i := range list {
		list[i].Gaps = slices.Clip(list[i].Gaps[:min(len(list[i].Gaps), maxGaps)])
	}
	return list
}

// coverageGaps makes the findings of those of the accounts that have gaps.
func coverageGaps(coverage []Coverage, accounts []string) []Finding {
	byAccount := map[string]map[string]bool{}
	for i := range coverage {
		e := &coverage[i]
		if !anyOf(accounts, e.AccountID) {
			continue
		}
		for _, g := range e.Gaps {
			if byAccount[e.AccountID] == nil {
				byAccount[e.AccountID] = map[string]bool{}
			}
			byAccount[e.AccountID][g.Reason] = true
		}
	}
	var list []Finding
	for _, account := range slices.Sorted(maps.Keys(byAccount)) {
		var parts []string
		for _, reason := range slices.Sorted(maps.Keys(byAccount[account])) {
			parts = append(parts, gapTexts[reason])
		}
		list = append(list, Finding{
			ID: FindingCoverageGap, Severity: SeverityMedium,
			Title:    "the logs of account " + account + " have gaps",
			Detail:   "There are " + strings.Join(parts, ", and ") + ". What happened there is not in this report.",
			Advice:   "Read the missing log files, or take what the report does not show for unknown.",
			Link:     pageReadEvents,
			Evidence: []Evidence{},
		})
	}
	return list
}

var gapTexts = map[string]string{
	GapNoFiles:      "days without any log file",
	GapNoReadEvents: "days without read events, of which AssumeRole is one",
	GapUnread:       "log files that could not be read",
	GapSilentRegion: "Regions without any log file",
}

func dayText(day int64) string { return ingest.DayTime(day).Format(time.DateOnly) }
