package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/ingest/s3"
	"roletrail/ingest/s3/connect"
	"roletrail/ingest/s3/trail"
)

// s3Scheme begins a SOURCE in S3, and the names of the objects there. No local object has such a name: the path s3://x is
// s3:/x when it is cleaned.
const s3Scheme = "s3://"

// How much of S3 is asked for at once, unless --concurrency says otherwise. Reading waits for the network most of the
// time; listing is needed to be ahead of it only.
const (
	s3Fetchers = 64
	s3Listers  = 8
)

// defaultAge is how far back a run looks that was given neither a SOURCE nor a time.
const defaultAge = "90d"

// input is what a run reads, and how far it has come.
type input struct {
	source   ingest.Source
	session  *connect.Session // nil if nothing of it lies in S3
	fetchers int              // 0 is left to the pipeline
	progress *ingest.Progress
	stderr   io.Writer // for the log and the progress, which several goroutines write
	log      *slog.Logger
	verifier ingest.Verifier // of digests; nil if they are not verified
	chosen   bool            // nobody named a source
	trail    *trail.Trail    // that is read, if CloudTrail was asked for it
}

// window reads --since and --until, as they are when these sources are read.
func (f *analysisFlags) window(now time.Time, sources []string) (since, until time.Time, err error) {
	if len(sources) > 0 || f.aws.trail != "" || f.since != "" {
		return parseWindow(f.since, f.until, now)
	}
	since, until, err = parseWindow(defaultAge, f.until, now)
	if e, ok := errors.AsType[*exit](err); ok && !since.IsZero() && !until.IsZero() {
		e.err = fmt.Errorf("--until %s: more than %s ago, and nothing older is read unless --since says so", f.until, defaultAge)
	}
	return since, until, err
}

// open finds out what to read. The caller has to close it.
func (f *analysisFlags) open(ctx context.Context, env environment, sources []string, since, until time.Time) (*input, error) {
	stderr := &oneAtATime{w: env.stderr}
	in := &input{
		fetchers: f.concurrency, progress: new(ingest.Progress), stderr: stderr, log: newLogger(stderr, f.level()),
		chosen: len(sources) == 0 && f.aws.trail == "",
	}
	var paths []string
	var locations []s3.Location
	for _, name := range sources {
		if !strings.HasPrefix(name, s3Scheme) {
			paths = append(paths, name)
			continue
		}
		location, err := s3.ParseLocation(name)
		if err != nil {
			return nil, usage("", "%w", err)
		}
		locations = append(locations, location)
	}

	deliveries := f.deliveries(since, until)
	var all combined
	if len(paths) > 0 {
		all.local = local.New(paths, local.Options{Deliveries: deliveries, Stdin: env.stdin})
	}
	if len(locations) > 0 || len(sources) == 0 {
		if err := f.connect(ctx, env, in); err != nil {
			return nil, err
		}
		if len(sources) == 0 {
			found, err := f.find(ctx, in)
			if err != nil {
				in.close()
				return nil, err
			}
			locations = append(locations, found)
		}
		all.s3 = s3.New(in.session, locations, s3.Options{Deliveries: deliveries, Accounts: f.accounts, Regions: f.regions, Listers: s3Listers})
	}
	in.source = &all
	return in, nil
}

// deliveries is the span of delivery times of the log files that can hold events of a window.
func (f *analysisFlags) deliveries(since, until time.Time) (d ingest.Deliveries) {
	if !since.IsZero() {
		d.From = since.Add(-time.Hour)
	}
	if !until.IsZero() {
		d.Until = until.AddDate(0, 0, f.lateDays)
	}
	return d
}

// connect opens the session with AWS.
func (f *analysisFlags) connect(ctx context.Context, env environment, in *input) (err error) {
	if in.fetchers == 0 {
		in.fetchers = s3Fetchers
	}
	in.session, err = connect.Open(ctx, f.connectOptions(env, in))
	if err != nil {
		return in.runError(ctx, err)
	}
	return nil
}

