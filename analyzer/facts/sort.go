package facts

import (
	"cmp"
	"slices"
	"strings"
)

// entry stands for a fact while facts are sorted.
type entry struct {
	prefix uint64 // of the order
	at     uint32
	of     symbol // in ForWalk what the hash that comes first is of: the role of a use, the account of a thing
}

// sort returns the facts from one index to another in order, without the dropped ones.
func (g *segment) sort(o Order, from, to int) []entry {
	prefix := g.prefixes(o)
	sorted := make([]entry, 0, to-from)
	for i := from; i < to; i++ {
		if c := g.at(uint32(i)); !c.dropped {
			of := c.texts[roleText]
			if c.kind.stage() != 1 {
				of = c.texts[accountText]
			}
			sorted = append(sorted, entry{prefix(c), uint32(i), of})
		}
	}
	sorted = sortByPrefix(sorted)
	for rest := sorted; len(rest) > 0; {
		same, mixed := 1, false // how many have what comes first in common, and whether that is the hash of several texts
		for ; same < len(rest) && o.first(rest[same].prefix) == o.first(rest[0].prefix); same++ {
			mixed = mixed || rest[same].of != rest[0].of
		}
		group := rest[:same]
		rest = rest[same:]
		if mixed {
			g.sortEntries(o, group)
			continue
		}
		for len(group) > 0 {
			equal := 1
			for equal < len(group) && group[equal].prefix == group[0].prefix {
				equal++
			}
			if equal > 1 {
				g.sortEntries(o, group[:equal])
			}
			group = group[equal:]
		}
	}
	return sorted
}

// sortEntries sorts entries by the whole order.
func (g *segment) sortEntries(o Order, entries []entry) {
	var x, y Fact
	slices.SortFunc(entries, func(a, b entry) int {
		if c := cmp.Compare(o.first(a.prefix), o.first(b.prefix)); c != 0 {
			return c
		}
		if o == ForWalk && a.of == b.of {
			if a.prefix != b.prefix {
				return cmp.Compare(a.prefix, b.prefix)
			}
			if c := g.compareForWalk(g.at(a.at), g.at(b.at)); c != 0 {
				return c
			}
		}
		g.load(a.at, &x)
		g.load(b.at, &y)
		return o.compare(a.prefix, &x, b.prefix, &y)
	})
}

// sortByPrefix sorts entries by their prefixes, byte by byte from the last one on. It returns the same slice or another one.
func sortByPrefix(entries []entry) []entry {
	other := make([]entry, len(entries))
	for shift := 0; shift < 64; shift += 8 {
		var at [256]int
		for i := range entries {
			at[byte(entries[i].prefix>>shift)]++
		}
		sum := 0
		for digit, n := range at {
			at[digit] = sum
			sum += n
			if n == len(entries) {
				sum = -1 // nothing to do
				break
			}
		}
		if sum < 0 {
			continue
		}
		for i := range entries {
			digit := byte(entries[i].prefix >> shift)
			other[at[digit]] = entries[i]
			at[digit]++
		}
		entries, other = other, entries
	}
	return entries
}

// prefixes returns Order.prefix for the facts of the segment, which hashes each string once.
func (g *segment) prefixes(o Order) func(*compact) uint64 {
	switch o {
	case ByEvent:
		return func(c *compact) uint64 { return EventID{c.uuid, g.symbols[c.texts[eventText]]}.hash() }
	case ByTime:
		return func(c *compact) uint64 { return timePrefix(c.time) }
	case ByAccountAndTime:
		return func(c *compact) uint64 { return accountPrefix(g.symbols[c.texts[accountText]]) }
	}
	hashes := make([]uint64, len(g.symbols))
	for i, s := range g.symbols {
		hashes[i] = hashString(s)
	}
	return func(c *compact) uint64 {
		if c.kind.stage() != 1 {
			return thingPrefix(c.kind, hashes[c.texts[accountText]])
		}
		return usePrefix(hashes[c.texts[roleText]], hashes[c.texts[sessionText]])
	}
}

// compareForWalk orders uses of one role and, by its hash, of one session name, and things of one account, in the order ForWalk,
// as far as numbers and what they are of tell: there are very many of them. It returns 0 where the order's own comparison must
// decide.
func (g *segment) compareForWalk(a, b *compact) int {
	if a.kind.stage() == 1 {
		if a.texts[sessionText] != b.texts[sessionText] {
			return 0
		}
		ta, oka := opened(a.kind, a.flags, a.time, a.created)
		tb, okb := opened(b.kind, b.flags, b.time, b.created)
		return compareNumbers(oka, okb, ta, tb, a.kind, b.kind, a.flags, b.flags, a.time, b.time)
	}
	if c := cmp.Compare(a.kind, b.kind); c != 0 {
		return c
	}
	if s, t := a.texts[subjectText], b.texts[subjectText]; s != t {
		return strings.Compare(g.symbols[s], g.symbols[t])
	}
	return cmp.Compare(a.time, b.time)
}
