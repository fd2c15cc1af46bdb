package ingest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestDays holds the set against a map.
func TestDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Int64Range(-200, 200)
		want := map[int64]bool{}
		all := [2]Days{{}, {}}
		for _, d := range rapid.SliceOf(day).Draw(t, "days") {
			all[rapid.IntRange(0, 1).Draw(t, "set")].Add(d)
			want[d] = true
		}
		set := all[0]
		set.Merge(all[1])
		if got := slices.Collect(set.All()); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
			t.Fatalf("holds %v, want %v", got, want)
		}
		if set.Count() != len(want) {
			t.Fatalf("counts %d, want %d", set.Count(), len(want))
		}
		if d := day.Draw(t, "day"); set.Has(d) != want[d] {
			t.Fatalf("day %d: %v, want %v", d, set.Has(d), want[d])
		}
	})
}

func TestDayOf(t *testing.T) {
	for text, want := range map[string]int64{
		"1970-01-01T00:00:00Z": 0, "1970-01-01T23:59:59Z": 0, "1970-01-02T00:00:00Z": 1, "1969-12-31T23:59:59Z": -1, "1969-12-31T00:00:00Z": -1,
		"2026-11-14T23:30:00-02:00": 20772,
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayOf(at); got != want {
			t.Errorf("%s: day %d, want %d", text, got, want)
		}
		if begin := DayTime(DayOf(at)); at.Before(begin) || at.Sub(begin) >= 24*time.Hour {
			t.Errorf("%s: its day begins at %s", text, begin)
		}
	}
}
