package analyzer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/internal/trailgen"
)

// eventsOf returns the relevant events of a tree that a filter chooses.
func eventsOf(t testing.TB, o analyzer.Options, e analyzer.EvidenceOptions, filter analyzer.EventFilter, root string) (events []analyzer.Event, u *analyzer.Usage) {
	t.Helper()
	o.Catalog, o.TempDir = embedded(t), t.TempDir()
	a := analyzer.New(o)
	log, _, err := a.Events(context.Background(), local.New([]string{root}, local.Options{}), ingest.Options{}, 2, e)
	if err != nil {
		t.Fatal(err)
	}
	var last time.Time
	err = log.Each(context.Background(), &filter, false, func(e *analyzer.Event) error {
		if e.Time.Before(last) {
			t.Errorf("%s comes after %s", e.Time, last)
		}
		last = e.Time
		events = append(events, *e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return events, log.Usage
}

// cells follows every number of a report to the events that it counts.
type cells struct {
	*testing.T
	root    string
	options analyzer.Options
	usage   *analyzer.Usage
}

func TestEveryNumberCanBeFollowed(t *testing.T) {
	demo := filepath.Join(t.TempDir(), "demo")
	if err := trailgen.Demo(demo); err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Time { return time.Date(2026, 10, n, 0, 0, 0, 0, time.UTC) }
	for name, o := range map[string]analyzer.Options{
		"all": {}, "window": {Since: day(20), Until: day(28)}, "Region": {Regions: []string{"eu-west-1"}},
	} {
		t.Run("demo/"+name, func(t *testing.T) { follow(t, demo, o) })
	}
	seeds := 16
	if testing.Short() {
		seeds = 4
	}
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("random/", seed), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			if err := trailgen.Random(root, seed); err != nil {
				t.Fatal(err)
			}
			follow(t, root, analyzer.Options{})
			follow(t, root, analyzer.Options{Accounts: []string{"444455556666"}})
			follow(t, root, analyzer.Options{Regions: []string{"eu-west-1"}, Since: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)})
		})
	}
}

func follow(t *testing.T, root string, o analyzer.Options) {
	o.RegionDays = true
	c := &cells{T: t, root: root, options: o}
	c.usage = analyze(t, o, ingest.Options{}, 2, root)
	all, u := eventsOf(t, o, analyzer.EvidenceOptions{}, analyzer.EventFilter{}, root)
	if !reflect.DeepEqual(u, c.usage) {
		t.Error("the usage differs when evidence is kept")
	}
	c.same("records.relevant", u.Input.Records.Relevant, records1(all))
	for i := range u.Roles {
		c.role(&u.Roles[i])
	}
	for i := range u.Findings {
		c.finding(&u.Findings[i])
	}
}

// records1 counts records, for one can be several events.
func records1(events []analyzer.Event) int64 {
	seen := map[string]bool{}
	for _, e := range events {
		seen[fmt.Sprint(e.Object, "\x00", e.Position)] = true
	}
	return int64(len(seen))
}

func (c *cells) same(cell string, want int64, got int64) {
	c.Helper()
	if want != got {
		c.Errorf("%s: %d, but %d events", cell, want, got)
	}
}

// with returns the events of a role that filters choose, in the report's window, accounts and Regions, or in one Region of
// these, or with margin those that were read of all.
func (c *cells) with(role string, region string, margin bool) func(analyzer.EventFilter) []analyzer.Event {
	o := c.options
	filter := analyzer.EventFilter{NoRole: role == ""}
	if role != "" {
		o.Roles = []string{role}
	}
	if region != "" {
		o.Regions = []string{region}
	}
	all, _ := eventsOf(c.T, o, analyzer.EvidenceOptions{Margin: margin}, filter, c.root)
	return func(f analyzer.EventFilter) []analyzer.Event {
		f.NoRole = role == ""
		return slices.DeleteFunc(slices.Clone(all), func(e analyzer.Event) bool { return !f.Match(&e) })
	}
}

var succeeded, failed = new(bool), ptr(true)

func ptr[T any](v T) *T { return &v }

type counts struct{ assumed, denied, calls, failedCalls int64 }

// count compares the four numbers of a cell with the events of it.
func (c *cells) count(cell string, want counts, events func(analyzer.EventFilter) []analyzer.Event, f analyzer.EventFilter) []analyzer.Event {
	c.Helper()
	only := func(kind string, failed *bool) int64 {
		f := f
		f.Kinds, f.Failed = []string{kind}, failed
		return int64(len(events(f)))
	}
	got := counts{only("assume", succeeded), only("assume", failed), only("call", nil), only("call", failed)}
	if got != want {
		c.Errorf("%s: %+v, but events %+v", cell, want, got)
	}
	f.Kinds = []string{"assume", "call"}
	return events(f)
}

