package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzSplit holds the splitter against encoding/json: wherever that accepts a text, the same records with the same
// fields come out; where it rejects, nothing panics. The grammar check agrees with json.Valid everywhere.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		`{"Records":[{"eventName":"A","userIdentity":{"arn":"x","sessionContext":{"sessionIssuer":{"arn":"y"}}},"resources":[{"ARN":"z"}]}]}`,
		`{"eventName":"\ud83d\ude00\ud800x","eventSource":"\u0000\"\\"}`, `[{"a":{"b":[[{}]]}},{"eventTime":"2026-11-14T11:12:02Z"}]`,
		`{"a":1.5e-7,"b":-0,"c":true,"d":null}`, "{\"x\":\"\xff\xed\xa0\x80\"}", `{"detail":{"eventName":"E"}}`, `{"CloudTrailEvent":"{\"eventName\":\"E\"}"}`, "1 2", `{"Records":[]}{}`,
		`{"userIdentity":{"arn":"a"},"userIdentity":{},"userIdentity":{"arn":{"arn":1}}}`, `{"":{"":""},"\n":"\/"}`,
	} {
		f.Add([]byte(seed))
	}
	warm := NewSplitter(testFields)
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := valid(bytes.TrimFunc(text, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) })), json.Valid(text); got != want {
			t.Fatalf("valid = %v, json.Valid = %v", got, want)
		}
		s := &seen{}
		_, err := NewSplitter(testFields).Split(text, s)
		sameSplit(t, warm, bare(), text)
		long := slices.Concat([]byte(`{"Records":[`), bytes.Repeat(slices.Concat(text, []byte{','}), 1+1000/(len(text)+1)), []byte(`{}]}`))
		sameSplit(t, warm, bare(), long) // most texts are too short to be marked
		stream := &seen{}
		_, _, streamErr := NewSplitter(testFields).SplitStream(iotest.OneByteReader(bytes.NewReader(text)), nil, 1<<20, stream)
		if !reflect.DeepEqual(s, stream) || (err == nil) != (streamErr == nil) {
			t.Fatalf("streamed: %v %v; whole: %v %v", stream, streamErr, s, err)
		}
		again := &seen{}
		if _, err2 := warm.Split(text, again); !reflect.DeepEqual(s, again) || (err == nil) != (err2 == nil) {
			t.Fatalf("a splitter that has met the text: %v %v; a new one: %v %v", again, err2, s, err)
		}
		want, wantErr, decodes := decodeAll(text)
		if !decodes {
			return
		}
		if !errors.Is(err, wantErr) {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(s.raw, want.raw) {
			t.Fatalf("records %q, want %q", s.raw, want.raw)
		}
		for i := range want.raw {
			if err == nil && !reflect.DeepEqual(s.fields[i], want.fields[i]) {
				t.Fatalf("fields %v, want %v", s.fields[i], want.fields[i])
			}
		}
	})
}

// decodeAll does with encoding/json what Split does. It reports false where encoding/json rejects the text.
func decodeAll(text []byte) (*seen, error, bool) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	s := &seen{}
	dec := json.NewDecoder(bytes.NewReader(text))
	var failed error
	documents := 0
	for {
		var doc json.RawMessage
		if err := dec.Decode(&doc); err == io.EOF {
			break
		} else if err != nil {
			return nil, nil, false
		}
		if at := int(dec.InputOffset()); !strings.ContainsRune("{[\"", rune(doc[0])) && at < len(text) && !isSpace(text[at]) {
			return nil, nil, false // json.Decoder takes 00 for two numbers
		}
		documents++
		if err := s.document(doc); failed == nil {
			failed = err
		}
	}
	if documents == 0 {
		return s, ErrEmpty, true
	}
	return s, failed, true
}

func (s *seen) document(doc json.RawMessage) error {
	var elements []json.RawMessage
	envelope := true
	switch doc[0] {
	case '{':
		arrays := envelopes(doc)
		switch len(arrays) {
		case 0:
			return s.element(doc)
		case 1:
			elements = arrays[0]
		default:
			return ErrJSON
		}
	case '[':
		json.Unmarshal(doc, &elements)
		envelope = false
	default:
		return nil
	}
	objects := 0
	for _, e := range elements {
		if e[0] == '{' {
			objects++
		}
	}
	if objects < len(elements) && (envelope || objects > 0) {
		return ErrRecord
	}
	for _, e := range elements {
		if objects > 0 {
			if err := s.element(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// envelopes returns the elements of each Records or Events array at the top of a document, repeated keys included.
func envelopes(doc json.RawMessage) (arrays [][]json.RawMessage) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.Token()
	for dec.More() {
		key, _ := dec.Token()
		var value json.RawMessage
		dec.Decode(&value)
		var elements []json.RawMessage
		if (key == "Records" || key == "Events") && value[0] == '[' && json.Unmarshal(value, &elements) == nil {
			arrays = append(arrays, elements)
		}
	}
	return arrays
}

func (s *seen) element(e json.RawMessage) error {
	var m map[string]json.RawMessage
	json.Unmarshal(e, &m)
	var inner string
	if v := m["CloudTrailEvent"]; len(v) > 0 && v[0] == '"' && json.Unmarshal(v, &inner) == nil {
		e = bytes.Trim([]byte(inner), " \t\r\n")
		if len(e) == 0 || e[0] != '{' || !json.Valid(e) {
			return ErrRecord
		}
	} else if _, named := m["eventName"]; !named && len(m["detail"]) > 0 && m["detail"][0] == '{' {
		e = m["detail"]
	}
	s.raw = append(s.raw, string(e))
	s.index = append(s.index, len(s.index))
	fields := map[string]string{}
	for _, f := range allFields {
		value := e
		found := true
		for key := range strings.SplitSeq(testFields.Path(f), ".") {
			var m map[string]json.RawMessage
			if value[0] != '{' || json.Unmarshal(value, &m) != nil {
				found = false
				break
			}
			if value, found = m[key]; !found {
				break
			}
		}
		if found {
			fields[testFields.Path(f)] = string(value)
		}
	}
	s.fields = append(s.fields, fields)
	return nil
}
