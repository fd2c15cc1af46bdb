package report

import (
	"io"
	"iter"
	"time"

	"roletrail/analyzer"
)

// UsageRowSchema names the version of the table of uses that UsageCSV and UsageParquet write: one row a role, feature,
// account, Region and day. Version 1 may gain columns at the end, never lose or change them.
const UsageRowSchema = "roletrail/usage-rows/v1"

// usageRow is the use of one role by one feature in one Region on one day.
type usageRow struct {
	role           *analyzer.Role
	feature, title string // "" for uses that are of no feature
	use            *analyzer.RegionDay
}

var usageColumns = []column[usageRow]{
	{name: "role_arn", text: func(r *usageRow) string { return r.role.ARN }},
	{name: "role_name", text: func(r *usageRow) string { return r.role.Name }},
	{name: "role_kind", text: func(r *usageRow) string { return r.role.Kind }},
	{name: "account", text: func(r *usageRow) string { return r.role.AccountID }},
	{name: "feature", text: func(r *usageRow) string { return r.feature }},
	{name: "feature_title", text: func(r *usageRow) string { return r.title }},
	{name: "region", text: func(r *usageRow) string { return r.use.Region }},
	{name: "day", day: func(r *usageRow) time.Time { return r.use.Day }},
	{name: "assumed", count: func(r *usageRow) int64 { return r.use.Assumed }},
	{name: "denied", count: func(r *usageRow) int64 { return r.use.Denied }},
	{name: "calls", count: func(r *usageRow) int64 { return r.use.Calls }},
	{name: "failed_calls", count: func(r *usageRow) int64 { return r.use.FailedCalls }},
	{name: "first_seen", instant: func(r *usageRow) time.Time { return r.use.FirstSeen }},
	{name: "last_seen", instant: func(r *usageRow) time.Time { return r.use.LastSeen }},
}

// usageRows are the rows of u: of each role those of no feature, then those of its features, by Region and day.
func usageRows(u *analyzer.Usage) iter.Seq[*usageRow] {
	return func(yield func(*usageRow) bool) {
		for i := range u.Roles {
			role := &u.Roles[i]
			for j := range role.RegionDays {
				if !yield(&usageRow{role: role, use: &role.RegionDays[j]}) {
					return
				}
			}
			for j := range role.Features {
				feature := &role.Features[j]
				for k := range feature.RegionDays {
					if !yield(&usageRow{role, feature.ID, feature.Title, &feature.RegionDays[k]}) {
						return
					}
				}
			}
		}
	}
}

// UsageCSV writes the days of uses of u, which must have been made with Options.RegionDays, as CSV (docs/columns.md). An
// error is one of writing to w.
func UsageCSV(w io.Writer, u *analyzer.Usage) error {
	return writeUsageRows(newCSVTable(w, usageColumns), u)
}

// UsageParquet writes the rows of UsageCSV as a Parquet file, one row group at a time. An error is one of writing to w.
func UsageParquet(w io.Writer, u *analyzer.Usage) error {
	return writeUsageRows(newParquetTable(w, usageColumns, UsageRowSchema, u.Tool.Version), u)
}

// usageTable is a table of usageRows.
type usageTable interface {
	Write(*usageRow) error
	Close() error
}

func writeUsageRows(t usageTable, u *analyzer.Usage) error {
	for row := range usageRows(u) {
		if err := t.Write(row); err != nil {
			return err
		}
	}
	return t.Close()
}
