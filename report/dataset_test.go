package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"roletrail/analyzer"
	"roletrail/internal/duckdb"
)

func TestPartitions(t *testing.T) {
	for account, want := range map[string]string{
		"111122223333": "111122223333", "000000000000": "000000000000",
		"": UnknownPartition, "11112222333": UnknownPartition, "1111222233334": UnknownPartition, "11112222333a": UnknownPartition,
		"../../../etc": UnknownPartition, "1111/2222333": UnknownPartition, "１１１１": UnknownPartition, " 11112222333": UnknownPartition, "11112222333\n": UnknownPartition,
	} {
		if got := PartitionAccount(account); got != want {
			t.Errorf("%q: %q, want %q", account, got, want)
		}
	}
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), "2026-11"},
		{time.Date(2026, 11, 1, 0, 0, 0, 0, time.FixedZone("", 60)), "2026-10"},
		{time.Date(976, 1, 2, 3, 4, 5, 6, time.UTC), "0976-01"},
		{time.Time{}, UnknownPartition},
		{time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), UnknownPartition},
		{time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), UnknownPartition},
	} {
		if got := partitionMonth(test.at); got != test.want {
			t.Errorf("%v: %q, want %q", test.at, got, test.want)
		}
	}
}

// partitions keeps the files of a data set, and that one at most is open.
type partitions struct {
	t     rapid.TB
	files map[string]*partition
	open  int
}

type partition struct {
	bytes.Buffer
	of     *partitions
	closed bool
}

func (p *partition) Close() error {
	if p.closed {
		p.of.t.Fatal("closed twice")
	}
	p.closed = true
	p.of.open--
	return nil
}

func (p *partitions) create(name string) (io.WriteCloser, error) {
	if p.open++; p.open > 1 {
		p.t.Fatalf("%s: %d are open", name, p.open)
	}
	if p.files[name] != nil {
		p.t.Fatalf("%s: is created twice", name)
	}
	p.files[name] = &partition{of: p}
	return p.files[name], nil
}

// dataset writes events, which it sorts, as a data set.
func dataset(t rapid.TB, events []analyzer.Event) map[string]*partition {
	t.Helper()
	slices.SortStableFunc(events, func(a, b analyzer.Event) int {
		if c := strings.Compare(PartitionAccount(a.AccountID), PartitionAccount(b.AccountID)); c != 0 {
			return c
		}
		return a.Time.Compare(b.Time)
	})
	p := &partitions{t: t, files: map[string]*partition{}}
	w := NewEventDataset("v1.2.3", p.create)
	for i := range events {
		if err := w.Write(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if p.open != 0 {
		t.Fatal("a file is left open")
	}
	return p.files
}

func TestEventDataset(t *testing.T) {
	files := dataset(t, typicalEvents())
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{
		"account=111122223333/month=2026-10", "account=111122223333/month=2026-11", "account=444455556666/month=2026-11", "account=unknown/month=2026-11",
	}
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if files := dataset(t, nil); len(files) != 0 {
		t.Errorf("%d files for no event", len(files))
	}
}

// Each event is in the file of its partition, with all but its account.
func TestEventDatasetLosesNothing(t *testing.T) {
	account := rapid.OneOf(rapid.SampledFrom([]string{"", "111122223333", "444455556666", "abc", "11112222333/", "zzz"}), anyString)
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(t)
		for i := range events {
			events[i].AccountID = account.Draw(t, "account")
		}
		files := dataset(t, events) // and sorts them
		want := map[string][]analyzer.Event{}
		for _, e := range events {
			name := fmt.Sprintf("account=%s/month=%s", PartitionAccount(e.AccountID), partitionMonth(e.Time))
			want[name] = append(want[name], e)
		}
		if len(files) != len(want) {
			t.Fatalf("%d files, want %d", len(files), len(want))
		}
		const column = 2
		names := slices.Delete(slices.Clone(eventNames), column, column+1)
		for name, file := range files {
			rows := eventValues(want[name])
			for i, row := range rows {
				rows[i] = slices.Delete(row, column, column+1)
			}
			checkParquet(t, file.Bytes(), names, rows)
		}
	})
}

func TestDuckDBReadsDataset(t *testing.T) {
	root := t.TempDir()
	events := typicalEvents()
	events[0].AccountID = "012345678901"
	for name, file := range dataset(t, events) {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name, "part-0.parquet"), file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// As docs/columns.md says.
	got := duckdb.Query(t, "SELECT account, month, count(*) AS n, max(position) AS p FROM read_parquet("+duckdb.Text(filepath.Join(root, "*/*/*.parquet"))+
		", hive_partitioning = true, hive_types = {account: VARCHAR, month: VARCHAR}) GROUP BY ALL ORDER BY ALL")
	var rows []string
	for _, row := range got {
		rows = append(rows, fmt.Sprint(row["account"], " ", row["month"], " ", row["n"], " ", row["p"]))
	}
	want := []string{"012345678901 2026-10 1 0", "111122223333 2026-11 2 2", "444455556666 2026-11 1 41", "unknown 2026-11 1 42"}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEventDatasetRefusesUnsorted(t *testing.T) {
	events := typicalEvents()
	p := &partitions{t: t, files: map[string]*partition{}}
	w := NewEventDataset("v1.2.3", p.create)
	for _, i := range []int{0, 1} {
		if err := w.Write(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Write(&events[0]); err == nil || !strings.HasPrefix(err.Error(), "account=111122223333/month=2026-10: ") {
		t.Errorf("%v, want an error that names the partition", err)
	}
	if err := w.Close(); err != nil || p.open != 0 {
		t.Errorf("%v, and %d files are open", err, p.open)
	}
}

// failingFile fails when it is closed, and when it is full.
type failingFile struct {
	failingWriter
	closed int
}

var errClose = errors.New("not closed")

func (f *failingFile) Close() error {
	f.closed++
	return errClose
}

func TestEventDatasetErrors(t *testing.T) {
	events := typicalEvents()
	refused := NewEventDataset("v1.2.3", func(string) (io.WriteCloser, error) { return nil, errFull })
	if err := refused.Write(&events[0]); !errors.Is(err, errFull) {
		t.Errorf("%v, want %v", err, errFull)
	}
	if err := refused.Close(); err != nil {
		t.Errorf("%v, though there was nothing to close", err)
	}

	for _, room := range []int{0, 1 << 20} {
		file := &failingFile{failingWriter: failingWriter{room: room}}
		w := NewEventDataset("v1.2.3", func(string) (io.WriteCloser, error) { return file, nil })
		if err := w.Write(&events[0]); err != nil {
			t.Fatal(err)
		}
		err := w.Write(&events[1]) // of the next partition
		if !errors.Is(err, errClose) || errors.Is(err, errFull) != (room == 0) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
		if err := w.Close(); err != nil || file.closed != 1 {
			t.Errorf("%v, and closed %d times", err, file.closed)
		}
	}
}
