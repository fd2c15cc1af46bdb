package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"roletrail/ingest"
	"roletrail/ingest/record"
)

// expectation is what a run must tell of its source.
type expectation struct {
	read, records    int64
	skipped, failed  map[string]int64
	files            map[string][]string // eventIDs by object
	failures         map[string]string   // reasons by object
	stored, inflated int64
	listed, sizes    int64
}

func newExpectation() *expectation {
	return &expectation{skipped: map[string]int64{}, failed: map[string]int64{}, files: map[string][]string{}, failures: map[string]string{}}
}

func (x *expectation) fail(name, reason string) {
	x.failed[reason]++
	x.failures[name] = reason
}

// drawEntry draws a thing in a source, and adds what must become of it.
func drawEntry(t *rapid.T, i int, x *expectation) entry {
	e := entry{Object: ingest.Object{Name: fmt.Sprintf("copies/%05d.json", i), Size: -1}}
	if rapid.Bool().Draw(t, "under CloudTrail's name") {
		e.Name = fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/14/111122223333_CloudTrail_us-east-1_20261114T1112Z_%016d.json.gz", i)
	}
	e.Key = ingest.ParseKey(e.Name)
	x.listed++
	c := rapid.SampledFrom(contents()).Draw(t, "content")
	e.content = c.data
	want := c.want
	if e.CloudTrailName {
		want = c.wantTrail
	}
	if rapid.Bool().Draw(t, "of known size") {
		e.Size = int64(len(e.content))
	}
	switch what := rapid.IntRange(0, 29).Draw(t, "what happens"); {
	case what == 0:
		e.skip = ingest.SkipNotLogFile
		x.skipped[e.skip]++
		return e
	case what == 1:
		e.fail = ingest.FailLinkBroken
		x.fail(e.Name, e.fail)
		return e
	case what == 2:
		e.prune = ingest.PruneBeforeWindow
		x.listed--
		return e
	case what == 3:
		e.openError = errDisk
		want = ingest.FailUnreadable
	case what == 4 && e.Size >= 0:
		e.content = e.content[:rapid.IntRange(0, len(e.content)).Draw(t, "read error after")]
		e.readError = errDisk
		want = ingest.FailUnreadable
	case what == 5 && e.Size >= 0:
		e.Size += int64(rapid.SampledFrom([]int{1, 2, 1000, 1 << 20}).Draw(t, "shrunk by"))
		want = ingest.FailUnreadable
	case what == 6 && e.Size > 0:
		e.Size -= int64(rapid.IntRange(1, int(e.Size)).Draw(t, "grown by"))
		want = ingest.FailUnreadable
	}
	x.sizes += max(e.Size, 0)
	switch want {
	case "read":
		x.read++
		x.records += int64(len(c.ids))
		x.files[e.Name] = c.ids
		x.stored += int64(len(c.data))
		x.inflated += c.text
	case ingest.SkipNotCloudTrail:
		x.skipped[want]++
	default:
		x.fail(e.Name, want)
	}
	return e
}

// TestCounters runs over mixtures of everything, with many or few goroutines and little memory. All that was listed is
// accounted for, each file counts whole or not at all, and what the run says of itself is true.
func TestCounters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newExpectation()
		var entries []entry
		for i := range rapid.IntRange(0, 60).Draw(t, "entries") {
			entries = append(entries, drawEntry(t, i, x))
		}
		rig := newRig(rapid.IntRange(1, 4).Draw(t, "collectors"), entries...)
		rig.options.Fetchers = rapid.IntRange(0, 5).Draw(t, "fetchers")
		rig.options.Memory = rapid.SampledFrom([]int64{0, 1, 8 << 20}).Draw(t, "memory")
		s, err := rig.run(context.Background(), t)
		if err != nil {
			t.Fatal(err)
		}
		if s.Listed != x.listed || s.Read != x.read || !reflect.DeepEqual(s.Skipped, x.skipped) || !reflect.DeepEqual(s.Failed, x.failed) {
			t.Errorf("listed %d, read %d, skipped %v, failed %v; want %d, %d, %v, %v", s.Listed, s.Read, s.Skipped, s.Failed, x.listed, x.read, x.skipped, x.failed)
		}
		if s.BytesRead != x.stored || s.BytesInflated != x.inflated {
			t.Errorf("%d bytes that inflate to %d, want %d and %d", s.BytesRead, s.BytesInflated, x.stored, x.inflated)
		}
		for name, ids := range x.files {
			if got := rig.files[name].ids; len(got)+len(ids) > 0 && !reflect.DeepEqual(got, ids) {
				t.Errorf("%s: events %q, want %q", name, got, ids)
			}
		}
		for i, f := range s.Failures {
			if f.Reason != x.failures[f.Name] || f.Err == nil || i > 0 && s.Failures[i-1].Name >= f.Name {
				t.Errorf("failure %d: %+v, want %s", i, f, x.failures[f.Name])
			}
		}
		if len(s.Failures) != len(x.failures) {
			t.Errorf("%d failures are named, want %d", len(s.Failures), len(x.failures))
		}
		p := &rig.progress
		if p.Listed.Load() != x.listed || p.Done.Load() != x.listed || p.BytesListed.Load() != x.sizes || p.BytesDone.Load() != x.sizes ||
			p.Records.Load() != x.records || !p.AllListed.Load() {
			t.Errorf("progress: %d objects of %d, %d bytes of %d, %d records; want %d, %d, %d", p.Done.Load(), p.Listed.Load(), p.BytesDone.Load(),
				p.BytesListed.Load(), p.Records.Load(), x.listed, x.sizes, x.records)
		}
	})
}

