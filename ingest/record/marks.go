package record

import (
	"encoding/binary"
	"math/bits"
)

// marks tell where in a stretch of text the bytes are that end strings and nest values, one bit for each byte of the
// text. They are made for 64 bytes at a time, without a branch that depends on what they are, so that a walk over the text
// afterwards finds the end of a string or of an object by looking at a word or two. Where the processor cannot compare
// many bytes at once there are none: making them eight bytes at a time takes longer than walking without them.
type marks struct {
	// stops has the quotes, backslashes and control characters, wherever they are: what ends a string, and what makes it
	// worth a closer look.
	stops [markedBytes/8 + 8]byte
	// brackets has the brackets and braces outside strings, as container sees them.
	brackets [markedBytes/8 + 8]byte
}

// markedBytes is how much text is marked at once: so little that it is still in the first cache when the walk comes.
const markedBytes = 32 << 10

// blockBytes is how much text one word of marks stands for.
const blockBytes = 64

// mark makes the marks for the text from b[i] on, which is outside a string, if the walk is where there are none.
func (s *scanner) mark(i int) {
	if s.marks != nil && uint(i-s.markedFrom) >= s.marked {
		s.markFrom(i)
	}
}

// markOn is mark for a walk that may have stopped at b[i] because a value is longer than what is marked from there on.
func (s *scanner) markOn(i int) {
	const enough = 1 << 10
	if uint(i-s.markedFrom)+enough > s.marked && len(s.b)-i > enough && s.markedFrom != i {
		s.markFrom(i)
	}
}

func (s *scanner) markFrom(i int) {
	blocks := markBlocks(s.b[i:min(len(s.b), i+markedBytes)], &s.marks.stops, &s.marks.brackets)
	s.markedFrom, s.marked = i, uint(blocks*blockBytes)
	// A word that is read across the end of the marks has none there.
	binary.LittleEndian.PutUint64(s.marks.stops[blocks*8:], 0)
	binary.LittleEndian.PutUint64(s.marks.brackets[blocks*8:], 0)
}

// unmark forgets the marks, for the text in b changes.
func (s *scanner) unmark() { s.marked = 0 }

// window returns the marks for the 57 bytes of text from that place of the marked stretch on, and possibly for a few more.
// The lowest bit is that place.
func window(marks *[markedBytes/8 + 8]byte, at uint) uint64 {
	return binary.LittleEndian.Uint64(marks[at>>3&(markedBytes/8-1):]) >> (at & 7)
}

// stop returns the index of the first stop in the text from b[i] on, or -1 if the marks do not show it.
func (s *scanner) stop(i int) int {
	for at := uint(i - s.markedFrom); at < s.marked; at = at&^7 + 64 {
		if w := window(&s.marks.stops, at); w != 0 {
			return s.markedFrom + int(at) + bits.TrailingZeros64(w)
		}
	}
	return -1
}

// plainEnd returns the index of the quote that ends the string whose text begins at b[i], or -1 if there is none or an
// escape comes before it, or for the marks a control character.
func (s *scanner) plainEnd(i int) int {
	if at := s.stop(i); at >= 0 {
		if s.b[at] != '"' {
			return -1
		}
		return at
	}
	end, escaped := stringEnd(s.b, i)
	if escaped {
		return -1
	}
	return end
}

// stringEnd is the function of that name with the help of marks.
func (s *scanner) stringEnd(i int) (end int, escaped bool) {
	if at := s.stop(i); at >= 0 {
		if s.b[at] == '"' {
			return at, false
		}
		i = at
	}
	return stringEnd(s.b, i)
}

// markedContainer is container with the help of marks. It reports false where they do not suffice. It is as exact: the
// marks say that i is outside a string, and from there on markBlocks and container tell strings in the same way.
func (s *scanner) markedContainer(i int) (end int, ok bool) {
	at := uint(i - s.markedFrom)
	if at >= s.marked {
		return 0, false
	}
	w := window(&s.marks.brackets, at)
	if w&1 == 0 {
		return 0, false
	}
	var braces uint64
	level := 0
	for {
		for w != 0 {
			i = s.markedFrom + int(at) + bits.TrailingZeros64(w)
			w &= w - 1
			c := s.b[i]
			if c&2 != 0 { // '{' or '[', of which only '{' has the bit of a small letter
				if level == 64 {
					return 0, false
				}
				level++
				braces = braces<<1 | uint64(c>>5&1)
				continue
			}
			if uint64(c>>5&1) != braces&1 {
				return 0, false
			}
			braces >>= 1
			if level--; level == 0 {
				return i + 1, true
			}
		}
		if at = at&^7 + 64; at >= s.marked {
			return 0, false
		}
		w = window(&s.marks.brackets, at)
	}
}
