package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"roletrail/ingest"
	"roletrail/ingest/s3/connect"
)

// Open gives the bytes of an object as they are stored; Content-Encoding changes nothing. A smaller object is there as a
// whole when Open returns, a larger one arrives while it is read, and Read then asks for the rest again as often as the
// rules of the session allow.
//
// Errors are [ingest.ObjectError] with the reason, [ingest.FatalError], or that of ctx if it has ended. In an account and
// Region where too many objects in a row could not be had, no other is asked for.
func (s *Source) Open(ctx context.Context, object ingest.Object) (io.ReadCloser, error) {
	bucket, key := splitName(object.Name)
	r := &reading{
		source: s, ctx: ctx, name: object.Name, key: key, size: object.Size, place: placeOf(bucket, key, &object),
	}
	if reason := s.streaks.ended(r.place); reason != "" {
		return nil, &ingest.ObjectError{Reason: ingest.FailNotAttempted, Err: fmt.Errorf(
			"%s: not asked for, because %d objects in a row failed for %s in %s", r.name, maxStreak, reason, r.place)}
	}
	var err error
	if r.bucket, err = s.bucket(ctx, bucket); err != nil {
		return nil, r.fail(err)
	}
	if 0 <= r.size && r.size <= maxWhole {
		return r.fetch()
	}
	return r.stream()
}

// reading is an object that is being read.
type reading struct {
	source *Source
	ctx    context.Context
	bucket *connect.Bucket
	name   string
	key    string
	size   int64 // -1 until it is known
	place  place
	signed
}

// retry tries until it succeeds or is given up.
func (r *reading) retry(attempt func() error) error {
	return r.source.session.Retry(r.ctx, r.name, func(context.Context) error { return attempt() })
}

// fail makes the error of an object of what its last attempt met, and counts it. The end of the context is no fault of
// the object.
func (r *reading) fail(err error) error {
	if ended := r.ctx.Err(); ended != nil {
		return ended
	}
	var fault connect.Fault
	if e, ok := errors.AsType[*bodyError](err); ok {
		fault = connect.Fault{Reason: e.reason, Detail: e.Error()}
	} else {
		fault = connect.Judge(err, "s3:GetObject", r.resource())
	}
	if fault.Fatal {
		return &ingest.FatalError{Err: errors.New(fault.Detail)}
	}
	r.source.streaks.failed(r.place, fault.Reason)
	return &ingest.ObjectError{Reason: fault.Reason, Err: fmt.Errorf("%s: %s", r.name, fault.Detail)}
}

// resource is the object as a policy names it (Service Authorization Reference, "Actions, resources, and condition keys
// for Amazon S3").
func (r *reading) resource() string {
	if strings.HasPrefix(r.place.bucket, "arn:") {
		return r.place.bucket + "/object/" + r.key
	}
	return "arn:aws:s3:::" + r.place.bucket + "/" + r.key
}

// succeed counts an object that arrived.
func (r *reading) succeed() { r.source.streaks.succeeded(r.place) }
