package analyzer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"roletrail/ingest"
)

// Integrity is what CloudTrail's digests prove of the log files of one account and Region (AWS CloudTrail User Guide,
// "Validating CloudTrail log file integrity").
type Integrity struct {
	AccountID, Region string
	// Proven are the times for which every log file that was delivered was read as it was delivered: merged, in order, and in
	// none of them is a digest of another trail missing.
	Proven []TimeSpan
	// Altered counts digests and log files that are not as they were delivered, and Missing those that are not there, whatever
	// the time. Examples are the first of them.
	Altered, Missing int64
	Examples         []IntegrityProblem
	// NotCovered are the days of log files that no digest lists, and Undated counts those of which the day is not known: nobody
	// knows which others of their kind there should be.
	NotCovered ingest.Days
	Undated    int64
}

// IntegrityProblem is a digest or log file that is not as it was delivered, or not there.
type IntegrityProblem struct {
	Reason string    // as roletrail verify names it
	Object string    // its name, or where it should be
	At     time.Time // the begin of the hour of its digest
}

// TimeSpan is the time from From up to, but without, Until.
type TimeSpan struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// What Coverage says of integrity.
const (
	IntegrityNotChecked = "notChecked"
	IntegrityValid      = "valid"      // proven for the whole window
	IntegrityIncomplete = "incomplete" // something is missing, or not all of the window is proven
	IntegrityAltered    = "altered"    // something is not as it was delivered
)

// delivery is how long after an event its log file may be delivered. CloudTrail takes 5 minutes on average, and promises no
// time (AWS CloudTrail User Guide, "How CloudTrail works"); a digest that is proven tells of all that came late until then.
const delivery = time.Hour

// maxVerified is how many proven times of one account and Region are told.
const maxVerified = 100

// verify takes up what digests prove of a window. Where it is open at an end, it is as long as the events of the account.
func (c *coverageWalk) verify(all []Integrity, logs map[string]span, since, until time.Time) {
	proven := map[string][][]TimeSpan{} // by account, of each Region
	for place, e := range c.entries {
		i := slices.IndexFunc(all, func(i Integrity) bool { return i.AccountID == place.AccountID && i.Region == place.Region })
		from, to := windowOf(logs[place.AccountID], since, until)
		e.Integrity, e.Verified = IntegrityIncomplete, []TimeSpan{}
		if i < 0 {
			proven[place.AccountID] = append(proven[place.AccountID], nil)
			continue
		}
		one := &all[i]
		proven[place.AccountID] = append(proven[place.AccountID], one.Proven)
		for _, s := range one.Proven {
			if s = s.within(from, to); s.From.Before(s.Until) {
				e.VerifiedHours += s.Until.Sub(s.From).Hours()
				e.Verified = append(e.Verified, s)
			}
		}
		switch {
		case one.Altered > 0:
			e.Integrity = IntegrityAltered
		case one.Missing == 0 && covers(all, place, from, to) && len(e.Verified) == 1 && e.Verified[0] == (TimeSpan{from, to}):
			e.Integrity = IntegrityValid
		}
		e.VerifiedHours = math.Round(100*e.VerifiedHours) / 100
		e.Verified = slices.Clip(e.Verified[:min(len(e.Verified), maxVerified)])
	}
	c.forgiveQuietDays(proven)
}

// covers reports whether digests list all log files of a time that may be of a place: those whose names tell neither account
// nor Region may be of any. A file may hold events that are later than its name says, but not by two days (see beforeDelivery).
func covers(all []Integrity, place ingest.Place, from, until time.Time) bool {
	return !slices.ContainsFunc(all, func(i Integrity) bool {
		if i.AccountID != "" && (i.AccountID != place.AccountID || i.Region != "" && i.Region != place.Region) {
			return false
		}
		for day := range i.NotCovered.All() {
			if dayIn(day, from.AddDate(0, 0, -2), until) {
				return true
			}
		}
		return i.Undated > 0
	})
}

// windowOf returns the time that has to be proven for the events of a window to be all there. Where that is open, it begins
// when the first events of the logs must have been delivered: the digests of these logs do not tell of what was before.
func windowOf(logs span, since, until time.Time) (from, to time.Time) {
	from, to = since, until.Add(delivery)
	if since.IsZero() && logs.any {
		from = fromMilliseconds(logs.first).Add(delivery)
	}
	if until.IsZero() && logs.any {
		to = fromMilliseconds(logs.last)
	}
	return from, to
}

func (s TimeSpan) within(from, until time.Time) TimeSpan {
	if s.From.Before(from) {
		s.From = from
	}
	if s.Until.After(until) {
		s.Until = until
	}
	return s
}

