package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
)

// EventWriter writes events one by one, in the order that they are given, and keeps none of them.
type EventWriter interface {
	// Write writes one event. After an error, nothing but Close may be called.
	Write(*analyzer.Event) error
	// Close writes what is still held back; what was written is whole only if it returns no error. It is to be called once,
	// after an error too, and does not close the writer below.
	Close() error
}

var eventColumns = []column[analyzer.Event]{
	{name: "time", instant: func(e *analyzer.Event) time.Time { return e.Time }},
	{name: "event_id", text: func(e *analyzer.Event) string { return e.EventID }, distinct: true},
	{name: "account", text: func(e *analyzer.Event) string { return e.AccountID }},
	{name: "region", text: func(e *analyzer.Event) string { return e.Region }},
	{name: "role_arn", text: func(e *analyzer.Event) string { return e.RoleARN }},
	{name: "feature", text: func(e *analyzer.Event) string { return e.Feature }},
	{name: "kind", text: func(e *analyzer.Event) string { return e.Kind }},
	{name: "source", text: func(e *analyzer.Event) string { return e.Source }},
	{name: "action", text: func(e *analyzer.Event) string { return e.Action }},
	{name: "error", text: func(e *analyzer.Event) string { return e.ErrorCode }},
	{name: "principal", text: func(e *analyzer.Event) string { return e.Principal }},
	{name: "session", text: func(e *analyzer.Event) string { return e.SessionName }},
	{name: "resource", text: func(e *analyzer.Event) string { return e.Resource }},
	{name: "state", text: func(e *analyzer.Event) string { return e.State }},
	{name: "findings", text: func(e *analyzer.Event) string { return strings.Join(e.Findings, " ") }},
	{name: "object", text: func(e *analyzer.Event) string { return e.Object }},
	{name: "position", count: func(e *analyzer.Event) int64 { return int64(e.Position) }},
}

// partitionedEventColumns are those of a file in a data set, whose folder tells the account.
var partitionedEventColumns = slices.DeleteFunc(slices.Clone(eventColumns), func(c column[analyzer.Event]) bool {
	return c.name == "account"
})

// NewEventCSV writes events as CSV (docs/columns.md), without Raw. Errors are those of writing to w.
func NewEventCSV(w io.Writer) EventWriter { return newCSVTable(w, eventColumns) }

// EventParquetOptions say how events become a Parquet file.
type EventParquetOptions struct {
	Partitioned bool   // leave out the account, which the folder of the file tells
	Version     string // of the program, for the file's metadata
}

// NewEventParquet writes events as a Parquet file (docs/columns.md), without Raw, and holds one row group in memory.
// Errors are those of writing to w.
func NewEventParquet(w io.Writer, o EventParquetOptions) EventWriter {
	columns := eventColumns
	if o.Partitioned {
		columns = partitionedEventColumns
	}
	return newParquetTable(w, columns, analyzer.EventSchema, o.Version)
}
