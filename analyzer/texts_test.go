package analyzer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"roletrail/analyzer/facts"
)

func TestTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	table := make(texts, 8)
	buffer := []byte{}
	var kept, want []string
	for range 5000 {
		text := strings.Repeat("x", r.IntN(3)*maxTextLength/2) + fmt.Sprint(r.IntN(30))[:r.IntN(2)]
		buffer = append(buffer[:0], text...) // used again, as the text of a record is
		want = append(want, text)
		if r.IntN(2) == 0 {
			kept = append(kept, table.of(buffer))
		} else {
			kept = append(kept, table.clone(text))
		}
	}
	if !slices.Equal(kept, want) {
		t.Error("a text comes back as another one")
	}
}

// TestSample holds a sample against all events, sorted.
func TestSample(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		s, all := sample{}, []item{}
		for range r.IntN(12) {
			f := facts.Fact{Time: int64(r.IntN(6)), EventID: facts.ParseEventID(fmt.Sprint(r.IntN(3))), Object: fmt.Sprint(r.IntN(2)), Index: r.IntN(2)}
			all = append(all, item{f.Time, f.EventID, f.Object, f.Index})
			if r.IntN(4) > 0 {
				s.add(&f)
				continue
			}
			other := sample{}
			other.add(&f)
			s.merge(&other)
		}
		slices.SortFunc(all, item.compare)
		earliest, latest := all[:min(len(all), earliestKept)], all[max(0, len(all)-latestKept):]
		if !slices.Equal(s.earliest, earliest) || !slices.Equal(s.latest, latest) {
			t.Fatalf("of %v: %v and %v", all, s.earliest, s.latest)
		}
	}
}