func (c *cells) span(cell string, first, last time.Time, days int, events []analyzer.Event) {
	c.Helper()
	seen := map[string]bool{}
	for _, e := range events {
		seen[e.Time.Format(time.DateOnly)] = true
	}
	if days >= 0 {
		c.same(cell+" days", int64(days), int64(len(seen)))
	}
	if len(events) > 0 && (!events[0].Time.Equal(first) || !events[len(events)-1].Time.Equal(last)) {
		c.Errorf("%s: from %s to %s, but the events from %s to %s", cell, first, last, events[0].Time, events[len(events)-1].Time)
	}
}

func (c *cells) role(r *analyzer.Role) {
	events := c.with(r.ARN, "", false)
	uses := c.count(r.ARN, counts{r.Assumed, r.Denied, r.Calls, r.FailedCalls}, events, analyzer.EventFilter{})
	c.span(r.ARN, r.FirstSeen, r.LastSeen, r.ActiveDays, uses)
	for _, d := range r.Daily {
		c.count(r.ARN+" "+d.Day, counts{d.Assumed, d.Denied, d.Calls, d.FailedCalls}, events, analyzer.EventFilter{Days: []string{d.Day}})
	}
	for _, g := range r.Regions {
		if g.Region == "" {
			continue // no flag names it
		}
		in := c.with(r.ARN, g.Region, false)
		cell := r.ARN + " " + g.Region
		c.span(cell, g.FirstSeen, g.LastSeen, -1, c.count(cell, counts{g.Assumed, g.Denied, g.Calls, g.FailedCalls}, in, analyzer.EventFilter{}))
		for i := range r.Features {
			c.region(&r.Features[i], g.Region, in)
		}
	}
	for i := range r.Features {
		c.feature(r.ARN, &r.Features[i], events)
	}
	c.callers(r, events)
	if r.ARN == "" {
		return
	}
	c.same(r.ARN+" changes", r.ChangeCount, int64(len(c.with(r.ARN, "", true)(analyzer.EventFilter{Kinds: []string{"change"}}))))
	c.volumes(r)
}

// region follows the numbers of a feature in one Region, and those of each day of it.
func (c *cells) region(f *analyzer.FeatureUsage, region string, in func(analyzer.EventFilter) []analyzer.Event) {
	for _, g := range f.Regions {
		if g.Region == region {
			cell := f.ID + " " + region
			uses := c.count(cell, counts{g.Assumed, g.Denied, g.Calls, g.FailedCalls}, in, analyzer.EventFilter{Features: []string{f.ID}})
			c.span(cell, g.FirstSeen, g.LastSeen, -1, uses)
		}
	}
	for _, d := range f.RegionDays {
		if d.Region == region {
			day := d.Day.Format(time.DateOnly)
			uses := c.count(f.ID+" "+region+" "+day, counts{d.Assumed, d.Denied, d.Calls, d.FailedCalls}, in, analyzer.EventFilter{Features: []string{f.ID}, Days: []string{day}})
			c.span(f.ID+" "+region+" "+day, d.FirstSeen, d.LastSeen, -1, uses)
		}
	}
}

func (c *cells) feature(arn string, f *analyzer.FeatureUsage, events func(analyzer.EventFilter) []analyzer.Event) {
	cell, of := arn+" "+f.ID, []string{f.ID}
	uses := c.count(cell, counts{f.Assumed, f.Denied, f.Calls, f.FailedCalls}, events, analyzer.EventFilter{Features: of})
	c.span(cell, f.FirstSeen, f.LastSeen, f.ActiveDays, uses)
	for _, d := range f.Daily {
		c.count(cell+" "+d.Day, counts{d.Assumed, d.Denied, d.Calls, d.FailedCalls}, events, analyzer.EventFilter{Features: of, Days: []string{d.Day}})
	}
	for _, a := range f.Actions {
		choose := analyzer.EventFilter{Features: of, Sources: []string{a.Service}, Actions: []string{a.Action}, Kinds: []string{"call"}}
		calls := events(choose)
		bad := slices.DeleteFunc(slices.Clone(calls), func(e analyzer.Event) bool { return e.ErrorCode == "" })
		c.same(cell+" "+a.Action, a.Calls, int64(len(calls)))
		c.same(cell+" "+a.Action+" failed", a.Failed, int64(len(bad)))
		c.span(cell+" "+a.Action, a.FirstSeen, a.LastSeen, -1, calls)
	}
	names := map[string]bool{}
	for _, e := range uses {
		if e.SessionName != "" {
			names[e.SessionName] = true
		}
	}
	c.same(cell+" session names", f.SessionNameCount, int64(len(names)))
	c.holds(cell, f.Evidence, uses)
}

// holds makes sure that evidence is among events.
func (c *cells) holds(cell string, evidence []analyzer.Evidence, events []analyzer.Event) {
	c.Helper()
	for _, want := range evidence {
		if !slices.ContainsFunc(events, func(e analyzer.Event) bool {
			return e.EventID == want.EventID && e.Time.Equal(want.EventTime) && e.Object == want.Object
		}) {
			c.Errorf("%s: the evidence %+v is not among the %d events", cell, want, len(events))
		}
	}
}

var assumeActions = []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}

