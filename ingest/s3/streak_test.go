package s3

import (
	"fmt"
	"testing"

	"roletrail/ingest"
)

var here, there = place{bucket: "trails", account: "111122223333", region: "eu-west-1"},
	place{bucket: "trails", account: "111122223333", region: "us-east-1"}

func TestStreakEndsAPlace(t *testing.T) {
	for _, reason := range []string{
		ingest.FailAccessDenied, ingest.FailKeyDenied, ingest.FailArchived, ingest.FailDeleted, ingest.FailUnavailable,
	} {
		var s streaks
		for range maxStreak - 1 {
			s.failed(here, reason)
		}
		if got := s.ended(here); got != "" {
			t.Errorf("%s: ended with %d failures", got, maxStreak-1)
		}
		s.failed(here, reason)
		if got := s.ended(here); got != reason {
			t.Errorf("%d failures for %s: ended with %q", maxStreak, reason, got)
		}
		if got := s.ended(there); got != "" {
			t.Errorf("%s: ended another Region", got)
		}
		// Requests that were on their way do not change it.
		s.succeeded(here)
		s.failed(here, ingest.FailUnreadable)
		s.failed(here, ingest.FailDeleted)
		s.failed(here, ingest.FailAccessDenied)
		if got := s.ended(here); got != reason {
			t.Errorf("%s: ended with %q after a success", reason, got)
		}
	}
}

func TestStreakIsInterrupted(t *testing.T) {
	for name, interrupt := range map[string]func(*streaks){
		"success":        func(s *streaks) { s.succeeded(here) },
		"another reason": func(s *streaks) { s.failed(here, ingest.FailDeleted) },
		"damaged object": func(s *streaks) { s.failed(here, ingest.FailChecksum) },
	} {
		var s streaks
		for range maxStreak - 1 {
			s.failed(here, ingest.FailAccessDenied)
		}
		interrupt(&s)
		for range maxStreak - 1 {
			s.failed(here, ingest.FailAccessDenied)
		}
		if got := s.ended(here); got != "" {
			t.Errorf("%s: the row of %s goes on", name, got)
		}
	}
	var s streaks
	for range maxStreak - 1 {
		s.failed(here, ingest.FailAccessDenied)
	}
	s.succeeded(there)
	s.failed(here, ingest.FailAccessDenied)
	if s.ended(here) == "" {
		t.Error("a success in another Region ends the row")
	}
}

func TestStreaksAreBounded(t *testing.T) {
	var s streaks
	for i := range 3 * maxPlaces {
		s.failed(place{bucket: "copies", folder: fmt.Sprint(i, "/")}, ingest.FailDeleted)
	}
	if len(s.places) > maxPlaces {
		t.Errorf("%d places are remembered", len(s.places))
	}
}

func TestPlaceOf(t *testing.T) {
	for _, test := range []struct{ name, same, text string }{
		{
			"s3://trails/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/06/01/a.json.gz",
			"s3://trails/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/06/02/b.json.gz",
			"account 111122223333, Region eu-west-1",
		},
		{"s3://copies/some/folder/a.json", "s3://copies/some/folder/b.json", "s3://copies/some/folder/"},
		{"s3://copies/a.json", "s3://copies/b.json", "s3://copies"},
	} {
		parse := func(name string) place {
			bucket, key := splitName(name)
			return placeOf(bucket, key, &ingest.Object{Name: name, Key: ingest.ParseKey(name)})
		}
		if parse(test.name) != parse(test.same) || parse(test.name).String() != test.text {
			t.Errorf("%s lies in %s, %s in %s", test.name, parse(test.name), test.same, parse(test.same))
		}
	}
}
