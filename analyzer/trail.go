package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer/facts"
	"roletrail/ingest"
	"roletrail/ingest/record"
)

const (
	startLogging = "StartLogging"
	stopLogging  = "StopLogging"
	deleteTrail  = "DeleteTrail"
)

// trails tells what an event says of a trail, if it succeeded. The subject is the trail and then the Region, for trails of
// the same name can have different homes.
func (c *collector) trails(r *record.Record, tell tell) {
	if c.fact.ErrorCode != "" {
		return
	}
	request := record.Value(r.Value(c.fields.request))
	name := cmp.Or(request.Member("name").Text(), request.Member("trailName").Text()) // or an ARN
	tell(facts.Trail, pack(name[strings.LastIndexByte(name, '/')+1:], c.fact.Region), "")
}

// trailWalk goes over the facts of kind Trail in the order facts.ForWalk and makes findings of what trails were done. The
// zero value is ready to use.
type trailWalk struct {
	findings []Finding
	trails   []*trailChanges
	others   ingest.Days // on which trails of accounts were changed that are not shown
}

// other takes up a fact of an account that is not shown.
func (w *trailWalk) other(f *facts.Fact) {
	if f.Action == startLogging {
		return
	}
	if w.others == nil {
		w.others = ingest.Days{}
	}
	w.others.Add(dayOf(f.Time))
}

// trailChanges are what was done to the trails of one name in an account.
type trailChanges struct {
	account, name string
	actions       map[string]*sample
	days          ingest.Days // of these
	stops         stops
	deletions     []stop // without their ends; of very many, the earliest

	region string // of the current one of them
	logging
}

// logging is whether one trail logs.
type logging struct {
	stopped bool
	since   int64 // when it was stopped
	started int64 // when it was started last, -1 if it was not
}

// stop is a time for which a trail logged nothing, in milliseconds since 1970.
type stop struct {
	region      string // of the event that stopped it
	from, until int64
}

// stops are those of the trails of one name.
type stops struct {
	span
	count int64
	total int64
	list  []stop // of very many, the last one stands for all that are left
	open  []stop // those that do not end
}

// maxStops is how many stops are told apart.
const maxStops = 100

func (w *trailWalk) fact(f *facts.Fact) {
	names, _ := unpack(f.Subject, 1)
	if n := len(w.trails); n == 0 || w.trails[n-1].account != f.Account || w.trails[n-1].name != names[0] {
		w.trails = append(w.trails, &trailChanges{
			account: strings.Clone(f.Account), name: strings.Clone(names[0]), actions: map[string]*sample{}, days: ingest.Days{},
			region: strings.Clone(f.Region), logging: logging{started: -1},
		})
	}
	t := w.trails[len(w.trails)-1]
	if t.region != f.Region {
		t.endRegion()
		t.region = strings.Clone(f.Region)
	}
	switch f.Action {
	case startLogging:
		t.start(f.Time)
		return
	case stopLogging:
		t.stop(f.Time)
	case deleteTrail:
		if len(t.deletions) < maxStops {
			t.deletions = append(t.deletions, stop{region: t.region, from: f.Time})
		}
	}
	if t.actions[f.Action] == nil {
		t.actions[strings.Clone(f.Action)] = &sample{}
	}
	t.actions[f.Action].add(f)
	t.days.Add(dayOf(f.Time))
}

// changedIn reports whether a trail was changed on a day of a window other than by being started. Of an organization's trail its
// management account tells, so those of all accounts count.
func (w *trailWalk) changedIn(since, until time.Time) bool {
	changed := func(days ingest.Days) bool {
		for day := range days.All() {
			if dayIn(day, since, until) {
				return true
			}
		}
		return false
	}
	return changed(w.others) || slices.ContainsFunc(w.trails, func(t *trailChanges) bool { return changed(t.days) })
}

