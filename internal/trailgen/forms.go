package trailgen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Form is how events are written into a log file. The zero Form is CloudTrail's own: a Records envelope without white
// space in one gzip member.
type Form struct {
	Container       Container
	Plain           bool // not gzipped
	Members         int  // gzip members that the text is cut into; 0 stands for 1
	ByteOrderMark   bool
	Pretty          bool // indented
	TrailingNewline bool
	Order           KeyOrder
	Keys, Values    Escaping // of the events; the container's own keys are spelled plainly
	Decoys          bool     // keys that decide what an event is stand twice, first with a wrong value: the last counts
	Damage          Damage
}

// Container is what stands around the events of a log file.
type Container int

// Containers.
const (
	Records      Container = iota // {"Records":[...]}, as CloudTrail delivers
	Array                         // a JSON array of events
	Lines                         // newline-delimited events
	Concatenated                  // events with nothing between them, as Firehose delivers
	EventBridge                   // newline-delimited EventBridge events that hold each event as detail
	LookupEvents                  // the output of LookupEvents: {"Events":[{"CloudTrailEvent":"..."}]}
	LookupLines                   // newline-delimited entries of LookupEvents
)

// Encode writes events as the bytes of a log file. It fails if the form can't hold them or can't be damaged so.
func (f Form) Encode(events ...Object) ([]byte, error) {
	if err := f.check(len(events)); err != nil {
		return nil, err
	}
	documents := f.documents(f.texts(events), events)
	if f.Pretty {
		for i, document := range documents {
			var out bytes.Buffer
			if err := json.Indent(&out, document, "", "  "); err != nil {
				return nil, fmt.Errorf("pretty: %w", err)
			}
			documents[i] = out.Bytes()
		}
	}
	separator := []byte{'\n'}
	if f.Container == Concatenated {
		separator = nil
	}
	text := bytes.Join(documents, separator)
	switch f.Damage {
	case TruncatedJSON:
		text = text[:len(text)-len(documents[len(documents)-1])/2]
	case ForeignElement:
		text = append(bytes.TrimSuffix(text, []byte(f.closing())), ",42"+f.closing()...)
	case GrammarError:
		before := len(text)
		text = bytes.Replace(text, []byte(`"eventTime":`), []byte(`"eventTime"`), 1)
		if len(text) == before {
			return nil, errors.New("form: no eventTime, and so no place for a grammar error")
		}
	}
	return f.Pack(text)
}

// check reports forms that contradict themselves.
func (f Form) check(events int) error {
	gzipped := f.Damage == TruncatedGzip || f.Damage == BadChecksum || f.Damage == BadLength || f.Damage == TrailingBytes || f.Damage == EmptyGzip
	switch {
	case f.Plain && gzipped:
		return errors.New("form: only a gzipped file can be damaged so")
	case f.Damage == TruncatedGzip && f.Members > 1:
		return errors.New("form: half of several members may be a whole file")
	case f.Damage == ForeignElement && (f.Pretty || f.Container != Records && f.Container != Array):
		return errors.New("form: only a compact array can hold a foreign element")
	case f.Damage == UnreadableEvent && f.Container != LookupEvents && f.Container != LookupLines:
		return errors.New("form: only LookupEvents holds events as strings")
	case f.Damage == GrammarError && (f.Keys != NoEscapes || f.Container == LookupEvents || f.Container == LookupLines || f.Pretty):
		return errors.New("form: no place for a grammar error")
	case events == 0 && (f.Damage == ForeignElement || f.Damage == GrammarError || f.Damage == UnreadableEvent || f.Damage == TruncatedJSON):
		return errors.New("form: no event to damage")
	}
	return nil
}

// texts returns the text of each event as the form spells it.
func (f Form) texts(events []Object) [][]byte {
	out := make([][]byte, len(events))
	for i, event := range events {
		event = arrange(event, f.Order)
		if f.Decoys {
			event = withDecoys(event)
		}
		out[i] = spelling{f.Keys, f.Values}.object(nil, event)
	}
	if f.Damage == UnreadableEvent {
		out[0] = out[0][:len(out[0])-1]
	}
	return out
}

