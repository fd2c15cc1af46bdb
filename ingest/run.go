package ingest

import (
	"context"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"roletrail/ingest/record"
)

// DefaultLimit is the largest inflated size of a log file that is no stream of separate documents. CloudTrail itself
// stops at 50 MB (AWS CloudTrail User Guide, "Quotas"); copies that were merged are larger.
const DefaultLimit = 512 << 20

// Options say how a run reads. Zero values mean the defaults.
type Options struct {
	Fields   *record.Fields // what to locate in each record; required
	Limit    int64          // bytes that one JSON document may inflate to; DefaultLimit
	Memory   int64          // bytes for buffers, of which a file makes it use more only by a larger record; 64 MiB
	Fetchers int            // goroutines that wait for bytes; 4
	Progress *Progress      // updated during the run, if not nil
	Verifier Verifier       // compares what is read with the digests of the source, which are read before; nil for none
}

// Collector takes up the records of log files, one file after the other. A file counts whole or not at all: what came
// since Begin is kept on Commit and forgotten on Discard.
type Collector interface {
	Begin(o *Object)
	// Record takes up a record. An error that wraps one of package record's fails the file; any other ends the run.
	Record(r *record.Record) error
	// Commit ends a file that was read. Its elements may be more than the records: what is no object is no record.
	Commit(elements record.Elements)
	Discard()
}

// Run reads all log files of a source. Each of the collectors is used by one goroutine; their number, at least one, is
// the number of files that are extracted at once. What goes wrong with one object is counted and named in the summary.
// Run returns an error, besides the summary so far, if the context ends, the source cannot be listed, or a collector
// gives up.
func Run(ctx context.Context, source Source, o Options, collectors []Collector) (*Summary, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	if o.Memory == 0 {
		o.Memory = 64 << 20
	}
	if o.Fetchers == 0 {
		o.Fetchers = 4
	}
	if o.Progress == nil {
		o.Progress = new(Progress)
	}
	r := newRunner(source, o, len(collectors))

	if o.Verifier != nil {
		if err := r.verifyDigests(ctx); err != nil {
			return r.account.finish(), err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(r.objects)
		err := source.List(ctx, listing{ctx, r})
		o.Progress.AllListed.Store(err == nil)
		return err
	})
	var fetchers errgroup.Group // in the context of the others: streams are read long after the last fetcher has ended
	for range o.Fetchers {
		fetchers.Go(func() error { return r.fetch(ctx) })
	}
	group.Go(func() error {
		defer close(r.fetched)
		return fetchers.Wait()
	})
	for _, c := range collectors {
		group.Go(func() error { return newExtractor(r, c).run(ctx) })
	}
	err := group.Wait()
	for f := range r.fetched { // what nobody extracted after an error
		f.close()
	}
	return r.account.finish(), err
}

// DefaultExtractors is the number of collectors that keeps the machine busy: extracting needs nothing but the
// processor.
func DefaultExtractors() int { return runtime.GOMAXPROCS(0) }

// runner is what the stages of one run share.
type runner struct {
	Options
	source  Source
	account *account
	objects chan Object
	fetched chan *fetched
	room    *semaphore.Weighted // for the bytes of fetched objects
	whole   int64               // bytes up to which an object is fetched, and inflated, as a whole; larger ones are streamed
	buffers chan []byte         // to be used again
	kept    int64               // bytes of the largest of them

	digestsTold bool // the digests of the source were counted before its log files
}

// newRunner divides the memory: a quarter for fetched objects, a quarter for the texts that extractors inflate, a quarter
// for the windows of streams, and the rest for buffers that wait to be used again or are larger than what they hold.
func newRunner(source Source, o Options, extractors int) *runner {
	inFlight := max(o.Memory/4, 1<<20)
	buffers := o.Fetchers + 3*extractors // in the hands of fetchers, waiting, in the hands of extractors
	return &runner{
		Options: o, source: source, account: newAccount(o.Progress),
		objects: make(chan Object, 64), fetched: make(chan *fetched, 2*extractors), buffers: make(chan []byte, buffers),
		room:  semaphore.NewWeighted(inFlight),
		whole: max(min(inFlight/2, o.Memory/4/int64(extractors)), smallBuffer),
		kept:  max(inFlight/2/int64(buffers), smallBuffer),
	}
}

// smallBuffer is the size in bytes of a buffer that most log files fit in.
const smallBuffer = 64 << 10

// fetched is an object whose bytes are there, or begin to be.
type fetched struct {
	object Object
	data   []byte        // the whole object, or
	stream io.ReadCloser // what to read it from
	err    error         // why neither could be had
	weight int64
}

func (f *fetched) close() {
	if f.stream != nil {
		f.stream.Close()
	}
}

// listing counts what the source lists, and passes log files on.
type listing struct {
	ctx context.Context
	*runner
}

func (l listing) Object(o Object) error {
	l.account.listed(o.Size)
	select {
	case l.objects <- o:
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

func (l listing) Skip(name, reason string) {
	if reason != SkipDigest || !l.digestsTold {
		l.skip(name, reason)
	}
}

func (r *runner) skip(name, reason string) {
	r.account.listed(0)
	r.account.skip(name, reason)
	r.account.done(0)
}

func (l listing) Fail(name, reason string, err error) {
	l.account.listed(0)
	l.account.fail(name, reason, err)
	if l.Verifier != nil {
		l.Verifier.Unread(&Object{Name: name, Size: -1, Key: ParseKey(name)}, reason)
	}
	l.account.done(0)
}

func (l listing) Prune(prefix, reason string) { l.account.prune(prefix, reason) }

// fetch gets the bytes of one object after the other.
func (r *runner) fetch(ctx context.Context) error {
	for {
		var o Object
		var ok bool
		select {
		case o, ok = <-r.objects:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !ok {
			return nil
		}
		f := &fetched{object: o, weight: min(max(o.Size, 0), r.whole)}
		if err := r.room.Acquire(ctx, f.weight); err != nil {
			return err
		}
		r.load(ctx, f)
		select {
		case r.fetched <- f:
		case <-ctx.Done():
			f.close()
			return ctx.Err()
		}
	}
}

func (r *runner) load(ctx context.Context, f *fetched) {
	stream, err := r.source.Open(ctx, f.object)
	if err != nil {
		f.err = err
		return
	}
	if f.object.Size < 0 || f.object.Size > r.whole {
		f.stream = stream
		return
	}
	defer stream.Close()
	f.data, f.err = r.readAll(&sourceReader{ctx: ctx, src: stream, size: f.object.Size}, int(f.object.Size))
}

// readAll reads an object of the listed size into a used buffer, with room for one byte more, to see the end.
func (r *runner) readAll(stream *sourceReader, size int) ([]byte, error) {
	var buf []byte
	select {
	case buf = <-r.buffers:
	default:
	}
	if cap(buf) < size+1 {
		buf = make([]byte, max(size+1, smallBuffer))
	}
	n, _ := io.ReadFull(stream, buf[:size+1])
	if stream.err != io.EOF {
		return buf[:n], stream.err
	}
	return buf[:n], nil
}

// release gives a fetched object's buffer and room back.
func (r *runner) release(f *fetched) {
	f.close()
	r.room.Release(f.weight)
	if f.data != nil && int64(cap(f.data)) <= r.kept {
		select {
		case r.buffers <- f.data[:0]:
		default:
		}
	}
}
