// Package analyzer turns CloudTrail events into what a person wants to know of a role: which features of a service use
// it, when, where and with which calls, and what about that needs attention.
//
// It collects, sorts and walks. Collectors turn log files into compact facts as the files come; the facts are sorted;
// one walk over them removes duplicates, joins sessions to what opened them, and counts. Whatever needs to know the
// whole is decided in the walk, so the order in which files arrive cannot matter.
package analyzer

import (
	"context"
	"errors"
	"fmt"
	"math"
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

	// Integrity tells, once all log files are read, what their digests prove; nil if digests are not verified.
	Integrity func(context.Context) ([]Integrity, error)

	RegionDays bool // also tell uses by Region and day at once, in RegionDays

	ExpectRegions []string // Regions that the logs of every account should speak of, beside those that they do

	Memory  int64  // bytes of facts to hold in memory before they are written to a temporary file; 128 MiB
	TempDir string // where that file is made; the system's folder for such files if empty
}

// Analyzer makes one report.
type Analyzer struct {
	options    Options
	relevance  *relevance
	store      *facts.Store
	collectors []*collector
	evidence   *evidenceLog // nil unless it is wanted
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

// Close gives the memory and the temporary files of the analysis back.
func (a *Analyzer) Close() error {
	err := a.store.Close()
	if a.evidence != nil {
		err = errors.Join(err, a.evidence.store.Close())
	}
	return err
}

// Usage reads all log files of a source with n collectors at once and returns what they say. If the run ends early, it
// returns the summary of what was read and an error, and no usage.
func (a *Analyzer) Usage(ctx context.Context, source ingest.Source, o ingest.Options, n int) (*Usage, *ingest.Summary, error) {
	summary, err := a.collect(ctx, source, o, n)
	if err != nil {
		return nil, summary, err
	}
	r, err := a.walk(ctx, summary)
	if err != nil {
		return nil, summary, err
	}
	return r.usage, summary, nil
}

// collect reads the log files and keeps their facts.
func (a *Analyzer) collect(ctx context.Context, source ingest.Source, o ingest.Options, n int) (*ingest.Summary, error) {
	o.Fields = a.relevance.fields.Fields
	collectors := make([]ingest.Collector, n)
	for i := range collectors {
		c := newCollector(a.relevance, &a.options, a.store.NewBatch(n))
		c.evidence = a.evidence
		a.collectors = append(a.collectors, c)
		collectors[i] = c
	}
	return ingest.Run(ctx, source, o, collectors)
}

// walkResult is what a walk over all facts came to.
type walkResult struct {
	usage   *Usage
	answers []*answer
	walker  *walker
	seen    observations
	files   covered

	integrity []Integrity
}

// walk goes over what was collected.
func (a *Analyzer) walk(ctx context.Context, s *ingest.Summary) (*walkResult, error) {
	o := &a.options
	u := &Usage{
		Schema: Schema, Tool: o.Tool,
		Window: Window{Since: o.Since, Until: o.Until, LateDays: o.LateDays},
		Input:  input(s), Roles: []Role{}, Findings: []Finding{},
	}
	u.Tool.Catalog = CatalogInfo{Version: o.Catalog.Version, Date: o.Catalog.Date}
	seen, files := observations{}, newCovered()
	for _, c := range a.collectors {
		files.merge(&c.covered)
		for _, observation := range c.observed {
			seen.add(observation)
		}
		u.Input.Records.Total += c.records.Total
		u.Input.Records.Irrelevant += c.records.Irrelevant
		u.Input.Records.UnknownShape += c.records.UnknownShape
	}
	u.Observed = seen.observed()
	var integrity []Integrity
	if o.Integrity != nil {
		var err error
		if integrity, err = o.Integrity(ctx); err != nil {
			return nil, err
		}
	}

	kept, err := a.store.Filter(ctx, facts.ForWalk, (&deduplicator{records: &u.Input.Records, everything: a.evidence != nil}).keep)
	if err != nil {
		return nil, err
	}
	a.store = kept
	w := &walker{
		catalog: o.Catalog, objects: make(texts, textsOfFacts), selectors: o.Roles, accounts: o.Accounts, logs: seen.spans(), reads: seen.accountsWithReads(),
		since: milliseconds(o.Since, math.MinInt64+orphanMargin), until: milliseconds(o.Until, math.MaxInt64),
		now: milliseconds(o.Until, milliseconds(u.Observed.LastEvent, 0)), regionDays: o.RegionDays,
	}
	if a.evidence != nil {
		w.labels = a.evidence.labels
		w.volumes.labels = w.labels
	}
	if err := kept.Each(ctx, func(f *facts.Fact) error { w.fact(f); return w.labels.fault() }); err != nil {
		return nil, err
	}
	w.end()
	u.Coverage = coverage(s, files, seen, o, integrity, &w.trails)
	w.verified = completeAccounts(u.Coverage)
	r := &walkResult{usage: u, walker: w, seen: seen, files: files, integrity: integrity, answers: w.answers()}
	for _, a := range r.answers {
		u.Roles = append(u.Roles, a.role)
		u.Findings = append(u.Findings, a.findings...)
	}
	u.Findings = append(append(u.Findings, w.trails.findings...), coverageGaps(u.Coverage, o.Accounts)...)
	u.Findings = append(u.Findings, integrityFailures(integrity, o.Accounts)...)
	sortRoles(u.Roles)
	sortFindings(u.Findings)
	return r, checkCounters(&u.Input)
}

// deduplicator goes over facts in the order facts.ByEvent, sorts out those that count, and counts every record.
type deduplicator struct {
	records    *InputRecords
	everything bool // keep facts that tell of nothing too
	id         facts.EventID
	account    []byte
	object     []byte // of the first record of the event
	index      int
	any        bool
}

// keep reports whether the walk needs the fact: it tells of something, and is of the first of the records of its event.
func (d *deduplicator) keep(f *facts.Fact) (bool, error) {
	again := d.any && !f.EventID.IsZero() && f.EventID == d.id && f.Account == string(d.account)
	if !again {
		d.id, d.any, d.index = f.EventID.Clone(), true, f.Index
		d.account, d.object = append(d.account[:0], f.Account...), append(d.object[:0], f.Object...)
	}
	duplicate := again && (f.Object != string(d.object) || f.Index != d.index)
	switch n := d.records; {
	case f.Flags&facts.Further != 0:
	case f.Flags&facts.OutsideWindow != 0:
		n.OutsideWindow++
	case f.Flags&facts.Filtered != 0:
		n.Filtered++
	case duplicate:
		n.Duplicate++
	default:
		n.Relevant++
	}
	return !duplicate && (d.everything || f.Kind == facts.Assume || f.Kind == facts.Call || f.Subject != ""), nil
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
