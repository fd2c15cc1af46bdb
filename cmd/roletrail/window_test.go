package main

import (
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 11, 14, 13, 0, 0, 500, time.FixedZone("", 3600)) // noon in UTC
	for _, test := range []struct{ text, begin, end string }{
		{"2026-11-14T11:00:00Z", "2026-11-14T11:00:00Z", "2026-11-14T11:00:00Z"},
		{"2026-11-14T11:00:00.25+01:00", "2026-11-14T10:00:00.25Z", "2026-11-14T10:00:00.25Z"},
		{"2026-11-14", "2026-11-14T00:00:00Z", "2026-11-15T00:00:00Z"},
		{"2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"0h", "2026-11-14T12:00:00Z", "2026-11-14T12:00:00Z"},
		{"36h", "2026-11-13T00:00:00Z", "2026-11-13T00:00:00Z"},
		{"90d", "2026-08-16T12:00:00Z", "2026-08-16T12:00:00Z"},
		{"36600d", "1926-08-31T12:00:00Z", "1926-08-31T12:00:00Z"},
		{"2w", "2026-10-31T12:00:00Z", "2026-10-31T12:00:00Z"},
	} {
		for end, want := range map[bool]string{false: test.begin, true: test.end} {
			got, err := parseMoment(test.text, now, end)
			if err != nil || got.Format(time.RFC3339Nano) != want || got.Location() != time.UTC {
				t.Errorf("%s, end %v: %v, %v, want %s", test.text, end, got, err, want)
			}
		}
	}
	for _, text := range []string{"", "d", "x", "1", "1y", "+1d", "-1d", "1 d", "9999999d", "878399d", "5230w", "106752w", "4294967296h", "2026-02-30", "2026-11", "20261114"} {
		if got, err := parseMoment(text, now, false); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}
