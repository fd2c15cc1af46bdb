package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"roletrail/ingest/inflate"
	"roletrail/ingest/record"
)

// keptBuffer is the largest buffer for inflated bytes that an extractor keeps for the next file.
const keptBuffer = 8 << 20

// errTrailingBytes means that something follows the one gzip member that CloudTrail writes.
var errTrailingBytes = errors.New("bytes after the end of the compressed log file")

// extractor turns fetched objects into records for one collector.
type extractor struct {
	*runner
	collector Collector
	splitter  *record.Splitter
	decoder   inflate.Decoder
	inflated  []byte
	window    []byte
	gzip      *gzip.Reader
}

func newExtractor(r *runner, c Collector) *extractor {
	return &extractor{runner: r, collector: c, splitter: record.NewSplitter(r.Fields)}
}

func (x *extractor) run(ctx context.Context) error {
	for {
		select {
		case f, ok := <-x.fetched:
			if !ok {
				return ctx.Err()
			}
			err := x.object(ctx, f)
			x.release(f)
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// object extracts one object and counts it. It returns only errors that end the run.
func (x *extractor) object(ctx context.Context, f *fetched) error {
	o := &f.object
	if f.err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		x.account.fail(o.Name, FailUnreadable, f.err)
		x.account.done(o.Size)
		return nil
	}
	x.collector.Begin(o)
	elements, stored, inflated, err := x.extract(ctx, f)
	if err == nil && (elements.Total == 0 || elements.CloudTrail > 0) {
		x.collector.Commit(elements)
		x.account.read(o, stored, inflated)
		x.Progress.Records.Add(int64(elements.Total))
		x.account.done(o.Size)
		return nil
	}
	x.collector.Discard()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		x.account.skip(SkipNotCloudTrail)
	} else if reason := failReason(err); reason != "" {
		x.account.fail(o.Name, reason, err)
	} else {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	x.account.done(o.Size)
	return nil
}

// failReason names the reason why an object fails with err, "" if err is not the object's fault.
func failReason(err error) string {
	var read readError
	var compressed gzipError
	switch {
	case errors.Is(err, record.ErrEmpty):
		return FailEmpty
	case errors.Is(err, record.ErrRecord):
		return FailRecord
	case errors.Is(err, record.ErrTooLarge):
		return FailTooLarge
	case errors.Is(err, errTrailingBytes):
		return FailTrailingBytes
	case errors.As(err, &read):
		return FailUnreadable
	case errors.As(err, &compressed):
		return FailGzip
	case errors.Is(err, record.ErrJSON):
		return FailJSON
	}
	return ""
}

// readError is an error of reading an object's bytes, gzipError one of inflating them.
type (
	readError struct{ error }
	gzipError struct{ error }
)

func (e readError) Unwrap() error { return e.error }
func (e gzipError) Unwrap() error { return e.error }

// extract gives the records of an object to the collector, and says how many bytes it has and inflates to.
func (x *extractor) extract(ctx context.Context, f *fetched) (e record.Elements, stored, inflated int64, err error) {
	if f.stream != nil {
		return x.stream(ctx, f.stream, &f.object)
	}
	stored = int64(len(f.data))
	if !isGzip(f.data) {
		e, err = x.splitter.Split(f.data, x.collector)
		return e, stored, stored, err
	}
	text, err := x.gunzip(f.data, f.object.CloudTrailName)
	if errors.Is(err, inflate.ErrTooLarge) {
		return x.stream(ctx, bytes.NewReader(f.data), &f.object)
	}
	if err == nil {
		e, err = x.splitter.Split(text, x.collector)
	}
	return e, stored, int64(len(text)), err
}

func isGzip(b []byte) bool { return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b }

// gunzip inflates all gzip members of an object that are small enough together, or the only one that may be there.
func (x *extractor) gunzip(stored []byte, single bool) ([]byte, error) {
	if cap(x.inflated) > keptBuffer {
		x.inflated = nil
	}
	text := x.inflated[:0]
	for {
		out, consumed, err := x.decoder.Gunzip(text, stored, int(min(x.whole, x.Limit)))
		if errors.Is(err, inflate.ErrTooLarge) {
			return nil, err
		}
		if err != nil {
			return nil, gzipError{err}
		}
		text, stored = out, stored[consumed:]
		x.inflated = text
		if len(stored) == 0 {
			return text, nil
		}
		if single {
			return nil, errTrailingBytes
		}
	}
}

// stream extracts an object of any size through a window. A name that CloudTrail gave allows one gzip member only.
func (x *extractor) stream(ctx context.Context, src io.Reader, o *Object) (e record.Elements, stored, inflated int64, err error) {
	raw := &countingReader{ctx: ctx, src: src}
	buffered := bufio.NewReaderSize(raw, 256<<10)
	magic, err := buffered.Peek(2)
	if err != nil && err != io.EOF {
		return e, 0, 0, err
	}
	text := io.Reader(buffered)
	if isGzip(magic) {
		if x.gzip == nil {
			x.gzip = new(gzip.Reader)
		}
		if err := x.gzip.Reset(buffered); err != nil {
			return e, 0, 0, gzipError{err}
		}
		x.gzip.Multistream(!o.CloudTrailName)
		text = gzipStream{x.gzip}
	}
	counted := &countingReader{ctx: ctx, src: text}
	if x.window == nil {
		x.window = make([]byte, 0, 1<<20)
	}
	var used []byte
	e, used, err = x.splitter.SplitStream(counted, x.window, int(x.Limit), x.collector)
	if cap(used) <= keptBuffer {
		x.window = used
	}
	if err == nil && isGzip(magic) && o.CloudTrailName {
		if _, err := buffered.ReadByte(); err != io.EOF {
			return e, 0, 0, errTrailingBytes
		}
	}
	return e, raw.n, counted.n, err
}

// gzipStream marks the errors of decompression, to tell them from those of reading.
type gzipStream struct{ src io.Reader }

func (g gzipStream) Read(p []byte) (int, error) {
	n, err := g.src.Read(p)
	var read readError
	if err != nil && err != io.EOF && !errors.As(err, &read) {
		err = gzipError{err}
	}
	return n, err
}

// countingReader counts bytes, marks errors of reading, and ends with its context.
type countingReader struct {
	ctx context.Context
	src io.Reader
	n   int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, readError{err}
	}
	n, err := c.src.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		var compressed gzipError
		if !errors.As(err, &compressed) {
			err = readError{err}
		}
	}
	return n, err
}
