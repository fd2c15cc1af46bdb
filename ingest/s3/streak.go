package s3

import (
	"strings"
	"sync"

	"roletrail/ingest"
)

// maxStreak is how many objects of one place fail in a row, for one reason, until no other is asked for there.
const maxStreak = 50

// maxPlaces bounds what is remembered of places with failures.
const maxPlaces = 10_000

// place is what shares permissions and keys, as far as names tell: an account and a Region in a bucket or, for copies
// whose names have lost these, a folder.
type place struct{ bucket, account, region, folder string }

func placeOf(bucket, key string, o *ingest.Object) place {
	if o.AccountID == "" || o.Region == "" {
		return place{bucket: bucket, folder: key[:strings.LastIndexByte(key, '/')+1]}
	}
	return place{bucket: bucket, account: o.AccountID, region: o.Region}
}

func (p place) String() string {
	if p.account == "" {
		return Location{p.bucket, p.folder}.String()
	}
	return "account " + p.account + ", Region " + p.region
}

// streaks finds out where it is pointless to ask for further objects. The zero value is ready for use.
type streaks struct {
	mu     sync.Mutex
	places map[place]streak
}

// streak is a row of failures.
type streak struct {
	reason string // one of the ingest.Fail constants
	length int
}

// ended is the reason for which objects of a place are no longer asked for, "" if they are.
func (s *streaks) ended(p place) (reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row := s.places[p]; row.length >= maxStreak {
		return row.reason
	}
	return ""
}

// failed counts an object that cannot be read. A reason that lies in the object itself ends a row, for S3 gave the object
// away; so does another reason than before.
func (s *streaks) failed(p place, reason string) {
	switch reason {
	case ingest.FailAccessDenied, ingest.FailKeyDenied, ingest.FailArchived, ingest.FailDeleted, ingest.FailUnavailable:
	default:
		s.succeeded(p)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.places[p]
	if row.length >= maxStreak {
		return
	}
	if row.reason != reason {
		row = streak{reason: reason}
	}
	row.length++
	if s.places == nil || len(s.places) >= maxPlaces && row.length == 1 {
		s.places = map[place]streak{} // what is forgotten costs at most as many requests again
	}
	s.places[p] = row
}

// succeeded ends a row, but for one that has been ended by its length: what was asked for before that may still arrive.
func (s *streaks) succeeded(p place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row, found := s.places[p]; found && row.length < maxStreak {
		delete(s.places, p)
	}
}
