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
	field   Field
	lengths uint64 // of the values, as in condition
	values  []valueClauses
	others  []compiled // those that begin in another way
}

// valueClauses are what is left of the clauses that begin with a field having that value.
type valueClauses struct {
	value   string
	clauses []compiled
}

type compiled []condition

// condition is a Condition that knows the lengths of its values, to compare few of them.
type condition struct {
	Condition
	lengths uint64
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
				g.lengths |= lengthBit(len(value))
			}
			g.values[at].clauses = append(g.values[at].clauses, compileClause(clause[1:]))
		}
	}
	return f
}

func compileClause(clause Clause) compiled {
	c := make(compiled, len(clause))
	for i := range clause {
		c[i].Condition = clause[i]
		for _, v := range clause[i].Values {
			c[i].lengths |= lengthBit(len(v))
		}
	}
	return c
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
	if g.lengths&lengthBit(len(s)) != 0 {
		for i := range g.values {
			if v := &g.values[i]; v.value == string(s) {
				return v.clauses
			}
		}
	}
	return nil
}

// lengthBit is the bit of a length in a set of lengths. Those of 63 and more share one.
func lengthBit(n int) uint64 { return 1 << min(n, 63) }

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
	switch c.Part {
	case AfterSecondSlash:
		s = s[bytes.IndexByte(s, '/')+1:]
		s = s[bytes.IndexByte(s, '/')+1:]
	case AfterColon:
		s = s[bytes.IndexByte(s, ':')+1:]
	}
	if c.lengths&lengthBit(len(s)) != 0 && slices.Contains(c.Values, string(s)) {
		return true
	}
	for _, v := range c.Substrings {
		if bytes.Contains(s, []byte(v)) {
			return true
		}
	}
	for _, p := range c.Patterns {
		if matchPattern(p, s) {
			return true
		}
	}
	return false
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
