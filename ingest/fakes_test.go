package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"roletrail/ingest"
	"roletrail/ingest/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// entry is what a fake source tells of one thing in it, and what happens when that is read.
type entry struct {
	ingest.Object
	content []byte
	reader  io.Reader // in place of content

	skip, fail, prune string // the reason for which the entry is told as such, and not as an object
	openError         error
	readError         error // after all of content

	blockOpen, blockRead bool // until the context ends
}

var errDisk = errors.New("disk on fire")

// fakeSource is a source in memory. What goes wrong in its use is noted in the ledger.
type fakeSource struct {
	*ledger
	entries   []entry
	blockList bool  // after all entries, until the context ends
	listError error // after all entries

	byName map[string]*entry
	open   atomic.Int64 // objects that are open now
	read   atomic.Int64 // bytes given to readers
}

func (s *fakeSource) List(ctx context.Context, l ingest.Listing) error {
	s.byName = map[string]*entry{}
	for i := range s.entries {
		s.byName[s.entries[i].Name] = &s.entries[i]
	}
	for i := range s.entries {
		switch e := &s.entries[i]; {
		case e.skip != "":
			l.Skip(e.Name, e.skip)
		case e.fail != "":
			l.Fail(e.Name, e.fail, errDisk)
		case e.prune != "":
			l.Prune(e.Name, e.prune)
		default:
			if err := l.Object(e.Object); err != nil {
				return err
			}
		}
	}
	if s.blockList {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.listError
}

func (s *fakeSource) Open(ctx context.Context, o ingest.Object) (io.ReadCloser, error) {
	e := s.byName[o.Name]
	if e.blockOpen {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if e.openError != nil {
		return nil, e.openError
	}
	s.open.Add(1)
	r := e.reader
	if r == nil {
		r = bytes.NewReader(e.content)
	}
	return &fakeContent{ctx: ctx, source: s, entry: e, src: r}, nil
}

// fakeContent is an open object. Its reads end with the context, as those of every source do.
type fakeContent struct {
	ctx    context.Context
	source *fakeSource
	entry  *entry
	src    io.Reader
	failed bool
	closed atomic.Bool
}

func (c *fakeContent) Read(p []byte) (int, error) {
	if c.closed.Load() {
		c.source.fault("%s: read after it was closed", c.entry.Name)
	}
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.src.Read(p)
	c.source.read.Add(int64(n))
	switch {
	case err == io.EOF && c.entry.blockRead:
		<-c.ctx.Done()
		return n, c.ctx.Err()
	case err == io.EOF && c.entry.readError != nil && !c.failed:
		c.failed = true // the next read tells the end: an error is told once
		return n, c.entry.readError
	}
	return n, err
}

func (c *fakeContent) Close() error {
	if c.closed.Swap(true) {
		c.source.fault("%s: closed twice", c.entry.Name)
	}
	c.source.open.Add(-1)
	return nil
}

// ledger holds what fake collectors kept, by object, and what went against a contract.
type ledger struct {
	mu     sync.Mutex
	files  map[string]file
	faults []string
}

// file is what a log file gave.
type file struct {
	ids      []string // eventID of each record
	raw      []string
	elements record.Elements
}

func (l *ledger) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

var fakeFields, fakeOwn = record.NewFields(nil, "eventID")

// fakeCollector keeps what the log files hold. As an analyzer does with relevant records, it checks the grammar of all.
type fakeCollector struct {
	*ledger
	object   *ingest.Object
	file     file
	looks    int
	onBegin  func()
	onRecord func(r *record.Record) error
}

func (c *fakeCollector) Begin(o *ingest.Object) {
	if c.object != nil {
		c.fault("%s: begun within %s", o.Name, c.object.Name)
	}
	c.object, c.file, c.looks = o, file{}, 0
	if c.onBegin != nil {
		c.onBegin()
	}
}

func (c *fakeCollector) Record(r *record.Record) error {
	if c.object == nil {
		c.fault("a record outside of a file: %s", r.Raw)
		return nil
	}
	if r.Index < len(c.file.ids) {
		c.fault("%s: record at position %d after %d others", c.object.Name, r.Index, len(c.file.ids))
	}
	if r.LooksLikeCloudTrail() {
		c.looks++
	}
	if c.onRecord != nil {
		if err := c.onRecord(r); err != nil {
			return err
		}
	}
	if !r.Check() {
		return fmt.Errorf("%w: record %d", record.ErrJSON, r.Index)
	}
	c.file.ids = append(c.file.ids, string(r.Bytes(fakeOwn[0])))
	c.file.raw = append(c.file.raw, string(r.Raw))
	return nil
}

func (c *fakeCollector) Commit(e record.Elements) {
	if c.object == nil {
		c.fault("committed outside of a file")
		return
	}
	if e.Total < len(c.file.ids) || e.CloudTrail != c.looks {
		c.fault("%s: %+v, but %d records of which %d are CloudTrail's", c.object.Name, e, len(c.file.ids), c.looks)
	}
	c.file.elements = e
	c.mu.Lock()
	if _, again := c.files[c.object.Name]; again {
		c.faults = append(c.faults, c.object.Name+": committed twice")
	}
	c.files[c.object.Name] = c.file
	c.mu.Unlock()
	c.object = nil
}

func (c *fakeCollector) Discard() {
	if c.object == nil {
		c.fault("discarded outside of a file")
	}
	c.object = nil
}

// rig is a source and the collectors that take up what it holds.
type rig struct {
	ledger
	source     fakeSource
	collectors []*fakeCollector
	options    ingest.Options
	progress   ingest.Progress
}

func newRig(collectors int, entries ...entry) *rig {
	r := &rig{ledger: ledger{files: map[string]file{}}}
	r.source = fakeSource{ledger: &r.ledger, entries: entries}
	for range collectors {
		r.collectors = append(r.collectors, &fakeCollector{ledger: &r.ledger})
	}
	return r
}

// tester is a test, or one try of a property.
type tester interface {
	Context() context.Context
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// run reads the source and fails the test if anything went against a contract, whatever the run's outcome.
func (r *rig) run(ctx context.Context, t tester) (*ingest.Summary, error) {
	t.Helper()
	return r.runSource(ctx, t, &r.source)
}

// runSource is run with something around the source of the rig.
func (r *rig) runSource(ctx context.Context, t tester, source ingest.Source) (*ingest.Summary, error) {
	t.Helper()
	r.options.Fields, r.options.Progress = fakeFields, &r.progress
	collectors := make([]ingest.Collector, len(r.collectors))
	for i, c := range r.collectors {
		collectors[i] = c
	}
	s, err := ingest.Run(ctx, source, r.options, collectors)
	for _, fault := range r.faults {
		t.Errorf("%s", fault)
	}
	for _, c := range r.collectors {
		if c.object != nil {
			t.Errorf("%s: neither committed nor discarded", c.object.Name)
		}
	}
	if open := r.source.open.Load(); open != 0 {
		t.Errorf("%d objects are still open", open)
	}
	accounted := accountedFor(s)
	if s.Listed < accounted || err == nil && s.Listed != accounted {
		t.Errorf("%d objects listed, %d accounted for; error %v", s.Listed, accounted, err)
	}
	if int(s.Read) != len(r.files) {
		t.Errorf("%d objects read, %d committed", s.Read, len(r.files))
	}
	return s, err
}

func accountedFor(s *ingest.Summary) int64 {
	n := s.Read
	for _, of := range []map[string]int64{s.Skipped, s.Failed} {
		for _, count := range of {
			n += count
		}
	}
	return n
}

// verdict is what became of the only object of a run: "read", or the reason why it was skipped or failed.
func verdict(s *ingest.Summary) string {
	reasons := make([]string, s.Read, 1)
	for i := range reasons {
		reasons[i] = "read"
	}
	for _, of := range []map[string]int64{s.Skipped, s.Failed} {
		for reason := range of {
			reasons = append(reasons, reason)
		}
	}
	if len(reasons) != 1 {
		return fmt.Sprint(slices.Sorted(slices.Values(reasons)))
	}
	return reasons[0]
}
