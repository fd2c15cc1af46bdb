// Package s3 is the source of log files in Amazon S3.
//
// A trail's bucket is laid out by CloudTrail, so that what matters is found by listing little: see layout.go. What is
// passed over is told. A bucket that does not have the layout is listed as a whole.
//
// Listing and reading go on at once. However large a bucket is, only some pages of its listing are in memory.
package s3

import (
	"context"
	"slices"
	"sync"

	"roletrail/ingest"
	"roletrail/ingest/s3/connect"
)

// Options say what to leave out and how to list. Zero values mean the defaults.
type Options struct {
	// Deliveries leaves out what was delivered outside it, as far as folders and names tell. The zero value leaves out
	// nothing.
	Deliveries ingest.Deliveries
	// Accounts are the only ones whose folders are listed, nil for all.
	Accounts []string
	// Regions are the only ones whose folders are listed, nil for all. Where the folder of another Region may hold events
	// that concern them too, it is listed all the same.
	Regions []string
	// Listers is how many prefixes are listed at once; 16.
	Listers int
	// PageSize is how many keys are asked for at a time; S3's 1000, which is also the most it gives.
	PageSize int32
}

// Source is an [ingest.Source]. It holds no connections of its own.
type Source struct {
	session   *connect.Session
	locations []Location
	options   Options

	mu      sync.Mutex
	buckets map[string]*connect.Bucket // by name, as they are found

	streaks streaks
}

// New is the source of locations, in the order given. What lies under several of them is listed once, under the innermost.
// A location where nothing is makes an [ingest.NoSuchSourceError] of List. New itself asks nobody.
func New(session *connect.Session, locations []Location, o Options) *Source {
	if o.Listers <= 0 {
		o.Listers = 16
	}
	return &Source{
		session: session, locations: slices.Clone(locations), options: o, buckets: make(map[string]*connect.Bucket),
	}
}

// bucket finds a bucket, once.
func (s *Source) bucket(ctx context.Context, name string) (*connect.Bucket, error) {
	s.mu.Lock()
	bucket := s.buckets[name]
	s.mu.Unlock()
	if bucket != nil {
		return bucket, nil
	}
	bucket, err := s.session.Bucket(ctx, name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.buckets[name] = bucket
	s.mu.Unlock()
	return bucket, nil
}
