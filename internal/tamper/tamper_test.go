package tamper

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"roletrail/internal/cloudtrail"
)

func counted(reason Reason, problems []Problem) (n int) {
	for _, p := range problems {
		if p.Reason == reason {
			n++
		}
	}
	return n
}

// Every row damages something, and in the one Region alone; what it tells of is or is not there as it tells.
func TestRows(t *testing.T) {
	whole := New(t, Rows[0], "trail-logs")
	names := map[string]bool{}
	reasons := map[Reason]bool{}
	for i, row := range Rows {
		tree := New(t, row, "trail-logs")
		if names[row.Name] {
			t.Errorf("%s: a name of two rows", row.Name)
		}
		names[row.Name] = true
		if same := equal(whole.Objects, tree.Objects) && reflect.DeepEqual(whole.Keys, tree.Keys); same != (i == 0) {
			t.Errorf("%s: changes nothing, or what is untouched has changed", row.Name)
		}
		if !equal(othersOf(whole), othersOf(tree)) || !reflect.DeepEqual(keysOfOther(whole), keysOfOther(tree)) {
			t.Errorf("%s: changes the other Region", row.Name)
		}
		must, may := row.Problems(tree)
		if (len(must) == 0) != (i == 0 || row.Name == "digest: last one removed") {
			t.Errorf("%s: must tell of %d problems", row.Name, len(must))
		}
		for _, p := range slices.Concat(must, may) {
			reasons[p.Reason] = true
			_, there := tree.Objects[p.At]
			gone := p.Reason == LogFileMissing || p.Reason == LogFileMoved || p.Reason == DigestMissing
			if there == gone && row.Name != "digest: replaced by an earlier one" {
				t.Errorf("%s: %s, but there: %t", row.Name, p.Reason, there)
			}
			if p.From.Before(Start) || p.Until.After(End) || !p.From.Before(p.Until) {
				t.Errorf("%s: %s from %s until %s", row.Name, p.Reason, p.From, p.Until)
			}
		}
		if moved := counted(LogFileMoved, must); moved > 0 && row.Counts(tree).Moved != moved {
			t.Errorf("%s: counts %+v", row.Name, row.Counts(tree))
		}
	}
	for _, reason := range []Reason{SignatureInvalid, SignatureMissing, KeyMissing, AlgorithmUnknown, DigestUnreadable, DigestMisplaced, DigestMissing,
		DigestAltered, ChainRestarted, ChainBroken, LogFileAltered, LogFileMissing, LogFileMoved, LogFileExtra, LogFileUnread, TrailingBytes} {
		if !reasons[reason] {
			t.Errorf("%s: no row tells it", reason)
		}
	}
}

// othersOf is what a tree holds of the other Region.
func othersOf(tree *Tree) map[Location]Object {
	objects := maps.Clone(tree.Objects)
	maps.DeleteFunc(objects, func(at Location, _ Object) bool { return !strings.Contains(at.Key, "/"+OtherRegion+"/") })
	return objects
}

func keysOfOther(tree *Tree) []cloudtrail.PublicKey {
	return slices.DeleteFunc(slices.Clone(tree.Keys), func(key cloudtrail.PublicKey) bool { return key.Region != OtherRegion })
}

func equal(a, b map[Location]Object) bool {
	return maps.EqualFunc(a, b, func(a, b Object) bool { return bytes.Equal(a.Content, b.Content) && maps.Equal(a.Metadata, b.Metadata) })
}

func TestCounts(t *testing.T) {
	for name, want := range map[string]struct {
		counts Counts
		hours  []int
	}{
		"untouched":                                      {Counts{DigestsValid: 10, Valid: 16}, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		"log: renamed and changed":                       {Counts{DigestsValid: 10, Valid: 15, Missing: 1, Extra: 1}, []int{0, 1, 2, 4, 5, 6, 7}},
		"log: late one changed":                          {Counts{DigestsValid: 10, Valid: 15, Altered: 1}, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		"log: renamed":                                   {Counts{DigestsValid: 10, Valid: 15, Moved: 1}, []int{0, 1, 2, 4, 5, 6, 7}},
		"digest: content changed":                        {Counts{DigestsValid: 9, DigestsInvalid: 1, Valid: 14, NotCovered: 2}, []int{0, 1, 2, 4, 5, 6, 7}},
		"digest: last one removed":                       {Counts{DigestsValid: 9, Valid: 14, NotCovered: 2}, []int{0, 1, 2, 3, 4, 5, 6}},
		"digest: two in a row removed":                   {Counts{DigestsValid: 8, DigestsMissing: 2, Valid: 12, NotCovered: 4}, []int{0, 1, 2, 5, 6, 7}},
		"signature: not in the metadata":                 {Counts{DigestsValid: 10, Valid: 16}, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		"signature: last one not in the metadata":        {Counts{DigestsValid: 9, DigestsNotChecked: 1, Valid: 14, NotChecked: 2}, []int{0, 1, 2, 3, 4, 5, 6}},
		"key: none":                                      {Counts{DigestsNotChecked: 10, NotChecked: 16}, nil},
		"chain: restarted after an hour without logging": {Counts{DigestsValid: 9, Valid: 14, NotCovered: 2}, []int{0, 1, 2, 4, 5, 6, 7}},
	} {
		row := row(t, name)
		tree := New(t, row, "trail-logs")
		if got := row.Counts(tree); got != want.counts {
			t.Errorf("%s: counts\n%+v, want\n%+v", name, got, want.counts)
		}
		if got := row.ProvenHours(tree); !slices.Equal(got, want.hours) {
			t.Errorf("%s: hours %v, want %v", name, got, want.hours)
		}
	}
}

func TestWrite(t *testing.T) {
	row := row(t, "log: moved to another bucket")
	tree := New(t, row, "trail-logs")
	dir := t.TempDir()
	tree.Write(t, dir, true)
	for at, object := range tree.Objects {
		name := filepath.Join(dir, at.Bucket, filepath.FromSlash(at.Key))
		if content, err := os.ReadFile(name); err != nil || string(content) != string(object.Content) {
			t.Errorf("%s: %d bytes, %v", at.URL(), len(content), err)
		}
		sidecar, err := os.ReadFile(name + ".signature.json")
		if signature := object.Metadata["signature"]; (err == nil) != (signature != "") || !strings.Contains(string(sidecar), signature) {
			t.Errorf("%s: sidecar %s, %v", at.URL(), sidecar, err)
		}
	}
	tree.Write(t, filepath.Join(dir, "plain"), false)
	if names, err := filepath.Glob(filepath.Join(dir, "plain/*/AWSLogs/*/CloudTrail-Digest/*/*/*/*/*")); err != nil || len(names) != 20 {
		t.Errorf("%d digests and sidecars, %v", len(names), err)
	}
}
