package ingest

import (
	"iter"
	"maps"
	"math/bits"
	"slices"
	"time"
)

// Days is a set of UTC days, numbered from 1970-01-01 as day 0. It takes little memory for days that are near to each
// other. A nil set is empty and can be read.
type Days map[int64]uint64 // a bit for each, by days divided by 64

// DayOf returns the number of the UTC day that a time lies in.
func DayOf(t time.Time) int64 {
	day := t.Unix() / secondsOfDay
	if t.Unix()%secondsOfDay < 0 {
		day--
	}
	return day
}

// DayTime returns the begin of a day.
func DayTime(day int64) time.Time { return time.Unix(day*secondsOfDay, 0).UTC() }

const secondsOfDay = 24 * 60 * 60

// Add adds a day.
func (d Days) Add(day int64) { d[day>>6] |= 1 << (day & 63) }

// Has reports whether a day is in the set.
func (d Days) Has(day int64) bool { return d[day>>6]&(1<<(day&63)) != 0 }

// Merge adds all days of another set.
func (d Days) Merge(other Days) {
	for block, set := range other {
		d[block] |= set
	}
}

// Count returns the number of days.
func (d Days) Count() (n int) {
	for _, set := range d {
		n += bits.OnesCount64(set)
	}
	return n
}

// All goes over the days in ascending order.
func (d Days) All() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for _, block := range slices.Sorted(maps.Keys(d)) {
			for set := d[block]; set != 0; set &= set - 1 {
				if !yield(block<<6 + int64(bits.TrailingZeros64(set))) {
					return
				}
			}
		}
	}
}
