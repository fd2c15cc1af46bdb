package report

import (
	"io"
	"strconv"
)

var chainColumns = []column[VerifiedChain]{
	{name: "account", text: func(c *VerifiedChain) string { return c.AccountID }},
	{name: "region", text: func(c *VerifiedChain) string { return c.Region }},
	{name: "trail", text: func(c *VerifiedChain) string { return c.Trail }},
	{name: "backfill", text: func(c *VerifiedChain) string { return strconv.FormatBool(c.Backfill) }},
	{name: "digests_valid", count: func(c *VerifiedChain) int64 { return c.Digests.Valid }},
	{name: "digests_invalid", count: func(c *VerifiedChain) int64 { return c.Digests.Invalid }},
	{name: "digests_missing", count: func(c *VerifiedChain) int64 { return c.Digests.Missing }},
	{name: "digests_not_checked", count: func(c *VerifiedChain) int64 { return c.Digests.NotChecked }},
	{name: "log_files_valid", count: func(c *VerifiedChain) int64 { return c.LogFiles.Valid }},
	{name: "log_files_altered", count: func(c *VerifiedChain) int64 { return c.LogFiles.Altered }},
	{name: "log_files_missing", count: func(c *VerifiedChain) int64 { return c.LogFiles.Missing }},
	{name: "log_files_moved", count: func(c *VerifiedChain) int64 { return c.LogFiles.Moved }},
	{name: "log_files_unread", count: func(c *VerifiedChain) int64 { return c.LogFiles.Unread }},
	{name: "log_files_not_checked", count: func(c *VerifiedChain) int64 { return c.LogFiles.NotChecked }},
	{name: "log_files_outside", count: func(c *VerifiedChain) int64 { return c.LogFiles.Outside }},
	{name: "proven_hours", text: func(c *VerifiedChain) string { return strconv.FormatFloat(c.ProvenHours, 'f', -1, 64) }},
}

// VerificationCSV writes one row for each chain of v, in their order; what digests do not list, and the problems one by one,
// are in JSON alone. Text is made harmless for spreadsheets. An error is one of writing to w.
func VerificationCSV(w io.Writer, v *Verification) error {
	table := newCSVTable(w, chainColumns)
	for i := range v.Chains {
		if err := table.Write(&v.Chains[i]); err != nil {
			return err
		}
	}
	return table.Close()
}