// documents puts texts of events into their container: one document, or several.
func (f Form) documents(texts [][]byte, events []Object) [][]byte {
	list := List{}
	for _, text := range texts {
		list = append(list, Raw(text))
	}
	switch f.Container {
	case Records:
		return [][]byte{Object{{"Records", list}}.JSON()}
	case Array:
		return [][]byte{spelling{}.value(nil, list)}
	case EventBridge:
		for i, event := range events {
			texts[i] = bridged(event, texts[i]).JSON()
		}
	case LookupEvents, LookupLines:
		for i, event := range events {
			entry := looked(event, texts[i])
			texts[i], list[i] = entry.JSON(), entry
		}
		if f.Container == LookupEvents {
			return [][]byte{Object{{"Events", list}, {"NextToken", "c3ludGhldGlj"}}.JSON()}
		}
	}
	return texts
}

// bridged wraps an event as EventBridge does.
func bridged(event Object, text []byte) Object {
	return Object{
		{"version", "0"}, {"id", newRandom(hash(event.Text("eventID"))).uuid()}, {"detail-type", "AWS API Call via CloudTrail"},
		{"source", "aws.sts"}, {"account", event.Text("recipientAccountId")}, {"time", event.Text("eventTime")},
		{"region", event.Text("awsRegion")}, {"resources", List{}}, {"detail", Raw(text)},
	}
}

// looked wraps an event as LookupEvents does.
func looked(event Object, text []byte) Object {
	return Object{
		{"EventId", event.Text("eventID")}, {"EventName", event.Text("eventName")}, {"ReadOnly", "true"},
		{"EventTime", event.Text("eventTime")}, {"EventSource", event.Text("eventSource")},
		{"Resources", List{}}, {"CloudTrailEvent", string(text)},
	}
}

// withDecoys repeats keys that decide what an event is, with wrong values in front of the right ones.
func withDecoys(event Object) Object {
	for path, wrong := range map[string]Object{
		"userIdentity":      {{"type", "Root"}, {"invokedBy", 7}, {"arn", "arn:aws:iam::999999999999:root"}},
		"requestParameters": {{"roleArn", "arn:aws:iam::999999999999:role/decoy"}, {"roleSessionName", "decoy"}},
	} {
		if inner, ok := opened(event.Get(path)).(Object); ok {
			event = event.With(path, behind(wrong, inner))
		}
	}
	return behind(Object{
		{"eventName", "DescribeInstances"}, {"eventSource", "ec2.amazonaws.com"}, {"userIdentity", "nobody"}, {"requestParameters", nil},
		{"eventID", "00000000-0000-0000-0000-000000000000"}, {"errorCode", nil}, {"eventTime", "2001-01-01T00:00:00Z"},
	}, event)
}

// behind puts in front of an object those decoys whose keys it has.
func behind(decoys, object Object) Object {
	var out Object
	for _, decoy := range decoys {
		if object.last(decoy.Key) >= 0 {
			out = append(out, decoy)
		}
	}
	return append(out, object...)
}

// closing is what ends the container.
func (f Form) closing() string {
	if f.Container == Records {
		return "]}"
	}
	return "]"
}

// Pack makes a log file of a text: byte order mark, newline, gzip and what is damaged in it. Encode does the same with
// events.
func (f Form) Pack(text []byte) ([]byte, error) {
	if f.ByteOrderMark {
		text = append([]byte("\ufeff"), text...)
	}
	if f.TrailingNewline {
		text = append(text, '\n')
	}
	if f.Damage == Empty || f.Damage == EmptyGzip {
		text = nil
	}
	if f.Plain || f.Damage == Empty {
		return text, nil
	}
	var out bytes.Buffer
	packer := packers.Get().(*gzip.Writer)
	defer packers.Put(packer)
	members := max(f.Members, 1)
	for i := range members {
		packer.Reset(&out)
		packer.Write(text[len(text)*i/members : len(text)*(i+1)/members]) // an error stays, and Close returns it
		if err := packer.Close(); err != nil {
			return nil, err
		}
	}
	return f.Damage.packed(out.Bytes()), nil
}

// packers are gzip writers to use again: their tables cost more than packing a small file.
var packers = sync.Pool{New: func() any { return newPacker() }}

// newPacker returns a gzip writer as dense as gzip's default, at a multiple of its speed. It writes a header without
// name and time.
func newPacker() *gzip.Writer {
	packer, err := gzip.NewWriterLevel(nil, 6)
	if err != nil {
		panic(err) // there is a level 6
	}
	return packer
}

// WriteFile writes events into a log file, making its folder if needed. It is for tests and returns every error, those
// of Encode too.
func WriteFile(path string, form Form, events ...Object) error {
	data, err := form.Encode(events...)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writeFile(path, data)
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o666)
}
