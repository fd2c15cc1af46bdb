package digest

import (
	"cmp"
	"slices"
	"time"

	"roletrail/ingest"
)

// Interval is a time from From up to, but without, Until. A zero time leaves that end open.
type Interval struct{ From, Until time.Time }

func (i Interval) overlaps(o Interval) bool {
	return (i.Until.IsZero() || o.From.Before(i.Until)) && (i.From.IsZero() || o.Until.IsZero() || o.Until.After(i.From))
}

// clip cuts o to i. The result is empty if they do not overlap.
func (i Interval) clip(o Interval) Interval {
	if !i.From.IsZero() && o.From.Before(i.From) {
		o.From = i.From
	}
	if !i.Until.IsZero() && o.Until.After(i.Until) {
		o.Until = i.Until
	}
	return o
}

// Reason says in one word what is wrong with a digest or a log file.
type Reason string

// Reasons. Of a digest that is wrong in several ways, the first in this order is told.
const (
	DigestUnreadable Reason = "digestUnreadable" // a digest could not be read, inflated or parsed
	TrailingBytes    Reason = "trailingBytes"    // bytes follow the one gzip member of a digest or a log file
	SignatureInvalid Reason = "signatureInvalid" // a digest is not what was signed, or not by the key that it names
	DigestAltered    Reason = "digestAltered"    // a digest has another hash than the next one tells
	DigestMisplaced  Reason = "digestMisplaced"  // a digest does not lie where it says that it lies
	AlgorithmUnknown Reason = "algorithmUnknown" // a signature or a hash is of an algorithm that CloudTrail does not use today
	KeyMissing       Reason = "keyMissing"       // the public key that a digest names cannot be had
	SignatureMissing Reason = "signatureMissing" // a digest has no signature, or in S3 none beside it
	DigestMissing    Reason = "digestMissing"    // a digest is not there that the next one names, or that a gap before that one speaks of
	ChainRestarted   Reason = "chainRestarted"   // a digest follows no other, though there are earlier ones: logging was stopped and started
	ChainBroken      Reason = "chainBroken"      // a digest names as the one before it another than that
	LogFileAltered   Reason = "logFileAltered"   // a log file has another hash than its digest tells
	LogFileMissing   Reason = "logFileMissing"   // a log file is not there that a digest lists
	LogFileMoved     Reason = "logFileMoved"     // a log file is not there that a digest lists, but another has its hash
	LogFileUnread    Reason = "logFileUnread"    // a log file that a digest lists could not be read to its end
	LogFileExtra     Reason = "logFileExtra"     // a log file is listed by no digest of its time, of which all are there
)

// Grade is what a problem means.
type Grade int

// Grades.
const (
	// Invalid: something is not as CloudTrail delivered it.
	Invalid Grade = iota
	// Unchecked: it could not be found out.
	Unchecked
	// Proven: it could not be found out this way, but was in another: the digest that follows vouches for it.
	Proven
)

// Problem is something wrong with a digest or a log file.
type Problem struct {
	Reason    Reason
	Grade     Grade
	AccountID string
	Region    string
	Trail     string // "" for a log file that no digest lists
	Backfill  bool
	Name      string   // of the object, as its source shows it; "" for one that is not there
	Location  Location // of the object or, if it is not where it belongs, where that is; zero if nothing tells it
	Interval           // of the digest that it is, or that lists the log file; for a chain that was restarted, of what is between
	Detail    string   // may be hostile: it holds what was read
}

// MaxProblems is how many problems a Result names; all are counted.
const MaxProblems = 100

// Result is what an audit found out.
type Result struct {
	Chains   []Chain   // by account, Region, trail, backfill last
	Places   []Place   // by account, Region: all that digests or log files are of
	Problems []Problem // the first MaxProblems by time, name, location, reason
	// Counts are all problems. A gap of several hours without digests is one problem, and as many missing digests.
	Counts map[ProblemKind]int64
}

// ProblemKind is what problems are counted by.
type ProblemKind struct {
	Reason Reason
	Grade  Grade
}

// Chain is the digests of one account, Region and trail. Those of the backfill, which CloudTrail makes for log files that it
// delivered late, are a chain of their own.
type Chain struct {
	AccountID, Region, Trail string
	Backfill                 bool
	Digests                  Counts
	LogFiles                 LogFileCounts // that its digests list
	// Proven are the times for which there is a valid digest whose log files are all valid, merged, in order.
	Proven []Interval
	// Cut says that one of the missing digests is that before the first one that is there, of which nothing tells whether it was
	// removed or deleted as it grew old.
	Cut bool
}

// Counts counts digests by what became of them.
type Counts struct {
	Valid      int64 // signed, or vouched for by the next one, and where they belong
	Invalid    int64
	Missing    int64
	NotChecked int64
}

// LogFileCounts counts the log files that digests list. Those of invalid digests are not among them: nobody knows whether
// the list is CloudTrail's.
type LogFileCounts struct {
	Valid      int64
	Altered    int64
	Missing    int64
	Moved      int64
	Unread     int64
	NotChecked int64 // as their digest tells, but that is not checked itself; or their hash is of an unknown algorithm
	Outside    int64 // delivered outside of the times that were asked for, so that they were not read
}

// Place counts the log files of an account and Region, as their names tell it, that no digest which can be believed lists.
type Place struct {
	AccountID, Region string
	// Extra are those of a time of which all digests are there, and valid. More than one trail may deliver to a place, of
	// which some have no digests.
	Extra int64
	// NotCovered are the others.
	NotCovered int64
	// Days are those of which Extra and NotCovered log files are, as far as their names tell, and Undated those of which they
	// do not.
	Days    ingest.Days
	Undated int64
}

// Hours is the sum of the proven times, in hours.
func (c *Chain) Hours() float64 {
	var sum time.Duration
	for _, i := range c.Proven {
		sum += i.Until.Sub(i.From)
	}
	return sum.Hours()
}

func compareProblems(a, b Problem) int {
	return cmp.Or(
		a.From.Compare(b.From), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Location.Key, b.Location.Key),
		cmp.Compare(a.Location.Bucket, b.Location.Bucket), cmp.Compare(a.Reason, b.Reason), a.Until.Compare(b.Until),
		cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Trail, b.Trail),
		cmp.Compare(a.Grade, b.Grade), cmp.Compare(a.Detail, b.Detail),
	)
}

// problems keeps the first of them.
type problems struct {
	window Interval
	first  []Problem
	counts map[ProblemKind]int64
}

func (p *problems) add(problem Problem) {
	if !p.window.overlaps(problem.Interval) {
		return
	}
	p.counts[ProblemKind{problem.Reason, problem.Grade}]++
	at, _ := slices.BinarySearchFunc(p.first, problem, compareProblems)
	if at < MaxProblems {
		p.first = slices.Insert(p.first, at, problem)
		p.first = p.first[:min(len(p.first), MaxProblems)]
	}
}

// mergeIntervals merges what overlaps or touches. Intervals are in order of From.
func mergeIntervals(in []Interval) (out []Interval) {
	for _, i := range in {
		if last := len(out) - 1; last >= 0 && !i.From.After(out[last].Until) {
			if i.Until.After(out[last].Until) {
				out[last].Until = i.Until
			}
			continue
		}
		out = append(out, i)
	}
	return out
}
