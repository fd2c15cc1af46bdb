package ingest_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roletrail/ingest"
)

// TestFailuresAreTheFirstByName lists more failures than are named, in any order.
func TestFailuresAreTheFirstByName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, ingest.MaxFailures - 1, ingest.MaxFailures, ingest.MaxFailures + 1, 3 * ingest.MaxFailures}).Draw(t, "failures")
		numbers := make([]int, n)
		for i := range numbers {
			numbers[i] = i
		}
		rig := newRig(2)
		for _, i := range rapid.Permutation(numbers).Draw(t, "order") {
			e := entry{Object: ingest.Object{Name: fmt.Sprintf("%05d.json", i)}}
			if rapid.Bool().Draw(t, "fails when it is listed") {
				e.fail = ingest.FailNotRegular
			} else {
				e.openError = errDisk
			}
			rig.source.entries = append(rig.source.entries, e)
		}
		s, err := rig.run(t.Context(), t)
		if err != nil || len(s.Failures) != min(n, ingest.MaxFailures) || s.Failed[ingest.FailNotRegular]+s.Failed[ingest.FailUnreadable] != int64(n) {
			t.Fatalf("%d failures named, %v counted, %v; want %d of %d", len(s.Failures), s.Failed, err, ingest.MaxFailures, n)
		}
		for i, f := range s.Failures {
			e := rig.source.byName[f.Name]
			if f.Name != fmt.Sprintf("%05d.json", i) || f.Err != errDisk || (f.Reason == ingest.FailNotRegular) != (e.fail != "") {
				t.Errorf("failure %d is %+v", i, f)
			}
		}
	})
}

// TestPruned tells one line for a Region, not one for each of its days.
func TestPruned(t *testing.T) {
	rig := newRig(1)
	const region = "a/AWSLogs/111122223333/CloudTrail/us-east-1/"
	for _, p := range []struct{ prefix, reason string }{
		{region + "2026/11/14/", ingest.PruneBeforeWindow},
		{region + "2026/11/13/", ingest.PruneBeforeWindow},
		{region + "2026/12/", ingest.PruneAfterWindow},
		{region + "2025/", ingest.PruneBeforeWindow},
		{"a/AWSLogs/111122223333/CloudTrail/eu-west-1/2025/", ingest.PruneBeforeWindow},
		{"archive/2024/AWSLogs/111122223333/CloudTrail/us-east-1/2024/", ingest.PruneBeforeWindow},
		{"copies/", ingest.PruneBeforeWindow},
		{"copies/", ingest.PruneBeforeWindow},
		{"2025/", ingest.PruneBeforeWindow},
		{"x/20251/", ingest.PruneBeforeWindow},
	} {
		rig.source.entries = append(rig.source.entries, entry{Object: ingest.Object{Name: p.prefix}, prune: p.reason})
	}
	s, err := rig.run(t.Context(), t)
	want := []ingest.Pruned{
		{"2025/", ingest.PruneBeforeWindow},
		{"a/AWSLogs/111122223333/CloudTrail/eu-west-1/", ingest.PruneBeforeWindow},
		{region, ingest.PruneAfterWindow},
		{region, ingest.PruneBeforeWindow},
		{"archive/2024/AWSLogs/111122223333/CloudTrail/us-east-1/", ingest.PruneBeforeWindow},
		{"copies/", ingest.PruneBeforeWindow},
		{"x/20251/", ingest.PruneBeforeWindow},
	}
	if err != nil || !reflect.DeepEqual(s.Pruned, want) || s.Listed != 0 {
		t.Errorf("%v, %v; want %v", s.Pruned, err, want)
	}
}

// TestDeliveries counts the days on which log files were delivered that were read, and no others.
func TestDeliveries(t *testing.T) {
	rig := newRig(3)
	for i, o := range []struct {
		account, region, day, minute string
		change                       func(*entry)
	}{
		{"222222222222", "us-east-1", "2026/11/14", "20261114T2359Z", nil},
		{"222222222222", "us-east-1", "2026/11/14", "20261114T0000Z", nil},
		{"222222222222", "us-east-1", "2026/11/15", "20261115T0000Z", nil},
		{"222222222222", "us-east-1", "2026/11/20", "20261120T1200Z", nil},
		{"222222222222", "us-east-1", "2026/11/30", "20261130T1200Z", func(e *entry) { e.openError = errDisk }},
		{"222222222222", "us-east-1", "2026/10/30", "20261030T1200Z", func(e *entry) { e.skip = ingest.SkipNotLogFile }},
		{"222222222222", "us-east-1", "2026/10/29", "20261029T1200Z", func(e *entry) { e.content, e.Size = []byte("{}"), 2 }},
		{"222222222222", "eu-west-1", "2026/11/14", "20261114T0600Z", nil},
		{"111111111111", "us-east-1", "2025/01/01", "20250101T0600Z", func(e *entry) { e.Size = -1 }},
	} {
		name := fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%d.json", o.account, o.region, o.day, o.account, o.region, o.minute, i)
		e := entry{Object: ingest.Object{Name: name, Size: int64(len(event)), Key: ingest.ParseKey(name)}, content: []byte(event)}
		if o.change != nil {
			o.change(&e)
		}
		rig.source.entries = append(rig.source.entries, e)
	}
	rig.source.entries = append(rig.source.entries, small(1)...) // whose name tells nothing
	s, err := rig.run(t.Context(), t)
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, time.UTC)
	}
	new2025 := time.Date(2025, 1, 1, 6, 0, 0, 0, time.UTC)
	days := func(times ...time.Time) ingest.Days {
		set := ingest.Days{}
		for _, t := range times {
			set.Add(ingest.DayOf(t))
		}
		return set
	}
	want := []ingest.Delivery{
		{"111111111111", "us-east-1", new2025, new2025, days(new2025)},
		{"222222222222", "eu-west-1", at(11, 14, 6, 0), at(11, 14, 6, 0), days(at(11, 14, 0, 0))},
		{"222222222222", "us-east-1", at(11, 14, 0, 0), at(11, 20, 12, 0), days(at(11, 14, 0, 0), at(11, 15, 0, 0), at(11, 20, 0, 0))},
	}
	if err != nil || !reflect.DeepEqual(s.Deliveries, want) {
		t.Errorf("%+v, %v; want %+v", s.Deliveries, err, want)
	}
}
