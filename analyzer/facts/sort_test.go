package facts

import (
	"cmp"
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestSortByPrefix(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		mask := []uint64{0, 3, 0xff00, 0xffff_0000_0000_ffff, ^uint64(0)}[r.IntN(5)]
		entries := make([]entry, r.IntN(500))
		for i := range entries {
			entries[i] = entry{r.Uint64() & mask, uint32(i), symbol(r.IntN(3))}
		}
		want := slices.Clone(entries)
		slices.SortStableFunc(want, func(a, b entry) int { return cmp.Compare(a.prefix, b.prefix) })
		if got := sortByPrefix(entries); !slices.Equal(got, want) {
			t.Fatalf("mask %x: %v, want %v", mask, got, want)
		}
	}
}

// FuzzStore holds the store against a sorted slice, whatever the memory, the number of batches and what of the facts differs:
// each order in turn, with some facts given up at first.
func FuzzStore(f *testing.F) {
	for _, memory := range []uint32{0, 10_000, 200_000, 500_000, 1 << 30} {
		f.Add(uint64(memory), memory, uint16(2000), uint8(2), false)
		f.Add(uint64(memory), memory, uint16(2000), uint8(3), true)
	}
	f.Fuzz(func(t *testing.T, seed uint64, memory uint32, n uint16, batches uint8, uses bool) {
		r := rand.New(rand.NewPCG(seed, 2))
		all := randomFacts(r, int(n%2048))
		for i := range all {
			if uses {
				all[i].Kind %= 2
				all[i].Time = int64(r.IntN(1000))
			}
		}
		s := NewStore(ByEvent, int64(memory), t.TempDir())
		defer func() { s.Close() }()
		into := make([]*Batch, 1+batches%4)
		for i := range into {
			into[i] = s.NewBatch(len(into))
		}
		for i := range all {
			b := into[r.IntN(len(into))]
			if err := b.Add(&all[i]); err != nil {
				t.Fatal(err)
			}
			b.Commit()
		}
		orders := []Order{ForWalk, ByTime, ByEvent, ByAccountAndTime}
		r.Shuffle(len(orders), func(i, j int) { orders[i], orders[j] = orders[j], orders[i] })
		for _, order := range orders {
			var kept []Fact
			next, err := s.Filter(context.Background(), order, func(f *Fact) (bool, error) {
				keep := f.Index%7 > 0
				if keep {
					kept = append(kept, *f)
				}
				return keep, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			s = next
			var got []Fact
			if err := s.Each(context.Background(), func(f *Fact) error { got = append(got, *f); return nil }); err != nil {
				t.Fatal(err)
			}
			if want := sortedCopy(order, kept); !reflect.DeepEqual(got, want) {
				t.Fatalf("order %d: %d facts differ from the %d sorted", order, len(got), len(want))
			}
		}
	})
}
