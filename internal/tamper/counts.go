package tamper

import (
	"slices"
	"strings"
	"time"
)

// Counts says what becomes of the digests and log files of the damaged Region, backfill included.
type Counts struct {
	// Digests that are valid, invalid, missed by the next one or by a gap in time, and not checked for want of a key or a
	// signature without a valid next one that vouches for them.
	DigestsValid, DigestsInvalid, DigestsMissing, DigestsNotChecked int

	// Log files that valid digests list, or that digests list that are not checked. One with bytes behind its gzip member is
	// unread.
	Valid, Altered, Missing, Moved, Unread, NotChecked int

	Extra      int // log files that no digest lists, though that of their hour is valid
	NotCovered int // those that no digest lists that can be believed
}

// outcome is what becomes of a digest.
type outcome int

const (
	valid outcome = iota
	invalid
	missing
	notChecked
	unmissed // not there, which nothing tells
)

// faults returns what is wrong with files, by the key under which CloudTrail delivered them.
func (row Row) faults(tree *Tree) map[string]find {
	faults := map[string]find{}
	for _, f := range row.want {
		place := f.file
		place.renamed = notRenamed
		if f.reason != ChainRestarted && f.reason != ChainBroken && f.reason != LogFileExtra {
			faults[tree.At(place).Key] = f
		}
	}
	return faults
}

// ProvenHours returns the hours of the damaged Region whose digest, backfill apart, is valid and lists valid log files alone.
func (row Row) ProvenHours(tree *Tree) (hours []int) {
	faults := row.faults(tree)
	for _, digest := range tree.Digests {
		faulty := slices.ContainsFunc(digest.LogFiles, func(key string) bool { _, faulty := faults[key]; return faulty })
		if digest.Region == Region && !digest.Backfill && !faulty && row.outcome(tree, faults, digest.Key) == valid {
			hours = append(hours, int(digest.Start.Sub(Start)/time.Hour))
		}
	}
	return hours
}

// Counts returns what must be counted in a row's tree.
func (row Row) Counts(tree *Tree) (c Counts) {
	faults := row.faults(tree)
	for _, f := range row.want {
		if f.reason == LogFileExtra {
			c.Extra++
		}
	}
	listed := map[string]bool{}
	for _, digest := range tree.Digests {
		if digest.Region != Region {
			continue
		}
		became := row.outcome(tree, faults, digest.Key)
		switch became {
		case valid:
			c.DigestsValid++
		case invalid:
			c.DigestsInvalid++
		case missing:
			c.DigestsMissing++
		case notChecked:
			c.DigestsNotChecked++
		}
		if became != valid && became != notChecked {
			continue
		}
		for _, key := range digest.LogFiles {
			listed[key] = true
			fault, faulty := faults[key]
			switch {
			case became == notChecked || faulty && fault.reason == AlgorithmUnknown:
				c.NotChecked++
			case !faulty:
				c.Valid++
			case fault.reason == LogFileAltered:
				c.Altered++
			case fault.reason == LogFileMissing:
				c.Missing++
			case fault.reason == LogFileMoved:
				c.Moved++
			default:
				c.Unread++
			}
		}
	}
	for at := range tree.Objects {
		if at.Bucket == tree.Bucket && strings.Contains(at.Key, "/CloudTrail/"+Region+"/") && !listed[at.Key] {
			c.NotCovered++
		}
	}
	c.NotCovered -= c.Extra
	for key, f := range faults {
		if _, there := tree.Objects[Location{tree.Bucket, key}]; f.reason == LogFileMoved && !there {
			c.NotCovered-- // it lies under another name
		}
	}
	return c
}

func (row Row) outcome(tree *Tree, faults map[string]find, key string) outcome {
	fault, faulty := faults[key]
	_, there := tree.Objects[Location{tree.Bucket, key}]
	switch {
	case !faulty && !there:
		return unmissed
	case !faulty:
		return valid
	case fault.reason == DigestMissing:
		return missing
	case fault.reason == SignatureMissing || fault.reason == KeyMissing || fault.reason == AlgorithmUnknown:
		next := fault.file // it tells the hash of this one, which its own signature covers
		next.hour++
		if fault.file.kind == backfillKind {
			next.hour = 6
		}
		_, nextFaulty := faults[tree.At(next).Key]
		if _, nextThere := tree.Objects[tree.At(next)]; nextThere && !nextFaulty {
			return valid
		}
		return notChecked
	}
	return invalid
}
