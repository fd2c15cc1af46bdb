package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var (
	testFields, own = NewFields([]string{"requestParameters"}, "eventID", "userIdentity.arn", "userIdentity.sessionContext.sessionIssuer.arn", "requestParameters.roleArn", "resources",
		"tlsDetails", "tlsDetails.tlsVersion") // the place of an object and one inside it
	allFields = append([]Field{EventName, EventSource, EventTime, Timestamp, EventCategory, AWSRegion, RecipientAccountID, IdentityAccountID}, own...)
)

// seen is what a split gave: for each record its raw text and the JSON of each field.
type seen struct {
	raw    []string
	fields []map[string]string
	texts  []string // what its strings say
	valid  []bool   // what Check says
	index  []int
}

func (s *seen) Record(r *Record) error {
	s.raw = append(s.raw, string(r.Raw))
	s.index = append(s.index, r.Index)
	s.valid = append(s.valid, r.Check())
	m := map[string]string{}
	r.Locate()
	for _, f := range allFields {
		if r.Has(f) {
			m[testFields.Path(f)] = string(r.Value(f))
			s.texts = append(s.texts, string(r.Bytes(f)))
		}
	}
	s.fields = append(s.fields, m)
	return nil
}

func splitAll(text string) (*seen, Elements, error) {
	s := &seen{}
	e, err := NewSplitter(testFields).Split([]byte(text), s)
	return s, e, err
}

