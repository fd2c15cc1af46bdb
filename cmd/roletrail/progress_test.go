package main

import (
	"io"
	"testing"
	"time"

	"roletrail/ingest"
)

func TestProgressText(t *testing.T) {
	for _, test := range []struct {
		why                                 string
		done, listed, read, stored, records int64
		allListed                           bool
		elapsed                             time.Duration
		want                                string
	}{
		{"at the beginning", 0, 0, 0, 0, 0, false, 0, "0 of at least 0 files, 0.0 MB, 0 events/s"},
		{"while files are listed", 900, 1000, 5_440_000, 6_000_000, 50_000, false, 2 * time.Second, "900 of at least 1000 files, 5.4 MB, 25000 events/s"},
		{"when all are listed", 250, 1000, 1_000_000, 4_000_000, 50_000, true, 20 * time.Second, "250 of 1000 files, 1.0 MB, 2500 events/s, 1m0s left"},
		{"with nothing read", 0, 1, 0, 4_000_000, 0, true, time.Second, "0 of 1 file, 0.0 MB, 0 events/s"},
		{"at the end", 2, 2, 4_000_000, 4_000_000, 100, true, time.Second, "2 of 2 files, 4.0 MB, 100 events/s"},
		{"in a stream of unknown size", 0, 1, 0, 0, 0, true, time.Second, "0 of 1 file, 0.0 MB, 0 events/s"},
	} {
		var p ingest.Progress
		p.Done.Store(test.done)
		p.Listed.Store(test.listed)
		p.BytesDone.Store(test.read)
		p.BytesListed.Store(test.stored)
		p.Records.Store(test.records)
		p.AllListed.Store(test.allListed)
		if got := progressText(&p, test.elapsed); got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}

// Requests are told of where any were sent, and throttling where there is some.
func TestRequestsText(t *testing.T) {
	var p ingest.Progress
	p.Listed.Store(3)
	p.BytesListed.Store(2_000_000)
	p.AllListed.Store(true)
	for _, test := range []struct {
		requests, throttled int64
		reading, listing    string
	}{
		{0, 0, "0 of 3 files, 0.0 MB, 0 events/s", "3 files, 2.0 MB listed"},
		{1, 0, "0 of 3 files, 0.0 MB, 0 events/s, 1 request", "3 files, 2.0 MB listed, 1 request"},
		{12, 2, "0 of 3 files, 0.0 MB, 0 events/s, 12 requests, 2 throttled", "3 files, 2.0 MB listed, 12 requests, 2 throttled"},
	} {
		p.Requests.Store(test.requests)
		p.Throttled.Store(test.throttled)
		if got := progressText(&p, time.Second); got != test.reading {
			t.Errorf("%q, want %q", got, test.reading)
		}
		if got := listingText(&p, time.Second); got != test.listing {
			t.Errorf("%q, want %q", got, test.listing)
		}
	}
	p.Done.Store(1)
	p.BytesDone.Store(500_000)
	if got, want := progressText(&p, 10*time.Second), "1 of 3 files, 0.5 MB, 0 events/s, 12 requests, 2 throttled, 30s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Progress that is no longer shown must not come back over the report. What would draw it is looked for by TestMain.
func TestProgressEnds(t *testing.T) {
	f := analysisFlags{progress: "always"}
	in := &input{stderr: io.Discard, progress: new(ingest.Progress)}
	stop := f.showProgress(environment{stderr: io.Discard, now: clock}, in, progressText)
	stop()
}
