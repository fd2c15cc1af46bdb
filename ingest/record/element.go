package record

import (
	"bytes"
	"fmt"
)

// element gives up the event in the object at b[from:to], whose fields have been located: the object itself, or what
// LookupEvents or EventBridge wrapped in it.
func (s *Splitter) element(from, to int) error {
	r := &s.rec
	r.Index, r.text, r.spans, r.Raw, r.from = s.count.Total, s.b, s.spans, s.b[from:to], from
	if v := r.Value(wrappedEvent); len(v) > 0 && v[0] == '"' {
		s.inner = appendText(s.inner[:0], v[1:len(v)-1])
		s.inner = bytes.TrimFunc(s.inner, func(c rune) bool { return c < 0x80 && isSpace(byte(c)) })
		if len(s.inner) == 0 || s.inner[0] != '{' || !valid(s.inner) {
			return fmt.Errorf("%w: CloudTrailEvent of element %d is no JSON object", ErrRecord, r.Index)
		}
		return s.wrapped(s.inner)
	}
	if v := r.Value(wrappedDetail); len(v) > 0 && v[0] == '{' && !r.Has(EventName) {
		return s.wrapped(v)
	}
	return s.give()
}

// wrapped gives up the event in text, an object that stands in an element.
func (s *Splitter) wrapped(text []byte) error {
	outer, marked := s.b, s.marked
	s.b, s.marked, s.rec.stepped = text, 0, false
	s.begin()
	_, err := s.object(0, &s.fields.root, 1)
	if err == nil {
		s.rec.text, s.rec.Raw, s.rec.from = text, text, 0
		err = s.give()
	}
	s.b, s.marked = outer, marked
	return err
}

// begin makes all fields absent, for another object.
func (s *Splitter) begin() {
	clear(s.spans)
	s.entered = 0
}

func (s *Splitter) give() error {
	s.count.Total++
	if s.rec.looks = s.rec.look(); s.rec.looks {
		s.count.CloudTrail++
	}
	return s.h.Record(&s.rec)
}
