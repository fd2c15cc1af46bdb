package record

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Field is a place in a record whose value is located while the record is scanned.
type Field int

// Fields is a set of places in a record, told by their paths: the keys from the record's top, joined by dots, such as
// userIdentity.sessionContext.sessionIssuer.arn. Arrays are not entered. A Fields is immutable and may be shared.
type Fields struct {
	root     node
	paths    []string
	nodes    int
	deferred []*node
}

// node is one level of the tree that the paths make.
type node struct {
	id       int // to find what a scanner knows of it
	level    int // how many keys lead to it
	parent   *node
	key      string
	field    Field // -1 where the place itself is not asked for
	children []*node
	deferred bool                   // located by Record.Locate only
	byLength [maxLength + 1][]child // the children by the length of their keys, longer ones among those of maxLength
	below    []Field                // the fields of all descendants
}

const maxLength = 24

// child is a child of a node, with what tells its key from others fast.
type child struct {
	key         string
	first, last uint64 // the first and the last eight bytes of a key that has eight
	node        *node
}

// The fields that every set begins with, for they tell what a record is.
const (
	EventName Field = iota
	EventSource
	EventTime
	Timestamp // "@timestamp", which some log shippers write in place of eventTime
	EventCategory
	AWSRegion
	RecipientAccountID
	IdentityAccountID
	wrappedEvent  // CloudTrailEvent, the record as a string, in an entry of LookupEvents
	wrappedDetail // detail, the record in an event of EventBridge
	envelopeRecords
	envelopeEvents
	firstOwnField
)

var commonPaths = [...]string{
	EventName:          "eventName",
	EventSource:        "eventSource",
	EventTime:          "eventTime",
	Timestamp:          "@timestamp",
	EventCategory:      "eventCategory",
	AWSRegion:          "awsRegion",
	RecipientAccountID: "recipientAccountId",
	IdentityAccountID:  "userIdentity.accountId",
	wrappedEvent:       "CloudTrailEvent",
	wrappedDetail:      "detail",
	envelopeRecords:    "Records",
	envelopeEvents:     "Events",
}

// NewFields makes a set of the common fields and of those at paths, and returns the fields of paths in their order.
// What lies inside the objects at the deferred keys, which are keys of the record itself, is only located when
// Record.Locate asks for it: most records are dropped before. A path that is asked for twice, or is a common one, is one
// field. It panics if a path is empty.
func NewFields(deferred []string, paths ...string) (*Fields, []Field) {
	f := &Fields{root: node{field: -1}}
	for _, path := range commonPaths {
		f.add(path)
	}
	own := make([]Field, len(paths))
	for i, path := range paths {
		own[i] = f.add(path)
	}
	f.root.collect()
	for _, n := range f.root.children {
		if slices.Contains(deferred, n.key) {
			if n.field < 0 {
				n.field = f.name(n.key)
			}
			n.deferred = true
			f.deferred = append(f.deferred, n)
		}
	}
	return f, own
}

// Path returns the path of a field.
func (f *Fields) Path(field Field) string { return f.paths[field] }

func (f *Fields) add(path string) Field {
	n := &f.root
	for key := range strings.SplitSeq(path, ".") {
		if key == "" {
			panic(fmt.Sprintf("record: path %q has an empty key", path))
		}
		child := n.child([]byte(key))
		if child == nil {
			f.nodes++
			child = &node{id: f.nodes, level: n.level + 1, parent: n, key: key, field: -1}
			n.adopt(child)
		}
		n = child
	}
	if n.field < 0 {
		n.field = f.name(path)
	}
	return n.field
}

// name makes a new field.
func (f *Fields) name(path string) Field {
	f.paths = append(f.paths, path)
	return Field(len(f.paths) - 1)
}

// entered reports whether fields are located inside the objects at n in the walk over the record, and nothing but them.
func (n *node) entered() bool {
	return n != nil && len(n.children) > 0 && !n.deferred && n.field < 0
}

// bit is what an object that is entered has in a set of them. Some share one.
func (n *node) bit() uint64 { return 1 << (n.id & 63) }

// collect fills below for n and everything under it.
func (n *node) collect() {
	for _, c := range n.children {
		c.collect()
		n.below = append(n.below, c.below...)
		if c.field >= 0 {
			n.below = append(n.below, c.field)
		}
	}
}

// child finds the child of that key. Comparing keys of the same length eight bytes at a time is faster than hashing.
func (n *node) child(key []byte) *node {
	same := n.byLength[min(len(key), maxLength)]
	if len(same) == 0 {
		return nil
	}
	if len(key) < 8 || len(key) > 16 {
		for i := range same {
			if same[i].key == string(key) {
				return same[i].node
			}
		}
		return nil
	}
	first, last := binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[len(key)-8:])
	for i := range same {
		if same[i].first == first && same[i].last == last {
			return same[i].node
		}
	}
	return nil
}

// adopt adds a child.
func (n *node) adopt(of *node) {
	n.children = append(n.children, of)
	c := child{key: of.key, node: of}
	if len(c.key) >= 8 {
		c.first = binary.LittleEndian.Uint64([]byte(c.key))
		c.last = binary.LittleEndian.Uint64([]byte(c.key[len(c.key)-8:]))
	}
	same := &n.byLength[min(len(c.key), maxLength)]
	*same = append(*same, c)
}
