package trailgen

import (
	"slices"
	"strings"
)

// KeyOrder is the order of keys in every object of an event.
type KeyOrder int

// AsMade is CloudTrail's order, Alphabetical that of other tools; Reversed and Shuffled are nobody's, and valid.
const (
	AsMade KeyOrder = iota
	Alphabetical
	Reversed
	Shuffled
)

// arrange returns a copy in which keys stand in an order, at every depth. What Shuffled gives depends on the event alone.
func arrange(event Object, order KeyOrder) Object {
	if order == AsMade {
		return event
	}
	return arrangeValue(event, order, newRandom(hash(event.Text("eventID")))).(Object)
}

func arrangeValue(value any, order KeyOrder, r *random) any {
	switch value := opened(value).(type) {
	case Object:
		out := slices.Clone(value)
		for i := range out {
			out[i].Value = arrangeValue(out[i].Value, order, r)
		}
		switch order {
		case Alphabetical:
			slices.SortStableFunc(out, func(a, b Member) int { return strings.Compare(a.Key, b.Key) })
		case Reversed:
			slices.Reverse(out)
		case Shuffled:
			shuffle(r, out)
		}
		return out
	case List:
		out := slices.Clone(value)
		for i := range out {
			out[i] = arrangeValue(out[i], order, r)
		}
		return out
	default:
		return value
	}
}
