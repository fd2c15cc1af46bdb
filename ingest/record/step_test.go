package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// members are what records are made of in the tests of steps: first as they follow each other in most records, then what
// stands in the way.
var members = []string{
	`"eventVersion":"1.11"`, `"userIdentity":{"type":"AssumedRole"`, `"arn":"arn:aws:sts::111122223333:assumed-role/role/session"`, `"accountId":"1"`,
	`"sessionContext":{"sessionIssuer":{"type":"Role"`, `"arn":"x"}`, `"attributes":{"creationDate":"2026-11-03T14:46:17Z"`, `"mfaAuthenticated":"false"}}}`,
	`"eventTime":"2026-11-03T15:41:04Z"`, `"eventName":"A"`, `"eventSource":"s.amazonaws.com"`, `"requestParameters":{"roleArn":"x","deep":[{"a":["]{}"]},{}]}`,
	`"resources":[{"ARN":"]"}]`, `"readOnly":true`, `"eventID":"1"`, `"eventCategory":"Management"`, `"tlsDetails":{"tlsVersion":"TLSv1.3"}`,
	`"sessionContext":{"sessionIssuer":{"arn":"x"}`, `"userIdentity":{"sessionContext":{"sessionIssuer":{`, `"userIdentity":{"arn":"z"}`, `"userIdentity":{}`,
	`"eventName":"` + strings.Repeat("long", 30) + `"`, `"requestParameters":null`, `"requestParameters":{}`, `"resources":[]`, `"readOnly":false`,
	`"eventID":7`, `"eventID":null`, `"eventID":{"a":"b"}`, `"eventID":[1,2]`, `"eventID":""`, `"event\u004eame":"escaped"`, `"eventName":"\u0041"`, `"eventName":{"a":1}`,
	` "eventName" : "B"`, "\n\t\"eventSource\": \"C\"", `"userIdentity":null`, `"userIdentity":"s"`, `"userIdentity":[{"arn":"y"}]`,
	`"sessionCredentialFromConsole":"true"`, `"additionalEventData":{"deep":[tru]}`, `"readOnly":falze`, `"sessionCredentialFromConsole":true`, `"keyOfThirtyLettersAltogether..":"x"`, `"` + strings.Repeat("k", 100) + `":"x"`, `"":""`,
	`"eventName":"` + "\x01" + `"`, `"eventName":"` + "\xff" + `"`, `"detail":{"eventName":"inner"}`, `"CloudTrailEvent":"{\"eventName\":\"quoted\",\"eventID\":\"2\"}"`,
	`"eventSource":"` + strings.Repeat(`\"`, 60) + `"`, `"eventID":"` + strings.Repeat("x", 57) + `"`, `"eventID":"` + strings.Repeat("x", 200) + `"`,
	`"tlsDetails":{"tlsVersion":"TLSv1.3","a":"\q","clientProvidedHostHeader":"` + strings.Repeat("host.", 40) + `"}`,
}

// inOrder is how many of the members come in most records.
const inOrder = 17

