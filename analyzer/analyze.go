// Package analyzer turns CloudTrail events into what a person wants to know of a role: which features of a service use
// it, when, where and with which calls, and what about that needs attention.
//
// It collects, sorts and walks. Collectors turn log files into compact facts as the files come; the facts are sorted;
// one walk over them removes duplicates, joins sessions to what opened them, and counts. Whatever needs to know the
// whole is decided in the walk, so the order in which files arrive cannot matter.
package analyzer

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
	"roletrail/ingest"
)

// Options say what to analyse. Only Catalog is required.
type Options struct {
	Catalog *catalog.Catalog
	Tool    Tool // goes into the report as it is, but for the catalog's version

	// The window of uses to show, and the days after it whose deliveries were read. A zero time leaves an end open.
	Since, Until time.Time // inclusive, exclusive
	LateDays     int

	// Filters of the uses to show; an empty one lets all pass. Roles are ARNs, names or patterns with *.
	Accounts, Regions, Roles []string

	Memory  int64  // bytes of facts to hold in memory before they are written to a temporary file; 128 MiB
	TempDir string // where that file is made; the system's folder for such files if empty
}

// Analyzer makes one report.
type Analyzer struct {
	options    Options
	relevance  *relevance
	store      *facts.Store
	collectors []*collector
}

// New returns an analyzer. It must be closed.
func New(o Options) *Analyzer {
	if o.Memory <= 0 {
		o.Memory = 128 << 20
	}
	return &Analyzer{
		options: o, relevance: newRelevance(o.Catalog, o.Roles),
		store: facts.NewStore(facts.ByEvent, o.Memory, o.TempDir),
	}
}

// Close gives the memory and the temporary file of the analysis back.
func (a *Analyzer) Close() error { return a.store.Close() }

// Usage reads all log files of a source with n collectors at once and returns what they say. If the run ends early, it
// returns the summary of what was read and an error, and no usage.
func (a *Analyzer) Usage(ctx context.Context, source ingest.Source, o ingest.Options, n int) (*Usage, *ingest.Summary, error) {
	o.Fields = a.relevance.fields.Fields
	collectors := make([]ingest.Collector, n)
	for i := range collectors {
		c := newCollector(a.relevance, &a.options, a.store.NewBatch(n))
		a.collectors = append(a.collectors, c)
		collectors[i] = c
	}
	summary, err := ingest.Run(ctx, source, o, collectors)
	if err != nil {
		return nil, summary, err
	}
	usage, err := a.usage(ctx, summary)
	return usage, summary, err
}

// usage walks over what was collected.
func (a *Analyzer) usage(ctx context.Context, s *ingest.Summary) (*Usage, error) {
	o := &a.options
	u := &Usage{
		Schema: Schema, Tool: o.Tool,
		Window: Window{Since: o.Since, Until: o.Until, LateDays: o.LateDays},
		Input:  input(s), Coverage: coverage(s), Roles: []Role{}, Findings: []Finding{},
	}
	u.Tool.Catalog = CatalogInfo{Version: o.Catalog.Version, Date: o.Catalog.Date}
	seen := observations{}
	for _, c := range a.collectors {
		for _, observation := range c.observed {
			seen.add(observation)
		}
		u.Input.Records.Total += c.records.Total
		u.Input.Records.Irrelevant += c.records.Irrelevant
		u.Input.Records.UnknownShape += c.records.UnknownShape
	}
	u.Observed = seen.observed()

	uses, err := a.store.Filter(ctx, facts.BySession, (&deduplicator{records: &u.Input.Records}).keep)
	if err != nil {
		return nil, err
	}
	a.store = uses
	w := &walker{catalog: o.Catalog, selectors: o.Roles, logs: seen.spans(), since: milliseconds(o.Since, math.MinInt64+orphanMargin)}
	if err := uses.Each(ctx, func(f *facts.Fact) error { w.fact(f); return nil }); err != nil {
		return nil, err
	}
	w.endRole()
	u.Roles = append(u.Roles, w.roles...)
	u.Findings = append(u.Findings, w.findings...)
	sortRoles(u.Roles)
	sortFindings(u.Findings)
	return u, checkCounters(&u.Input)
}

// deduplicator goes over facts in the order facts.ByEvent, sorts out the uses that count, and counts every record.
type deduplicator struct {
	records *InputRecords
	id      facts.EventID
	account string
	any     bool
}

// keep reports whether the walk needs the fact: it is a use, and the first of the records of its event.
func (d *deduplicator) keep(f *facts.Fact) (bool, error) {
	duplicate := d.any && !f.EventID.IsZero() && f.EventID == d.id && f.Account == d.account
	if d.id, d.any = f.EventID, true; d.account != f.Account {
		d.account = strings.Clone(f.Account)
	}
	switch n := d.records; {
	case f.Flags&facts.OutsideWindow != 0:
		n.OutsideWindow++
	case f.Flags&facts.Filtered != 0:
		n.Filtered++
	case duplicate:
		n.Duplicate++
	default:
		n.Relevant++
	}
	return !duplicate && (f.Kind == facts.Assume || f.Kind == facts.Call), nil
}

// checkCounters holds the identities that the report promises.
func checkCounters(in *Input) error {
	o, r := &in.Objects, &in.Records
	accounted := o.Read
	for _, n := range o.Skipped {
		accounted += n
	}
	for _, n := range o.Failed {
		accounted += n
	}
	if o.Listed != accounted {
		return fmt.Errorf("internal error: %d objects listed, %d accounted for", o.Listed, accounted)
	}
	if sum := r.Relevant + r.Irrelevant + r.Duplicate + r.OutsideWindow + r.Filtered + r.UnknownShape; r.Total != sum {
		return fmt.Errorf("internal error: %d records read, %d accounted for", r.Total, sum)
	}
	return nil
}