// end settles the last trail. Now is the time the report speaks of.
func (w *trailWalk) end(now int64) {
	for _, t := range w.trails {
		t.endRegion()
		for _, s := range t.stops.open {
			t.stops.add(stop{s.region, s.from, max(s.from, now)})
		}
		for _, action := range sortedKeys(t.actions) {
			w.findings = append(w.findings, trailChanged(t, action, now))
		}
	}
}

// stop notes that the trail was stopped. If it was started in the same second, the resolution of event times, it is taken to
// log again.
func (t *trailChanges) stop(at int64) {
	switch {
	case t.stopped:
	case t.started == at:
		t.stops.add(stop{t.region, at, at})
	default:
		t.stopped, t.since = true, at
	}
}

func (t *trailChanges) start(at int64) {
	if t.stopped {
		t.stops.add(stop{t.region, t.since, at})
	}
	t.logging = logging{started: at}
}

// endRegion settles the trail of the current Region.
func (t *trailChanges) endRegion() {
	if t.stopped {
		t.stops.open = append(t.stops.open, stop{region: t.region, from: t.since})
	}
	t.logging = logging{started: -1}
}

func (s *stops) add(one stop) {
	s.span.add(one.from)
	s.span.add(one.until)
	s.count++
	s.total += one.until - one.from
	if len(s.list) < maxStops {
		s.list = append(s.list, one)
		return
	}
	rest := &s.list[maxStops-1]
	rest.from, rest.until = min(rest.from, one.from), max(rest.until, one.until)
}

// AWS's pages on what can be done to a trail.
const (
	pageStopTrail   = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html"
	pageDeleteTrail = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delete-trails-console.html"
	pageUpdateTrail = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-update-a-trail-console.html"
)

// trailChanged is high if the trail logged nothing for a time. The hours are those for which the report may lack events.
func trailChanged(t *trailChanges, action string, now int64) Finding {
	events := t.actions[action].all()
	f := Finding{ID: FindingTrailChanged, Evidence: evidence(events)}
	first := events[0].time
	hours := fmt.Sprintf("From %s to %s", dateTime(first), dateTime(max(first, now)))
	done := ""
	switch action {
	case stopLogging:
		f.Severity, f.Link = SeverityHigh, pageStopTrail
		done, f.Detail = "was stopped", t.stops.describe()
		f.Advice = "Start logging again, and find out who stopped it and what for. Read the logs of another trail for these hours, if there is one."
	case deleteTrail:
		f.Severity, f.Link = SeverityHigh, pageDeleteTrail
		done, f.Detail = "was deleted", hours+", it logged nothing unless it was made again."
		f.Advice = "Make sure that another trail logs the same, and read its logs for these hours."
	case "PutEventSelectors":
		f.Severity, f.Link = SeverityMedium, pageReadEvents
		done, f.Detail = "was told which events to log", hours+", it may leave out events. Without read events it holds no AssumeRole."
		f.Advice = "Check that it logs read and write management events, of all sources."
	default:
		f.Severity, f.Link = SeverityMedium, pageUpdateTrail
		done, f.Detail = "was changed", hours+", it may leave out Regions or global services, or write its log files elsewhere."
		f.Advice = "Check that it logs all Regions and global services, and that the place that it writes to was read."
	}
	f.Title = fmt.Sprintf("%s of account %s %s (%s)", t.called(), cmp.Or(t.account, "unknown"), done, action)
	return f
}

func (t *trailChanges) called() string {
	if t.name == "" {
		return "a trail of unknown name"
	}
	return fmt.Sprintf("trail \"%s\"", t.name)
}

// describe says for how long trails were stopped.
func (s *stops) describe() string {
	text := fmt.Sprintf("It logged nothing from %s to %s.", dateTime(s.first), dateTime(s.last))
	if s.count > 1 {
		total := time.Duration(s.total) * time.Millisecond
		text = fmt.Sprintf("It was stopped %d times between %s and %s, and logged nothing for %s in all.", s.count, dateTime(s.first), dateTime(s.last), total)
	}
	if len(s.open) > 0 {
		text += " It was not seen to start again."
	}
	return text
}
