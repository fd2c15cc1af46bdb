package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

const timeHint = "write a time as 2026-11-14T11:00:00Z, a UTC date as 2026-11-14, or an age as 90d, 36h or 2w"

// parseMoment reads a point in time: RFC 3339, a UTC date, or an age counted back from now. A date means its begin, or
// its end if end is set.
func parseMoment(s string, now time.Time, end bool) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		if end {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	if age, ok := parseAge(s); ok {
		return now.UTC().Add(-age).Truncate(time.Second), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}

// parseAge reads a length of time in hours, days or weeks, such as 90d.
func parseAge(s string) (age time.Duration, ok bool) {
	if len(s) < 2 {
		return 0, false
	}
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	unit, known := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if !known || err != nil || n > uint64(longestAge/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// longestAge is the longest that a flag may say. CloudTrail began in 2013.
const longestAge = 100 * 366 * 24 * time.Hour

// ageValue is a flag for a length of time, such as 90d.
type ageValue struct {
	length time.Duration
	text   string
}

func (v *ageValue) Set(s string) error {
	length, ok := parseAge(s)
	if !ok || length == 0 {
		return errors.New("no length of time")
	}
	*v = ageValue{length, s}
	return nil
}

func (v *ageValue) String() string { return v.text }

func (v *ageValue) Type() string { return "age" }

// parseWindow reads --since and --until.
func parseWindow(since, until string, now time.Time) (from, to time.Time, err error) {
	if since != "" {
		if from, err = parseMoment(since, now, false); err != nil {
			return from, to, usage(timeHint, "--since: %w", err)
		}
	}
	if until != "" {
		if to, err = parseMoment(until, now, true); err != nil {
			return from, to, usage(timeHint, "--until: %w", err)
		}
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, usage("the window begins at --since and ends at --until", "--since %s: not before --until %s", since, until)
	}
	return from, to, nil
}
