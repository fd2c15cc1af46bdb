package record

import (
	"bytes"
	"encoding/binary"
)

// habit remembers in which order the keys of one kind of object came. CloudTrail writes the records of one version in
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
	// What came after it the last time, and what came another time: optional keys and the kinds of identities make that
	// differ between records.
	next, other *knownKey
}

// How many keys of how many bytes are remembered of one kind of object.
const (
	maxKnownKeys   = 64
	maxKnownLength = 48
)

// follow returns the key that is expected after k if it stands at b[i], behind a comma unless it is the first, without any
// white space, and the index of its value. Otherwise it returns nil.
func (k *knownKey) follow(b []byte, i int, first bool) (found *knownKey, at int) {
	if !first {
		if i >= len(b) || b[i] != ',' {
			return nil, 0
		}
		i++
	}
	if at := k.next.end(b, i); at > 0 {
		return k.next, at
	}
	if at := k.other.end(b, i); at > 0 {
		k.next, k.other = k.other, k.next
		return k.next, at
	}
	return nil, 0
}

// end returns the index behind the key if it stands at b[i], or 0.
func (k *knownKey) end(b []byte, i int) int {
	if k == nil {
		return 0
	}
	at := i + len(k.text)
	if at >= len(b) || !k.is(b[i:at]) || isSpace(b[at]) {
		return 0
	}
	return at
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
	before.next, before.other = k, before.next
	return k
}
