package ingest

import (
	"bufio"
	"context"
	"errors"
	"hash"
	"io"

	"roletrail/ingest/inflate"
)

// readError is an error of reading an object's bytes, gzipError one of inflating them.
type (
	readError struct{ error }
	gzipError struct{ error }
)

func (e readError) Unwrap() error { return e.error }
func (e gzipError) Unwrap() error { return e.error }

// errChanged means that an object has not as many bytes as were listed. It is being written, or was cut off, and its
// bytes are no log file.
var errChanged = errors.New("its size is not the one that was listed: it has changed meanwhile")

// errTrailingBytes means that something follows the one gzip member that CloudTrail writes.
var errTrailingBytes = errors.New("bytes after the end of the compressed log file")

// sourceReader reads the bytes of an object. It counts them, holds them to the size that was listed, ends with its
// context, and marks its errors. After an error, or the end, nothing comes any more, whatever the source would do.
type sourceReader struct {
	ctx  context.Context
	src  io.Reader
	size int64 // -1 where it is not known
	n    int64 // bytes read so far
	err  error
}

func (r *sourceReader) Read(p []byte) (n int, err error) {
	for n == 0 && r.err == nil && len(p) > 0 {
		if err := r.ctx.Err(); err != nil {
			r.err = readError{err}
			break
		}
		n, err = r.src.Read(p)
		r.n += int64(n)
		switch {
		case r.size >= 0 && (r.n > r.size || err == io.EOF && r.n < r.size):
			r.err = readError{errChanged}
		case err != nil && err != io.EOF:
			r.err = readError{err}
		default:
			r.err = err
		}
	}
	return n, r.err
}

// textReader reads the text of an object: its bytes as they are or, if they begin like gzip, what its members inflate
// to, one after the other.
//
// It fills all that it is given if it can, for the splitter looks at a record from its beginning again after each read.
// After an error nothing comes any more.
type textReader struct {
	ctx        context.Context
	input      *bufio.Reader
	compressed bool
	single     bool // no member may follow the first
	members    int  // begun so far
	inMember   bool
	member     *inflate.Reader
	n          int64     // bytes of text so far
	hash       hash.Hash // of the same, nil if that is not asked for
	err        error
}

func (t *textReader) reset(ctx context.Context, input *bufio.Reader, single bool) {
	*t = textReader{ctx: ctx, input: input, single: single, member: t.member}
	magic, err := input.Peek(2)
	if err != io.EOF {
		t.err = err
	}
	t.compressed = isGzip(magic)
}

func (t *textReader) Read(p []byte) (n int, err error) {
	for n < len(p) && t.err == nil {
		var more int
		more, t.err = t.read(p[n:])
		n += more
	}
	t.n += int64(n)
	if t.hash != nil {
		t.hash.Write(p[:n])
	}
	return n, t.err
}

func (t *textReader) read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil { // a few bytes of input can make a long text
		return 0, readError{err}
	}
	if !t.compressed {
		return t.input.Read(p)
	}
	if !t.inMember {
		if err := t.next(); err != nil {
			return 0, err
		}
	}
	n, err := t.member.Read(p)
	if err == io.EOF {
		t.inMember, err = false, nil
	}
	return n, gzipFault(err)
}

// next begins the next member, or returns io.EOF at the end of the input.
func (t *textReader) next() error {
	if _, err := t.input.Peek(1); err != nil {
		return err
	}
	if t.single && t.members > 0 {
		return errTrailingBytes
	}
	if t.member == nil {
		t.member = new(inflate.Reader)
	}
	err := t.member.Reset(t.input)
	t.members, t.inMember = t.members+1, true
	return gzipFault(err)
}

// gzipFault marks an error of inflating, unless it is one of reading.
func gzipFault(err error) error {
	var read readError
	if err == nil || errors.As(err, &read) {
		return err
	}
	return gzipError{err}
}
