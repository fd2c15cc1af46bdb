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
	// The text before the value, without any white space: a comma unless it is the first key, the key and a colon. It is
	// compared eight bytes at a time, the first 24 of them without a branch; masks leave out what comes behind a shorter
	// one.
	words, masks [3]uint64
	rest         []byte // behind the first 24
	length       int
	node         *node // what it leads to
	slot         int   // where its value is noted, as scanner.slot says
	// What came after it the last time, and what came another time: optional keys and the kinds of identities make that
	// differ between records.
	next, other *knownKey
}

// How many keys of how many bytes are remembered of one kind of object. A key counts twice if it also comes first.
const (
	maxKnownKeys   = 128
	maxKnownLength = 48
)

// differs returns 0 if the key's first 24 bytes, or as many as it has, stand at the beginning of t.
func (k *knownKey) differs(t []byte) uint64 {
	return (word(t)^k.words[0])&k.masks[0] | (word(t[8:])^k.words[1])&k.masks[1] | (word(t[16:])^k.words[2])&k.masks[2]
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// learn notes that a key, as it stands in the text with what is around it, came after another.
func (h *habit) learn(before *knownKey, n *node, text []byte, slot int) *knownKey {
	key := bytes.TrimPrefix(text, []byte(","))
	if len(text) > maxKnownLength || !bytes.HasPrefix(key, []byte{'"'}) || !bytes.HasSuffix(key, []byte(`":`)) {
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
		k = newKnownKey(text, n, slot)
		h.known[string(text)] = k
	}
	if before.next != k {
		before.next, before.other = k, before.next
	}
	return k
}

func newKnownKey(text []byte, n *node, slot int) *knownKey {
	k := &knownKey{length: len(text), node: n, slot: slot}
	if len(text) > 24 {
		k.rest = bytes.Clone(text[24:])
	}
	var padded [24]byte
	copy(padded[:], text)
	for i := range k.words {
		k.words[i] = word(padded[8*i:])
		k.masks[i] = 1<<(8*min(max(len(text)-8*i, 0), 8)) - 1
	}
	return k
}
