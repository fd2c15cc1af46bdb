package reference

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
	"roletrail/ingest"
)

// place is an account and a Region.
type place struct{ account, region string }

// placeCovered is what the logs are known to hold of a place.
type placeCovered struct {
	deliveries []time.Time
	gaps       []analyzer.Gap
}

// covered is what all log files can speak of. "Only accounts that have at least one log file that was read count."
type covered struct {
	days   map[string]map[time.Time]bool // by account: those on which it has a file; empty where none is known
	places map[place]*placeCovered
}

// coverage reports on the log files by account and Region.
func coverage(l log, o Options) []analyzer.Coverage {
	all := covered{days: map[string]map[time.Time]bool{}, places: map[place]*placeCovered{}}
	for _, file := range l.read {
		all.addFile(file)
	}
	all.expectRegions(o)
	all.findMissingDays(o)
	all.findMissingReads(l)
	all.findUnread(l)
	return all.report(l)
}

// addFile takes up a file. "Account of a file: that of its key; without one: the accounts of its records' well-shaped
// events. Every (account, Region) with log files read (by key, else by events). Days: delivery days from keys; of files
// without a delivery time: the days of their well-shaped events (by the record's account)."
func (all *covered) addFile(file logFile) {
	key := ingest.ParseKey(file.name)
	accounts := map[string]bool{key.AccountID: true}
	if key.AccountID == "" {
		for _, r := range file.events() {
			accounts[r.account] = true
		}
	}
	delete(accounts, "")
	for account := range accounts {
		regions, days := map[string]bool{}, map[time.Time]bool{}
		for _, r := range file.events() {
			if r.account == account {
				regions[r.region] = true
				days[dayOf(r.time)] = true
			}
		}
		if key.Region != "" {
			regions = map[string]bool{key.Region: true}
		}
		if !key.Delivered.IsZero() {
			days = map[time.Time]bool{dayOf(key.Delivered): true}
		}
		if all.days[account] == nil {
			all.days[account] = map[time.Time]bool{}
		}
		maps.Copy(all.days[account], days)
		delete(regions, "")
		for region := range regions {
			p := all.place(place{account, region})
			if key.AccountID != "" && key.Region != "" && !key.Delivered.IsZero() {
				p.deliveries = append(p.deliveries, key.Delivered)
			}
		}
	}
}

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func (all *covered) place(p place) *placeCovered {
	if all.places[p] == nil {
		all.places[p] = &placeCovered{}
	}
	return all.places[p]
}

// placeFor gives the place that a gap stands in: that of its Region, or "the account's entry of the smallest Region". It is
// nil if nothing is known of any Region.
func (all *covered) placeFor(account, region string) *placeCovered {
	if p := all.places[place{account, region}]; p != nil {
		return p
	}
	var regions []string
	for p := range all.places {
		if p.account == account {
			regions = append(regions, p.region)
		}
	}
	if len(regions) == 0 {
		return nil
	}
	return all.places[place{account, slices.Min(regions)}]
}

func (all *covered) addGap(account, region string, gap analyzer.Gap) {
	if p := all.placeFor(account, region); p != nil {
		p.gaps = append(p.gaps, gap)
	}
}

// expectRegions: "every expected Region for every account. Expected Regions: union over all accounts of Regions of log
// files read and of digest keys (skipped with reason digest: account, Region), plus --expect-regions. Gap silentRegion: an
// entry without any log file and without any digest key of that account in that Region."
func (all *covered) expectRegions(o Options) {
	expected := map[string]bool{}
	digests := map[place]bool{}
	for p := range all.places {
		expected[p.region] = true
	}
	for _, name := range o.Digests {
		key := ingest.ParseKey(name)
		expected[key.Region] = true
		digests[place{key.AccountID, key.Region}] = true
	}
	for _, region := range o.ExpectRegions {
		expected[region] = true
	}
	delete(expected, "")
	for account := range all.days {
		for region := range expected {
			p := place{account, region}
			if all.places[p] != nil {
				continue
			}
			all.place(p)
			if !digests[p] {
				all.addGap(account, region, analyzer.Gap{Reason: analyzer.GapSilentRegion})
			}
		}
	}
}

