package record

import (
	"bytes"
	"slices"
)

// Filter decides which records are worth a closer look, by comparing a few of their fields. It is data: clauses of
// which one must hold, of conditions that all must hold, so it could as well be written as a query. A Filter is
// immutable and may be shared.
type Filter []Clause

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
	AfterColon            // behind the first colon
)

// Match reports whether any clause of the filter holds for the record.
func (f Filter) Match(r *Record) bool {
	for _, clause := range f {
		if clause.match(r) {
			return true
		}
	}
	return false
}

func (c Clause) match(r *Record) bool {
	for i := range c {
		if !c[i].match(r) {
			return false
		}
	}
	return true
}

func (c *Condition) match(r *Record) bool {
	s := r.Bytes(c.Field)
	switch c.Part {
	case AfterSecondSlash:
		_, s, _ = bytes.Cut(s, []byte("/"))
		_, s, _ = bytes.Cut(s, []byte("/"))
	case AfterColon:
		_, s, _ = bytes.Cut(s, []byte(":"))
	}
	for _, v := range c.Values {
		if len(v) == len(s) && v == string(s) {
			return true
		}
	}
	for _, v := range c.Substrings {
		if bytes.Contains(s, []byte(v)) {
			return true
		}
	}
	return slices.ContainsFunc(c.Patterns, func(p string) bool { return matchPattern(p, s) })
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
