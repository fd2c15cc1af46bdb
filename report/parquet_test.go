package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"roletrail/analyzer"
	"roletrail/internal/duckdb"
)

// parquetRows reads a Parquet file back with the library that wrote it, in the form of usageValues.
func parquetRows(t rapid.TB, text []byte) (names []string, rows [][]any) {
	t.Helper()
	file, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	fields := file.Schema().Fields()
	for _, f := range fields {
		names = append(names, f.Name())
	}
	reader := parquet.NewGenericReader[any](file, file.Schema())
	defer reader.Close()
	buffer := make([]parquet.Row, 100)
	for {
		n, err := reader.ReadRows(buffer)
		for _, row := range buffer[:n] {
			values := make([]any, len(row))
			for i, v := range row {
				values[i] = parquetValue(fields[i], v)
			}
			rows = append(rows, values)
		}
		if err == io.EOF {
			return names, rows
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func parquetValue(f parquet.Field, v parquet.Value) any {
	switch logical := f.Type().LogicalType(); {
	case v.IsNull():
		return nil
	case f.Type().Kind() == parquet.ByteArray:
		return string(v.ByteArray())
	case f.Type().String() == "DATE":
		return tableDay(time.Unix(int64(v.Int32())*24*60*60, 0).UTC().Format("2006-01-02"))
	case logical != nil && strings.HasPrefix(f.Type().String(), "TIMESTAMP"):
		return time.UnixMilli(v.Int64())
	default:
		return v.Int64()
	}
}

// checkParquet reads rows back, and compares them with what they were made from.
func checkParquet(t rapid.TB, text []byte, names []string, want [][]any) {
	t.Helper()
	gotNames, got := parquetRows(t, text)
	if !slices.Equal(gotNames, names) {
		t.Fatalf("columns %q, want %q", gotNames, names)
	}
	for _, row := range want {
		for i, value := range row {
			switch value := value.(type) {
			case string:
				row[i] = strings.ToValidUTF8(value, "\ufffd")
			case time.Time:
				row[i] = value.Truncate(time.Millisecond)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func TestUsageParquet(t *testing.T) {
	for _, u := range []*analyzer.Usage{emptyUsage(), daysUsage(), hostileDays(hostile)} {
		checkParquet(t, usageParquet(t, u), usageNames, usageValues(u))
	}
	rapid.Check(t, func(t *rapid.T) {
		u := anyDays(t)
		checkParquet(t, usageParquet(t, u), usageNames, usageValues(u))
	})
}

func TestEventParquet(t *testing.T) {
	for _, events := range [][]analyzer.Event{nil, typicalEvents(), hostileEvents(hostile), benchmarkEvents(2*batchRows + 1)} {
		checkParquet(t, written(t, newEventParquet, events), eventNames, eventValues(events))
	}
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(t)
		checkParquet(t, written(t, newEventParquet, events), eventNames, eventValues(events))
	})
}

// parquetFile writes a Parquet file for DuckDB to read, and returns it as a table of its SQL.
func parquetFile(t *testing.T, text []byte) (table string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.parquet")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return "read_parquet(" + duckdb.Text(path) + ")"
}

// The types that docs/columns.md promises, as DuckDB sees them, and no row in a file of none.
func TestParquetTypes(t *testing.T) {
	types := map[string]string{"String": "VARCHAR", "Integer": "BIGINT", "Time": "TIMESTAMP WITH TIME ZONE", "Day": "DATE"}
	for _, test := range []struct {
		text    []byte
		columns []string // name and kind
	}{
		{usageParquet(t, emptyUsage()), described(usageColumns)},
		{usageParquet(t, daysUsage()), described(usageColumns)},
		{written(t, newEventParquet, nil), described(eventColumns)},
		{written(t, newEventParquet, typicalEvents()), described(eventColumns)},
	} {
		var got, want []string
		for _, row := range duckdb.Query(t, "DESCRIBE SELECT * FROM "+parquetFile(t, test.text)) {
			got = append(got, fmt.Sprint(row["column_name"], " ", row["column_type"]))
		}
		for _, column := range test.columns {
			name, kind, _ := strings.Cut(column, " ")
			want = append(want, name+" "+types[kind])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// How things lie in the file, which readers other than DuckDB are particular about.
func TestParquetFormat(t *testing.T) {
	table := parquetFile(t, written(t, newEventParquet, typicalEvents()))
	got := map[string]string{}
	for _, row := range duckdb.Query(t, strings.Replace("SELECT name, type, converted_type, repetition_type FROM "+table, "read_parquet", "parquet_schema", 1)) {
		got[row["name"].(string)] = fmt.Sprint(row["type"], " ", row["converted_type"], " ", row["repetition_type"])
	}
	for name, want := range map[string]string{
		"time": "INT64 TIMESTAMP_MILLIS OPTIONAL", "event_id": "BYTE_ARRAY UTF8 OPTIONAL", "object": "BYTE_ARRAY UTF8 OPTIONAL", "position": "INT64 <nil> REQUIRED",
	} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	day := duckdb.Query(t, strings.Replace("SELECT type, converted_type FROM "+parquetFile(t, usageParquet(t, daysUsage()))+" WHERE name = 'day'", "read_parquet", "parquet_schema", 1))
	if want := []map[string]any{{"type": "INT32", "converted_type": "DATE"}}; !cmp.Equal(day, want) {
		t.Errorf("day: %v, want %v", day, want)
	}

	for _, row := range duckdb.Query(t, strings.Replace("SELECT path_in_schema, type, compression, encodings, dictionary_page_offset FROM "+table, "read_parquet", "parquet_metadata", 1)) {
		name := row["path_in_schema"].(string)
		if row["compression"] != "ZSTD" {
			t.Errorf("%s: %s", name, row["compression"])
		}
		dictionary := strings.Contains(fmt.Sprint(row["encodings"]), "RLE_DICTIONARY")
		if want := row["type"] == "BYTE_ARRAY" && name != "event_id"; dictionary != want {
			t.Errorf("%s: encodings %s, dictionary wanted: %t", name, row["encodings"], want)
		}
	}

	metadata := map[string]string{}
	for _, row := range duckdb.Query(t, strings.Replace("SELECT decode(key) AS key, decode(value) AS value FROM "+table, "read_parquet", "parquet_kv_metadata", 1)) {
		metadata[row["key"].(string)] = row["value"].(string)
	}
	if want := map[string]string{"roletrail.schema": "roletrail/event/v1", "roletrail.version": "v1.2.3"}; !maps.Equal(metadata, want) {
		t.Errorf("metadata %v, want %v", metadata, want)
	}
	created := duckdb.Query(t, strings.Replace("SELECT created_by FROM "+table, "read_parquet", "parquet_file_metadata", 1))
	if want := "roletrail version v1.2.3(build parquet-go)"; created[0]["created_by"] != want {
		t.Errorf("created by %v, want %s", created, want)
	}
}

// The sums of the rows are the numbers of the report, for another reader than the library that wrote them.
func TestParquetAddsUp(t *testing.T) {
	u := daysUsage()
	type sums struct{ Assumed, Denied, Calls, Failed int64 }
	want, got := map[string]sums{}, map[string]sums{}
	for _, role := range u.Roles {
		want[role.ARN] = sums{role.Assumed, role.Denied, role.Calls, role.FailedCalls}
		for _, f := range role.Features {
			if s := (sums{f.Assumed, f.Denied, f.Calls, f.FailedCalls}); s != (sums{}) {
				want[role.ARN+" "+f.ID] = s
			}
		}
	}
	if len(want) < 4 {
		t.Fatalf("%v proves little", want)
	}
	number := func(value any) int64 {
		n, err := value.(json.Number).Int64()
		if err != nil {
			t.Error(err)
		}
		return n
	}
	add := func(query string) {
		for _, row := range duckdb.Query(t, query) {
			got[row["cell"].(string)] = sums{number(row["assumed"]), number(row["denied"]), number(row["calls"]), number(row["failed"])}
		}
	}
	const numbers = "CAST(sum(assumed) AS BIGINT) AS assumed, CAST(sum(denied) AS BIGINT) AS denied, CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(failed_calls) AS BIGINT) AS failed"
	table := parquetFile(t, usageParquet(t, u))
	add("SELECT role_arn AS cell, " + numbers + " FROM " + table + " GROUP BY 1")
	add("SELECT role_arn || ' ' || feature AS cell, " + numbers + " FROM " + table + " WHERE feature IS NOT NULL GROUP BY 1")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// DuckDB reads the very values that were written: times, NULLs, and strings of all kinds.
func TestDuckDBReadsValues(t *testing.T) {
	events := slices.Concat(typicalEvents(), hostileEvents(hostile), hostileEvents("it's; DROP TABLE \"x\"\x00\\"), hostileEvents(strings.Repeat("長い", 50_000)))
	want := eventValues(events)
	got := duckdb.Query(t, "SELECT * REPLACE (epoch_ms(time) AS time) FROM "+parquetFile(t, written(t, newEventParquet, events)))
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for n, row := range got {
		for i, name := range eventNames {
			expected := want[n][i]
			switch value := expected.(type) {
			case string:
				expected = strings.ToValidUTF8(value, "\ufffd")
			case time.Time:
				expected = json.Number(fmt.Sprint(value.UnixMilli()))
			case int64:
				expected = json.Number(fmt.Sprint(value))
			}
			if row[name] != expected {
				t.Errorf("row %d, %s: %.100q, want %.100q", n, name, row[name], expected)
			}
		}
	}
}

// Memory stays bounded, since what is written in one piece is: row groups end by rows, or by the bytes of their texts.
func TestParquetRowGroups(t *testing.T) {
	groups := func(create func(w EventWriter)) (rows []int64) {
		var out bytes.Buffer
		w := newEventParquet(&out)
		create(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		file, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range file.RowGroups() {
			rows = append(rows, g.NumRows())
		}
		return rows
	}
	small := groups(func(w EventWriter) {
		e := analyzer.Event{Kind: analyzer.EventCall}
		for e.Position = range rowGroupRows + 3 {
			if err := w.Write(&e); err != nil {
				t.Fatal(err)
			}
		}
	})
	if want := []int64{rowGroupRows, 3}; !slices.Equal(small, want) {
		t.Errorf("row groups of %d rows, want %d", small, want)
	}
	large := groups(func(w EventWriter) {
		for i := range 20 {
			e := analyzer.Event{EventID: strings.Repeat(fmt.Sprintf("%02d", i), batchBytes/2)}
			if err := w.Write(&e); err != nil {
				t.Fatal(err)
			}
		}
	})
	if want := []int64{16, 4}; !slices.Equal(large, want) {
		t.Errorf("row groups of %d rows of 1 MiB, want %d", large, want)
	}
}
