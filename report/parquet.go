package report

import (
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// A row group ends at whichever of these is reached first. It is held in memory until it ends, with its dictionaries.
const (
	rowGroupRows  = 128 << 10
	rowGroupBytes = 16 << 20 // of its texts
)

// A batch of rows is handed to the Parquet library together.
const (
	batchRows  = 256
	batchBytes = 1 << 20
)

// parquetTable writes rows as a Parquet file: columns in their order, all but counts optional, compressed by zstd.
type parquetTable[R any] struct {
	writer  *parquet.GenericWriter[any]
	columns []column[R]

	batch []parquet.Row
	rows  int    // of batch that are filled
	text  []byte // what the texts of the batch lie in

	groupRows, groupBytes int // of the row group, without the batch
}

// newParquetTable writes to w, with the name of the table's contract and the version of the program in the file's metadata.
func newParquetTable[R any](w io.Writer, columns []column[R], schema, version string) *parquetTable[R] {
	group := orderedGroup{Group: parquet.Group{}}
	for i := range columns {
		group.names = append(group.names, columns[i].name)
		group.Group[columns[i].name] = columns[i].node()
	}
	t := &parquetTable[R]{columns: columns, batch: make([]parquet.Row, batchRows)}
	t.writer = parquet.NewGenericWriter[any](w,
		parquet.NewSchema("roletrail", group),
		parquet.Compression(&parquet.Zstd),
		// Version 1 of data pages is what every reader knows.
		parquet.DataPageVersion(1),
		parquet.CreatedBy("roletrail", version, "parquet-go"),
		parquet.KeyValueMetadata("roletrail.schema", schema),
		parquet.KeyValueMetadata("roletrail.version", version),
	)
	return t
}

// orderedGroup is a group of columns in the order of names; by itself the library sorts them.
type orderedGroup struct {
	parquet.Group
	names []string
}

func (g orderedGroup) Fields() []parquet.Field {
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(g.names, a.Name()) - slices.Index(g.names, b.Name())
	})
	return fields
}

// node is the type of the column in Parquet.
func (c *column[R]) node() parquet.Node {
	switch {
	case c.text != nil && c.distinct:
		return parquet.Optional(parquet.String())
	case c.text != nil:
		return parquet.Optional(parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
	case c.count != nil:
		return parquet.Leaf(parquet.Int64Type)
	case c.instant != nil:
		return parquet.Optional(parquet.Timestamp(parquet.Millisecond))
	default:
		return parquet.Optional(parquet.Date())
	}
}

// Write writes one row.
func (t *parquetTable[R]) Write(row *R) error {
	values := t.batch[t.rows][:0]
	for i := range t.columns {
		values = append(values, t.value(i, row))
	}
	t.batch[t.rows] = values
	if t.rows++; t.rows == batchRows || len(t.text) >= batchBytes {
		return t.writeBatch()
	}
	return nil
}

// value is the value of column i in a row. A text lies in t.text until the batch is written.
func (t *parquetTable[R]) value(i int, row *R) parquet.Value {
	const present = 1 // definition level of an optional column's value
	c := &t.columns[i]
	switch {
	case c.text != nil:
		text := c.text(row)
		if text == "" {
			break
		}
		if !utf8.ValidString(text) {
			text = strings.ToValidUTF8(text, "\ufffd")
		}
		begin := len(t.text)
		t.text = append(t.text, text...)
		return parquet.ByteArrayValue(t.text[begin:]).Level(0, present, i)
	case c.count != nil:
		return parquet.Int64Value(c.count(row)).Level(0, 0, i)
	case c.instant != nil:
		if at := c.instant(row); !at.IsZero() {
			return parquet.Int64Value(at.UnixMilli()).Level(0, present, i)
		}
	default:
		if day := c.day(row); !day.IsZero() {
			return parquet.Int32Value(int32(daysBetween(time.Unix(0, 0), dayOf(day)))).Level(0, present, i)
		}
	}
	return parquet.NullValue().Level(0, 0, i)
}

func (t *parquetTable[R]) writeBatch() error {
	if _, err := t.writer.WriteRows(t.batch[:t.rows]); err != nil {
		return err
	}
	t.groupRows += t.rows
	t.groupBytes += len(t.text)
	t.rows, t.text = 0, t.text[:0]
	if t.groupRows < rowGroupRows && t.groupBytes < rowGroupBytes {
		return nil
	}
	t.groupRows, t.groupBytes = 0, 0
	return t.writer.Flush()
}

// Close writes the rest and the footer. It does not close the writer below.
func (t *parquetTable[R]) Close() error {
	if err := t.writeBatch(); err != nil {
		return err
	}
	return t.writer.Close()
}
