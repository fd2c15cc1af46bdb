package record

import (
	"errors"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"
	"testing/iotest"
)

func TestExactLimit(t *testing.T) {
	sp := NewSplitter(testFields)
	var window []byte
	for i := 0; i < 20000; i++ {
		limit := 20 + rand.Intn(200)
		n := rand.Intn(4) + 1
		var text string
		want := false
		bad := false
		for j := 0; j < n; j++ {
			d := `{"a":"` + strings.Repeat("x", rand.Intn(2*limit)) + `"}`
			if rand.Intn(2) == 0 {
				d = `{"Records":[` + d + `,{"b":1}]}`
			}
			if rand.Intn(9) == 0 && !want {
				d = d[:len(d)-1] + "]"
				if len(d) > limit {
					d = "\"1\""
				} else {
					bad = true
					text += d
					break
				}
			}
			if len(d) > limit {
				want = true
			}
			text += d + strings.Repeat(" ", rand.Intn(3*limit))
			if want {
				break
			}
		}
		var r io.Reader = strings.NewReader(text)
		if rand.Intn(2) == 0 {
			r = iotest.HalfReader(r)
		}
		if rand.Intn(3) == 0 {
			window = nil
		}
		_, w, err := sp.SplitStream(r, window, limit, &seen{})
		window = w
		if bad {
			if !errors.Is(err, ErrJSON) {
				t.Fatal("bad", limit, text, err)
			}
			continue
		}
		if errors.Is(err, ErrTooLarge) != want || (err != nil) != want {
			t.Fatal(fmt.Sprint(limit, " ", len(text), " ", text, err, want))
		}
	}
}
