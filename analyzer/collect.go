package analyzer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"roletrail/analyzer/facts"
	"roletrail/ingest"
	"roletrail/ingest/record"
)

// collector turns the records of log files into facts. It is an ingest.Collector.
type collector struct {
	*relevance
	options  *Options
	evidence *evidenceLog // nil unless it is wanted
	batch    *facts.Batch
	object   *ingest.Object

	records  InputRecords // of the files that were read; Relevant, Duplicate and the like are told later
	observed observations
	covered  covered
	file     struct { // the same of the current file, kept only if it ends well
		records  InputRecords
		observed map[[2]string]*observation // by account and the JSON of the Region
		last     *observation               // of the record before
	}

	fact       facts.Fact
	parts      []part // of the current record, as the fact
	found      []thing
	strings    map[string]string // strings that facts hold, so that equal ones are made once
	shownRoles map[string]bool   // what the --role selectors say of a role
}

// maxStrings is how many strings a collector remembers to make no second time, and maxStringLength how long they may be.
const (
	maxStrings      = 1 << 14
	maxStringLength = 256
)

func newCollector(rel *relevance, o *Options, batch *facts.Batch) *collector {
	return &collector{relevance: rel, options: o, batch: batch, observed: observations{}, covered: newCovered(), strings: map[string]string{}, shownRoles: map[string]bool{}}
}

func (c *collector) Begin(o *ingest.Object) {
	c.object = o
	c.file.records = InputRecords{}
	c.file.observed, c.file.last = map[[2]string]*observation{}, &observation{}
}

func (c *collector) Commit(elements record.Elements) {
	c.batch.Commit()
	noRecords := int64(elements.Total) - c.file.records.Total
	c.records.Total += int64(elements.Total)
	c.records.Irrelevant += c.file.records.Irrelevant
	c.records.UnknownShape += c.file.records.UnknownShape + noRecords
	for _, o := range c.file.observed {
		c.observed.add(o)
	}
	c.covered.addFile(&c.object.Key, c.file.observed, c.options.Until)
}

func (c *collector) Discard() { c.batch.Discard() }

// Record looks at a record in steps of rising cost: shape, filter, exact relevance, grammar, fact.
func (c *collector) Record(r *record.Record) error {
	n := &c.file.records
	n.Total++
	at, ok := r.Time()
	if !ok || !r.LooksLikeCloudTrail() {
		n.UnknownShape++
		return nil
	}
	c.observe(r, at.UnixMilli())
	if !c.filter.Match(r) {
		n.Irrelevant++
		return nil
	}
	if !r.Check() {
		return fmt.Errorf("%w: grammar error in the event at position %d", record.ErrJSON, r.Index)
	}
	c.parts = c.relevance.parts(r, c.parts[:0])
	if len(c.parts) == 0 {
		n.Irrelevant++
		return nil
	}
	r.Locate()
	c.fill(r, at.UnixMilli())
	return c.addFacts(r)
}

// addFacts adds the facts of a record, at least one. The first stands for the record in counts.
func (c *collector) addFacts(r *record.Record) error {
	further := facts.Flags(0)
	add := func() error {
		if further != 0 && (c.fact.Kind == facts.Mark || c.fact.Kind == facts.Keep) {
			c.fact.Raw = "" // there may be very many, and they are no evidence of their own
		}
		c.fact.Flags |= further
		further = facts.Further
		return c.batch.Add(&c.fact)
	}
	common := c.fact
	for _, p := range c.parts {
		c.fact = common
		c.fact.Kind, c.fact.Flags = p.kind, common.Flags|p.flags
		if p.kind == facts.Assume || p.kind == facts.Call {
			c.fillUse(r)
			if err := add(); err != nil {
				return err
			}
			continue
		}
		c.fact.Flags |= c.filtered(&c.fact)
		for _, t := range c.things(r, p.kind) {
			c.fact.Kind, c.fact.Subject, c.fact.Detail = t.kind, t.subject, t.detail
			if err := add(); err != nil {
				return err
			}
		}
		if further == 0 { // it tells of nothing, but counts
			c.fact.Subject, c.fact.Detail = "", ""
			if err := add(); err != nil {
				return err
			}
		}
	}
	return nil
}

// account returns whose trail holds the record.
func (c *collector) account(r *record.Record) []byte {
	if id := r.Bytes(record.RecipientAccountID); len(id) > 0 {
		return id
	}
	if c.object.AccountID != "" {
		return []byte(c.object.AccountID)
	}
	return r.Bytes(record.IdentityAccountID)
}

// observe notes what every record of a known shape tells. Files seldom hold more than one account and Region.
func (c *collector) observe(r *record.Record, at int64) {
	account, region := c.account(r), r.Value(record.AWSRegion)
	o := c.file.last
	if o.accountID != string(account) || o.regionText != string(region) || len(c.file.observed) == 0 {
		var ok bool
		o, ok = c.file.observed[[2]string{string(account), string(region)}]
		if !ok {
			id := string(account) // before the buffer that it may lie in is used again
			o = newObservation(id, string(r.Bytes(record.AWSRegion)), region, at)
			c.file.observed[[2]string{o.accountID, o.regionText}] = o
		}
		c.file.last = o
	}
	o.add(at, func() (read, managed bool) { return c.isRead(r), isManaged(r) })
}

