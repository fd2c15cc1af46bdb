package facts

import (
	"strings"
	"unsafe"
)

// compact is a fact in memory. Its strings are symbols of the segment it lies in.
type compact struct {
	time, created int64
	hash          uint64
	uuid, shared  [16]byte
	index         int32
	label         uint32
	flags         Flags
	kind          Kind
	dropped       bool

	texts [textCount]symbol
}

// The strings of a fact, in the order of Fact.strings.
const (
	eventText = iota
	accountText
	regionText
	serviceText
	actionText
	errorText
	roleText
	sessionText
	principalText
	invokedByText
	sourceText
	sharedText
	objectText
	subjectText
	detailText
	resourceText
	rawText
	textCount
)

// symbol is an interned string; 0 is the empty one.
type symbol uint32

// Costs of a segment's parts in bytes, for holding the memory budget.
const (
	factCost   = int64(unsafe.Sizeof(compact{}) + unsafe.Sizeof(entry{}))
	symbolCost = 64 // string header, map entry and allocation overhead, about
	chunkSize  = 1024
)

// segment holds facts in memory. Facts lie in chunks, so that growing never copies them.
type segment struct {
	chunks  []*[chunkSize]compact
	count   int
	symbols []string
	ids     map[string]symbol
	recent  [1 << 10]symbol   // some of ids, by the hash of the string: looking there costs less
	last    [textCount]symbol // by field, in the order of Fact.strings
	bytes   int64             // what the segment takes, about

	generation int // of the symbols
}

func newSegment() *segment {
	return &segment{symbols: []string{""}, ids: map[string]symbol{}, generation: 1}
}

func (g *segment) at(i uint32) *compact { return &g.chunks[i/chunkSize][i%chunkSize] }

// intern returns the symbol of a string. Facts that come one after the other mostly agree, so each field's last symbol is
// tried first, which costs no hashing.
func (g *segment) intern(field int, s string) symbol {
	if s == "" {
		return 0
	}
	last := &g.last[field]
	if g.symbols[*last] == s {
		return *last
	}
	recent := &g.recent[hashString(s)%uint64(len(g.recent))]
	if g.symbols[*recent] != s {
		id, ok := g.ids[s]
		if !ok {
			id = symbol(len(g.symbols))
			s = strings.Clone(s)
			g.symbols = append(g.symbols, s)
			g.ids[s] = id
			g.bytes += int64(len(s)) + symbolCost
		}
		*recent = id
	}
	*last = *recent
	return *recent
}

// add appends a fact. The strings of the fact are copied.
func (g *segment) add(f *Fact) {
	c := g.next(f)
	for i, s := range f.strings() {
		c.texts[i] = g.intern(i, *s)
	}
}

// addRead is add for the fact that a reader stands on, which is faster: of each string of a block, the symbol is looked for once.
func (g *segment) addRead(f *Fact, r *runReader) {
	if r.symbolsOf != g.generation {
		clear(r.symbols)
		r.symbolsOf = g.generation
	}
	c := g.next(f)
	for i, id := range r.ids {
		symbol := &r.symbols[id]
		if *symbol == 0 && id > 0 {
			*symbol = g.intern(i, r.table[id])
		}
		c.texts[i] = *symbol
	}
}

// next appends a fact without its strings.
func (g *segment) next(f *Fact) *compact {
	if g.count == len(g.chunks)*chunkSize {
		g.chunks = append(g.chunks, new([chunkSize]compact))
	}
	c := g.at(uint32(g.count))
	c.time, c.created, c.hash, c.index, c.label, c.flags, c.kind, c.dropped = f.Time, f.Created, f.Hash, int32(f.Index), f.Label, f.Flags, f.Kind, false
	c.uuid, c.shared = f.EventID.uuid, f.SharedID.uuid
	g.count++
	g.bytes += factCost
	return c
}

// load fills f with the fact at i.
func (g *segment) load(i uint32, f *Fact) {
	c := g.at(i)
	f.Time, f.Created, f.Hash, f.Index, f.Label, f.Flags, f.Kind = c.time, c.created, c.hash, int(c.index), c.label, c.flags, c.kind
	f.EventID.uuid, f.SharedID.uuid = c.uuid, c.shared
	for i, s := range f.strings() {
		*s = g.symbols[c.texts[i]]
	}
}

// truncate takes back all facts from n on. Their symbols stay.
func (g *segment) truncate(n int) {
	g.bytes -= int64(g.count-n) * factCost
	g.count = n
	g.chunks = g.chunks[:(n+chunkSize-1)/chunkSize]
}

// reset empties the segment, its symbols too. The memory of its facts is kept for the next ones.
func (g *segment) reset() {
	chunks, generation := g.chunks, g.generation
	*g = *newSegment()
	g.chunks, g.generation = chunks, generation+1
}
