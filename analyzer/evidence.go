package analyzer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
	"roletrail/ingest"
	"roletrail/ingest/record"
)

// EvidenceOptions say which relevant events are wanted as evidence, and what of them.
type EvidenceOptions struct {
	Raw bool // the events themselves too, without credentials
	// Margin says that references, changes and the like that lie outside the window, the accounts and the Regions are wanted as
	// well, as far as they were read: what a report says of these rests on all of them. Such uses are in no number, and never told.
	Margin bool
}

// EventFilter chooses events. Of each list, which lets all pass if it is empty, one must hold.
type EventFilter struct {
	Features   []string // ids in the catalog
	Kinds      []string // EventAssume and so on
	Sources    []string // event sources
	Actions    []string // event names
	Days       []string // YYYY-MM-DD, UTC
	Principals []string
	Resources  []string
	States     []string // of volumes
	Findings   []string // ids
	Failed     *bool    // with an error code, or without one
	NoRole     bool     // only events of no known role
	NoFeature  bool     // only events of no feature
}

// EventLog holds the relevant events of an analysis. It is closed with its Analyzer.
type EventLog struct {
	Usage *Usage // what the events come to
	*evidenceLog
	catalog   *catalog.Catalog
	selectors roleSelectors
	arns      map[roleKey]string // of the roles of the usage
	told      map[eventKey]findingSet
	lost      error // why the events are not there any more
}

// evidenceLog gathers the facts of events, in the order of time.
type evidenceLog struct {
	EvidenceOptions
	store  *facts.Store
	order  facts.Order
	labels *labels
}

// eventKey names an event that a finding about a role names alone.
type eventKey struct {
	id, object string
	time       int64
}

// Events reads all log files of a source as Usage does, and returns the relevant events themselves.
func (a *Analyzer) Events(ctx context.Context, source ingest.Source, o ingest.Options, n int, e EvidenceOptions) (*EventLog, *ingest.Summary, error) {
	store := facts.NewStore(facts.ByTime, a.options.Memory, a.options.TempDir)
	batch := store.NewBatch(1)
	a.evidence = &evidenceLog{EvidenceOptions: e, store: store, order: facts.ByTime, labels: newLabels(batch, e.Margin)}
	summary, err := a.collect(ctx, source, o, n)
	if err != nil {
		return nil, summary, err
	}
	r, err := a.walk(ctx, summary)
	if err = errors.Join(err, a.evidence.labels.err); err != nil {
		return nil, summary, err
	}
	batch.Commit()
	l := &EventLog{Usage: r.usage, evidenceLog: a.evidence, catalog: a.options.Catalog, selectors: a.options.Roles, arns: map[roleKey]string{}, told: map[eventKey]findingSet{}}
	for i := range r.usage.Roles {
		if arn := r.usage.Roles[i].ARN; arn != "" {
			l.arns[keyOf(arn)] = arn
		}
	}
	for i := range r.usage.Findings {
		l.tell(&r.usage.Findings[i])
	}
	return l, summary, a.store.Close()
}

// tell notes the events of a finding that rests on nothing else.
func (l *EventLog) tell(f *Finding) {
	var finding findingSet
	switch f.ID {
	case FindingRoleEndangered:
		finding = endangeredRoles
	case FindingUnusedPolicy:
		finding = unusedPolicies
	}
	if finding == 0 {
		return
	}
	for _, e := range f.Evidence {
		l.told[eventKey{e.EventID, e.Object, e.EventTime.UnixMilli()}] |= finding
	}
}

// Each calls yield with the events that a filter chooses, in the order of time or, with byAccount, first those of each
// account whose ID is of 12 digits, ascending, and then the others. The event is yield's only until it returns. An error
// of yield ends it and is returned.
func (l *EventLog) Each(ctx context.Context, filter *EventFilter, byAccount bool, yield func(*Event) error) error {
	if l.lost != nil {
		return l.lost
	}
	order := facts.ByTime
	if byAccount {
		order = facts.ByAccountAndTime
	}
	if order != l.order {
		store, err := l.store.Filter(ctx, order, func(*facts.Fact) (bool, error) { return true, nil })
		if l.lost = err; err != nil {
			return err
		}
		l.store, l.order = store, order
	}
	var record []facts.Fact // the facts of one record
	end := func() error {
		for _, e := range l.events(record) {
			if filter.Match(&e) {
				if err := yield(&e); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := l.store.Each(ctx, func(f *facts.Fact) error {
		if len(record) > 0 && (record[0].Index != f.Index || record[0].Object != f.Object) {
			if err := end(); err != nil {
				return err
			}
			record = record[:0]
		}
		record = append(record, *f)
		return nil
	})
	if err != nil {
		return err
	}
	return end()
}

// Match reports whether the filter chooses an event.
func (filter *EventFilter) Match(e *Event) bool {
	return anyOf(filter.Kinds, e.Kind) && anyOf(filter.Sources, e.Source) && anyOf(filter.Actions, e.Action) && anyOf(filter.Principals, e.Principal) &&
		anyOf(filter.Resources, e.Resource) && anyOf(filter.States, e.State) && anyOf(filter.Days, e.Time.Format(time.DateOnly)) &&
		(len(filter.Features) == 0 || containsAny(filter.Features, strings.Fields(e.Feature))) &&
		(len(filter.Findings) == 0 || containsAny(filter.Findings, e.Findings)) &&
		(filter.Failed == nil || *filter.Failed == (e.ErrorCode != "")) && (!filter.NoRole || e.RoleARN == "") &&
		(!filter.NoFeature || e.Feature == "")
}

func containsAny(filter, list []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(filter, s) })
}

// FindingsOfEvents returns the ids of the findings that rest on events, ascending.
func FindingsOfEvents() []string { return slices.Clone(eventFindings) }

// fillEvidence makes what only evidence needs of a fact.
func (c *collector) fillEvidence(r *record.Record) {
	f := &c.fact
	f.Principal, f.SessionName = c.texts.of(c.principal(r)), ""
	if r.Is(c.fields.identityType, assumedRole) {
		f.SessionName = c.texts.of(c.sessionName(r))
	}
	f.Resource = resourceOf(r)
	if c.evidence.Raw {
		f.Raw = string(redact(r.Raw))
	}
}
