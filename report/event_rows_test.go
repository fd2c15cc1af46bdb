package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roletrail/analyzer"
)

// typicalEvents are one of each kind, of two accounts and two months, sorted as a data set needs them.
func typicalEvents() []analyzer.Event {
	const role = "arn:aws:iam::111122223333:role/ecsInfrastructureRole"
	at := time.Date(2026, 10, 31, 23, 59, 58, 0, time.UTC)
	object := "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/01/111122223333_CloudTrail_us-east-1_20261101T0005Z_aBcDeFgHiJkLmNoP.json.gz"
	events := []analyzer.Event{
		{
			Time: at, EventID: "00000000-0000-4000-8000-000000000001", AccountID: "111122223333", Region: "us-east-1", RoleARN: role, Feature: "ebs-volumes",
			Kind: analyzer.EventAssume, Source: "sts.amazonaws.com", Action: "AssumeRole", Principal: "ecs.amazonaws.com", SessionName: "ECSTaskVolumesForEBS",
			Object: object,
		},
		{
			Time: at.Add(3 * time.Second), EventID: "00000000-0000-4000-8000-000000000002", AccountID: "111122223333", Region: "us-east-1", RoleARN: role, Feature: "ebs-volumes",
			Kind: analyzer.EventCall, Source: "ec2.amazonaws.com", Action: "CreateVolume", ErrorCode: "Client.UnauthorizedOperation",
			Principal: "arn:aws:sts::111122223333:assumed-role/ecsInfrastructureRole/ECSTaskVolumesForEBS", SessionName: "ECSTaskVolumesForEBS",
			Resource: "vol-0123456789abcdef0", State: "open", Findings: []string{analyzer.FindingDeniedAction, analyzer.FindingStuckVolume}, Object: object, Position: 1,
		},
		{
			Time: at.Add(time.Minute), AccountID: "111122223333", Region: "us-east-1", RoleARN: role, Feature: "ebs-volumes vpc-lattice",
			Kind: analyzer.EventReference, Source: "ecs.amazonaws.com", Action: "CreateService", Resource: "service/web", Object: object, Position: 2,
		},
		{
			Time: at.Add(time.Hour), EventID: "00000000-0000-4000-8000-000000000004", AccountID: "444455556666", Region: "eu-west-1", RoleARN: "arn:aws:iam::444455556666:role/x",
			Kind: analyzer.EventChange, Source: "iam.amazonaws.com", Action: "DeleteRole", Principal: "arn:aws:iam::444455556666:user/anna", Object: "second.json", Position: 41,
		},
		{Time: at.Add(2 * time.Hour), AccountID: "unknown-account", Kind: analyzer.EventOther, Source: "cloudtrail.amazonaws.com", Action: "StopLogging", Object: "second.json", Position: 42},
	}
	for i := range events {
		events[i].Schema = analyzer.EventSchema
	}
	return events
}

// hostileEvents have s in every string.
func hostileEvents(s string) []analyzer.Event {
	return []analyzer.Event{{
		Schema: analyzer.EventSchema, Time: fixtureFirst, EventID: s, AccountID: s, Region: s, RoleARN: s, Feature: s, Kind: s, Source: s, Action: s, ErrorCode: s,
		Principal: s, SessionName: s, Resource: s, State: s, Findings: []string{s}, Object: s, Position: 7,
	}}
}

// anyEvents draws events, whose strings may be anything.
func anyEvents(t *rapid.T) (events []analyzer.Event) {
	text := func(name string) string { return anyString.Draw(t, name) }
	for range rapid.IntRange(0, 6).Draw(t, "events") {
		events = append(events, analyzer.Event{
			Schema: analyzer.EventSchema, Time: anyTime.Draw(t, "time"), EventID: text("id"), AccountID: text("account"), Region: text("region"), RoleARN: text("role"),
			Feature: text("feature"), Kind: text("kind"), Source: text("source"), Action: text("action"), ErrorCode: text("error"), Principal: text("principal"),
			SessionName: text("session"), Resource: text("resource"), State: text("state"), Findings: rapid.SliceOfN(anyString, 0, 3).Draw(t, "findings"),
			Object: text("object"), Position: int(anyCount.Draw(t, "position")),
		})
	}
	return events
}

var eventNames = []string{
	"time", "event_id", "account", "region", "role_arn", "feature", "kind", "source", "action", "error", "principal", "session", "resource", "state", "findings", "object", "position",
}

// eventValues are the rows that a table of events must have, as usageValues tells them.
func eventValues(events []analyzer.Event) (rows [][]any) {
	for _, e := range events {
		rows = append(rows, []any{
			known(e.Time), known(e.EventID), known(e.AccountID), known(e.Region), known(e.RoleARN), known(e.Feature), known(e.Kind), known(e.Source), known(e.Action),
			known(e.ErrorCode), known(e.Principal), known(e.SessionName), known(e.Resource), known(e.State), known(strings.Join(e.Findings, " ")), known(e.Object), int64(e.Position),
		})
	}
	return rows
}