// findMissingDays: "window ends for gaps: from = day of since, or the account's first day with files; until = day of (until -
// 1 ms), or the account's last day with files. Gap noFiles: days in [from, until] on which the account has no file in any
// Region (runs of days joined), told once, in the account's entry of the smallest Region."
func (all *covered) findMissingDays(o Options) {
	for account, days := range all.days {
		sorted := slices.SortedFunc(maps.Keys(days), time.Time.Compare)
		var from, until time.Time
		if len(sorted) > 0 {
			from, until = sorted[0], sorted[len(sorted)-1]
		}
		if !o.Since.IsZero() {
			from = dayOf(o.Since)
		}
		if !o.Until.IsZero() {
			until = dayOf(o.Until.Add(-time.Millisecond))
		}
		if from.IsZero() || until.IsZero() {
			continue
		}
		// Years can lie between two days with files, so days are not tried one by one.
		inWindow := slices.DeleteFunc(sorted, func(day time.Time) bool { return day.Before(from) || day.After(until) })
		next := from // the first day that is not accounted for
		for _, day := range append(inWindow, until.AddDate(0, 0, 1)) {
			if last := day.AddDate(0, 0, -1); !next.After(last) {
				all.addGap(account, "", analyzer.Gap{
					Reason: analyzer.GapNoFiles, From: next.Format(time.DateOnly), Until: last.Format(time.DateOnly),
				})
			}
			next = day.AddDate(0, 0, 1)
		}
	}
}

// runs joins days that follow each other: those that are marked.
func runs(days map[time.Time]bool) []analyzer.Gap {
	var gaps []analyzer.Gap
	for _, day := range slices.SortedFunc(maps.Keys(days), time.Time.Compare) {
		text, before := day.Format(time.DateOnly), day.AddDate(0, 0, -1).Format(time.DateOnly)
		switch last := len(gaps) - 1; {
		case !days[day]:
		case last >= 0 && gaps[last].Until == before:
			gaps[last].Until = text
		default:
			gaps = append(gaps, analyzer.Gap{From: text, Until: text})
		}
	}
	return gaps
}

// findMissingReads: "gap noReadEvents: a (account, Region, day of event times) with well-shaped events of files read and no
// event that is a read: joined runs, in that Region's entry."
func (all *covered) findMissingReads(l log) {
	without := map[place]map[time.Time]bool{}
	for _, r := range l.events() {
		p, day := place{r.account, r.region}, dayOf(r.time)
		if without[p] == nil {
			without[p] = map[time.Time]bool{}
		}
		if before, seen := without[p][day]; !seen || before {
			without[p][day] = !r.isRead()
		}
	}
	for p, days := range without {
		for _, gap := range runs(days) {
			gap.Reason = analyzer.GapNoReadEvents
			all.addGap(p.account, p.region, gap)
		}
	}
}

// isRead: "readOnly true (JSON true; a string true too; a record without the key readOnly: eventName begins with Get, List,
// Describe, AssumeRole, Lookup or Head)."
func (r *record) isRead() bool {
	if says, found := r.fields["readOnly"]; found {
		return says == true || says == "true"
	}
	return slices.ContainsFunc([]string{"Get", "List", "Describe", "AssumeRole", "Lookup", "Head"}, func(verb string) bool {
		return strings.HasPrefix(r.text("eventName"), verb)
	})
}

