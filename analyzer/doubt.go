package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"roletrail/ingest"
)

// doubts are the reasons why the logs cannot tell that the role is not needed.
func (j *judge) doubts() []Reason {
	return slices.Concat(j.gaps(), j.unseen(), j.limits())
}

func doubt(id, text string, events ...item) Reason {
	return Reason{id, CannotTell, text, evidence(events)}
}

// gaps are the doubts that come from what is missing in the logs.
func (j *judge) gaps() (list []Reason) {
	if len(j.coverage) == 0 {
		return []Reason{doubt(ReasonScope, "no log file of account "+j.role.AccountID+" was read")}
	}
	var noFiles, silent, noReads []string
	unread := int64(0)
	for i := range j.coverage {
		c := &j.coverage[i]
		for _, g := range c.Gaps {
			switch g.Reason {
			case GapNoFiles:
				noFiles = append(noFiles, g.days())
			case GapSilentRegion:
				silent = append(silent, c.Region)
			case GapUnread:
				unread += g.Files
			case GapNoReadEvents:
				noReads = append(noReads, c.Region+" "+g.days())
			}
		}
	}
	if n := len(noFiles); n > 0 {
		list = append(list, doubt(ReasonGaps, "the idle window has days without any log file of the account: "+shortList(noFiles, int64(n))))
	}
	if n := len(silent); n > 0 {
		list = append(list, doubt(ReasonGaps, "no log file of the account is from "+shortList(silent, int64(n))))
	}
	for _, s := range j.silences(j.since, j.until) {
		list = append(list, doubt(ReasonGaps, s.text, s.events...))
	}
	list = append(list, j.end()...)
	if n := len(noReads); n > 0 {
		list = append(list, doubt(ReasonNoReadEvents, "there are days without read events, of which AssumeRole is one: "+shortList(noReads, int64(n))))
	}
	if days := j.daysWithoutEvents(); len(days) > 0 {
		list = append(list, doubt(ReasonNoReadEvents, "there are days of which the account's log files hold no event at all: "+shortList(days, int64(len(days)))))
	}
	if n := j.shapeless; n > 0 {
		list = append(list, doubt(ReasonUnread, times(n, "record has", "records have")+" no time or no name of an event, and may be anything"))
	}
	if unread > 0 {
		list = append(list, doubt(ReasonUnread, times(unread, "log file of the account", "log files of the account")+" could not be read"))
	}
	for _, i := range unsound(j.integrity, j.role.AccountID) {
		list = append(list, doubt(ReasonIntegrity, cmp.Or(i.Region, "a Region")+": "+lowerFirst(i.describe())))
	}
	return list
}

// end tells if the logs of the account end too early. They may end a day before the time that is asked about, but not before
// the idle window begins.
func (j *judge) end() []Reason {
	switch {
	case !provenUntil(j.integrity, j.coverage, j.role.AccountID, fromMilliseconds(j.since)).Before(fromMilliseconds(j.until)):
		return nil // nothing more happened
	case !j.logs.any:
		return []Reason{doubt(ReasonLogsEndEarly, "the log files of the account hold no event")}
	case j.logs.last < j.until-dayMilliseconds:
		return []Reason{doubt(ReasonLogsEndEarly, "the logs of the account end on "+dateTime(j.logs.last)+", more than 24 hours before the time that is asked about")}
	case j.logs.last < j.since:
		return []Reason{doubt(ReasonLogsEndEarly, "the logs of the account end on "+dateTime(j.logs.last)+", before the idle window begins")}
	}
	return nil
}

// daysWithoutEvents are the days of the window, but for the one on which it ends, that have a log file of the account, but
// in none of its Regions an event. Days of which the events of a Region hold no read are gaps of that Region.
func (j *judge) daysWithoutEvents() (days []string) {
	seen := ingest.Days{}
	for place, o := range j.seen {
		if place.AccountID == j.role.AccountID {
			seen.Merge(o.days)
		}
	}
	from, until := dayOf(j.since), dayOf(j.until)
	for day := range j.files.All() {
		if day >= from && day < until && !seen.Has(day) {
			days = append(days, dayText(day))
		}
	}
	return days
}

// lowerFirst makes a sentence go on behind a colon.
func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// silence is a time for which a trail of the account logged nothing.
type silence struct {
	trail  *trailChanges
	action string // that began it
	text   string
	events []item
}

// silences are the times between two others for which a trail logged nothing, and nothing shows that another one logged the
// same: the reads of a whole day of the Region in which it was stopped.
func (j *judge) silences(since, until int64) (list []silence) {
	for _, t := range j.trails.trails { // of other accounts too: that of an organization is stopped in its management account
		tell := func(s stop, action, done string) {
			if s.until > s.from && s.until > since && s.from < until && !j.logged(s) {
				text := fmt.Sprintf("%s %s on %s, and logged nothing until %s", t.called(), done, dateTime(s.from), dateTime(s.until))
				list = append(list, silence{t, action, text, t.actions[action].all()})
			}
		}
		for _, s := range t.stops.list {
			tell(s, stopLogging, "was stopped")
		}
		for _, s := range t.deletions {
			s.until = j.until
			tell(s, deleteTrail, "was deleted")
		}
	}
	return list
}