// written is what a writer makes of events.
func written(t rapid.TB, create func(io.Writer) EventWriter, events []analyzer.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	w := create(&out)
	for i := range events {
		if err := w.Write(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func newEventParquet(w io.Writer) EventWriter {
	return NewEventParquet(w, EventParquetOptions{Version: "v1.2.3"})
}

// eventWriters are all that write to one file.
var eventWriters = []struct {
	name   string
	create func(io.Writer) EventWriter
}{
	{"CSV", NewEventCSV},
	{"NDJSON", NewEventNDJSON},
	{"Parquet", newEventParquet},
}

func TestEventsAreDeterministic(t *testing.T) {
	for _, w := range eventWriters {
		first := written(t, w.create, typicalEvents())
		for range 5 {
			if !bytes.Equal(first, written(t, w.create, typicalEvents())) {
				t.Fatalf("%s: the same events gave other bytes", w.name)
			}
		}
	}
}

// A file that can't be written whole is never taken for one that was.
func TestErrorsOfWritingTables(t *testing.T) {
	writers := map[string]func(io.Writer) error{
		"UsageCSV":     func(w io.Writer) error { return UsageCSV(w, daysUsage()) },
		"UsageParquet": func(w io.Writer) error { return UsageParquet(w, daysUsage()) },
	}
	for _, each := range eventWriters {
		writers[each.name] = func(w io.Writer) error {
			events, into := typicalEvents(), each.create(w)
			for i := range events {
				if err := into.Write(&events[i]); err != nil {
					return errors.Join(err, into.Close())
				}
			}
			return into.Close()
		}
	}
	for name, write := range writers {
		var whole bytes.Buffer
		if err := write(&whole); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for room := 0; room < whole.Len(); room += 1 + whole.Len()/50 {
			if err := write(&failingWriter{room: room}); !errors.Is(err, errFull) {
				t.Errorf("%s: %v after %d of %d bytes, want %v", name, err, room, whole.Len(), errFull)
			}
		}
	}
}

// Every key of an event but the schema and the event itself is a column.
func TestEventColumnsHoldEveryKey(t *testing.T) {
	text, err := json.Marshal(hostileEvents("x")[0])
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	if got, want := len(eventColumns), len(keys)-1; got != want {
		t.Errorf("%d columns for %d keys", got, want)
	}
	for i := range eventColumns {
		if c := &eventColumns[i]; c.text != nil && c.text(&hostileEvents("x")[0]) != "x" {
			t.Errorf("%s: is not told", c.name)
		}
	}
}

var documentedColumn = regexp.MustCompile("^\\| `([a-z_]+)` \\| ([A-Z][A-Za-z0-9(), ]*) \\|")

// docs/columns.md tells of every column, in the order of the files, with its type.
func TestColumnsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/columns.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for line := range strings.Lines(string(text)) {
		if match := documentedColumn.FindStringSubmatch(line); match != nil {
			documented = append(documented, match[1]+" "+match[2])
		}
	}
	want := slices.Concat(described(usageColumns), described(eventColumns))
	if !slices.Equal(documented, want) {
		t.Errorf("documented:\n%s\nwant:\n%s", strings.Join(documented, "\n"), strings.Join(want, "\n"))
	}
}

// described are names and types of columns as the documentation spells them.
func described[R any](columns []column[R]) (names []string) {
	for i := range columns {
		names = append(names, fmt.Sprintf("%s %s", columns[i].name, kind(&columns[i])))
	}
	return names
}

func kind[R any](c *column[R]) string {
	switch {
	case c.text != nil:
		return "String"
	case c.count != nil:
		return "Integer"
	case c.instant != nil:
		return "Time"
	default:
		return "Day"
	}
}

// benchmarkEvents are events such as a trail has them: many of one object, and each with its own ID.
func benchmarkEvents(n int) []analyzer.Event {
	kinds := typicalEvents()[:3]
	events := make([]analyzer.Event, n)
	for i := range events {
		e := kinds[i%len(kinds)]
		e.Time = e.Time.Add(time.Duration(i) * time.Second)
		e.EventID = fmt.Sprintf("%08x-0000-4000-8000-%012x", i*2654435761&0xffffffff, i)
		e.Object = strings.Replace(e.Object, "aBcDeFgH", fmt.Sprintf("%08d", i/20), 1)
		e.Position = i % 20
		events[i] = e
	}
	return events
}

func BenchmarkEvents(b *testing.B) {
	events := benchmarkEvents(100_000)
	for _, each := range eventWriters {
		b.Run(each.name, func(b *testing.B) {
			b.ReportAllocs()
			w := each.create(io.Discard)
			for i := range b.N {
				if err := w.Write(&events[i%len(events)]); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
