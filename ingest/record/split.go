package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
)

// Errors that Split returns, wrapped with the place in the text.
var (
	ErrEmpty    = errors.New("no JSON value in it")
	ErrJSON     = errors.New("not valid JSON")
	ErrRecord   = errors.New("not a CloudTrail event where one must be")
	ErrTooLarge = errors.New("larger than the limit")
)

// Handler receives the records of one log file.
type Handler interface {
	// Record receives the next record. An error ends the split and is returned by it.
	Record(r *Record) error
}

// Splitter finds the records in the text of log files. It judges their form by the content: the Records envelope, a JSON
// array of events, newline-delimited events, one event, an event of EventBridge, or the output of LookupEvents, and any
// sequence of these. The zero value is not usable; see NewSplitter. It is not safe for concurrent use.
type Splitter struct {
	scanner
	fields *Fields
	rec    Record
	inner  []byte // the text of a CloudTrailEvent string
	h      Handler

	pos   int // where the walk is in b
	keep  int // what lies before it in b is not needed any more
	src   io.Reader
	limit int // bytes that b may grow to while it is read from src
	start int // where the current document begins; negative when that part of it was given up
	count Elements
}

// Elements counts what a log file holds.
type Elements struct {
	Total      int // elements of its documents
	CloudTrail int // those among them that look like CloudTrail events
}

// NewSplitter returns a splitter that locates the fields of each record.
func NewSplitter(fields *Fields) *Splitter {
	s := &Splitter{fields: fields}
	s.spans = make([]span, len(fields.paths))
	s.steps = newSteps(fields.nodes + 1)
	s.marks = newMarks()
	s.rec.fields, s.rec.scanner = fields, &s.scanner
	return s
}

// Split gives all records of a log file's text to h, in their order. The text is only read.
func (s *Splitter) Split(text []byte, h Handler) (Elements, error) {
	s.b, s.src, s.limit = text, nil, math.MaxInt
	return s.split(h)
}

// SplitStream is Split for a text of any length. It holds one record at a time, or one document where that is no
// envelope, in a window that it keeps for the next call; a document longer than limit is ErrTooLarge.
func (s *Splitter) SplitStream(src io.Reader, window []byte, limit int, h Handler) (e Elements, used []byte, err error) {
	s.b, s.src, s.limit = window[:0], src, limit
	e, err = s.split(h)
	used, s.b, s.src = s.b[:0], nil, nil
	return e, used, err
}

func (s *Splitter) split(h Handler) (Elements, error) {
	s.h, s.pos, s.keep, s.start, s.count = h, 0, 0, 0, Elements{}
	s.unmark()
	if s.steps != nil && s.steps.used == maxSteps {
		s.steps = newSteps(s.fields.nodes + 1) // else one odd file would make the walk over all later ones slow
	}
	defer func() { s.h = nil }()
	if err := s.byteOrderMark(); err != nil {
		return s.count, err
	}
	documents := 0
	for {
		s.keep, s.start = s.pos, s.pos
		more, err := s.next()
		if err != nil {
			return s.count, err
		}
		if !more {
			break
		}
		documents++
		s.keep, s.start = s.pos, s.pos
		if err := s.document(); err != nil {
			return s.count, err
		}
		if s.pos-s.start > s.limit {
			return s.count, ErrTooLarge
		}
	}
	if documents == 0 {
		return s.count, ErrEmpty
	}
	return s.count, nil
}

func (s *Splitter) byteOrderMark() error {
	for s.src != nil && len(s.b) < 3 {
		if more, err := s.fill(); err != nil {
			return err
		} else if !more {
			break
		}
	}
	if bytes.HasPrefix(s.b, []byte("\xef\xbb\xbf")) {
		s.pos = 3
	}
	return nil
}

// next moves over white space and reports whether text follows.
func (s *Splitter) next() (bool, error) {
	for {
		if s.pos = s.space(s.pos); s.pos < len(s.b) {
			return true, nil
		}
		s.keep, s.start = s.pos, s.pos // white space between documents belongs to none
		if more, err := s.fill(); err != nil || !more {
			return false, err
		}
	}
}

// more reads on where the walk lacked text. Any other error of the walk, and the text's end, are errors of the file.
func (s *Splitter) more(err error) error {
	if err == errIncomplete {
		if more, err := s.fill(); more || err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrJSON, err)
}

// fill reads more text, giving up what lies before keep. It reports false at the text's end.
func (s *Splitter) fill() (bool, error) {
	if s.src == nil {
		return false, nil
	}
	s.unmark()
	if s.keep > 0 {
		n := copy(s.b, s.b[s.keep:])
		s.b = s.b[:n]
		for i, sp := range s.spans {
			if sp.to != 0 {
				s.spans[i].from, s.spans[i].to = sp.from-s.keep, sp.to-s.keep
			}
		}
		s.pos -= s.keep
		s.start -= s.keep
		s.keep = 0
	}
	if len(s.b)-s.start > s.limit {
		return false, ErrTooLarge
	}
	if len(s.b) == cap(s.b) {
		grown := make([]byte, len(s.b), max(2*cap(s.b), 64<<10))
		copy(grown, s.b)
		s.b = grown
	}
	for {
		n, err := s.src.Read(s.b[len(s.b):min(cap(s.b), s.start+s.limit+1)]) // so that a document's length decides, not the window's
		s.b = s.b[:len(s.b)+n]
		switch {
		case n > 0:
			return true, nil
		case err == io.EOF:
			s.src = nil
			return false, nil
		case err != nil:
			return false, err
		}
	}
}

