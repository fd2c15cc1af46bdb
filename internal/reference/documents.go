package reference

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"roletrail/ingest"
)

// failure is why a file cannot be read: a reason in one word, one of ingest's, and what went wrong.
type failure struct{ reason, detail string }

// element is one record of a file, out of its wrapping. A foreign one, which is no JSON object, has no fields.
type element struct {
	raw    []byte         // exactly the bytes of the record's JSON object, from { to }
	fields map[string]any // the same, decoded
}

// read gives the elements of a file and the number of its bytes after decompression. "A leading UTF-8 byte order mark
// is dropped. The text is a sequence of one or more JSON values (documents), separated by any JSON white space or
// nothing." The first thing wrong, in the order of the text, is the reason for which it fails.
func read(file File, limit int64) ([]element, int64, *failure) {
	inflated, failed := inflate(file)
	if failed != nil {
		return nil, 0, failed
	}
	text := bytes.TrimPrefix(inflated, []byte("\xef\xbb\xbf"))
	decoder := json.NewDecoder(bytes.NewReader(text))
	var elements []element
	for documents := 0; ; documents++ {
		var document json.RawMessage
		err := decoder.Decode(&document)
		switch {
		case err == io.EOF && documents == 0:
			return nil, 0, &failure{ingest.FailEmpty, "no JSON value"}
		case err == io.EOF:
			return elements, int64(len(inflated)), nil
		case err != nil:
			return nil, 0, &failure{ingest.FailJSON, err.Error()}
		case limit > 0 && int64(len(document)) > limit:
			return nil, 0, &failure{ingest.FailTooLarge, fmt.Sprintf("a document of %d bytes", len(document))}
		}
		more, failed := split(document)
		if failed != nil {
			return nil, 0, failed
		}
		elements = append(elements, more...)
	}
}

// inflate gives the text of a file. "A file is gunzipped if it begins with 1f 8b. Bytes after the first gzip member
// under a CloudTrail file name fail the file; under another name several members are one stream."
func inflate(file File) ([]byte, *failure) {
	if !bytes.HasPrefix(file.Data, []byte{0x1f, 0x8b}) {
		return file.Data, nil
	}
	stored := bytes.NewReader(file.Data)
	members, err := gzip.NewReader(stored)
	if err != nil {
		return nil, &failure{ingest.FailGzip, err.Error()}
	}
	oneMember := ingest.ParseKey(file.Name).CloudTrailName
	members.Multistream(!oneMember)
	text, err := io.ReadAll(members)
	if err != nil {
		return nil, &failure{ingest.FailGzip, err.Error()}
	}
	if oneMember && stored.Len() > 0 {
		return nil, &failure{ingest.FailTrailingBytes, fmt.Sprintf("%d bytes after the gzip member", stored.Len())}
	}
	return text, nil
}

// split gives the elements of one document:
//
//   - object with a Records array or an Events array (LookupEvents output): its elements; an element that is no
//     object fails the file, and so does a second such array, for it is open which one counts;
//   - else object: one element, itself;
//   - array: its elements; if at least one is an object, an element that is no object fails the file; if none is
//     an object, each element is a foreign element;
//   - scalar: one foreign element.
func split(document json.RawMessage) ([]element, *failure) {
	switch {
	case isObject(document):
		switch envelopes := envelopes(document); len(envelopes) {
		case 0:
			return unwrapAll([]json.RawMessage{document})
		case 1:
			return unwrapAll(decode[[]json.RawMessage](envelopes[0]))
		}
		return nil, &failure{ingest.FailJSON, "a second array of records"}
	case isArray(document):
		values := decode[[]json.RawMessage](document)
		for _, value := range values {
			if isObject(value) {
				return unwrapAll(values)
			}
		}
		return make([]element, len(values)), nil
	default:
		return make([]element, 1), nil
	}
}

// envelopes gives every Records and Events array of an object, those under a repeated key too.
func envelopes(document json.RawMessage) (arrays []json.RawMessage) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	must(decoder.Token())
	for decoder.More() {
		key := must(decoder.Token())
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			panic(fmt.Sprintf("valid JSON is rejected: %v", err))
		}
		if (key == "Records" || key == "Events") && isArray(value) {
			arrays = append(arrays, value)
		}
	}
	return arrays
}

func must(token json.Token, err error) json.Token {
	if err != nil {
		panic(fmt.Sprintf("valid JSON is rejected: %v", err))
	}
	return token
}

func unwrapAll(values []json.RawMessage) ([]element, *failure) {
	var elements []element
	for _, value := range values {
		if !isObject(value) {
			return nil, &failure{ingest.FailRecord, "an element that is no object"}
		}
		e, failed := unwrap(value)
		if failed != nil {
			return nil, failed
		}
		elements = append(elements, e)
	}
	return elements, nil
}

// unwrap gives the record in an object, which is unwrapped once:
//
//   - if CloudTrailEvent is a string: that string, which must be a JSON object, else the file fails;
//   - else if detail is an object and there is no key eventName: the detail;
//   - else the object itself.
func unwrap(value json.RawMessage) (element, *failure) {
	fields := decode[map[string]any](value)
	if inner, ok := fields["CloudTrailEvent"].(string); ok {
		text := []byte(strings.Trim(inner, " \t\r\n"))
		if !json.Valid(text) || !isObject(text) {
			return element{}, &failure{ingest.FailRecord, "CloudTrailEvent is no JSON object"}
		}
		return element{text, decode[map[string]any](text)}, nil
	}
	_, named := fields["eventName"]
	if detail, ok := fields["detail"].(map[string]any); ok && !named {
		return element{decode[map[string]json.RawMessage](value)["detail"], detail}, nil
	}
	return element{value, fields}, nil
}

func isObject(value []byte) bool { return bytes.HasPrefix(value, []byte("{")) }
func isArray(value []byte) bool  { return bytes.HasPrefix(value, []byte("[")) }

// decode decodes text that is known to be valid JSON and of the right type. Numbers stay text: none of them matters,
// and 1e999 is valid JSON, though no float64.
func decode[T any](text []byte) T {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value T
	if err := decoder.Decode(&value); err != nil {
		panic(fmt.Sprintf("valid JSON is rejected: %v", err))
	}
	return value
}

// notCloudTrail is the verdict on a whole file: "elements > 0 and none CloudTrail-looking".
func notCloudTrail(elements []element) bool {
	for _, element := range elements {
		if looksLikeCloudTrail(element.fields) {
			return false
		}
	}
	return len(elements) > 0
}

// looksLikeCloudTrail: "eventName and eventSource are non-empty strings and eventSource does not begin with aws:" (as
// the events of an S3 notice do, whose top key is Records too).
func looksLikeCloudTrail(fields map[string]any) bool {
	name, _ := fields["eventName"].(string)
	source, _ := fields["eventSource"].(string)
	return name != "" && source != "" && !strings.HasPrefix(source, "aws:")
}