// forgiveQuietDays takes back the gaps of days without log files for which digests prove, in every Region of the account, that
// there are none.
func (c *coverageWalk) forgiveQuietDays(proven map[string][][]TimeSpan) {
	for place, e := range c.entries {
		var left []Gap
		for _, g := range e.Gaps {
			if g.Reason != GapNoFiles {
				left = append(left, g)
				continue
			}
			left = append(left, g.without(func(day time.Time) bool {
				return provenEverywhere(proven[place.AccountID], day, day.AddDate(0, 0, 1))
			})...)
		}
		if e.Gaps = append([]Gap{}, left...); len(left) == 0 {
			e.State = CoveragePlausible
		}
	}
}

// provenEverywhere reports whether a time is proven in all of some Regions, at least one.
func provenEverywhere(regions [][]TimeSpan, from, until time.Time) bool {
	return len(regions) > 0 && !slices.ContainsFunc(regions, func(proven []TimeSpan) bool { return !holdsSpan(proven, from, until) })
}

func holdsSpan(proven []TimeSpan, from, until time.Time) bool {
	return slices.ContainsFunc(proven, func(s TimeSpan) bool { return !s.From.After(from) && !s.Until.Before(until) })
}

// without returns what is left of a gap of days if some of them are none.
func (g Gap) without(forgiven func(day time.Time) bool) (left []Gap) {
	from, err := time.Parse(time.DateOnly, g.From)
	until, err2 := time.Parse(time.DateOnly, g.Until)
	if err != nil || err2 != nil {
		return []Gap{g}
	}
	open := false
	for day := from; !day.After(until); day = day.AddDate(0, 0, 1) {
		if forgiven(day) {
			open = false
			continue
		}
		if !open {
			left, open = append(left, Gap{Reason: g.Reason, From: day.Format(time.DateOnly)}), true
		}
		left[len(left)-1].Until = day.Format(time.DateOnly)
	}
	return left
}

// complete makes the state of the entries of accounts complete that digests prove whole, and of which the trail records what
// matters: reads that are management events were seen in the window, no event is where CloudTrail does not put it, nothing else
// is missing, and no trail was changed in the window.
func (c *coverageWalk) complete(reads, astray map[string]bool, trailsChanged bool) {
	for place, e := range c.entries {
		if len(e.Gaps) == 0 && e.Integrity == IntegrityValid && reads[place.AccountID] && !astray[place.AccountID] && !trailsChanged {
			e.State = CoverageComplete
		}
	}
}

// integrityFailures makes the findings of those of the accounts whose log files are not as they were delivered.
func integrityFailures(all []Integrity, accounts []string) (list []Finding) {
	for i := range all {
		one := &all[i]
		if one.Altered+one.Missing == 0 || !anyOf(accounts, one.AccountID) {
			continue
		}
		f := Finding{
			ID: FindingIntegrityFailure, Severity: SeverityHigh,
			Title:  fmt.Sprintf("the logs of account %s in %s are not as CloudTrail delivered them", cmp.Or(one.AccountID, "unknown"), cmp.Or(one.Region, "an unknown Region")),
			Detail: one.describe() + ". What happened there is not in this report.",
			Advice: "Find out who could write to the bucket or to this copy, and get the files from a backup. \"roletrail verify\" names all of them.",
			Link:   pageValidation, Evidence: []Evidence{},
		}
		for _, p := range one.Examples {
			f.Evidence = append(f.Evidence, Evidence{EventTime: p.At, Object: p.Object})
		}
		list = append(list, f)
	}
	return list
}

const pageValidation = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html"

// describe says in a sentence what is wrong.
func (i *Integrity) describe() string {
	var parts []string
	if i.Altered > 0 {
		parts = append(parts, times(i.Altered, "digest or log file is", "digests and log files are")+" not what was delivered")
	}
	if i.Missing > 0 {
		parts = append(parts, times(i.Missing, "digest or log file is", "digests and log files are")+" missing")
	}
	return "By its digests, " + strings.Join(parts, ", and ")
}

// unsound returns what digests tell against the logs of an account.
func unsound(all []Integrity, account string) (list []Integrity) {
	for _, i := range all {
		if i.Altered+i.Missing > 0 && (i.AccountID == account || i.AccountID == "") {
			list = append(list, i)
		}
	}
	return list
}

// provenUntil returns until when the logs of all Regions of an account are proven without a break from a time on, that time
// if they are not.
func provenUntil(all []Integrity, places []Coverage, account string, from time.Time) time.Time {
	var earliest time.Time
	for i := range places {
		if places[i].AccountID != account {
			continue
		}
		until := from
		at := slices.IndexFunc(all, func(one Integrity) bool { return one.AccountID == account && one.Region == places[i].Region })
		if at >= 0 {
			for _, s := range all[at].Proven {
				if !s.From.After(from) && s.Until.After(from) {
					until = s.Until
				}
			}
		}
		if earliest.IsZero() || until.Before(earliest) {
			earliest = until
		}
	}
	return earliest
}

// completeAccounts are those whose logs are proven to be complete in every Region.
func completeAccounts(list []Coverage) map[string]bool {
	complete := map[string]bool{}
	for _, c := range list {
		before, known := complete[c.AccountID]
		complete[c.AccountID] = c.State == CoverageComplete && (before || !known)
	}
	return complete
}