// document walks over the JSON value at pos.
func (s *Splitter) document() error {
	switch s.b[s.pos] {
	case '{':
		return s.objectDocument()
	case '[':
		return s.array(true)
	}
	return s.scalarDocument()
}

// scalarDocument walks over a document that is no object and no array, and so holds no event.
func (s *Splitter) scalarDocument() error {
	for {
		end, err := s.skip(s.pos, 0)
		if err == errIncomplete && s.b[s.pos] != '"' {
			more, readErr := s.fill()
			if readErr != nil {
				return readErr
			}
			if more {
				continue
			}
			end, err = len(s.b), nil // only here the text's end ends a value
		}
		if err == nil && !valid(s.b[s.pos:end]) {
			err = errStructure
		}
		if err == nil {
			s.count.Total++
			s.pos = end
			return nil
		}
		if err = s.more(err); err != nil {
			return err
		}
	}
}

// objectDocument walks over a document that is an object. It is an envelope if its Records or its Events is an array,
// whose elements are then given up one by one; else it is an event itself. Two such arrays in one document leave open
// which of them counts, so they fail the file.
func (s *Splitter) objectDocument() error {
	s.begin()
	envelope := false
	s.pos++
	for first := true; ; first = false {
		child, at, err := s.member(s.pos, &s.fields.root, first)
		for ; err != nil; child, at, err = s.member(s.pos, &s.fields.root, first) {
			if err := s.more(err); err != nil {
				return err
			}
		}
		if at < 0 {
			s.pos = -at
			break
		}
		s.pos = at
		if child != nil && (child.field == envelopeRecords || child.field == envelopeEvents) && s.b[at] == '[' {
			if envelope {
				return fmt.Errorf("%w: a second %s array", ErrJSON, s.fields.Path(child.field))
			}
			envelope = true
			if err := s.array(false); err != nil {
				return err
			}
			s.keep = s.pos
			continue
		}
		end, err := s.value(s.pos, child, 1)
		for ; err != nil; end, err = s.value(s.pos, child, 1) {
			if err := s.more(err); err != nil {
				return err
			}
		}
		s.pos = end
		if envelope {
			s.keep = end
		}
	}
	if envelope {
		return nil
	}
	s.rec.stepped = false
	return s.element(s.start, s.pos)
}

// array walks over the array at pos and gives its elements up. In an envelope each must be an object; a document that
// is an array without any object holds no event.
func (s *Splitter) array(document bool) error {
	objects, others := 0, 0
	s.pos++
	for first := true; ; first = false {
		at, err := s.arrayElement(first)
		if err != nil {
			return err
		}
		if at == ']' {
			return nil
		}
		s.keep = s.pos
		if at == '{' {
			objects++
		} else {
			others++
		}
		if others > 0 && (objects > 0 || !document) {
			return fmt.Errorf("%w: element %d is no object", ErrRecord, s.count.Total)
		}
		if at != '{' {
			if err := s.skipElement(); err != nil {
				return err
			}
			continue
		}
		s.begin()
		s.mark(s.pos)
		end, err := s.object(s.pos, &s.fields.root, 1)
		for ; err != nil; end, err = s.object(s.pos, &s.fields.root, 1) {
			if err := s.more(err); err != nil {
				return err
			}
			s.begin()
		}
		s.rec.stepped = s.stepped
		if err := s.element(s.pos, end); err != nil {
			return err
		}
		s.pos = end
	}
}

// arrayElement moves to the next element of an array, or behind its closing bracket, and returns the byte there.
func (s *Splitter) arrayElement(first bool) (byte, error) {
	if i := s.pos; !first && len(s.b)-i > 2 && s.b[i] == ',' && s.b[i+1] == '{' { // nearly always
		s.pos++
		return '{', nil
	}
	for step := 0; ; step++ {
		for s.pos = s.space(s.pos); s.pos >= len(s.b); s.pos = s.space(s.pos) {
			s.keep = s.pos
			if err := s.more(errIncomplete); err != nil {
				return 0, err
			}
		}
		switch c := s.b[s.pos]; {
		case c == ']' && step == 0:
			s.pos++
			return c, nil
		case c == ']' || c == '}' || c == ':' || (c == ',') == (first || step == 1):
			return 0, s.more(errStructure)
		case c != ',':
			return c, nil
		}
		s.pos++
	}
}

// skipElement walks over an element that is no object.
func (s *Splitter) skipElement() error {
	for {
		end, err := s.skip(s.pos, 1)
		if err == nil {
			if !valid(s.b[s.pos:end]) {
				return s.more(errStructure)
			}
			s.count.Total++
			s.pos = end
			return nil
		}
		if err = s.more(err); err != nil {
			return err
		}
	}
}