func TestForms(t *testing.T) {
	const a, b = `{"eventName":"A","eventSource":"s.amazonaws.com"}`, `{"eventName":"B","eventSource":"s.amazonaws.com"}`
	quoted, _ := json.Marshal(a)
	for _, tt := range []struct {
		name, text string
		want       []string
		total      int
	}{
		{"envelope", `{"Records":[` + a + `,` + b + `]}`, []string{a, b}, 2},
		{"envelope behind other keys", `{"x":{"Records":[1]},"Records":[` + a + `],"y":[{}]}`, []string{a}, 1},
		{"escaped envelope key", `{"\u0052ecords":[` + a + `]}`, []string{a}, 1},
		{"empty envelope", `{"Records":[]}`, nil, 0},
		{"array", "[" + a + " ,\n" + b + "]", []string{a, b}, 2},
		{"empty array", ` [ ] `, nil, 0},
		{"newline-delimited", a + "\n" + b + "\r\n", []string{a, b}, 2},
		{"nothing between", a + b, []string{a, b}, 2},
		{"one event", "\xef\xbb\xbf" + a, []string{a}, 1},
		{"EventBridge", `{"detail-type":"x","detail":` + a + `}`, []string{a}, 1},
		{"detail of an event", `{"eventName":null,"detail":` + a + `}`, []string{`{"eventName":null,"detail":` + a + `}`}, 1},
		{"LookupEvents", `{"Events":[{"EventId":"1","CloudTrailEvent":` + string(quoted) + `}]}`, []string{a}, 1},
		{"scalars", `1 "x" null true -0.5e3`, nil, 5},
		{"array of scalars", `[1,"a",[{}]]`, nil, 3},
		{"Records is no array", `{"Records":7}`, []string{`{"Records":7}`}, 1},
		{"record in a string", `{"Records":[{"eventName":"P","x":"{\"eventName\":\"Q\"}]}"}]}`, []string{`{"eventName":"P","x":"{\"eventName\":\"Q\"}]}"}`}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, e, err := splitAll(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(s.raw, tt.want) || e.Total != tt.total {
				t.Errorf("got %q, total %d; want %q, %d", s.raw, e.Total, tt.want, tt.total)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	for text, want := range map[string]error{
		"":                                     ErrEmpty,
		" \n":                                  ErrEmpty,
		"\xef\xbb\xbf":                         ErrEmpty,
		`{"Records":[{"a":1}`:                  ErrJSON,
		`{"Records":[{"a":1}}`:                 ErrJSON,
		`{"Records":[{"a":[}]}]}`:              ErrJSON,
		`{"Records":[{"a":"x}]}`:               ErrJSON,
		`{"Records":[{"a":1} {"a":1}]}`:        ErrJSON,
		`{"Records":[{"a":1},]}`:               ErrJSON,
		`{"Records":[,{"a":1}]}`:               ErrJSON,
		`{"Records":[{"a":1}],"Records":[]}`:   ErrJSON,
		`{"Records":[{}]}]`:                    ErrJSON,
		`{"Records":[7]}`:                      ErrRecord,
		`{"Records":[{},null]}`:                ErrRecord,
		`[{},1]`:                               ErrRecord,
		`[1,{}]`:                               ErrRecord,
		`{"CloudTrailEvent":"[]"}`:             ErrRecord,
		`{"CloudTrailEvent":"{"}`:              ErrRecord,
		`tru`:                                  ErrJSON,
		`"abc`:                                 ErrJSON,
		`01`:                                   ErrJSON,
		strings.Repeat(`{"a":`, maxDepth+5):    ErrJSON,
		strings.Repeat(`[`, maxDepth+5) + "1]": ErrJSON,
	} {
		if _, _, err := splitAll(text); !errors.Is(err, want) {
			t.Errorf("%.60q: %v, want %v", text, err, want)
		}
	}
}

func TestFields(t *testing.T) {
	s, _, err := splitAll(`{"requestParameters":{"eventName":"inner","roleArn":"r1","x":{"roleArn":"r2"}},
		"userIdentity" : {"sessionContext":{"sessionIssuer":{"arn":"i"}},"arn":"\u0061"},
		"eventNam\u0065":"outer","eventName ":"no","resources":[{"ARN":"}]"}],"userIdentity":{"arn":"last"}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"requestParameters.roleArn": `"r1"`, "eventName": `"outer"`, "resources": `[{"ARN":"}]"}]`, "userIdentity.arn": `"last"`}
	if !reflect.DeepEqual(s.fields[0], want) {
		t.Errorf("got %v", s.fields[0])
	}
}

// TestStream reads the same texts through windows of every size.
func TestStream(t *testing.T) {
	long := `{"eventName":"` + strings.Repeat("n", 3000) + `","eventSource":"s","eventID":"7"}`
	for _, text := range []string{
		`{"a":[1,2],"Records":[` + long + ` , ` + long + `],"z":{}}`, long + long + "\n" + long, `[` + long + `,{}]`, `{"eventID":"x"}`, "12", `"a" "b"`,
		"\xef\xbb\xbf" + long, "", `{"Records":[`, `{"Records":[{}]} x`, long[:100], `tru`, `{"Records":[{},3]}`,
	} {
		whole, e1, err1 := splitAll(text)
		for _, window := range []int{0, 1, 7, 64, 5000} {
			for _, src := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
				s := &seen{}
				e2, _, err2 := NewSplitter(testFields).SplitStream(src, make([]byte, 0, window), 1<<20, s)
				if !reflect.DeepEqual(whole, s) || err1 == nil && e1 != e2 || (err1 == nil) != (err2 == nil) || err1 != nil && err1.Error() != err2.Error() {
					t.Fatalf("%.80q window %d: %+v, %v; want %+v, %v", text, window, e2, err2, e1, err1)
				}
			}
		}
	}
}

func TestStreamLimit(t *testing.T) {
	line := `{"eventName":"` + strings.Repeat("n", 1000) + `"}` + "\n"
	s := NewSplitter(testFields)
	if _, _, err := s.SplitStream(strings.NewReader(strings.Repeat(line, 500)), nil, 100_000, &seen{}); err != nil {
		t.Errorf("short documents: %v", err)
	}
	if _, _, err := s.SplitStream(strings.NewReader(`{"Records":[{},`+strings.Repeat(line+",", 500)), nil, 100_000, &seen{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("long document: %v", err)
	}
	broken := errors.New("disk on fire")
	if _, _, err := s.SplitStream(io.MultiReader(strings.NewReader(line), iotest.ErrReader(broken)), nil, 100_000, &seen{}); !errors.Is(err, broken) {
		t.Errorf("read error: %v", err)
	}
}

func TestParseTime(t *testing.T) {
	for _, s := range []string{"2026-11-14T11:12:02Z", "2026-02-29T00:00:00Z", "2024-02-29T23:59:59Z", "2026-01-31T00:00:00Z", "2026-11-14T24:00:00Z",
		"2026-11-14T11:12:02.123456Z", "2026-11-14T11:12:02+01:00", "2026-11-14T1:12:02Z", "2026-11-14", "", "x", "2026-11-14T11:12:60Z", "2026-13-01T00:00:00Z",
		"0000-01-01T00:00:00Z", "2026-00-10T00:00:00Z", "2026-11-14t11:12:02Z", "2026-11-14T11:12:02z", "2026-11-1:T11:12:02Z", "2026/11/14T11:12:02Z",
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00+01:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59"} {
		want, err := time.Parse(time.RFC3339, s)
		if year := want.UTC().Year(); year < 1970 || year > 9999 {
			err = errors.New("out of range")
		}
		got, ok := ParseTime([]byte(s))
		if ok != (err == nil) || ok && !got.Equal(want.Truncate(time.Millisecond)) {
			t.Errorf("%q: %v %v, want %v %v", s, got, ok, want, err)
		}
	}
}

// TestParseDays holds all days of five centuries against package time.
func TestParseDays(t *testing.T) {
	for day := time.Date(1970, 1, 1, 23, 59, 58, 0, time.UTC); day.Year() < 2470; day = day.AddDate(0, 0, 1) {
		if got, ok := ParseTime([]byte(day.Format(time.RFC3339))); !ok || !got.Equal(day) || got.Location() != time.UTC {
			t.Fatalf("%v: %v %v", day, got, ok)
		}
	}
}

func TestFilter(t *testing.T) {
	arn := own[1]
	f := Clauses{
		{{Field: EventSource, Values: []string{"sts.amazonaws.com"}}, {Field: EventName, Values: []string{"AssumeRole", "X"}}},
		{{Field: arn, Part: AfterSecondSlash, Values: []string{"ECS"}, Patterns: []string{"aws*_b*"}}},
		{{Field: arn, Substrings: []string{"/linked/"}}},
		{{Field: arn, Part: AfterColon, Values: []string{"one"}}},
	}.Compile()
	for text, want := range map[string]bool{
		`{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole"}`:           true,
		`{"eventSource":"sts.amazonaws.com","eventName":"\u0041ssumeRole"}`:      true,
		`{"eventSource":"sts.amazonaws.com","eventName":"AssumeRoleX"}`:          false,
		`{"eventSource":"sts.amazonaws.com","eventName":["AssumeRole"]}`:         false,
		`{"userIdentity":{"arn":"a/b/ECS"}}`:                                     true,
		`{"userIdentity":{"arn":"a/b/aws__b"}}`:                                  true,
		`{"userIdentity":{"arn":"a/b/aws_c"}}`:                                   false,
		`{"userIdentity":{"arn":"a/linked/c"}}`:                                  true,
		`{"userIdentity":{"arn":"a:one"}}`:                                       true,
		`{"userIdentity":{"arn":"one"}}`:                                         true,
		`{"userIdentity":{"arn":"two"}}`:                                         false,
		`{"x":{"userIdentity":{"arn":"a:one"}}}`:                                 false,
		`{"userIdentity":{"arn":"a:one"},"userIdentity":{"arn":null}}`:           false,
		`{"userIdentity":"{\"arn\":\"a:one\"}"}`:                                 false,
		`{"userIdentity":[{"arn":"a:one"}],"user\u0049dentity":{"arn":"a:one"}}`: true,
	} {
		var got bool
		_, err := NewSplitter(testFields).Split([]byte(text), handlerFunc(func(r *Record) error { got = f.Match(r); return nil }))
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

type handlerFunc func(*Record) error

func (f handlerFunc) Record(r *Record) error { return f(r) }

// TestHabits: keys in the order of the record before are found faster, but never others than are there.
func TestHabits(t *testing.T) {
	texts := []string{
		`{"eventName":"A","eventSource":"B","eventID":"1"}`, `{"eventName":"A","eventID":"2","eventSource":"B"}`,
		`{"eventName" :"A","eventSource": "B","eventID":"3"}`, `{"eventName":"A","eventSource2":"B"}`, `{"eventName":"A"}`, `{}`,
		`{"event\u004eame":"A","eventSource":"B"}`, `{"eventSource":"B","eventName":"A","eventName":"C"}`, `{"eventName":{"eventName":"x"}}`,
	}
	var long string
	for i := range 2 * maxSteps {
		long += fmt.Sprintf(`"key%d":%d,`, i, i)
	}
	texts = append(texts, `{`+long+`"eventID":"4"}`, `{"`+strings.Repeat("k", 100)+`":1,"eventID":"5"}`)
	warm := NewSplitter(testFields)
	for _, a := range texts {
		for _, b := range texts {
			got, want := &seen{}, &seen{}
			text := []byte("[" + a + "," + b + "," + a + "]")
			_, err := warm.Split(text, got)
			for i, one := range []string{a, b, a} {
				s, _, err := splitAll(one)
				if err != nil {
					t.Fatal(err)
				}
				want.raw, want.fields, want.index = append(want.raw, s.raw...), append(want.fields, s.fields...), append(want.index, i)
				want.texts, want.valid = append(want.texts, s.texts...), append(want.valid, s.valid...)
			}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v %v, want %v", text, got, err, want)
			}
		}
	}
}