// logged reports whether reads of a whole day of a stop are in the logs all the same.
func (j *judge) logged(s stop) bool {
	o := j.seen[ingest.Place{AccountID: j.role.AccountID, Region: s.region}]
	if o == nil {
		return false
	}
	for day := range o.reads.All() {
		if day*dayMilliseconds >= s.from && (day+1)*dayMilliseconds <= s.until {
			return true
		}
	}
	return false
}

// unseen are the doubts that come from what the logs do not show.
func (j *judge) unseen() (list []Reason) {
	if j.volumes != nil && j.volumes.UnknownAge > 0 {
		list = append(list, doubt(ReasonUnknownVolumes,
			times(j.volumes.UnknownAge, "EBS volume", "EBS volumes")+" used with it, whose creation is not in the logs, may still be there", j.volumes.unknown.all()...))
	}
	if j.role.Kind == KindServiceLinked || j.OlderStateChecked {
		return list
	}
	const advice = "; make the live checks below, then say so with --older-state-checked"
	switch created, whole := j.born(); {
	case created == nil:
		list = append(list, doubt(ReasonOlderState, "volumes and services that are older than the logs are not visible in them"+advice))
	case !whole:
		list = append(list, doubt(ReasonOlderState, "the role was made on "+dateTime(created.CreatedAt.UnixMilli())+
			", but volumes and services of days that the logs lack since then are not visible in them"+advice))
	}
	return list
}

// limits are the doubts that come from what was asked for.
func (j *judge) limits() (list []Reason) {
	for _, text := range j.Scope {
		list = append(list, doubt(ReasonScope, text))
	}
	return list
}

// born returns the role's first life if the logs reach back to its creation: nothing was done with the role or to it
// before, and each life has an id, which its creation gives, for what an earlier role of the name made may need the role
// too. It reports
// whether the logs are whole from then until the idle window begins.
func (j *judge) born() (first *Life, whole bool) {
	c := j.changes
	if c == nil || c.older || len(c.lives) == 0 || slices.ContainsFunc(c.lives, func(l Life) bool { return l.ID == "" }) {
		return nil, false
	}
	first = &c.lives[0]
	at := first.CreatedAt.UnixMilli()
	if !j.any.empty() && j.any.earliest[0].time < at || slices.ContainsFunc(j.references, func(r reference) bool { return r.since.time < at }) {
		return nil, false
	}
	for i, l := range c.lives[1:] {
		if c.lives[i].DeletedAt.IsZero() || l.CreatedAt.Before(c.lives[i].DeletedAt) {
			return first, false // a deletion is not in the logs
		}
	}
	for day := dayOf(at); day < dayOf(j.since); day++ {
		if !j.files.Has(day) {
			return first, false
		}
	}
	return first, len(j.silences(at, j.since)) == 0
}

// warnings are what a person should know beside the reasons.
func (j *judge) warnings(named bool) []string {
	list := []string{}
	if !named {
		list = append(list, "no event in these logs names this role: make sure that its ARN is spelt right")
	}
	if j.changes != nil && j.changes.deleted != nil {
		list = append(list, "the logs show that the role was deleted on "+dateTime(j.changes.deleted.time))
	}
	if j.later.any {
		list = append(list, "the role was used after the time that is asked about, last on "+dateTime(j.later.last))
	}
	list = append(list, j.trailWarnings()...)
	if j.integrity == nil || j.proven() {
		return list
	}
	if j.complete() {
		return append(list, "digests do not prove all logs since the role was made: make the live checks below, then say so with --older-state-checked")
	}
	proven := provenUntil(j.integrity, j.coverage, j.role.AccountID, fromMilliseconds(j.since))
	if last := proven.Add(-delivery); last.After(fromMilliseconds(j.since)) && proven.Before(fromMilliseconds(j.until).Add(delivery)) {
		list = append(list, "digests prove the logs until "+dateTime(proven.UnixMilli())+": to ask about a time that they prove, give --until "+last.Format(time.RFC3339)+" or earlier")
	}
	return list
}

// trailWarnings tell of changes in the idle window to what trails of the account log, but for those that are doubts.
func (j *judge) trailWarnings() (list []string) {
	doubted := j.silences(j.since, j.until)
	for _, t := range j.trails.trails {
		for _, action := range sortedKeys(t.actions) {
			if slices.ContainsFunc(doubted, func(s silence) bool { return s.trail == t && s.action == action }) {
				continue
			}
			if in := j.inWindow(t.actions[action]); len(in) > 0 {
				list = append(list, fmt.Sprintf("%s was changed on %s (%s): it may leave out events since then", t.called(), dateTime(in[0].time), action))
			}
		}
	}
	return list
}