// isManaged reports whether an event is one of management. Only old ones do not say so.
func isManaged(r *record.Record) bool {
	category := r.Bytes(record.EventCategory)
	return len(category) == 0 || string(category) == "Management"
}

// isRead reports whether an event is a read. Old ones do not say so, but their names do.
func (c *collector) isRead(r *record.Record) bool {
	if value := r.Value(c.fields.readOnly); len(value) > 0 {
		return string(value) == "true" || r.Is(c.fields.readOnly, "true")
	}
	name := r.Bytes(record.EventName)
	return slices.ContainsFunc(readNames, func(prefix string) bool { return len(name) >= len(prefix) && string(name[:len(prefix)]) == prefix })
}

// readNames are what the names of events begin with that only read.
var readNames = []string{"Get", "List", "Describe", "AssumeRole", "Lookup", "Head"}

// string returns b as a string, the same one for equal b.
func (c *collector) string(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > maxStringLength {
		return string(b)
	}
	if s, ok := c.strings[string(b)]; ok {
		return s
	}
	return c.canonical(string(b))
}

// canonical returns a string equal to s, the same one for equal s.
func (c *collector) canonical(s string) string {
	if len(s) > maxStringLength {
		return s
	}
	if known, ok := c.strings[s]; ok {
		return known
	}
	if len(c.strings) >= maxStrings {
		clear(c.strings)
	}
	c.strings[s] = s
	return s
}

// fill makes what all facts of a record have in common.
func (c *collector) fill(r *record.Record, at int64) {
	fields := &c.fields
	f := &c.fact
	*f = facts.Fact{
		Time: at, Hash: xxhash.Sum64(r.Raw), Index: r.Index,
		EventID:   facts.ParseEventID(string(r.Bytes(fields.eventID))),
		Account:   c.string(c.account(r)),
		Region:    c.string(r.Bytes(record.AWSRegion)),
		Service:   c.string(r.Bytes(record.EventSource)),
		Action:    c.string(r.Bytes(record.EventName)),
		ErrorCode: c.string(r.Bytes(fields.errorCode)),
		InvokedBy: c.string(r.Bytes(fields.invokedBy)),
		Object:    c.object.Name,
	}
	if r.Is(fields.addendumReason, "UPDATED_DATA") {
		f.Flags |= facts.Updated
	}
	switch string(r.Bytes(fields.identityType)) {
	case "AWSService":
		f.Flags |= facts.ByService
	case "AWSAccount":
		f.Flags |= facts.ByAccount
	}
	if c.evidence != nil {
		c.fillEvidence(r)
	}
	if o := c.options; at < milliseconds(o.Since, at) || at >= milliseconds(o.Until, at+1) {
		f.Flags |= facts.OutsideWindow
	}
}

// fillUse makes the fact that of a use of a role.
func (c *collector) fillUse(r *record.Record) {
	f := &c.fact
	if f.Kind == facts.Assume {
		f.RoleARN = c.canonical(c.assumedARN(r))
		f.SessionName = c.canonical(c.assumedName(r))
		f.Principal = c.canonical(c.principal(r))
		f.SharedID = facts.ParseEventID(string(r.Bytes(c.fields.sharedEventID)))
	} else {
		f.RoleARN = c.canonical(c.sessionRole(r))
		f.SessionName = c.canonical(c.sessionName(r))
		c.fillOrigin(r)
	}
	f.Flags |= c.filtered(f)
}

// awsInternal stands in sourceIPAddress, at times with a number behind a slash, for calls that AWS makes on its own
// (AWS CloudTrail User Guide, "CloudTrail record contents").
const awsInternal = "AWS Internal"

// fillOrigin notes where a call came from, and when its session was created.
func (c *collector) fillOrigin(r *record.Record) {
	f := &c.fact
	source := string(r.Bytes(c.fields.sourceIPAddress))
	if strings.HasSuffix(source, ".amazonaws.com") || strings.HasSuffix(source, ".amazonaws.com.cn") {
		f.SourceIP = c.canonical(source)
	}
	if f.SourceIP != "" || source == awsInternal || strings.HasPrefix(source, awsInternal+"/") || source == "" && f.InvokedBy != "" {
		f.Flags |= facts.FromService
	}
	if created, ok := record.ParseTime(r.Bytes(c.fields.creationDate)); ok {
		f.Created = created.UnixMilli()
		f.Flags |= facts.HasCreated
	}
}

// filtered returns facts.Filtered unless a fact passes the filters of the report. Only uses of a role can be filtered by
// role.
func (c *collector) filtered(f *facts.Fact) facts.Flags {
	if !anyOf(c.options.Accounts, f.Account) || !anyOf(c.options.Regions, f.Region) {
		return facts.Filtered
	}
	if len(c.roles) == 0 || f.Kind != facts.Assume && f.Kind != facts.Call {
		return 0
	}
	shown, ok := c.shownRoles[f.RoleARN]
	if !ok {
		if len(c.shownRoles) >= maxStrings {
			clear(c.shownRoles)
		}
		shown = c.roles.match(f.RoleARN)
		if len(f.RoleARN) <= maxStringLength {
			c.shownRoles[f.RoleARN] = shown
		}
	}
	if !shown {
		return facts.Filtered
	}
	return 0
}
