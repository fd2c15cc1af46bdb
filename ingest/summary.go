package ingest

import (
	"cmp"
	"maps"
	"math/bits"
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
	Days        int // UTC days on which at least one was delivered
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
	delivery map[[2]string]*delivered
	progress *Progress
}

type delivered struct {
	first, last time.Time
	days        map[int64]uint64 // a bit for each, by days since 1970 divided by 64
}

func (d *delivered) count() (days int) {
	for _, set := range d.days {
		days += bits.OnesCount64(set)
	}
	return days
}

func newAccount(p *Progress) *account {
	return &account{
		summary:  Summary{Skipped: map[string]int64{}, Failed: map[string]int64{}},
		pruned:   map[Pruned]struct{}{},
		delivery: map[[2]string]*delivered{},
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

func (a *account) skip(reason string) {
	a.mu.Lock()
	a.summary.Skipped[reason]++
	a.mu.Unlock()
}

func (a *account) fail(name, reason string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.summary.Failed[reason]++
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
	key := [2]string{o.AccountID, o.Region}
	d := a.delivery[key]
	if d == nil {
		d = &delivered{first: o.Delivered, last: o.Delivered, days: map[int64]uint64{}}
		a.delivery[key] = d
	}
	if o.Delivered.Before(d.first) {
		d.first = o.Delivered
	}
	if o.Delivered.After(d.last) {
		d.last = o.Delivered
	}
	day := o.Delivered.Unix() / (24 * 60 * 60)
	d.days[day/64] |= 1 << (day % 64)
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
	for key, d := range a.delivery {
		s.Deliveries = append(s.Deliveries, Delivery{key[0], key[1], d.first, d.last, d.count()})
	}
	slices.SortFunc(s.Deliveries, func(x, y Delivery) int {
		return cmp.Or(cmp.Compare(x.AccountID, y.AccountID), cmp.Compare(x.Region, y.Region))
	})
	return s
}