// findUnread: "gap unread: failed files whose key names the account (and Region; without Region: smallest Region's entry):
// files = count, from and until = first and last delivery day if known. Failed files of which no account is known: count
// against every account (smallest Region's entry each)."
func (all *covered) findUnread(l log) {
	unread := map[place]*analyzer.Gap{}
	for _, name := range l.failed {
		key := ingest.ParseKey(name)
		p := place{key.AccountID, key.Region}
		if p.account == "" {
			p.region = ""
		}
		if unread[p] == nil {
			unread[p] = &analyzer.Gap{Reason: analyzer.GapUnread}
		}
		gap := unread[p]
		gap.Files++
		if !key.Delivered.IsZero() {
			day := key.Delivered.Format(time.DateOnly)
			if gap.From == "" || day < gap.From {
				gap.From = day
			}
			gap.Until = max(gap.Until, day)
		}
	}
	for p, gap := range unread {
		for account := range all.days {
			if p.account == account || p.account == "" {
				all.addGap(account, p.region, *gap)
			}
		}
	}
}

// accountsWithReads gives the accounts of which any event, in whatever Region, is a read.
func accountsWithReads(l log) map[string]bool {
	reads := map[string]bool{}
	for _, r := range l.events() {
		if r.isRead() {
			reads[r.account] = true
		}
	}
	return reads
}

// maxGaps is how many gaps of one place a report tells.
const maxGaps = 100

// report lists the places. "firstDelivery, lastDelivery, daysWithFiles: delivery names only, zero without. readEvents: seen
// if any well-shaped event of that account and Region is a read, else none. state: gaps if the entry has a gap, or (for
// noFiles) any entry of the account has a noFiles gap; else plausible. gaps: by reason (byte order), from; first 100."
func (all *covered) report(l log) []analyzer.Coverage {
	missing := map[string]bool{} // accounts
	for p, covered := range all.places {
		missing[p.account] = missing[p.account] || slices.ContainsFunc(covered.gaps, func(g analyzer.Gap) bool { return g.Reason == analyzer.GapNoFiles })
	}
	reads := map[place]bool{}
	for _, r := range l.events() {
		if r.isRead() {
			reads[place{r.account, r.region}] = true
		}
	}
	var list []analyzer.Coverage
	for p, covered := range all.places {
		entry := analyzer.Coverage{
			AccountID: p.account, Region: p.region, ReadEvents: analyzer.ReadEventsNone,
			State: analyzer.CoveragePlausible, Gaps: covered.gaps, Integrity: "notChecked",
		}
		if reads[p] {
			entry.ReadEvents = analyzer.ReadEventsSeen
		}
		if len(covered.gaps) > 0 || missing[p.account] {
			entry.State = analyzer.CoverageGaps
		}
		if len(covered.deliveries) > 0 {
			days := map[time.Time]bool{}
			for _, delivered := range covered.deliveries {
				days[dayOf(delivered)] = true
			}
			entry.FirstDelivery = slices.MinFunc(covered.deliveries, time.Time.Compare)
			entry.LastDelivery = slices.MaxFunc(covered.deliveries, time.Time.Compare)
			entry.DaysWithFiles = len(days)
		}
		slices.SortFunc(entry.Gaps, func(a, b analyzer.Gap) int {
			return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.From, b.From), cmp.Compare(a.Until, b.Until), cmp.Compare(a.Files, b.Files))
		})
		entry.Gaps = entry.Gaps[:min(len(entry.Gaps), maxGaps)]
		list = append(list, entry)
	}
	slices.SortFunc(list, func(a, b analyzer.Coverage) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Region, b.Region))
	})
	return list
}

// coverageGaps gives the findings coverage-gap, "medium, one per account with at least one gap in any Region; roleArn empty; no
// evidence. With --account: only of these accounts".
func coverageGaps(list []analyzer.Coverage, o Options) []*finding {
	accounts := map[string]bool{}
	for _, entry := range list {
		if len(entry.Gaps) > 0 && (len(o.Accounts) == 0 || slices.Contains(o.Accounts, entry.AccountID)) {
			accounts[entry.AccountID] = true
		}
	}
	var found []*finding
	for _, account := range slices.Sorted(maps.Keys(accounts)) {
		found = append(found, &finding{
			findingKey: findingKey{id: coverageGap, principal: account}, severity: analyzer.SeverityMedium,
			title: "the logs of account " + account + " have gaps",
		})
	}
	return found
}
