package analyzer

import (
	"encoding/binary"
	"strings"

	"roletrail/analyzer/facts"
	"roletrail/ingest/record"
)

// thing is what a record tells of something other than a use of a role: of what, and the rest that is kept of it. Both
// are packed texts.
type thing struct {
	kind            facts.Kind
	subject, detail string
}

// things returns what a record tells as an event of a kind. The list is used again for the next record.
func (c *collector) things(r *record.Record, kind facts.Kind) []thing {
	c.found = c.found[:0]
	tell := func(kind facts.Kind, subject, detail string) {
		c.found = append(c.found, thing{kind, subject, detail})
	}
	switch kind {
	case facts.Reference:
		c.references(r, tell)
	case facts.Volume:
		c.volumes(r, tell)
	case facts.Trail:
		c.trails(r, tell)
	case facts.Change:
		c.changes(r, tell)
	}
	return c.found
}

// tell takes up a thing.
type tell func(kind facts.Kind, subject, detail string)

// pack makes one text of several, whatever is in them. Texts that begin with the same ones are together when sorted.
func pack(fields ...string) string {
	var b []byte
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	return string(b)
}

// unpack takes n texts off the front of a packed one, and returns the rest. What was not packed comes out empty.
func unpack(s string, n int) (fields []string, rest string) {
	fields = make([]string, n)
	for i := range fields {
		length, used := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
		if used <= 0 || length > uint64(len(s)-used) {
			return fields, ""
		}
		fields[i], s = s[used:used+int(length)], s[used+int(length):]
	}
	return fields, s
}

// lowerRole is the name under which an account knows a role: names differ by more than the case of letters.
func lowerRole(name string) string { return strings.ToLower(name) }