func (c *cells) callers(r *analyzer.Role, events func(analyzer.EventFilter) []analyzer.Event) {
	count := func(failed *bool, principals ...string) int64 {
		f := analyzer.EventFilter{Kinds: []string{"other"}, Actions: assumeActions, Failed: failed, Principals: principals}
		if r.ARN != "" {
			f.Resources = []string{r.ARN}
		}
		return int64(len(events(f)))
	}
	c.same(r.ARN+" opened by others", r.OtherAssumed, count(succeeded))
	c.same(r.ARN+" denied to others", r.OtherDenied, count(failed))
	for _, o := range r.OtherCallers {
		c.same(r.ARN+" opened by "+o.Principal, o.Assumed, count(succeeded, o.Principal))
		c.same(r.ARN+" denied to "+o.Principal, o.Denied, count(failed, o.Principal))
	}
}

func (c *cells) volumes(r *analyzer.Role) {
	events := c.with(r.ARN, "", true)
	different := func(f analyzer.EventFilter, keep func(*analyzer.Event) bool) int64 {
		seen := map[string]bool{}
		for _, e := range events(f) {
			if e.State != "" && keep(&e) {
				seen[e.AccountID+e.Resource] = true
			}
		}
		return int64(len(seen))
	}
	any := func(*analyzer.Event) bool { return true }
	c.same(r.ARN+" volumes created", r.Volumes.Created, different(analyzer.EventFilter{Actions: []string{"CreateVolume"}, Failed: succeeded}, any))
	for state, want := range map[string]int64{"deleted": r.Volumes.Deleted, "kept": r.Volumes.Kept, "unknownAge": r.Volumes.UnknownAge, "open": r.Volumes.OpenCount} {
		c.same(r.ARN+" volumes "+state, want, different(analyzer.EventFilter{States: []string{state}}, any))
	}
	for _, v := range r.Volumes.Open {
		c.same(v.VolumeID+" failures", v.DeleteFailures, int64(len(events(analyzer.EventFilter{
			Resources: []string{v.VolumeID}, Actions: []string{"DetachVolume", "DeleteVolume"}, Findings: []string{"stuck-volume"},
		}))))
	}
}

// finding makes sure that the events of a finding are those that it is evidence for: all of its evidence, and no more if
// that is all there is.
func (c *cells) finding(f *analyzer.Finding) {
	if f.ID == analyzer.FindingCoverageGap {
		return // which is the lack of events
	}
	role := f.RoleARN
	if f.ID == analyzer.FindingTrailChanged {
		role = "" // trails are no roles
	}
	listed := c.with(role, "", true)(analyzer.EventFilter{Findings: []string{f.ID}})
	c.holds(f.ID+" "+f.Title, f.Evidence, listed)
	var evidence []analyzer.Evidence
	for _, other := range c.usage.Findings {
		if other.ID == f.ID && other.RoleARN == f.RoleARN {
			if len(other.Evidence) >= 5 {
				return // there may be more events than evidence
			}
			evidence = append(evidence, other.Evidence...)
		}
	}
	for _, e := range listed {
		if !slices.ContainsFunc(evidence, func(want analyzer.Evidence) bool {
			return want.EventID == e.EventID && want.Object == e.Object && want.EventTime.Equal(e.Time)
		}) {
			c.Errorf("%s %s: %s %s is no evidence of it", f.ID, role, e.Action, e.EventID)
		}
	}
}

// TestEvents looks at the events of the demo one by one.
func TestEvents(t *testing.T) {
	root := filepath.Join(t.TempDir(), "demo")
	if err := trailgen.Demo(root); err != nil {
		t.Fatal(err)
	}
	events, u := eventsOf(t, analyzer.Options{}, analyzer.EvidenceOptions{Raw: true}, analyzer.EventFilter{}, root)
	kinds := map[string]int{}
	for _, e := range events {
		kinds[e.Kind]++
		var raw map[string]any
		if err := json.Unmarshal(e.Raw, &raw); err != nil || raw["eventID"] != e.EventID || raw["eventName"] != e.Action {
			t.Errorf("%s: %v, %s", e.EventID, err, e.Raw)
		}
		if text := string(e.Raw); strings.Contains(text, "essionToken\":\"") && !strings.Contains(text, `essionToken":"REDACTED"`) {
			t.Errorf("%s holds a session token", e.EventID)
		}
		if e.Principal == "" || e.Object == "" || e.Source == "" || e.AccountID == "" {
			t.Errorf("%+v", e)
		}
		if e.Resource == "" && e.Source == "ec2.amazonaws.com" && strings.HasSuffix(e.Action, "Volume") {
			t.Errorf("%s of no volume", e.Action)
		}
	}
	for _, kind := range []string{"assume", "call", "reference", "change", "other"} {
		if kinds[kind] == 0 {
			t.Errorf("no event of kind %s: %v", kind, kinds)
		}
	}
	if n := records1(events); n != u.Input.Records.Relevant || int(n) > len(events) {
		t.Errorf("%d events of %d records, %d are relevant", len(events), n, u.Input.Records.Relevant)
	}
}
