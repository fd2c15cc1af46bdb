package facts

import (
	"cmp"
	"slices"
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

	eventText, account, region, service, action, errorCode, roleARN, sessionName, principal, invokedBy, sourceIP, sharedText, object, subject, detail, resource, raw symbol
}

// symbol is an interned string; 0 is the empty one.
type symbol uint32

// Costs of a segment's parts in bytes, for holding the memory budget.
const (
	factCost   = int64(unsafe.Sizeof(compact{}) + unsafe.Sizeof(entry{}))
	symbolCost = 64 // string header, map entry and allocation overhead, about
	chunkSize  = 1024
)

// entry stands for a fact while facts are sorted.
type entry struct {
	prefix uint64 // of the order
	at     uint32
}

// segment holds facts in memory. Facts lie in chunks, so that growing never copies them.
type segment struct {
	chunks  []*[chunkSize]compact
	count   int
	symbols []string
	ids     map[string]symbol
	recent  [1 << 10]symbol // some of ids, by the hash of the string: looking there costs less
	last    [17]symbol      // by field, in the order of Fact.strings
	bytes   int64           // what the segment takes, about

}

func newSegment() *segment { return &segment{symbols: []string{""}, ids: map[string]symbol{}} }

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
	if g.count == len(g.chunks)*chunkSize {
		g.chunks = append(g.chunks, new([chunkSize]compact))
	}
	c := g.at(uint32(g.count))
	*c = compact{
		time: f.Time, created: f.Created, hash: f.Hash, index: int32(f.Index), label: f.Label, flags: f.Flags, kind: f.Kind,
		account: g.intern(1, f.Account), region: g.intern(2, f.Region), service: g.intern(3, f.Service), action: g.intern(4, f.Action),
		errorCode: g.intern(5, f.ErrorCode), roleARN: g.intern(6, f.RoleARN), sessionName: g.intern(7, f.SessionName),
		principal: g.intern(8, f.Principal), invokedBy: g.intern(9, f.InvokedBy), sourceIP: g.intern(10, f.SourceIP),
		shared: f.SharedID.uuid, sharedText: g.intern(11, f.SharedID.text), object: g.intern(12, f.Object), uuid: f.EventID.uuid, eventText: g.intern(0, f.EventID.text),
		subject: g.intern(13, f.Subject), detail: g.intern(14, f.Detail), resource: g.intern(15, f.Resource), raw: g.intern(16, f.Raw),
	}
	g.count++
	g.bytes += factCost
}

// load fills f with the fact at i.
func (g *segment) load(i uint32, f *Fact) {
	c := g.at(i)
	*f = Fact{
		Time: c.time, Created: c.created, Hash: c.hash, Index: int(c.index), Label: c.label, Flags: c.flags, Kind: c.kind,
		EventID: EventID{c.uuid, g.symbols[c.eventText]},
		Account: g.symbols[c.account], Region: g.symbols[c.region], Service: g.symbols[c.service], Action: g.symbols[c.action],
		ErrorCode: g.symbols[c.errorCode], RoleARN: g.symbols[c.roleARN], SessionName: g.symbols[c.sessionName],
		Principal: g.symbols[c.principal], InvokedBy: g.symbols[c.invokedBy], SourceIP: g.symbols[c.sourceIP],
		SharedID: EventID{c.shared, g.symbols[c.sharedText]}, Object: g.symbols[c.object],
		Subject: g.symbols[c.subject], Detail: g.symbols[c.detail], Resource: g.symbols[c.resource], Raw: g.symbols[c.raw],
	}
}

// truncate takes back all facts from n on. Their symbols stay.
func (g *segment) truncate(n int) {
	g.bytes -= int64(g.count-n) * factCost
	g.count = n
	g.chunks = g.chunks[:(n+chunkSize-1)/chunkSize]
}

// sort returns the facts from one index to another in order, without the dropped ones.
func (g *segment) sort(o Order, from, to int) []entry {
	prefix := g.prefixes(o)
	sorted := make([]entry, 0, to-from)
	for i := from; i < to; i++ {
		if c := g.at(uint32(i)); !c.dropped {
			sorted = append(sorted, entry{prefix(c), uint32(i)})
		}
	}
	var x, y Fact
	slices.SortFunc(sorted, func(a, b entry) int {
		if c := cmp.Compare(o.first(a.prefix), o.first(b.prefix)); c != 0 {
			return c
		}
		if c := g.compareForWalk(o, a, b); c != 0 {
			return c
		}
		g.load(a.at, &x)
		g.load(b.at, &y)
		return o.compare(a.prefix, &x, b.prefix, &y)
	})
	return sorted
}

// prefixes returns Order.prefix for the facts of the segment, which hashes each string once.
func (g *segment) prefixes(o Order) func(*compact) uint64 {
	switch o {
	case ByEvent:
		return func(c *compact) uint64 { return EventID{c.uuid, g.symbols[c.eventText]}.hash() }
	case ByTime:
		return func(c *compact) uint64 { return timePrefix(c.time) }
	case ByAccountAndTime:
		return func(c *compact) uint64 { return accountPrefix(g.symbols[c.account]) }
	}
	hashes := make([]uint64, len(g.symbols))
	for i, s := range g.symbols {
		hashes[i] = hashString(s)
	}
	return func(c *compact) uint64 {
		if c.kind.stage() != 1 {
			return thingPrefix(c.kind, hashes[c.account])
		}
		return usePrefix(hashes[c.roleARN], hashes[c.sessionName])
	}
}

// compareForWalk orders uses of one role, and things of one account, in the order ForWalk, as far as hashes and numbers
// tell: there are very many of them. It returns 0 where the order's own comparison must decide.
func (g *segment) compareForWalk(o Order, x, y entry) int {
	if o != ForWalk {
		return 0
	}
	a, b := g.at(x.at), g.at(y.at)
	if a.kind.stage() != 1 {
		return g.compareThings(a, b)
	}
	if a.roleARN != b.roleARN {
		return 0
	}
	if x.prefix != y.prefix || a.sessionName != b.sessionName {
		return cmp.Compare(x.prefix, y.prefix)
	}
	ta, oka := opened(a.kind, a.flags, a.time, a.created)
	tb, okb := opened(b.kind, b.flags, b.time, b.created)
	return compareNumbers(oka, okb, ta, tb, a.kind, b.kind, a.flags, b.flags, a.time, b.time)
}

func (g *segment) compareThings(a, b *compact) int {
	if a.account != b.account {
		return 0
	}
	if c := cmp.Compare(a.kind, b.kind); c != 0 {
		return c
	}
	if a.subject != b.subject {
		return strings.Compare(g.symbols[a.subject], g.symbols[b.subject])
	}
	return cmp.Compare(a.time, b.time)
}

// reset empties the segment, its symbols too. The memory of its facts is kept for the next ones.
func (g *segment) reset() {
	chunks := g.chunks
	*g = *newSegment()
	g.chunks = chunks
}
