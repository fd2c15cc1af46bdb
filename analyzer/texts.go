package analyzer

import "github.com/cespare/xxhash/v2"

// texts makes strings of the texts of records. It remembers one for each place of its table, for what records hold comes
// again and again, so that most need not be made.
type texts struct{ table [1 << 12]string }

// maxTextLength is how long the strings may be that are remembered.
const maxTextLength = 256

// of returns b as a string.
func (t *texts) of(b []byte) string {
	if len(b) == 0 || len(b) > maxTextLength {
		return string(b)
	}
	known := &t.table[xxhash.Sum64(b)%uint64(len(t.table))]
	if *known != string(b) {
		*known = string(b)
	}
	return *known
}