// connectOptions say as whom AWS is asked.
func (f *analysisFlags) connectOptions(env environment, in *input) connect.Options {
	return connect.Options{
		Profile: f.aws.profile, EndpointURL: f.aws.endpointURL,
		RoleARN: f.aws.roleARN, ExternalID: f.aws.externalID,
		Unsigned: f.aws.noSignRequest, RequesterPays: bool(f.aws.requestPayer),
		Connections: in.fetchers + s3Listers, Stall: env.stall, Progress: in.progress, Log: in.log,
	}
}

// sourcesHint says what can be read without asking CloudTrail.
const sourcesHint = "`roletrail report ./folder` reads a copy of the log files, `roletrail report s3://bucket/prefix` a bucket"

// find asks CloudTrail where the trail lies.
func (f *analysisFlags) find(ctx context.Context, in *input) (s3.Location, error) {
	t, err := trail.Find(ctx, in.session, f.aws.trail)
	switch {
	case errors.As(err, new(*trail.SeveralError)):
		return s3.Location{}, usage("name the one to read by --trail ARN", "%w", err)
	case ctx.Err() != nil || errors.As(err, new(*ingest.NoSuchSourceError)):
		return s3.Location{}, in.runError(ctx, err)
	case err != nil:
		text, hint := splitHint(err.Error())
		if hint != "" {
			hint += "; "
		}
		return s3.Location{}, failure(hint+sourcesHint, "%s", text)
	}
	in.trail = &t
	location := t.Location()
	in.log.Info(fmt.Sprintf("reading the trail %s (%s)", t.Name, location))
	return location, nil
}

// runError is the error of a program that err has kept from reading in.
func (in *input) runError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return &exit{code: exitInterrupted, err: errors.New("interrupted: " + leftUnread(in.progress))}
	case errors.As(err, new(*ingest.NoSuchSourceError)) && !in.chosen:
		return usage("", "%w", err)
	case connect.NoCredentials(err) && in.progress.Listed.Load() == 0:
		return failure("set AWS_PROFILE or use --profile; --no-sign-request reads a public bucket", "%w", err)
	case in.session != nil && in.progress.Listed.Load() > 0:
		text, hint := splitHint(err.Error())
		return failure(cmp.Or(hint, spaceHint(err)), "%s\n%s", text, leftUnread(in.progress))
	}
	return failure(spaceHint(err), "%w", err)
}

// leftUnread says what was not read.
func leftUnread(p *ingest.Progress) string {
	done, listed := p.Done.Load(), p.Listed.Load()
	if listed == 0 {
		return "nothing was read; no report was written"
	}
	more := ""
	if !p.AllListed.Load() {
		more = ", nor those not listed yet"
	}
	were := "were"
	if listed-done == 1 {
		were = "was"
	}
	return fmt.Sprintf("%d of %s %s not read%s; no report was written", listed-done, plural(int(listed), "file"), were, more)
}

// close ends the session, and tells what it took.
func (in *input) close() {
	if in.session == nil {
		return
	}
	in.session.Close()
	sent := in.session.Requests()
	var counts []any
	for _, operation := range slices.Sorted(maps.Keys(sent)) {
		counts = append(counts, operation, sent[operation])
	}
	in.log.Debug("requests", append(counts, "throttled", in.progress.Throttled.Load())...)
}

// combined is the source of all that was named: what is in S3, and what is not. Either may be nil.
type combined struct{ local, s3 ingest.Source }

// List lists local files first, for a path that is mistyped is found out at once.
func (c *combined) List(ctx context.Context, listing ingest.Listing) error {
	for _, part := range []ingest.Source{c.local, c.s3} {
		if part == nil {
			continue
		}
		if err := part.List(ctx, listing); err != nil {
			return err
		}
	}
	return nil
}

// ListDigests lists the digests in the order of List.
func (c *combined) ListDigests(ctx context.Context, listing ingest.Listing) error {
	for _, part := range []ingest.Source{c.local, c.s3} {
		source, ok := part.(ingest.DigestSource)
		if !ok {
			continue
		}
		if err := source.ListDigests(ctx, listing); err != nil {
			return err
		}
	}
	return nil
}

func (c *combined) Open(ctx context.Context, object ingest.Object) (io.ReadCloser, error) {
	if strings.HasPrefix(object.Name, s3Scheme) {
		return c.s3.Open(ctx, object)
	}
	return c.local.Open(ctx, object)
}
