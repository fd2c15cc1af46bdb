package report

import (
	"errors"
	"fmt"
	"io"
	"time"

	"roletrail/analyzer"
)

// UnknownPartition stands in the name of a partition for an account that is none, or a month that has no name.
const UnknownPartition = "unknown"

// PartitionAccount is the value of the partition column account for events of an account ID: the ID itself if it is one,
// which is 12 digits, and UnknownPartition for everything else, so that no name of a folder is made from a string of a log.
func PartitionAccount(accountID string) string {
	if len(accountID) != 12 {
		return UnknownPartition
	}
	for i := range len(accountID) {
		if accountID[i] < '0' || accountID[i] > '9' {
			return UnknownPartition
		}
	}
	return accountID
}

// partitionMonth is the value of the partition column month, YYYY-MM.
func partitionMonth(at time.Time) string {
	at = at.UTC()
	if at.IsZero() || at.Year() < 0 || at.Year() > 9999 {
		return UnknownPartition
	}
	return at.Format("2006-01")
}

// eventDataset writes a Parquet file for every account and month, one after the other.
type eventDataset struct {
	version string
	create  func(partition string) (io.WriteCloser, error)
	begun   map[string]bool // partitions that have a file

	partition string         // of the file that is open
	file      io.WriteCloser // nil if none is
	events    EventWriter    // into file
}

// NewEventDataset writes events as Hive partitions of Parquet files (docs/columns.md). For each account and month it calls
// create with a relative path, such as account=111122223333/month=2026-11, for the one file of that partition; it has
// one file open at a time and closes it. Events are to come sorted by PartitionAccount, then time: an event of a partition
// that was closed is an error, since its file is never written twice. Version is that of the program.
func NewEventDataset(version string, create func(partition string) (io.WriteCloser, error)) EventWriter {
	return &eventDataset{version: version, create: create, begun: map[string]bool{}}
}

func (d *eventDataset) Write(e *analyzer.Event) error {
	partition := "account=" + PartitionAccount(e.AccountID) + "/month=" + partitionMonth(e.Time)
	if d.file == nil || partition != d.partition {
		if err := d.begin(partition); err != nil {
			return err
		}
	}
	return d.events.Write(e)
}

// begin ends the file that is open, and opens that of a partition.
func (d *eventDataset) begin(partition string) error {
	if err := d.Close(); err != nil {
		return err
	}
	if d.begun[partition] {
		return fmt.Errorf("%s: events are not sorted, the partition was closed already (internal error)", partition)
	}
	d.begun[partition] = true
	file, err := d.create(partition)
	if err != nil {
		return err
	}
	d.partition, d.file = partition, file
	d.events = NewEventParquet(file, EventParquetOptions{Partitioned: true, Version: d.version})
	return nil
}

func (d *eventDataset) Close() error {
	if d.file == nil {
		return nil
	}
	err := errors.Join(d.events.Close(), d.file.Close())
	d.file, d.events = nil, nil
	return err
}
