package analyzer

import (
	"bytes"
	"fmt"
	"slices"

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
		last     *observation               // of the record before, nil for none
	}
	spare []*observation // of files before, to be used again

	fact       facts.Fact
	parts      []part // of the current record, as the fact
	found      []thing
	texts      texts
	shownRoles map[string]bool // what the --role selectors say of a role
}

// maxShownRoles is how many roles a collector remembers what the selectors say of.
const maxShownRoles = 1 << 14

func newCollector(rel *relevance, o *Options, batch *facts.Batch) *collector {
	c := &collector{relevance: rel, options: o, batch: batch, observed: observations{}, covered: newCovered(), texts: make(texts, textsOfRecords), shownRoles: map[string]bool{}}
	c.file.observed = map[[2]string]*observation{}
	return c
}

func (c *collector) Begin(o *ingest.Object) {
	c.object = o
	c.file.records = InputRecords{}
	for _, o := range c.file.observed {
		if len(c.spare) < maxSpare {
			c.spare = append(c.spare, o)
		}
	}
	clear(c.file.observed)
	c.file.last = nil
}

// maxSpare is how many observations a collector uses again. Files seldom hold more than one account and Region.
const maxSpare = 16

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
	flags := c.fact.Flags
	var common facts.Fact
	if len(c.parts) > 1 {
		common = c.fact
	}
	for i, p := range c.parts {
		if i > 0 {
			c.fact = common
		}
		c.fact.Kind, c.fact.Flags = p.kind, flags|p.flags
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

// observe notes what every record of a known shape tells.
func (c *collector) observe(r *record.Record, at int64) {
	o, account := c.file.last, r.Value(record.RecipientAccountID)
	if o == nil || len(account) == 0 || o.accountText != string(account) || o.regionText != string(r.Value(record.AWSRegion)) {
		o = c.observation(r, at)
		c.file.last = o
	}
	o.add(at, func() (read, managed bool) { return c.isRead(r), isManaged(r) })
}

// observation returns the one of the account and Region of a record.
func (c *collector) observation(r *record.Record, at int64) *observation {
	account, region := c.texts.of(c.account(r)), c.texts.of(r.Value(record.AWSRegion))
	o := c.file.observed[[2]string{account, region}]
	if o == nil {
		if n := len(c.spare); n > 0 {
			o, c.spare = c.spare[n-1], c.spare[:n-1]
		} else {
			o = newObservation()
		}
		o.reset(account, c.texts.of(r.Bytes(record.AWSRegion)), at)
		o.regionText = region
		c.file.observed[[2]string{account, region}] = o
	}
	o.accountText = ""
	if len(r.Bytes(record.RecipientAccountID)) > 0 {
		o.accountText = c.texts.of(r.Value(record.RecipientAccountID))
	}
	return o
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

// fill makes what all facts of a record have in common.
func (c *collector) fill(r *record.Record, at int64) {
	fields := &c.fields
	f := &c.fact
	*f = facts.Fact{
		Time: at, Hash: xxhash.Sum64(r.Raw), Index: r.Index,
		EventID:   facts.ParseEventID(r.Bytes(fields.eventID)),
		Account:   c.texts.of(c.account(r)),
		Region:    c.texts.of(r.Bytes(record.AWSRegion)),
		Service:   c.texts.of(r.Bytes(record.EventSource)),
		Action:    c.texts.of(r.Bytes(record.EventName)),
		ErrorCode: c.texts.of(r.Bytes(fields.errorCode)),
		InvokedBy: c.texts.of(r.Bytes(fields.invokedBy)),
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
		f.RoleARN = c.texts.of(c.assumedARN(r))
		f.SessionName = c.texts.of(c.assumedName(r))
		f.Principal = c.texts.of(c.principal(r))
		f.SharedID = facts.ParseEventID(r.Bytes(c.fields.sharedEventID))
	} else {
		f.RoleARN = c.texts.of(c.sessionRole(r))
		f.SessionName = c.texts.of(c.sessionName(r))
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
	source := r.Bytes(c.fields.sourceIPAddress)
	if bytes.HasSuffix(source, []byte(".amazonaws.com")) || bytes.HasSuffix(source, []byte(".amazonaws.com.cn")) {
		f.SourceIP = c.texts.of(source)
	}
	if f.SourceIP != "" || string(source) == awsInternal || bytes.HasPrefix(source, []byte(awsInternal+"/")) || len(source) == 0 && f.InvokedBy != "" {
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
		if len(c.shownRoles) >= maxShownRoles {
			clear(c.shownRoles)
		}
		shown = c.roles.match(f.RoleARN)
		if len(f.RoleARN) <= maxTextLength {
			c.shownRoles[f.RoleARN] = shown
		}
	}
	if !shown {
		return facts.Filtered
	}
	return 0
}
