package record

import (
	"bytes"
	"encoding/binary"
)

// habit remembers in which order the keys of one kind of object came. It is for objects of which many keys are asked
// for: the record itself, and userIdentity. CloudTrail writes the records of one version in
// one order, so the next key is nearly always the one that came next the last time, and comparing it is faster than
// finding where it ends and what it leads to.
type habit struct {
	start knownKey // what comes before the first key
	known map[string]*knownKey
}

// knownKey is a key that was met before.
type knownKey struct {
	text []byte // with its quotes and colon
	node *node  // what it leads to
	next *knownKey
}

// How many keys of how many bytes are remembered of one kind of object, and of how many asked-for ones on.
const (
	habitualKeys   = 4
	maxKnownKeys   = 64
	maxKnownLength = 48
)

// follow reports whether the key that is expected after k stands at b[i], behind a comma unless it is the first,
// without any white space, and if so what it leads to and where its value is.
func (k *knownKey) follow(b []byte, i int, first bool) (n *node, at int, ok bool) {
	if k.next == nil {
		return nil, 0, false
	}
	if !first {
		if i >= len(b) || b[i] != ',' {
			return nil, 0, false
		}
		i++
	}
	at = i + len(k.next.text)
	if at >= len(b) || !k.next.is(b[i:at]) || isSpace(b[at]) {
		return nil, 0, false
	}
	return k.next.node, at, true
}

// is compares text of the key's length with it, eight bytes at a time if it has 8 to 24.
func (k *knownKey) is(text []byte) bool {
	n := len(k.text)
	if n < 8 || n > 24 {
		return bytes.Equal(k.text, text)
	}
	if word(text) != word(k.text) || word(text[n-8:]) != word(k.text[n-8:]) {
		return false
	}
	return n <= 16 || word(text[8:]) == word(k.text[8:])
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// learn notes that a key, as it stands in the text with what is around it, came after another.
func (h *habit) learn(before *knownKey, n *node, text []byte) *knownKey {
	text = bytes.TrimPrefix(text, []byte(","))
	if len(text) > maxKnownLength || !bytes.HasPrefix(text, []byte{'"'}) || !bytes.HasSuffix(text, []byte(`":`)) {
		return before
	}
	k := h.known[string(text)]
	if k == nil {
		if len(h.known) >= maxKnownKeys {
			return before
		}
		if h.known == nil {
			h.known = map[string]*knownKey{}
		}
		k = &knownKey{text: bytes.Clone(text), node: n}
		h.known[string(text)] = k
	}
	before.next = k
	return k
}
