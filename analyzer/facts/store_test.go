package facts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
)

// randomFacts makes facts with few different values, so that orders are decided by every key.
func randomFacts(r *rand.Rand, n int) []Fact {
	facts := make([]Fact, n)
	for i := range facts {
		pick := func(name string, of int) string {
			if k := r.IntN(of); k > 0 {
				return fmt.Sprint(name, k)
			}
			return ""
		}
		f := Fact{
			Time: int64(r.IntN(5) - 2), Created: int64(r.IntN(3)), Hash: uint64(r.IntN(3)), Index: i, Kind: Kind(r.IntN(8)), Flags: Flags(r.IntN(512)),
			EventID: ParseEventID(fmt.Sprintf("0000000%d-aaaa-bbbb-cccc-00000000000%d", r.IntN(3), r.IntN(10))),
			Account: []string{"", "account", "111122223333", "222233334444"}[r.IntN(4)], Region: pick("region", 3), Service: pick("service", 3), Action: pick("action", 3), ErrorCode: pick("error", 3),
			RoleARN: pick("role", 4), SessionName: pick("session", 5), Principal: pick("principal", 3), InvokedBy: pick("by", 3), SourceIP: pick("ip", 2),
			SharedID: ParseEventID(pick("shared", 2)), Object: pick("object", 50), Subject: pick("subject", 3), Detail: pick("detail", 3),
			Resource: pick("resource", 3), Raw: pick("raw", 20), Label: uint32(r.IntN(3)),
		}
		if r.IntN(3) == 0 {
			f.EventID = ParseEventID(pick("event", 4))
		}
		facts[i] = f
	}
	return facts
}

func sortedCopy(o Order, facts []Fact) []Fact {
	c := slices.Clone(facts)
	slices.SortFunc(c, func(a, b Fact) int {
		p, q := o.prefix(&a), o.prefix(&b)
		return cmp.Or(cmp.Compare(o.first(p), o.first(q)), o.compare(p, &a, q, &b))
	})
	return c
}

