package trailgen

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"path/filepath"
	"reflect"
	"testing"
)

// read takes a log file apart with nothing but the standard library.
func read(t *testing.T, data []byte) (events []map[string]any, err error) {
	t.Helper()
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(unpacked); err != nil {
			return nil, err
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	decoder.UseNumber()
	for {
		var document any
		if err := decoder.Decode(&document); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		list := []any{document}
		if object, ok := document.(map[string]any); ok {
			for _, key := range []string{"Records", "Events"} {
				if inner, ok := object[key].([]any); ok {
					list = inner
				}
			}
		} else if inner, ok := document.([]any); ok {
			list = inner
		}
		for _, element := range list {
			object, ok := element.(map[string]any)
			if !ok {
				return nil, &json.UnmarshalTypeError{Value: "element"}
			}
			if text, ok := object["CloudTrailEvent"].(string); ok {
				object = nil
				if err := json.Unmarshal([]byte(text), &object); err != nil {
					return nil, err
				}
			} else if detail, ok := object["detail"].(map[string]any); ok {
				object = detail
			}
			events = append(events, object)
		}
	}
	if len(events) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return events, nil
}

func sampleEvents(seed uint64) []Object {
	b := NewBuilder(seed)
	assume := b.AssumeRole(noon, ServiceCaller(ECS), InfrastructureRole, "ECSTaskVolumesForEBS")
	by := Opened(assume, InfrastructureRole, ECS).Caller()
	return []Object{assume, b.Event(noon, by, volumeCalls[1]), b.noise(noon, true)}
}

// Whatever the form, what is read from it is the same.
func TestFormsHoldTheSameEvents(t *testing.T) {
	events := sampleEvents(1)
	var want []map[string]any
	for _, event := range events {
		var object map[string]any
		decoder := json.NewDecoder(bytes.NewReader(event.JSON()))
		decoder.UseNumber()
		if err := decoder.Decode(&object); err != nil {
			t.Fatal(err)
		}
		want = append(want, object)
	}
	for _, f := range Forms() {
		data, err := f.Form.Encode(events...)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		got, err := read(t, data)
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %d events, %v", f.Name, len(got), err)
			continue
		}
		for i := range got {
			// Inside LookupEvents numbers are read as float64; the text is what counts.
			if a, b := asText(t, got[i]), asText(t, want[i]); a != b {
				t.Errorf("%s: event %d reads\n%s\nwant\n%s", f.Name, i, a, b)
			}
		}
		again, err := f.Form.Encode(events...)
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("%s: not the same bytes twice", f.Name)
		}
	}
}

func asText(t *testing.T, object map[string]any) string {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	text, err = json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The standard library takes bytes behind a gzip member for another member, and so refuses them here too.
func TestDamagedFormsCantBeRead(t *testing.T) {
	for _, f := range DamagedForms() {
		data, err := f.Form.Encode(sampleEvents(2)...)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		if events, err := read(t, data); err == nil {
			t.Errorf("%s: reads as %d events", f.Name, len(events))
		}
	}
}

func TestFormsThatContradictThemselves(t *testing.T) {
	for _, form := range []Form{
		{Plain: true, Damage: BadChecksum},
		{Members: 2, Damage: TruncatedGzip},
		{Container: Lines, Damage: ForeignElement},
		{Container: Array, Damage: UnreadableEvent},
		{Keys: AllLetters, Damage: GrammarError},
	} {
		if _, err := form.Encode(sampleEvents(3)...); err == nil {
			t.Errorf("%+v: no error", form)
		}
	}
	if err := WriteFile(filepath.Join(t.TempDir(), "x", "y.json"), Form{Damage: TruncatedJSON}); err == nil {
		t.Error("no event, but damage to one: no error")
	}
}

// Of keys that stand twice the last one counts, also when everything else about the file is odd.
func TestDecoysDoNotCount(t *testing.T) {
	event := sampleEvents(4)[0]
	data, err := Form{Decoys: true, Order: Shuffled, Plain: true}.Encode(event)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(data, []byte(`"eventName"`)) != 2 || bytes.Count(data, []byte(`"roleSessionName"`)) != 2 {
		t.Errorf("no decoys: %s", data)
	}
	got, err := read(t, data)
	if err != nil {
		t.Fatal(err)
	}
	want, err := read(t, event.JSON())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("decoys count: %v", got)
	}
}
