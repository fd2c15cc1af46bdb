package trailgen

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Options say what a trail looks like. The zero value of a field stands for the default named with it.
type Options struct {
	Seed uint64

	Accounts []string // default: Account alone
	Regions  []string // default: us-east-1 and eu-west-1; the first is the one that records global services

	Organization string // such as o-exampleorgid; default: none
	Prefix       string // of all keys; default: none

	// Start and End bound the delivery of files, evenly spread over it. Default: 2026-10-15 to 2026-11-14.
	Start, End time.Time

	Files  int // number of log files; default: 100, or as many as Events needs
	Events int // total number of events, the last file being cut; default: what the files hold

	// Sizes are the numbers of events in a file. Default: Mixed.
	Sizes []Size

	// Relevant is the share of events, from 0 to 1, that a report on ECS roles must look at: sessions of ECS, other
	// services and people that assume roles, changes to roles, volumes and trails. Default 0.06; negative for none.
	Relevant float64

	// Plain leaves out what is odd: impostors, calls whose session was never opened, duplicates, missing keys.
	Plain bool

	Roles   int // infrastructure roles of each kind in an account; default 1
	Workers int // goroutines, and log files in memory at a time; default: GOMAXPROCS. Does not change the trail
}

// Size is a range of numbers of events in a file, and how many of a hundred files (or of all weights) lie in it.
type Size struct{ Weight, Least, Most int }

// Mixed are the sizes of files in a trail of an account with some traffic: half of them hold 5 events or fewer, a few
// hold thousands.
var Mixed = []Size{{500, 1, 5}, {300, 6, 60}, {150, 61, 400}, {46, 401, 1500}, {4, 2000, 6000}}

// Of returns the sizes of files that all hold about n events: at most a fifth more or less.
func Of(n int) []Size { return []Size{{1, n - n/5, n + n/5}} }

// complete returns the options with defaults filled in, or an error about those that make no sense.
func (o Options) complete() (Options, error) {
	if len(o.Accounts) == 0 {
		o.Accounts = []string{Account}
	}
	if len(o.Regions) == 0 {
		o.Regions = []string{"us-east-1", "eu-west-1"}
	}
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC)
	}
	if o.End.IsZero() {
		o.End = o.Start.AddDate(0, 0, 30)
	}
	if len(o.Sizes) == 0 {
		o.Sizes = Mixed
	}
	if o.Relevant == 0 {
		o.Relevant = 0.06
	}
	o.Relevant = max(o.Relevant, 0)
	if o.Files == 0 && o.Events == 0 {
		o.Files = 100
	}
	o.Roles = max(o.Roles, 1)
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	for _, s := range o.Sizes {
		if s.Least < 0 || s.Most < s.Least || s.Weight < 0 {
			return o, fmt.Errorf("sizes: no file can hold %d to %d events with weight %d", s.Least, s.Most, s.Weight)
		}
	}
	switch {
	case !slices.ContainsFunc(o.Sizes, func(s Size) bool { return s.Weight > 0 && s.Most > 0 }):
		return o, errors.New("sizes: no file would hold an event")
	case !o.End.After(o.Start):
		return o, errors.New("end: not after the start")
	case o.Files < 0 || o.Events < 0:
		return o, errors.New("files or events: negative")
	case o.Relevant > 1:
		return o, errors.New("relevant: more than all events")
	}
	return o, nil
}

// size is the number of events in a file.
func (o *Options) size(file int) int {
	r := newRandom(o.Seed, drawSize, uint64(file))
	s := pickWeighted(r, o.Sizes, func(s *Size) int { return s.Weight })
	return r.between(s.Least, s.Most)
}

// extent returns the number of files and the number of events in the last one.
func (o *Options) extent() (files, last int) {
	if o.Events == 0 {
		return o.Files, o.size(o.Files - 1)
	}
	left := o.Events
	for files = 0; left > 0 && (o.Files == 0 || files < o.Files); files++ {
		last = min(o.size(files), left)
		left -= last
	}
	return files, last
}

// What is drawn for a file, each from a source of its own: a part can be drawn again without the others.
const (
	drawSize = iota
	drawFile
	drawScene
	drawShare
	drawPair
)
