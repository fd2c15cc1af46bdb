// Package ingest turns sources of CloudTrail log files into records. It knows the layout of keys, the forms a log file
// can have and the limits of what may be read, and nothing of what the records mean.
package ingest

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"
)

// Object is one log file in a source.
type Object struct {
	Name string // as shown to people and in evidence: a path, a URL, or "-" for standard input
	Size int64  // bytes as stored; -1 where that is not known before reading
	Key         // what the name tells
	// Location is where the object is in S3. It is the zero value for any other, and without a bucket where that is
	// known by another name.
	Location Location
}

// Location is where an object is in S3.
type Location struct{ Bucket, Key string }

// Source is a place that log files come from. Implementations are safe for use by several goroutines once List has
// been called, and return errors that name the object.
type Source interface {
	// List reports everything the source holds to listing, in an order that does not change between runs over the same
	// content, and returns when it is done, when ctx ends, or with the first error that makes it pointless to go on.
	// A single object or folder that cannot be listed is no such error: it goes to listing.Fail.
	List(ctx context.Context, listing Listing) error
	// Open gives the bytes of an object as they are stored. Waiting for them, here and in Read, ends when ctx does.
	Open(ctx context.Context, object Object) (io.ReadCloser, error)
}

// Listing receives what a source finds. Every object is told exactly once, by one of Object, Skip and Fail; what lies
// under a pruned prefix is not told at all. A source calls it from one goroutine at a time.
type Listing interface {
	// Object hands over a log file to be read. It blocks while enough others are waiting, and returns an error when
	// the run has ended.
	Object(object Object) error
	// Skip tells of an object that is no log file.
	Skip(name, reason string)
	// Fail tells of an object that cannot be read, for a reason in one word and in full.
	Fail(name, reason string, err error)
	// Prune tells of a part of the source that is not listed at all because it cannot matter.
	Prune(prefix, reason string)
}

// Reasons why an object is skipped.
const (
	SkipDigest          = "digest"          // lies under CloudTrail-Digest
	SkipInsight         = "insight"         // lies under CloudTrail-Insight
	SkipNetworkActivity = "networkActivity" // lies under CloudTrail-NetworkActivity
	SkipAggregated      = "aggregated"      // lies under CloudTrail-Aggregated
	SkipNotLogFile      = "notLogFile"      // the name ends neither in .json nor in .json.gz
	SkipNotCloudTrail   = "notCloudTrail"   // valid JSON, but no CloudTrail events
	SkipAlreadyListed   = "alreadyListed"   // a symbolic link to something that is listed under its own name
	SkipNotTrail        = "notTrail"        // lies beside a trail, not in it
)

// Reasons why an object fails.
const (
	FailEmpty         = "empty"         // no JSON value in it
	FailGzip          = "badGzip"       // damaged or cut-off compression
	FailTrailingBytes = "trailingBytes" // bytes after the one gzip member that CloudTrail writes
	FailJSON          = "badJSON"       // no valid JSON
	FailRecord        = "badRecord"     // an element of Records that is no object, or a broken event inside a string
	FailTooLarge      = "tooLarge"      // inflates beyond the limit
	FailUnreadable    = "unreadable"    // permission denied or another error of the system
	FailNotRegular    = "notRegular"    // a FIFO, socket or device
	FailLinkOutside   = "linkOutside"   // a symbolic link that leaves the tree
	FailLinkBroken    = "linkBroken"    // a symbolic link to nothing
	FailAccessDenied  = "accessDenied"  // the object may not be read
	FailKeyDenied     = "keyDenied"     // the object may be read, but the KMS key that encrypts it may not be used
	FailArchived      = "archived"      // in an archive, from which it has to be restored first
	FailDeleted       = "deleted"       // was listed, but is gone
	FailChecksum      = "badChecksum"   // arrived whole, but is not what was stored
	FailUnavailable   = "unavailable"   // no answer, or none that helps, however often it was asked for
	FailAltered       = "altered"       // is not what CloudTrail delivered: its digest has another hash
	FailNotAttempted  = "notAttempted"  // so many objects beside it failed for one reason that it was not asked for
)

// ObjectError is an error of one object of a source, with the reason, one of the Fail constants, for which it fails.
// Without it, an error of Open or Read is FailUnreadable.
type ObjectError struct {
	Reason string
	Err    error
}

func (e *ObjectError) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *ObjectError) Unwrap() error { return e.Err }

// FatalError is an error of Open or Read that would meet every further object too, so that it ends the run.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *FatalError) Unwrap() error { return e.Err }

// NoSuchSourceError is an error of List that means that a source was named wrongly: nothing is there.
type NoSuchSourceError struct{ Err error }

func (e *NoSuchSourceError) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *NoSuchSourceError) Unwrap() error { return e.Err }

// OneLine is a name as an error that ends a run holds it: quoted if it has a line break. Such an error may have a hint on
// a line of its own, and no name from a source may pass for one.
func OneLine(name string) string {
	if strings.Contains(name, "\n") {
		return strconv.Quote(name)
	}
	return name
}

// Reasons why a part of a source is pruned.
const (
	PruneBeforeWindow = "beforeWindow" // delivered before the window and its margin
	PruneAfterWindow  = "afterWindow"  // delivered after the window and its margin
	PruneAccount      = "account"      // of an account that was not asked for
	PruneRegion       = "region"       // of a Region that was not asked for, and that records nothing for others
	PruneOtherKind    = "otherKind"    // files of CloudTrail that are no log files: insights, network activity, aggregates
	PruneOtherService = "otherService" // files of other services below AWSLogs
	PruneNotTrail     = "notTrail"     // beside a trail, and not laid out as one
)

// Deliveries is the span of delivery times of the log files to read. A zero time leaves that end open.
type Deliveries struct {
	From  time.Time // inclusive
	Until time.Time // inclusive
}
