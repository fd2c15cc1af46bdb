package ingest

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// MaxFailures is how many failures a Summary names; all are counted.
const MaxFailures = 100

// Summary accounts for everything a run found in its source: Listed = Read + all of Skipped + all of Failed. Of a run
// that ended early, some of Listed is in none of them.
type Summary struct {
	Listed   int64
	Read     int64
	Skipped  map[string]int64 // by reason
	Failed   map[string]int64 // by reason
	Failures []Failure        // the first MaxFailures by name
	Pruned   []Pruned         // by prefix, reason

	BytesRead     int64 // of the objects that were read, as stored
	BytesInflated int64 // of the same, after decompression

	Deliveries []Delivery // by account, Region
	Unread     []Unread   // by account, Region
	Digests    []Place    // by account, Region: those of which a digest file was listed
}

// Failure is an object that could not be read.
type Failure struct {
	Name   string
	Reason string // one of the Fail constants
	Err    error
}

// Pruned is a part of the source that was not listed.
type Pruned struct {
	Prefix string
	Reason string // one of the Prune constants
}

// Delivery says when CloudTrail delivered the log files of one account and Region that were read, as far as their
// names tell.
type Delivery struct {
	AccountID   string
	Region      string
	First, Last time.Time
	Days        Days // on which at least one was delivered
}

// Place is an account and Region, as the name of a file tells them; empty where it does not.
type Place struct{ AccountID, Region string }

// Unread counts the log files of one account and Region whose events are not known: those that failed, and those that
// CloudTrail named and that hold none.
type Unread struct {
	Place
	Files int64
	Days  Days // of their delivery, as far as their names tell
}

// Progress is how far a run has come. All of it may be read while the run goes on.
type Progress struct {
	Listed      atomic.Int64 // objects found so far
	Done        atomic.Int64 // objects read, skipped or failed
	BytesListed atomic.Int64 // of the log files found so far, as stored
	BytesDone   atomic.Int64 // of those that are done
	Records     atomic.Int64
	AllListed   atomic.Bool
	Requests    atomic.Int64 // sent to a service, each attempt for itself
	Throttled   atomic.Int64 // of these, answered by the service with a plea to slow down
}

// account keeps a Summary while several goroutines add to it.
type account struct {
	mu       sync.Mutex
	summary  Summary
	pruned   map[Pruned]struct{}
	delivery map[Place]*Delivery
	unread   map[Place]*Unread
	digests  map[Place]bool
	progress *Progress
}

func newAccount(p *Progress) *account {
	return &account{
		summary:  Summary{Skipped: map[string]int64{}, Failed: map[string]int64{}},
		pruned:   map[Pruned]struct{}{},
		delivery: map[Place]*Delivery{},
		unread:   map[Place]*Unread{},
		digests:  map[Place]bool{},
		progress: p,
	}
}

func (a *account) listed(size int64) {
	a.mu.Lock()
	a.summary.Listed++
	a.mu.Unlock()
	a.progress.Listed.Add(1)
	a.progress.BytesListed.Add(max(size, 0))
}

func (a *account) done(size int64) {
	a.progress.Done.Add(1)
	a.progress.BytesDone.Add(max(size, 0))
}

func (a *account) skip(name, reason string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.summary.Skipped[reason]++
	switch key := ParseKey(name); {
	case reason == SkipDigest:
		a.digests[Place{key.AccountID, key.Region}] = true
	case reason == SkipNotCloudTrail && key.CloudTrailName: // CloudTrail wrote events here
		a.addUnread(key)
	}
}

// addUnread counts a log file whose events are not known. The lock is held.
func (a *account) addUnread(key Key) {
	place := Place{key.AccountID, key.Region}
	u := a.unread[place]
	if u == nil {
		u = &Unread{Place: place, Days: Days{}}
		a.unread[place] = u
	}
	u.Files++
	if !key.Delivered.IsZero() {
		u.Days.Add(DayOf(key.Delivered))
	}
}

func (a *account) fail(name, reason string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.summary.Failed[reason]++
	a.addUnread(ParseKey(name))
	f := &a.summary.Failures
	at, _ := slices.BinarySearchFunc(*f, name, func(x Failure, name string) int { return cmp.Compare(x.Name, name) })
	if at < MaxFailures {
		*f = slices.Insert(*f, at, Failure{name, reason, err})
		*f = (*f)[:min(len(*f), MaxFailures)]
	}
}

func (a *account) read(o *Object, stored, inflated int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.summary.Read++
	a.summary.BytesRead += stored
	a.summary.BytesInflated += inflated
	if o.Delivered.IsZero() {
		return
	}
	key := Place{o.AccountID, o.Region}
	d := a.delivery[key]
	if d == nil {
		d = &Delivery{AccountID: o.AccountID, Region: o.Region, First: o.Delivered, Last: o.Delivered, Days: Days{}}
		a.delivery[key] = d
	}
	if o.Delivered.Before(d.First) {
		d.First = o.Delivered
	}
	if o.Delivered.After(d.Last) {
		d.Last = o.Delivered
	}
	d.Days.Add(DayOf(o.Delivered))
}

// dateFolders ends a prefix that is pruned by its date. It is left out of what is told: one line for a Region, not one
// for each of its days.
var dateFolders = regexp.MustCompile(`/\d{4}(/\d\d){0,2}/$`)

func (a *account) prune(prefix, reason string) {
	a.mu.Lock()
	a.pruned[Pruned{dateFolders.ReplaceAllString(prefix, "/"), reason}] = struct{}{}
	a.mu.Unlock()
}

// finish returns the summary.
func (a *account) finish() *Summary {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &a.summary
	s.Pruned = slices.SortedFunc(maps.Keys(a.pruned), func(x, y Pruned) int {
		return cmp.Or(cmp.Compare(x.Prefix, y.Prefix), cmp.Compare(x.Reason, y.Reason))
	})
	for _, place := range sortedPlaces(a.delivery) {
		s.Deliveries = append(s.Deliveries, *a.delivery[place])
	}
	for _, place := range sortedPlaces(a.unread) {
		s.Unread = append(s.Unread, *a.unread[place])
	}
	s.Digests = sortedPlaces(a.digests)
	return s
}

func sortedPlaces[V any](m map[Place]V) []Place {
	return slices.SortedFunc(maps.Keys(m), func(x, y Place) int {
		return cmp.Or(cmp.Compare(x.AccountID, y.AccountID), cmp.Compare(x.Region, y.Region))
	})
}