// small returns n objects that hold an event each.
func small(n int) []entry {
	entries := make([]entry, n)
	for i := range entries {
		entries[i] = entry{Object: ingest.Object{Name: fmt.Sprintf("%05d.json", i), Size: int64(len(event))}, content: []byte(event)}
	}
	return entries
}

// TestListingFails ends the run with what was read until then. An object that cannot be listed does not end it.
func TestListingFails(t *testing.T) {
	rig := newRig(2, append(small(300), entry{Object: ingest.Object{Name: "x"}, fail: ingest.FailUnreadable})...)
	if s, err := rig.run(t.Context(), t); err != nil || s.Read != 300 || s.Failed[ingest.FailUnreadable] != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	rig = newRig(2, small(300)...)
	rig.source.listError = errDisk
	s, err := rig.run(t.Context(), t)
	if !errors.Is(err, errDisk) || s == nil || s.Listed != 300 || rig.progress.AllListed.Load() {
		t.Errorf("%+v, %v", s, err)
	}
	rig = newRig(2)
	rig.source.listError = errDisk
	if s, err := rig.run(t.Context(), t); !errors.Is(err, errDisk) || s.Listed != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestCollectorGivesUp ends the run, names the object, and keeps nothing of it.
func TestCollectorGivesUp(t *testing.T) {
	full := errors.New("no space left")
	for _, size := range []int64{int64(len(event)), -1} {
		rig := newRig(3, small(500)...)
		rig.source.entries[200].Size = size
		for _, c := range rig.collectors {
			c.onRecord = func(*record.Record) error {
				if c.object.Name == "00200.json" {
					return fmt.Errorf("temporary file: %w", full)
				}
				return nil
			}
		}
		s, err := rig.run(t.Context(), t)
		if !errors.Is(err, full) || !strings.HasPrefix(err.Error(), "00200.json: ") {
			t.Errorf("size %d: error %v", size, err)
		}
		if _, kept := rig.files["00200.json"]; kept || len(s.Failures) > 0 {
			t.Errorf("size %d: kept %t, failures %v", size, kept, s.Failures)
		}
	}
}

// TestCollectorRejectsAFile fails the file and no other.
func TestCollectorRejectsAFile(t *testing.T) {
	for cause, want := range map[error]string{record.ErrJSON: ingest.FailJSON, record.ErrRecord: ingest.FailRecord} {
		for _, size := range []int64{int64(len(event)), -1} {
			rig := newRig(1, small(3)...)
			rig.source.entries[1].Size = size
			rig.collectors[0].onRecord = func(*record.Record) error {
				if rig.collectors[0].object.Name == "00001.json" {
					return fmt.Errorf("%w: here", cause)
				}
				return nil
			}
			if s, err := rig.run(t.Context(), t); err != nil || s.Read != 2 || s.Failed[want] != 1 || s.Failures[0].Name != "00001.json" {
				t.Errorf("size %d: %+v, %v; want 2 read, 1 %s", size, s, err, want)
			}
		}
	}
}

// endless is newline-delimited events without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, event+"\n"), nil }

// TestCancel ends the context while every goroutine of a run waits for something. The run ends at once, with the
// context's error.
func TestCancel(t *testing.T) {
	large := entry{Object: ingest.Object{Name: "large.json", Size: 1 << 20}, content: []byte(strings.Repeat(" ", 1<<20))}
	for _, tt := range []struct {
		name    string
		entries []entry
		change  func(*rig)
	}{
		{"listing", small(10), func(r *rig) { r.source.blockList = true }},
		{"opening", small(1000), func(r *rig) { all(r, func(e *entry) { e.blockOpen = true }) }},
		{"opening one", small(1000), func(r *rig) { r.source.entries[500].blockOpen = true }},
		{"reading", small(1000), func(r *rig) { all(r, func(e *entry) { e.blockRead = true }) }},
		{"reading one", small(1000), func(r *rig) { r.source.entries[500].blockRead = true }},
		{"reading streams", small(1000), func(r *rig) { all(r, func(e *entry) { e.blockRead, e.Size = true, -1 }) }},
		{"reading one stream", small(1000), func(r *rig) { r.source.entries[500].blockRead, r.source.entries[500].Size = true, -1 }},
		{"reading a large object", []entry{large}, func(r *rig) { r.source.entries[0].blockRead = true }},
		{"waiting for room", []entry{large, large, large, large, large, large, large, large}, func(r *rig) {
			for i := range r.source.entries {
				r.source.entries[i].Name = fmt.Sprint(i)
				r.source.entries[i].blockRead = true
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rig := newRig(2, tt.entries...)
				rig.options.Memory = 1
				tt.change(rig)
				ctx, cancel := context.WithCancel(t.Context())
				var s *ingest.Summary
				var err error
				ended := false
				go func() {
					s, err = rig.run(ctx, t)
					ended = true
				}()
				synctest.Wait()
				if ended {
					t.Fatalf("nothing to cancel: %+v, %v", s, err)
				}
				cancel()
				synctest.Wait()
				if !ended {
					t.Fatal("the run goes on")
				}
				if !errors.Is(err, context.Canceled) || len(s.Failures) > 0 {
					t.Errorf("error %v, failures %v", err, s.Failures)
				}
			})
		})
	}
}

