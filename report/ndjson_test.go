package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"roletrail/analyzer"
)

func TestEventNDJSONGolden(t *testing.T) {
	golden(t, "events.ndjson", written(t, NewEventNDJSON, typicalEvents()))
}

// ndjsonLines checks that lines are printable and begin with the schema, and parses them.
func ndjsonLines(t rapid.TB, text []byte) (documents []any, events []analyzer.Event) {
	t.Helper()
	if len(text) > 0 && text[len(text)-1] != '\n' {
		t.Fatalf("no newline at the end of %q", text)
	}
	for line := range bytes.Lines(text) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if !bytes.HasPrefix(line, []byte(`{"schema":"roletrail/event/v1","time":`)) {
			t.Errorf("does not begin with its schema: %s", line)
		}
		for _, r := range string(line) {
			if !visible(r) {
				t.Errorf("%q in %q", r, line)
			}
		}
		var document any
		var event analyzer.Event
		if err := json.Unmarshal(line, &document); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatal(err)
		}
		documents, events = append(documents, document), append(events, event)
	}
	return documents, events
}

func TestEventNDJSONFollowsSchema(t *testing.T) {
	events := typicalEvents()
	events[0].Raw = json.RawMessage("{\n\t\"eventVersion\": \"1.11\",\n\t\"requestParameters\": null\n}\n")
	// A log may say anything where no list of words is given.
	all := hostileEvents(hostile)
	all[0].Kind, all[0].State = analyzer.EventOther, "kept"
	events = append(events, all...)
	s := schema(t, EventSchema)
	documents, _ := ndjsonLines(t, written(t, NewEventNDJSON, events))
	if len(documents) != len(events) {
		t.Errorf("%d lines for %d events", len(documents), len(events))
	}
	for _, document := range documents {
		if err := s.Validate(document); err != nil {
			t.Errorf("%v: %v", document, err)
		}
	}
}

func TestEventSchemaRejects(t *testing.T) {
	document := func() map[string]any {
		e := typicalEvents()[1]
		e.Raw = json.RawMessage(`{"eventName": "CreateVolume"}`)
		documents, _ := ndjsonLines(t, written(t, NewEventNDJSON, []analyzer.Event{e}))
		return documents[0].(map[string]any)
	}
	s := schema(t, EventSchema)
	if err := s.Validate(document()); err != nil {
		t.Fatal(err)
	}
	rejects(t, s, document, []change{
		{"another key", set(1, "key")},
		{"another schema", set("roletrail/event/v2", "schema")},
		{"no time", without("time")},
		{"local time", set("2026-11-14T11:12:02+01:00", "time")},
		{"no kind", without("kind")},
		{"another kind", set("session", "kind")},
		{"no source", without("source")},
		{"no action", without("action")},
		{"no object", without("object")},
		{"no position", without("position")},
		{"negative position", set(-1, "position")},
		{"empty error", set("", "errorCode")},
		{"another state", set("closed", "state")},
		{"no findings", set([]any{}, "findings")},
		{"a finding twice", set([]any{"a", "a"}, "findings")},
		{"event that is no object", set("x", "event")},
	})
}

func TestEventNDJSONRaw(t *testing.T) {
	for _, test := range []struct{ raw, want string }{
		{"{\n  \"a\" : [ 1,\r\n\t2.50 ],\n\"<b>\":\"&\"}", `{"a":[1,2.50],"<b>":"&"}`},
		{"{\"a\":\"\x9b31m\xff\u202e\x7f\"}", `{"a":"` + "\ufffd31m\ufffd" + `\u202e\u007f"}`},
		{`{"\u001b":"\ud800","\ud83d\ude00":1e400}`, `{"\u001b":"\ud800","\ud83d\ude00":1e400}`},
		{`{"twice":1,"twice":2}`, `{"twice":1,"twice":2}`},
	} {
		e := typicalEvents()[4]
		e.Raw = json.RawMessage(test.raw)
		line := string(written(t, NewEventNDJSON, []analyzer.Event{e}))
		if want := `,"event":` + test.want + "}\n"; !strings.HasSuffix(line, want) || strings.Count(line, "\n") != 1 {
			t.Errorf("%q: %q, want %q at its end", test.raw, line, want)
		}
	}
}

func TestEventNDJSONRejectsRaw(t *testing.T) {
	e := typicalEvents()[0]
	e.Raw = json.RawMessage(`{"a":`)
	var out bytes.Buffer
	w := NewEventNDJSON(&out)
	if err := w.Write(&e); err == nil || !strings.HasPrefix(err.Error(), e.Object+": event 0: ") {
		t.Errorf("%v, want an error that names object and position", err)
	}
	if err := w.Close(); err != nil || out.Len() > 0 {
		t.Errorf("%v, and %q was written", err, out.String())
	}
}

func TestEventNDJSONLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(t)
		_, got := ndjsonLines(t, written(t, NewEventNDJSON, events))
		valid := cmp.Comparer(func(a, b string) bool { return replaced(a) == replaced(b) })
		if diff := cmp.Diff(events, got, cmpopts.EquateEmpty(), valid); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
