package record

import "errors"

// Errors of a log file's structure.
var (
	errIncomplete = errors.New("ends in the middle of a value")
	errStructure  = errors.New("broken JSON structure")
	errDepth      = errors.New("JSON nested too deeply")
)

// maxDepth is the nesting that encoding/json accepts.
const maxDepth = 10000

// span is a stretch of a buffer; the zero span stands for "absent", for no value begins at 0 inside an object.
type span struct {
	from, to int
	text     textState // of a string
}

// textState says whether the text of a string stands for itself: without escapes, and valid UTF-8. Unless there are
// escapes, that is found out when it is first asked for.
type textState uint8

const (
	unknownText textState = iota
	plainText
	escapedText
)

// scanner walks over JSON text. It looks only at what it needs for finding where values end, so it accepts some text
// that breaks the grammar; over text that keeps the grammar it is exact.
type scanner struct {
	b      []byte
	spans  []span // by Field, of the record that is being scanned
	keyBuf []byte // an escaped key, resolved
	steps  *steps // may be nil
	// entered has a bit for each object of this record in which fields were located, so that they are forgotten when another
	// one comes under the same key. Some may share a bit.
	entered uint64

	// stepped tells of the last object that it was walked over by steps alone, and that whatever breaks the grammar in it is
	// inside one of the first skips values in skipped.
	stepped bool
	skips   int
	skipped [maxSkips][2]int

	marks      *marks // of b[markedFrom:markedFrom+marked]; may be nil
	markedFrom int
	marked     uint // bytes, 0 where there are none
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func (s *scanner) space(i int) int {
	for i < len(s.b) && isSpace(s.b[i]) {
		i++
	}
	return i
}

// object walks over the object that begins at b[i], notes the values of the fields below n, and returns the index
// behind the object. Of several members with one key the last one counts, as in encoding/json.
func (s *scanner) object(i int, n *node, depth int) (int, error) {
	h := s.steps.begin(n)
	if h == nil {
		end, err := s.irregular(i, n, depth)
		s.stepped = false // it may have been set for what is inside, or for the record before
		return end, err
	}
	root, before, first := n, h.start, true
	depth -= root.level
	s.stepped, s.skips = true, 0
	for i++; ; {
		if s.marked > 0 {
			s.markOn(i)
		}
		if last, end := s.known(before, i, depth); end > i {
			kind := s.steps.all[last].kind
			if kind == toEnd {
				return end, nil
			}
			before, i, n, first = last, end, s.steps.inside[last], kind == toMembers
		}
		s.stepped = false
		from, outer, enters := i, n, uint64(0)
		child, at, err := s.member(i, n, first)
		for err == nil && (at < 0 || s.b[at] == '{' && child.entered()) {
			switch {
			case at >= 0: // an object begins, which is one step with its first key if they are short
				s.forget(child)
				n, enters = child, enters|child.bit()
				begins := at + 1
				if child, at, err = s.member(begins, n, true); err != nil || at < 0 || s.b[at] != '"' || at+1-from > stepLength {
					before = s.steps.learn(h, before, outer, s.b[from:begins], step{kind: toMembers, enters: enters}, n)
					from, outer, enters = begins, n, 0
				}
			case n == root:
				s.steps.learn(h, before, outer, s.b[from:-at], step{kind: toEnd}, root)
				return -at, nil
			default:
				n = n.parent
				child, at, err = s.member(-at, n, false)
			}
		}
		if err != nil {
			return 0, err
		}
		if i, err = s.value(at, child, depth+n.level); err != nil {
			return 0, err
		}
		s.stepped = false // it may have been set for what is inside
		before, first = s.learn(h, before, outer, from, at, i, n, child, enters), false
	}
}

// learn notes the step from b[from], behind the step before and in an object of outer, to the value of child at b[at:end],
// behind which the walk is in an object of inside.
func (s *scanner) learn(h *habit, before uint16, outer *node, from, at, end int, inside, child *node, enters uint64) uint16 {
	made := step{at: uint8(at - from), enters: enters}
	switch c := s.b[at]; {
	case child != nil && len(child.below) > 0 && !child.deferred: // which are to be forgotten
		return 0
	case c == '"' && enters != 0:
		made.kind, end = toInnerString, at+1
	case c == '"' && at-from == stepLength:
		made.kind, end = toLongKey, at
	case c == '"':
		made.kind, end = toString, at+1
	case c == '{' || c == '[':
		made.kind, end = toSkipped, at+1
	case string(s.b[at:end]) == "true", string(s.b[at:end]) == "false", string(s.b[at:end]) == "null":
		made.kind = toLiteral
	default:
		return 0
	}
	if child != nil {
		made.value = uint32(child.field) + 1
	}
	return s.steps.learn(h, before, outer, s.b[from:end], made, inside)
}

// known walks over the text from b[i] on as long as it was met before. Nearly all of the time of a walk goes here.
func (s *scanner) known(before uint16, i, depth int) (last uint16, end int) {
	if uint(i-s.markedFrom) < s.marked {
		walked, end := walkMarked(s, &s.steps.all, s.marks, int(before), i)
		before, i = uint16(walked), end
		if len(s.b)-i > 2*walkMargin {
			return before, i
		}
	}
	s.stepped = false
	return s.walkSteps(before, i, depth)
}

// forget makes the fields below n absent, for of several members with one key the last one counts.
func (s *scanner) forget(n *node) {
	for _, f := range n.below {
		s.spans[f] = span{}
	}
	s.entered |= n.bit()
}

// noteString notes a string as the value of a node.
func (s *scanner) noteString(n *node, from, to int, escaped bool) {
	s.forget(n)
	if n.field < 0 {
		return
	}
	state := unknownText
	if escaped {
		state = escapedText
	}
	s.spans[n.field] = span{from, to, state}
}

// irregular is object without expecting any order of the keys.
func (s *scanner) irregular(i int, n *node, depth int) (int, error) {
	i++
	for first := true; ; first = false {
		child, at, err := s.member(i, n, first)
		if err != nil {
			return 0, err
		}
		if at < 0 {
			return -at, nil
		}
		if i, err = s.value(at, child, depth); err != nil {
			return 0, err
		}
	}
}

// member walks from behind an opening brace (first) or a value to the next value of an object: over comma, key and
// colon. It returns the node that the key leads to, nil if it leads nowhere, and the index of the value; at the
// object's end it returns the negated index behind the closing brace.
func (s *scanner) member(i int, n *node, first bool) (*node, int, error) {
	b := s.b
	if i = s.space(i); i >= len(b) {
		return nil, 0, errIncomplete
	}
	if b[i] == '}' {
		return nil, -(i + 1), nil
	}
	if !first {
		if b[i] != ',' {
			return nil, 0, errStructure
		}
		if i = s.space(i + 1); i >= len(b) {
			return nil, 0, errIncomplete
		}
	}
	if b[i] != '"' {
		return nil, 0, errStructure
	}
	from := i + 1
	to, escaped := s.stringEnd(from)
	if to < 0 {
		return nil, 0, errIncomplete
	}
	if i = s.space(to + 1); i >= len(b) {
		return nil, 0, errIncomplete
	}
	if b[i] != ':' {
		return nil, 0, errStructure
	}
	if i = s.space(i + 1); i >= len(b) {
		return nil, 0, errIncomplete
	}
	return s.find(n, b[from:to], escaped), i, nil
}

// find returns the child of n that a key, as it stands in the text, leads to.
func (s *scanner) find(n *node, key []byte, escaped bool) *node {
	if escaped {
		s.keyBuf = appendText(s.keyBuf[:0], key)
		key = s.keyBuf
	}
	return n.child(key)
}

// value walks over the value at b[i] and notes it, and the fields inside it, for the node n, which may be nil.
func (s *scanner) value(i int, n *node, depth int) (int, error) {
	if n == nil {
		return s.skip(i, depth)
	}
	if s.b[i] == '"' {
		end, escaped := s.stringEnd(i + 1)
		if end < 0 {
			return 0, errIncomplete
		}
		s.noteString(n, i, end+1, escaped)
		return end + 1, nil
	}
	s.forget(n)
	var end int
	var err error
	if s.b[i] == '{' && len(n.children) > 0 && !n.deferred {
		end, err = s.object(i, n, depth+1)
	} else {
		end, err = s.skip(i, depth)
	}
	if err == nil && n.field >= 0 {
		s.spans[n.field] = span{from: i, to: end}
	}
	return end, err
}

// skip returns the index behind the value at b[i].
func (s *scanner) skip(i, depth int) (int, error) {
	switch c := s.b[i]; c {
	case '"':
		if end, _ := s.stringEnd(i + 1); end >= 0 {
			return end + 1, nil
		}
		return 0, errIncomplete
	case '{', '[':
		if depth < maxDepth-64 {
			if end, ok := s.markedContainer(i); ok {
				return end, nil
			}
		}
		return s.container(i, depth)
	case '}', ']', ',', ':':
		return 0, errStructure
	case 't', 'n':
		return s.literal(i + len("true"))
	case 'f':
		return s.literal(i + len("false"))
	}
	return s.scalar(i)
}

// literal returns the end of a literal, if it is there.
func (s *scanner) literal(end int) (int, error) {
	if end > len(s.b) {
		return 0, errIncomplete
	}
	return end, nil
}

// scalar returns the index behind the number or literal at b[i]. What ends with the buffer may go on behind it.
func (s *scanner) scalar(i int) (int, error) {
	for ; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == ',' || c == '}' || c == ']' || isSpace(c):
			return i, nil
		case c == '"' || c == '{' || c == '[' || c == ':':
			return 0, errStructure
		}
	}
	return 0, errIncomplete
}

