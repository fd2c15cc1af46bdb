package digest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A sorter gives what was added in order, and finds it by its beginning, whether it fits into its budget or not.
func TestSorter(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	rapid.Check(t, func(rt *rapid.T) {
		records := rapid.SliceOf(rapid.Custom(func(rt *rapid.T) []byte {
			record := binary.BigEndian.AppendUint64(nil, rapid.Uint64Range(0, 40).Draw(rt, "prefix"))
			return append(record, rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(rt, "rest")...)
		})).Draw(rt, "records")
		s := sorter{budget: rapid.SampledFrom([]int{1, 100, 1000, 1 << 20}).Draw(rt, "budget")}
		defer s.close()
		for _, record := range records {
			if err := s.add(record); err != nil {
				rt.Fatal(err)
			}
		}
		want := slices.SortedFunc(slices.Values(records), bytes.Compare)
		for range 2 {
			if got := collect(rt, s.all); !slices.EqualFunc(got, want, bytes.Equal) {
				rt.Fatalf("%x, want %x", got, want)
			}
		}
		for prefix := range uint64(42) {
			var with [][]byte
			for _, record := range want {
				if prefixOf(record) == prefix {
					with = append(with, record)
				}
			}
			got := collect(rt, func(yield func([]byte) error) error { return s.find(prefix, yield) })
			if !slices.EqualFunc(got, with, bytes.Equal) {
				rt.Fatalf("%d: %x, want %x", prefix, got, with)
			}
		}
		if err := s.add([]byte("12345678")); !errors.Is(err, errSealed) {
			rt.Fatalf("%v, want %v", err, errSealed)
		}
	})
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("%v left behind, %v", left, err)
	}
}

func collect(t *rapid.T, all func(func([]byte) error) error) (records [][]byte) {
	if err := all(func(record []byte) error {
		records = append(records, bytes.Clone(record))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return records
}

// Many records of one beginning cross the marks of the index.
func TestSorterManyOfOnePrefix(t *testing.T) {
	s := sorter{budget: 500}
	defer s.close()
	for i := range uint32(1000) {
		record := binary.BigEndian.AppendUint64(nil, uint64(i/300))
		if err := s.add(binary.BigEndian.AppendUint32(record, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.seal(); err != nil {
		t.Fatal(err)
	}
	for prefix, want := range []int{300, 300, 300, 100, 0} {
		n := 0
		if err := s.find(uint64(prefix), func([]byte) error { n++; return nil }); err != nil || n != want {
			t.Errorf("%d: %d found, want %d, %v", prefix, n, want, err)
		}
	}
}

// Without a place for temporary files the error is told, and nothing is lost silently.
func TestSorterNoRoom(t *testing.T) {
	t.Setenv("TMPDIR", "/nonexistent")
	s := sorter{budget: 1}
	defer s.close()
	if err := errors.Join(s.add([]byte("12345678")), s.add([]byte("12345679"))); err == nil {
		t.Error("no error")
	}
}
