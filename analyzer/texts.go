package analyzer

import (
	"strings"

	"github.com/cespare/xxhash/v2"
)

// texts makes strings of texts that come again and again, and remembers one for each of its places, so that most need not be
// made.
type texts []string

// The sizes of a texts, and how long the texts of records may be that are remembered.
const (
	textsOfRecords = 1 << 12
	textsOfFacts   = 1 << 10
	maxTextLength  = 256
)

// of returns b as a string.
func (t texts) of(b []byte) string {
	if len(b) == 0 || len(b) > maxTextLength {
		return string(b)
	}
	known := &t[xxhash.Sum64(b)%uint64(len(t))]
	if *known != string(b) {
		*known = string(b)
	}
	return *known
}

// clone returns a string equal to s that may be kept.
func (t texts) clone(s string) string {
	known := &t[xxhash.Sum64String(s)%uint64(len(t))]
	if *known != s {
		*known = strings.Clone(s)
	}
	return *known
}