// Classes of bytes between the strings of a container.
const (
	other = iota
	quote
	open
	shut
)

var class = [256]uint8{'"': quote, '{': open, '[': open, '}': shut, ']': shut}

// container returns the index behind the object or array at b[i]. Which brackets are open is kept as one bit each:
// 1 for a brace; beyond 64 of them a deeper call takes over.
func (s *scanner) container(i, depth int) (int, error) {
	b := s.b
	var braces uint64
	level := 0
	for i < len(b) {
		c := b[i]
		switch class[c] {
		case other:
			i++
		case quote:
			for {
				end, _ := stringEnd(b, i+1)
				if end < 0 {
					return 0, errIncomplete
				}
				i = end + 1
				// Nearly always another string follows at once: behind a key its value, behind a value the next key.
				if i+1 >= len(b) || b[i+1] != '"' || b[i] != ':' && b[i] != ',' {
					break
				}
				i++
			}
		case open:
			if depth+level >= maxDepth {
				return 0, errDepth
			}
			if level == 64 {
				end, err := s.container(i, depth+level)
				if err != nil {
					return 0, err
				}
				i = end
				continue
			}
			braces <<= 1
			if c == '{' {
				braces |= 1
			}
			level++
			i++
		case shut:
			if (c == '}') != (braces&1 == 1) {
				return 0, errStructure
			}
			braces >>= 1
			level--
			i++
			if level == 0 {
				return i, nil
			}
		}
	}
	return 0, errIncomplete
}
