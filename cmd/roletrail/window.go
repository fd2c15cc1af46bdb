package main

import (
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
	if len(s) > 1 {
		units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
		unit, ok := units[s[len(s)-1]]
		n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
		if ok && err == nil && n <= 100*366*24 {
			return now.UTC().Add(-time.Duration(n) * unit).Truncate(time.Second), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}

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