func all(r *rig, change func(*entry)) {
	for i := range r.source.entries {
		change(&r.source.entries[i])
	}
}

// TestCancelWhileExtracting ends the context with the first record of a file. If that is a stream, it ends there.
func TestCancelWhileExtracting(t *testing.T) {
	text := lines(8 << 20)
	for name, e := range map[string]entry{
		"whole":                {Object: ingest.Object{Size: int64(len(event))}, content: []byte(event)},
		"stream":               {Object: ingest.Object{Size: -1}, reader: endless{}},
		"stream of a size":     {Object: ingest.Object{Size: 1 << 40}, reader: endless{}},
		"compressed stream":    {Object: ingest.Object{Size: -1}, content: gzipped(text)},
		"the rest of a stream": {Object: ingest.Object{Size: -1}, content: gzipped(event + "]" + text)},
	} {
		t.Run(name, func(t *testing.T) {
			e.Name = "first.json"
			rig := newRig(1, append([]entry{e}, small(500)...)...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			records := 0
			rig.collectors[0].onRecord = func(*record.Record) error {
				if rig.collectors[0].object.Name == e.Name {
					records++
					cancel()
				}
				return nil
			}
			s, err := rig.run(ctx, t)
			if _, kept := rig.files[e.Name]; !errors.Is(err, context.Canceled) || len(s.Failures) > 0 || kept && name != "whole" {
				t.Errorf("%+v, kept %t, error %v", s, kept, err)
			}
			if most := strings.Count(text, "\n") / 2; e.reader == nil && records > most {
				t.Errorf("%d records, want at most %d", records, most)
			}
		})
	}
}

// TestCancelIsNoFailure ends the context while objects are opened that the extractor can still get at. None of them counts
// as failed. Which way the goroutines take is open, hence the tries.
func TestCancelIsNoFailure(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			rig := newRig(1, small(100)...)
			for i := range rig.source.entries[1:] {
				rig.source.entries[1+i].blockOpen = true
			}
			ctx, cancel := context.WithCancel(t.Context())
			rig.collectors[0].onRecord = func(*record.Record) error {
				cancel()
				synctest.Wait()
				return nil
			}
			if s, err := rig.run(ctx, t); !errors.Is(err, context.Canceled) || len(s.Failures) > 0 {
				t.Errorf("error %v, failures %v", err, s.Failures)
			}
		})
	}
}

// TestDeadline tells a run that was out of time from one that was cancelled.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		rig := newRig(2, small(10)...)
		rig.source.blockList = true
		if s, err := rig.run(ctx, t); !errors.Is(err, context.DeadlineExceeded) || s.Read != 10 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// TestStreamOutlivesFetchers reads a stream after everything has been listed and opened, in the context that it was
// opened in.
func TestStreamOutlivesFetchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(1, entry{Object: ingest.Object{Name: "-", Size: -1}, content: []byte(event)})
		rig.collectors[0].onBegin = synctest.Wait
		if s, err := rig.run(t.Context(), t); err != nil || s.Read != 1 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