func all(t *testing.T, s *Store) []Fact {
	t.Helper()
	var got []Fact
	if err := s.Each(context.Background(), func(f *Fact) error { got = append(got, *f); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestStore holds the store against a sorted slice: whatever the memory and the number of batches, the committed facts
// come back in order, and those of discarded objects do not.
func TestStore(t *testing.T) {
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 1))
		facts := randomFacts(r, 3000)
		memory := []int64{0, 10_000, 60_000, 300_000, 1 << 30}[seed%5] // the one before the last spills one of two batches
		s := NewStore(ByEvent, memory, t.TempDir())
		batches := []*Batch{s.NewBatch(2), s.NewBatch(2)}
		var want []Fact
		for i := 0; i < len(facts); {
			b := batches[min(r.IntN(4), 1)]
			end := min(len(facts), i+r.IntN(200))
			for _, f := range facts[i:end] {
				if err := b.Add(&f); err != nil {
					t.Fatal(err)
				}
			}
			if r.IntN(4) > 0 {
				b.Commit()
				want = append(want, facts[i:end]...)
			} else {
				b.Discard()
			}
			i = end
		}
		if spilled := s.Spilled() > 0; spilled != (memory < 1<<30) {
			t.Fatalf("memory %d: spilled %v", memory, spilled)
		}
		if got := all(t, s); !reflect.DeepEqual(got, sortedCopy(ByEvent, want)) {
			t.Fatalf("seed %d: ByEvent differs", seed)
		}
		for _, order := range []Order{ForWalk, ByTime, ByAccountAndTime} {
			var kept []Fact
			next, err := s.Filter(context.Background(), order, func(f *Fact) (bool, error) {
				if f.Hash == 0 && order == ForWalk {
					return false, nil
				}
				kept = append(kept, *f)
				return true, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := all(t, next); !reflect.DeepEqual(got, sortedCopy(order, kept)) {
				t.Fatalf("seed %d: order %d differs", seed, order)
			}
			s = next
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCollision: facts of two roles whose hashes agree in all bits that sorting looks at first stay apart.
func TestCollision(t *testing.T) {
	arn := func(i int) string { return fmt.Sprintf("arn:aws:iam::111122223333:role/r%d", i) }
	seen := map[uint32]string{}
	var pair []string
	for i := 0; pair == nil; i++ {
		hash := uint32(ForWalk.first(ForWalk.prefix(&Fact{RoleARN: arn(i)})))
		if other, ok := seen[hash]; ok {
			pair = []string{other, arn(i)}
		}
		seen[hash] = arn(i)
	}
	for _, memory := range []int64{0, 1 << 30} {
		s := NewStore(ForWalk, memory, t.TempDir())
		b := s.NewBatch(1)
		for i := range 200 {
			if err := b.Add(&Fact{RoleARN: pair[i%2], SessionName: fmt.Sprint("session", i%50), Index: i}); err != nil {
				t.Fatal(err)
			}
		}
		b.Commit()
		changes, last := 0, ""
		for _, f := range all(t, s) {
			if f.RoleARN != last {
				changes, last = changes+1, f.RoleARN
			}
		}
		if changes != 2 {
			t.Errorf("memory %d: the role changes %d times, want 2", memory, changes)
		}
		s.Close()
	}
}

func TestTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(ByEvent, 0, dir)
	b := s.NewBatch(1)
	for _, f := range randomFacts(rand.New(rand.NewPCG(1, 1)), 10) {
		if err := b.Add(&f); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("the file can be seen while it is used: %v %v", entries, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}

	s = NewStore(ByEvent, 0, dir+"/missing")
	b = s.NewBatch(1)
	var f Fact
	if err := errors.Join(b.Add(&f), b.Add(&f)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder for the file: %v", err)
	}
}

func TestEachEndsEarly(t *testing.T) {
	s := NewStore(ByEvent, 1<<30, "")
	b := s.NewBatch(1)
	for _, f := range randomFacts(rand.New(rand.NewPCG(1, 1)), 5000) {
		b.Add(&f)
	}
	b.Commit()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Each(ctx, func(*Fact) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	stop := errors.New("stop")
	if err := s.Each(context.Background(), func(*Fact) error { return stop }); err != stop {
		t.Errorf("yield's error: %v", err)
	}
}

func TestEventID(t *testing.T) {
	ids := []string{"", "0", "00000000-0000-0000-0000-000000000000", "0a000000-0000-0000-0000-00000000000f", "0A000000-0000-0000-0000-00000000000f",
		"ffffffff-ffff-ffff-ffff-ffffffffffff", "gfffffff-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-fffffffffff\xff", "fffffffg-ffff-ffff-ffff-ffffffffffff", "0a000000-0000-0000-0000-00000000000", "0a0000000-000-0000-0000-00000000000f", "a0000000-0000-0000-0000-0000000000-1"}
	for _, a := range ids {
		if got := ParseEventID(a); got.String() != a || got.IsZero() != (a == "") || got != ParseEventID([]byte(a)) {
			t.Errorf("%q comes back as %q", a, got)
		}
		for _, b := range ids {
			x, y := ParseEventID(a), ParseEventID(b)
			if got, want := x.Compare(y), cmpStrings(a, b); got != want {
				t.Errorf("%q against %q: %d, want %d", a, b, got, want)
			}
		}
	}
}

func cmpStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func BenchmarkStore(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	facts := randomFacts(r, 100_000)
	for i := range facts {
		facts[i].EventID = EventID{uuid: [16]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(i >> 16), byte(i >> 8), byte(i), 1}}
		facts[i].Created = int64(i / 20)
		facts[i].Flags |= HasCreated
	}
	for _, memory := range []int64{4 << 20, 1 << 30} {
		b.Run(fmt.Sprintf("memory=%d", memory), func(b *testing.B) {
			for b.Loop() {
				s := NewStore(ByEvent, memory, b.TempDir())
				batch := s.NewBatch(1)
				for i := range facts {
					batch.Add(&facts[i])
				}
				batch.Commit()
				next, err := s.Filter(context.Background(), ForWalk, func(*Fact) (bool, error) { return true, nil })
				if err != nil {
					b.Fatal(err)
				}
				next.Each(context.Background(), func(*Fact) error { return nil })
				next.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(facts)), "ns/fact")
		})
	}
}
