package record

import (
	"bytes"
	"slices"
)

// Clauses decide which records are worth a closer look, by comparing a few of their fields: one clause must hold, and of
// it all conditions. They are data, so they could as well be written as a query.
type Clauses []Clause

// Clause is a conjunction of conditions, cheapest first.
type Clause []Condition

// Condition holds if the part of a field that it looks at is one of Values, or matches one of Patterns, or contains one
// of Substrings. A field that is absent or no string is the empty string.
type Condition struct {
	Field      Field
	Part       Part
	Values     []string
	Patterns   []string // * stands for any text
	Substrings []string
}

// Part tells which part of a field a condition looks at.
type Part uint8

// The parts of a field.
const (
	Whole            Part = iota
	AfterSecondSlash      // behind the second slash
	AfterColon            // behind the first colon, all of it if there is none
)

// Filter is Clauses made ready to be matched. It is immutable and may be shared.
type Filter struct{ groups []group }

// group holds the clauses that begin by comparing the same field, so that it is compared once for all of them.
type group struct {
	field  Field
	likely fingerprints // of the values
	values []valueClauses
	others []compiled // those that begin in another way
}

// valueClauses are what is left of the clauses that begin with a field having that value.
type valueClauses struct {
	value   string
	clauses []compiled
}

type compiled []condition

// condition is a Condition that knows what most texts fail by, to compare few of them with anything.
type condition struct {
	Condition
	// ends are fingerprints of what Values end with. All parts of a field end where it ends, so one that ends in another
	// way need not be searched for the part.
	ends   fingerprints
	likely fingerprints // of Values
	first  [4]uint64    // the set of bytes that what matches Patterns begins with
	common []byte       // what all Substrings begin with
	empty  bool         // holds for the empty text
}

// fingerprints is a set of texts by a byte made of each, so it may hold more than were added.
type fingerprints [4]uint64

func fingerprint[T string | []byte](s T) byte {
	if len(s) == 0 {
		return 0
	}
	return byte(len(s))*29 + s[0]*5 + s[len(s)-1]
}

// endLength is how much of the end of a text ends looks at; shorter texts are as one.
const endLength = 4

func end[T string | []byte](s T) T {
	if len(s) < endLength {
		return s[:0]
	}
	return s[len(s)-endLength:]
}

func (f *fingerprints) add(s string) { f[fingerprint(s)>>6] |= 1 << (fingerprint(s) & 63) }

func (f *fingerprints) has(s []byte) bool {
	n := fingerprint(s)
	return f[n>>6]>>(n&63)&1 != 0
}

// Compile makes a filter of clauses. Those that begin with a condition on a field's whole value are the fastest.
func (c Clauses) Compile() *Filter {
	f := &Filter{}
	for _, clause := range c {
		first := clause[0]
		at := slices.IndexFunc(f.groups, func(g group) bool { return g.field == first.Field })
		if at < 0 {
			at = len(f.groups)
			f.groups = append(f.groups, group{field: first.Field})
		}
		g := &f.groups[at]
		if first.Part != Whole || len(first.Patterns) > 0 || len(first.Substrings) > 0 {
			g.others = append(g.others, compileClause(clause))
			continue
		}
		for _, value := range first.Values {
			at := slices.IndexFunc(g.values, func(v valueClauses) bool { return v.value == value })
			if at < 0 {
				at = len(g.values)
				g.values = append(g.values, valueClauses{value: value})
				g.likely.add(value)
			}
			g.values[at].clauses = append(g.values[at].clauses, compileClause(clause[1:]))
		}
	}
	return f
}

func compileClause(clause Clause) compiled {
	c := make(compiled, len(clause))
	for i := range clause {
		c[i].compile(clause[i])
	}
	return c
}

func (c *condition) compile(of Condition) {
	c.Condition = of
	for _, v := range of.Values {
		if len(v) < endLength { // the field may be longer, whatever its end
			c.ends = everything
		}
		c.ends.add(end(v))
		c.likely.add(v)
	}
	for _, p := range of.Patterns {
		if p == "" || p[0] == '*' { // it may begin with any byte
			c.first = everything
			continue
		}
		c.first[p[0]>>6] |= 1 << (p[0] & 63)
	}
	c.common = []byte(commonPrefix(of.Substrings))
	c.empty = slices.Contains(of.Values, "") || slices.Contains(of.Substrings, "") ||
		slices.ContainsFunc(of.Patterns, func(p string) bool { return matchPattern(p, nil) })
}

var everything = [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

func commonPrefix(all []string) string {
	if len(all) == 0 {
		return ""
	}
	n := len(all[0])
	for _, s := range all[1:] {
		n = min(n, len(s))
		for s[:n] != all[0][:n] {
			n--
		}
	}
	return all[0][:n]
}

// Match reports whether any clause holds for the record.
func (f *Filter) Match(r *Record) bool {
	for i := range f.groups {
		g := &f.groups[i]
		if matchAny(g.clauses(r.compared(g.field)), r) || matchAny(g.others, r) {
			return true
		}
	}
	return false
}

// clauses returns those that begin with the field having the value s.
func (g *group) clauses(s []byte) []compiled {
	if g.likely.has(s) {
		for i := range g.values {
			if v := &g.values[i]; v.value == string(s) {
				return v.clauses
			}
		}
	}
	return nil
}

func matchAny(clauses []compiled, r *Record) bool {
	for _, c := range clauses {
		if c.match(r) {
			return true
		}
	}
	return false
}

func (c compiled) match(r *Record) bool {
	for i := range c {
		if !c[i].match(r) {
			return false
		}
	}
	return true
}

func (c *condition) match(r *Record) bool {
	s := r.compared(c.Field)
	if len(s) == 0 {
		return c.empty
	}
	if len(c.Patterns) > 0 || c.ends.has(end(s)) {
		part := c.part(s)
		if c.likely.has(part) && slices.Contains(c.Values, string(part)) {
			return true
		}
		if len(part) == 0 {
			return c.empty
		}
		if c.first[part[0]>>6]>>(part[0]&63)&1 != 0 && slices.ContainsFunc(c.Patterns, func(p string) bool { return matchPattern(p, part) }) {
			return true
		}
	}
	if len(c.Substrings) == 0 || len(s) < len(c.common) {
		return false
	}
	s = c.part(s)
	return contains(s, c.common) && slices.ContainsFunc(c.Substrings, func(v string) bool { return bytes.Contains(s, []byte(v)) })
}

func (c *condition) part(s []byte) []byte {
	switch c.Part {
	case AfterSecondSlash:
		s = s[bytes.IndexByte(s, '/')+1:]
		return s[bytes.IndexByte(s, '/')+1:]
	case AfterColon:
		return s[bytes.IndexByte(s, ':')+1:]
	}
	return s
}

// contains is bytes.Contains for what begins with a byte that s seldom has, which is faster then for a text as short as an
// ARN.
func contains(s, what []byte) bool {
	if len(what) == 0 {
		return true
	}
	for {
		at := bytes.IndexByte(s, what[0])
		if at < 0 {
			return false
		}
		if s = s[at:]; bytes.HasPrefix(s, what) {
			return true
		}
		s = s[1:]
	}
}

// matchPattern reports whether all of s matches a pattern in which * stands for any text. On a mismatch it goes back
// only to the last star, so the time is at most the product of the lengths.
func matchPattern(pattern string, s []byte) bool {
	p, i := 0, 0
	star, from := -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
