package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"

	"roletrail/ingest/inflate"
)

// Verifier compares what a run reads with CloudTrail's digests. It is used by several goroutines. Digests come first, then
// Settle, then log files: so that a log file that was altered adds nothing to any number.
type Verifier interface {
	// Digest takes up a digest file, of which text is what it inflates to. The text is the caller's.
	Digest(o *Object, text []byte, signature Signature) error
	// DigestUnread tells of a digest file that could not be read, for one of the Fail reasons.
	DigestUnread(o *Object, reason string) error
	// Settle is called once all digests are there.
	Settle(ctx context.Context) error
	// LogFile takes up a log file with the SHA-256 hash of the text that it inflates to. Its error is an [ObjectError] of the
	// reason FailAltered if a digest lists the file with another hash; any other error ends the run.
	LogFile(o *Object, hash [sha256.Size]byte) error
	// Unread tells of a log file that could not be read to its end, for one of the Fail reasons.
	Unread(o *Object, reason string)
}

// Signature is what is stored beside a digest file, in S3 as metadata of the object. The zero value stands for none.
type Signature struct {
	Value             string // hexadecimal
	Algorithm         string
	BackfillGenerated string // when a digest of the backfill was made, RFC 3339; "" for others
}

// Signed is implemented by the readers that the Open of a [DigestSource] returns for digest files.
type Signed interface{ Signature() Signature }

// SidecarEnding is added to the name of a digest file in that of a file beside it, which holds its signature.
const SidecarEnding = ".signature.json"

// DigestSource is a source that can list its digest files apart.
type DigestSource interface {
	Source
	// ListDigests reports the digest files as objects, and skips for SkipDigest what else lies among them: all that List
	// skips for this reason, from then on. It does so in the way of List, but tells of nothing else.
	ListDigests(ctx context.Context, listing Listing) error
}

// digestBase is in the name of every digest file.
const digestBase = "_CloudTrail-Digest_"

// NamesDigest reports whether the base name of a file is that of a digest file, or of the signature beside one.
func NamesDigest(name string) bool {
	_, base := splitName(name)
	return strings.Contains(base, digestBase)
}

// DigestFile reports whether a file in a folder of digests, or with the name of a digest, may be one.
func DigestFile(name string) bool {
	return LogFileName(name) && !strings.HasSuffix(name, SidecarEnding)
}

// MaxDigest is the largest inflated size in bytes of a digest file: of some hundred thousand log files.
const MaxDigest = 64 << 20

// verifyDigests gives all digest files of the source to the verifier.
func (r *runner) verifyDigests(ctx context.Context) error {
	source, ok := r.source.(DigestSource)
	if !ok {
		return r.Verifier.Settle(ctx)
	}
	r.digestsTold = true
	group, inner := errgroup.WithContext(ctx)
	objects := make(chan Object, cap(r.objects))
	group.Go(func() error {
		defer close(objects)
		return source.ListDigests(inner, digestListing{inner, r, objects})
	})
	for range r.Fetchers {
		group.Go(func() error { return r.readDigests(inner, objects) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return r.Verifier.Settle(ctx)
}

// digestListing counts the digests that the source lists, and passes them on.
type digestListing struct {
	ctx context.Context
	*runner
	objects chan<- Object
}

func (l digestListing) Object(o Object) error {
	l.account.listed(o.Size)
	select {
	case l.objects <- o:
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

func (l digestListing) Skip(name, reason string) { l.skip(name, reason) }

// Fail and Prune tell what List tells again.
func (digestListing) Fail(string, string, error) {}
func (digestListing) Prune(string, string)       {}

// readDigests reads one digest file after the other.
func (r *runner) readDigests(ctx context.Context, objects <-chan Object) error {
	d := digestReader{runner: r}
	for o := range objects {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.digest(ctx, &o); err != nil {
			return err
		}
		r.account.done(o.Size)
	}
	return ctx.Err()
}

// digestReader reads digest files, and keeps its buffers for the next one.
type digestReader struct {
	*runner
	decoder inflate.Decoder
	stored  bytes.Buffer
	text    []byte
}

// digest reads one digest file and counts it. It returns only errors that end the run.
func (d *digestReader) digest(ctx context.Context, o *Object) error {
	weight := min(max(o.Size, 0), d.whole)
	if err := d.room.Acquire(ctx, weight); err != nil {
		return err
	}
	defer d.room.Release(weight)
	text, signature, err := d.read(ctx, o)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		reason := failReason(err)
		if reason == "" {
			return err
		}
		d.account.fail(o.Name, reason, err)
		return d.Verifier.DigestUnread(o, reason)
	}
	d.account.skip(o.Name, SkipDigest)
	return d.Verifier.Digest(o, text, signature)
}

func (d *digestReader) read(ctx context.Context, o *Object) ([]byte, Signature, error) {
	content, err := d.source.Open(ctx, *o)
	if err != nil {
		return nil, Signature{}, readError{err}
	}
	defer content.Close()
	if int64(d.stored.Cap()) > d.whole {
		d.stored = bytes.Buffer{}
	}
	d.stored.Reset()
	source := &sourceReader{ctx: ctx, src: content, size: o.Size}
	if _, err := d.stored.ReadFrom(io.LimitReader(source, MaxDigest+1)); err != nil {
		return nil, Signature{}, err
	}
	if d.stored.Len() > MaxDigest {
		return nil, Signature{}, errDigestTooLarge
	}
	text, err := d.inflate(d.stored.Bytes())
	if err != nil {
		return nil, Signature{}, fmt.Errorf("%s: %w", o.Name, err)
	}
	var signature Signature
	if signed, ok := content.(Signed); ok {
		signature = signed.Signature()
	}
	return text, signature, nil
}

var errDigestTooLarge = &ObjectError{FailTooLarge, fmt.Errorf("more than %d bytes, which no digest file has", MaxDigest)}

// inflate returns the text of a digest file, which is one gzip member, or the text itself in a copy.
func (d *digestReader) inflate(stored []byte) ([]byte, error) {
	if !isGzip(stored) {
		return stored, nil
	}
	text, consumed, err := d.decoder.Gunzip(d.text[:0], stored, MaxDigest)
	switch {
	case errors.Is(err, inflate.ErrTooLarge):
		return nil, errDigestTooLarge
	case err != nil:
		return nil, gzipError{err}
	case consumed < len(stored):
		return nil, errTrailingBytes
	}
	if int64(cap(text)) <= d.whole {
		d.text = text
	}
	return text, nil
}
