package ingest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"roletrail/ingest/inflate"
	"roletrail/ingest/record"
)

// extractor turns fetched objects into records for one collector.
type extractor struct {
	*runner
	collector Collector
	splitter  *record.Splitter
	decoder   inflate.Decoder
	inflated  []byte
	input     *bufio.Reader // of streams, as the rest
	text      textReader
	window    []byte

	hash   [sha256.Size]byte // with a verifier: of the whole text of the object,
	hashed bool              // if all of it was there
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
		reason := failReason(readError{f.err})
		if reason == "" {
			return f.err
		}
		x.account.fail(o.Name, reason, f.err)
		x.unread(o, reason)
		x.account.done(o.Size)
		return nil
	}
	x.collector.Begin(o)
	elements, stored, inflated, err := x.extract(ctx, f)
	if x.Verifier != nil && ctx.Err() == nil {
		err = x.verify(o, err)
	}
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
		x.account.skip(o.Name, SkipNotCloudTrail)
	} else if reason := failReason(err); reason != "" {
		x.account.fail(o.Name, reason, err)
	} else {
		return fmt.Errorf("%s: %w", OneLine(o.Name), err)
	}
	x.account.done(o.Size)
	return nil
}

// verify compares a log file with its digest. One that was read to its end, whatever is wrong with its text, can be
// compared; that it was altered then explains the rest.
func (x *extractor) verify(o *Object, err error) error {
	reason := ""
	if err != nil {
		if reason = failReason(err); reason == "" {
			return err
		}
	}
	if !x.hashed || reason == FailEmpty { // CloudTrail writes no empty file: it was cut off
		x.Verifier.Unread(o, reason)
		return err
	}
	return cmp.Or(x.Verifier.LogFile(o, x.hash), err)
}

func (x *extractor) unread(o *Object, reason string) {
	if x.Verifier != nil {
		x.Verifier.Unread(o, reason)
	}
}

// failReason names the reason why an object fails with err, "" if err is not the object's fault.
func failReason(err error) string {
	var fatal *FatalError
	var object *ObjectError
	var read readError
	var compressed gzipError
	switch {
	case errors.As(err, &fatal):
		return ""
	case errors.As(err, &object):
		return object.Reason
	case errors.As(err, &read):
		return FailUnreadable
	case errors.As(err, &compressed):
		return FailGzip
	case errors.Is(err, errTrailingBytes):
		return FailTrailingBytes
	case errors.Is(err, record.ErrEmpty):
		return FailEmpty
	case errors.Is(err, record.ErrRecord):
		return FailRecord
	case errors.Is(err, record.ErrTooLarge):
		return FailTooLarge
	case errors.Is(err, record.ErrJSON):
		return FailJSON
	}
	return ""
}

// extract gives the records of an object to the collector, and says how many bytes it has and inflates to.
func (x *extractor) extract(ctx context.Context, f *fetched) (e record.Elements, stored, inflated int64, err error) {
	x.hashed = false
	if f.stream != nil {
		return x.stream(ctx, f.stream, &f.object)
	}
	stored = int64(len(f.data))
	text, err := x.inflate(f.data, int(min(x.whole, x.Limit)), f.object.CloudTrailName)
	if errors.Is(err, inflate.ErrTooLarge) {
		return x.stream(ctx, bytes.NewReader(f.data), &f.object)
	}
	if err == nil {
		if x.Verifier != nil {
			x.hash, x.hashed = sha256.Sum256(text), true
		}
		e, err = x.splitter.Split(text, x.collector)
	}
	return e, stored, int64(len(text)), err
}

func isGzip(b []byte) bool { return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b }

// inflate returns the text of an object, if it is no longer than limit: the object itself, or what all its gzip members
// hold, or the only one that may be there.
func (x *extractor) inflate(stored []byte, limit int, single bool) ([]byte, error) {
	if !isGzip(stored) {
		if len(stored) > limit {
			return nil, inflate.ErrTooLarge
		}
		return stored, nil
	}
	if len(stored) >= 4 && claimedLength(stored) > int64(limit) {
		return nil, inflate.ErrTooLarge
	}
	text := x.inflated[:0]
	for {
		out, consumed, err := x.decoder.Gunzip(text, stored, limit)
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

// claimedLength is what a gzip file says in its last four bytes of the length of its last member's text. It may be
// wrong, but mostly saves inflating the beginning of a large file for nothing.
func claimedLength(b []byte) int64 {
	return int64(binary.LittleEndian.Uint32(b[len(b)-4:]))
}

// stream extracts an object of any size through a window. A name that CloudTrail gave allows one gzip member only.
func (x *extractor) stream(ctx context.Context, src io.Reader, o *Object) (e record.Elements, stored, inflated int64, err error) {
	raw := &sourceReader{ctx: ctx, src: src, size: o.Size}
	if x.input == nil {
		x.input = bufio.NewReaderSize(raw, inflate.MinReaderBuffer)
		x.window = make([]byte, 0, min(x.whole, 1<<20))
	}
	x.input.Reset(raw)
	x.text.reset(ctx, x.input, o.CloudTrailName)
	if x.Verifier != nil {
		x.text.hash = sha256.New()
	}
	e, window, err := x.splitter.SplitStream(&x.text, x.window, int(x.Limit), x.collector)
	if int64(cap(window)) <= x.whole {
		x.window = window
	}
	err = x.firstFault(err, o.Size >= 0)
	if x.Verifier != nil && x.text.err == io.EOF {
		x.text.hash.Sum(x.hash[:0])
		x.hashed = true
	}
	return e, raw.n, x.text.n, err
}

// firstFault reads on after an error of a stream. Of several things that are wrong with an object, the one is told that
// shows first where it is fetched as a whole: its size, then its compression, then its text. Text that is not compressed
// and has no known size is left where it is, for it may have no end.
func (x *extractor) firstFault(err error, sized bool) error {
	switch failReason(err) {
	case FailEmpty, FailJSON, FailRecord:
		if sized || x.text.compressed {
			err = cmp.Or(drain(&x.text), err)
		}
	}
	switch failReason(err) {
	case FailGzip, FailTrailingBytes:
		if sized {
			err = cmp.Or(drain(x.input), err)
		}
	}
	return err
}

func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