// broken has what is no member.
var broken = []string{`"`, `\`, `,`, `:`, `{`, `[`, `]`, `}`, `"readOnly":tru`, `"a"`, `"a":`, `"eventName":"\`, `n"ll`}

// madeOf makes a log file of such records. pick returns a number below n.
func madeOf(pick func(n int) int) []byte {
	text := []byte(`{"Records":[`)
	for range 2 + pick(40) {
		var record []string
		open, at := 0, 0
		for range pick(24) {
			member := members[at%inOrder]
			at++
			switch chance := pick(64); {
			case chance < 6:
				member = members[pick(len(members))]
			case chance < 12:
				at += pick(inOrder)
			case chance == 12 && pick(16) == 0:
				member = broken[pick(len(broken))]
			}
			opens := strings.Count(member, "{") - strings.Count(member, "}")
			for ; open+opens < 0; opens++ {
				member = member[:len(member)-1]
			}
			open += opens
			record = append(record, member)
		}
		if pick(256) == 0 {
			open++
		}
		one := "{" + strings.ReplaceAll(strings.Join(record, ","), "{,", "{") + strings.Repeat("}", open) + "},"
		text = append(text, strings.Repeat(one, 1+pick(3))...)
	}
	text = append(text, "{}]}"...)
	if pick(8) == 0 {
		text = text[:pick(len(text))]
	}
	return text
}

// sameSteps fails unless a splitter that has met other texts finds in a text what one does that walks over each byte, from a
// stream too, and so do the forms of the walk over steps.
func sameSteps(t *testing.T, warm, unmarked *Splitter, text []byte, window int) {
	t.Helper()
	sameSplit(t, warm, bare(), text)
	sameSplit(t, unmarked, bare(), text)
	whole, streamed := &seen{}, &seen{}
	elements, err := bare().Split(text, whole)
	streamedElements, _, streamErr := warm.SplitStream(iotest.HalfReader(bytes.NewReader(text)), make([]byte, 0, window), 1<<30, streamed)
	if fmt.Sprint(err) != fmt.Sprint(streamErr) || elements != streamedElements && err == nil || !reflect.DeepEqual(whole, streamed) {
		t.Fatalf("streamed %v, %+v, whole %v, %+v: %q", streamErr, streamedElements, err, elements, text)
	}
}

func TestSteps(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	warm, unmarked := NewSplitter(testFields), NewSplitter(testFields)
	unmarked.marks = nil
	for i := range 2000 {
		if i%200 == 0 { // else there is no room for more steps before long
			warm, unmarked = NewSplitter(testFields), NewSplitter(testFields)
			unmarked.marks = nil
		}
		sameSteps(t, warm, unmarked, madeOf(random.IntN), random.IntN(3000))
	}
}

func FuzzSteps(f *testing.F) {
	for seed := range byte(8) {
		random := rand.NewChaCha8([32]byte{seed})
		choices := make([]byte, 400)
		random.Read(choices)
		f.Add(choices)
	}
	warm, unmarked := NewSplitter(testFields), NewSplitter(testFields)
	unmarked.marks = nil
	f.Fuzz(func(t *testing.T, choices []byte) {
		if warm.steps.used > maxSteps/2 {
			warm, unmarked = NewSplitter(testFields), NewSplitter(testFields)
			unmarked.marks = nil
		}
		sameSteps(t, warm, unmarked, madeOf(func(n int) int {
			if len(choices) == 0 {
				return 0
			}
			c := choices[0]
			choices = choices[1:]
			return int(c) * n >> 8
		}), len(choices))
	})
}

// TestStepsAreTaken: in the records of a log file hardly anything is walked over but by steps.
func TestStepsAreTaken(t *testing.T) {
	text := logFile(t, "b")
	s := NewSplitter(benchFields)
	for range 2 {
		if _, err := s.Split(text, handlerFunc(func(*Record) error { return nil })); err != nil {
			t.Fatal(err)
		}
	}
	used := s.steps.used
	if used < 30 || used > maxSteps/2 {
		t.Errorf("%d steps", used)
	}
	s.b = text
	s.unmark()
	s.begin()
	from := bytes.Index(text, []byte(`{"eventVersion"`))
	h := s.steps.begin(&s.fields.root)
	if s.marks != nil {
		s.mark(from)
	}
	last, end := s.known(h.start, from+1, 0)
	if s.steps.all[last].kind != toEnd || text[end] != ',' && text[end] != ']' {
		t.Errorf("the walk over steps ends at %.50q", text[end:])
	}
}

// TestNoRoomForRecords: where there is no room for the steps of records, but for those of what is inside, all of a record is
// checked.
func TestNoRoomForRecords(t *testing.T) {
	inner := `"tlsDetails":{"a":"b","tlsVersion":"y"}`
	text := []byte(strings.Repeat("{"+inner+"}\n", 20) + `{"tlsDetails":{"a":"b"`)
	for i := range maxSteps {
		text = fmt.Appendf(text, `,"%d":"x"`, i)
	}
	record := "{" + inner + `,"x":tru!,"y":"\q` + "\x01" + `"}`
	text = append(text, `}} [`+strings.Repeat(record+",", 40)+record+"]"...)
	s := NewSplitter(testFields)
	if _, err := s.Split(text, handlerFunc(func(r *Record) error {
		if r.Check() != json.Valid(r.Raw) {
			t.Fatalf("Check = %v of %q", r.Check(), r.Raw)
		}
		return nil
	})); err != nil {
		t.Fatal(err)
	}
	if s.steps.used < maxSteps || s.steps.habits[0].start != 0 {
		t.Fatal("there is room")
	}
}

// TestStepsAreForgotten: a log file that leaves no room for steps does not slow down those behind it.
func TestStepsAreForgotten(t *testing.T) {
	text := []byte(`[{"a":"b"`)
	for i := range maxSteps {
		text = fmt.Appendf(text, `,"%d":"x"`, i)
	}
	s := NewSplitter(testFields)
	for _, text := range [][]byte{append(text, "}]"...), []byte("[{}]")} {
		if _, err := s.Split(text, handlerFunc(func(*Record) error { return nil })); err != nil {
			t.Fatal(err)
		}
	}
	if s.steps.used > maxSteps/2 {
		t.Errorf("%d steps", s.steps.used)
	}
}

// TestCheckAfterLocate: Locate takes nothing from Check.
func TestCheckAfterLocate(t *testing.T) {
	fields, _ := NewFields([]string{"requestParameters"}, "requestParameters.a.b")
	record := `{"eventName":"A","requestParameters":{"a":{"b":"c"},"x":[tru]},"eventSource":"s"}`
	if _, err := NewSplitter(fields).Split([]byte("["+strings.Repeat(record+",", 40)+record+"]"), handlerFunc(func(r *Record) error {
		if r.Locate(); r.Check() {
			t.Fatal("not checked")
		}
		return nil
	})); err != nil {
		t.Fatal(err)
	}
}
