package record

import "bytes"

// step is a stretch of text that was met before: what stands between one value of a record and the next, such as
// `},"eventName":"`, with as much of the next as tells what it is. CloudTrail writes the records of one version in one
// order, so that what comes next is nearly always one of the few things that came next before, and comparing all of it at
// once is faster than finding where a key ends and what it leads to. What a walk makes of a text depends on nothing but the
// text and the object that it is in, so the same text leads to the same place again.
//
// A scanner has its steps in one table, in which they are known by their places. They have no pointers.
type step struct {
	text [stepLength]byte
	need uint32 // a bit for each byte of text that counts
	// after has the steps that came after this one, the last one first, and 0 behind them: optional keys and the kinds of
	// identities make that differ between records. They are told by where they are in the table, in bytes.
	after  [4]uint16
	enters uint64 // the bits of the objects that are entered, as in scanner
	value  uint32 // 1 more than where in spans the value is noted, 0 if it is not
	length uint8  // of text
	at     uint8  // where in it the value begins
	kind   stepKind
	_      [1]byte
}

const (
	stepLength = 32
	stepShift  = 6 // a step takes 1<<stepShift bytes
	maxSteps   = 1 << (16 - stepShift)
	maxSkips   = 16  // how many values a walk over steps may skip in one object
	walkMargin = 128 // how much text walkMarked leaves at the end, so that it can read 32 bytes wherever a value ends
)

// stepKind tells what the end of a step's text is.
type stepKind uint8

const (
	noStep        stepKind = iota // the text is empty, and nothing is known to come: the first of the steps, and where a walk begins
	toString                      // the quote before a string
	toInnerString                 // the same, in an object that is entered
	toLongKey                     // the colon before a string
	toLiteral                     // a whole literal
	toSkipped                     // the opening bracket of a value that is not entered
	toMembers                     // the opening brace of an object that is entered
	toEnd                         // the closing brace of the object in which the walk began
)

// steps are what a scanner remembers.
type steps struct {
	all    [maxSteps]step
	inside [maxSteps]*node // the object that the walk is in behind each step
	used   int
	habits []habit // by the number of the node whose object the walk began in
}

// habit has the steps of walks that began in one kind of object, so that they end there.
type habit struct {
	start uint16 // the step that stands for the object's opening brace
	known map[stepName]uint16
}

// stepName tells steps of one habit apart.
type stepName struct {
	inside *node // the object in which the text begins
	text   string
}

func newSteps(nodes int) *steps { return &steps{used: 1, habits: make([]habit, nodes)} }

// begin returns the habit of walks that begin in the object of n, nil if nothing is remembered or there is no room for it.
func (s *steps) begin(n *node) *habit {
	if s == nil {
		return nil
	}
	h := &s.habits[n.id]
	if h.start == 0 {
		if s.used == maxSteps {
			return nil
		}
		h.start, h.known = uint16(s.used), map[stepName]uint16{}
		s.inside[s.used] = n
		s.used++
	}
	return h
}

// learn notes that a text came after another step, in an object of from, and where that led: made says all but the text and
// what comes after it. It returns the step, 0 if it cannot be remembered.
func (s *steps) learn(h *habit, before uint16, from *node, text []byte, made step, inside *node) uint16 {
	if len(text) > stepLength || bytes.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == '\\' }) {
		return 0 // a walk over steps keeps the grammar
	}
	id, known := h.known[stepName{from, string(text)}]
	if !known {
		if s.used == maxSteps {
			return 0
		}
		id = uint16(s.used)
		s.used++
		h.known[stepName{from, string(text)}] = id
		made.need, made.length = uint32(1<<len(text)-1), uint8(len(text))
		copy(made.text[:], text)
		s.all[id], s.inside[id] = made, inside
	}
	if before != 0 {
		s.all[before].came(id)
	}
	return id
}

// came puts a step at the front of those that come after s, in place of the last one if it is new.
func (s *step) came(id uint16) {
	place := id << stepShift
	for i := range s.after {
		if was := s.after[i]; i == len(s.after)-1 || was == place || was == 0 {
			copy(s.after[1:i+1], s.after[:i])
			s.after[0] = place
			return
		}
	}
}

// walkSteps walks from b[i] on, behind the step before, as long as known steps come. It returns the last of them and the
// index behind its value; where anything else comes, it leaves that to object. Where there are marks, this is done in
// assembly.
func (s *scanner) walkSteps(before uint16, i, depth int) (last uint16, end int) {
	b := s.b
	all := &s.steps.all
next:
	for len(b)-i >= stepLength {
		for k, place := range &all[before].after {
			id := place >> stepShift
			st := &all[id]
			end := i + int(st.length)
			if string(b[i:end]) != string(st.text[:st.length]) {
				continue
			}
			switch st.kind {
			case noStep:
				return before, i
			case toEnd:
				return id, end
			case toSkipped:
				var err error
				if end, err = s.skip(end-1, depth+s.steps.inside[id].level); err != nil {
					return before, i
				}
			case toMembers, toInnerString:
				if s.entered&st.enters != 0 {
					return before, i
				}
				s.entered |= st.enters
			}
			if st.kind == toLongKey {
				if end == len(b) || b[end] != '"' {
					return before, i
				}
				end++
			}
			if st.kind <= toLongKey {
				if end = s.plainEnd(end) + 1; end == 0 {
					return before, i
				}
			}
			if st.value > 0 {
				s.spans[st.value-1] = span{i + int(st.at), end, unknownText}
			}
			if k > 0 {
				all[before].came(id)
			}
			before, i = id, end
			continue next
		}
		return before, i
	}
	return before, i
}
