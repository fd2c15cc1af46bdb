package report

import (
	"bufio"
	"bytes"
	_ "embed" // for the schema
	"encoding/json"
	"fmt"
	"io"

	"roletrail/analyzer"
)

// EventSchema is the JSON Schema (draft 2020-12) of one line that NewEventNDJSON writes, the contract roletrail/event/v1.
//
//go:embed event.schema.json
var EventSchema string

// ndjsonBuffer is how many bytes of lines are gathered before they are written.
const ndjsonBuffer = 64 << 10

// eventNDJSON writes a line an event.
type eventNDJSON struct {
	writer  *bufio.Writer
	line    bytes.Buffer
	encoder *json.Encoder // into line
}

// NewEventNDJSON writes events as JSON, one line each, as EventSchema says. Characters that could play tricks on a terminal
// are written as \u escapes, and of Raw too nothing but its blanks and bytes that are no UTF-8 are changed. An error is
// one of writing to w, or of a Raw that is no JSON.
func NewEventNDJSON(w io.Writer) EventWriter {
	e := &eventNDJSON{writer: bufio.NewWriterSize(w, ndjsonBuffer)}
	e.encoder = json.NewEncoder(&e.line)
	e.encoder.SetEscapeHTML(false)
	return e
}

func (n *eventNDJSON) Write(e *analyzer.Event) error {
	n.line.Reset()
	if err := n.encoder.Encode(e); err != nil {
		return fmt.Errorf("%s: event %d: encoding it: %w", e.Object, e.Position, err)
	}
	line := n.line.Bytes()
	// Most lines have nothing to escape, and end at once with the newline.
	if bytes.IndexFunc(line, notASCII) < len(line)-1 {
		// The encoder copies Raw without a look at its strings.
		line = escapeJSON(bytes.ToValidUTF8(line, []byte("\ufffd")))
	}
	_, err := n.writer.Write(line)
	return err
}

// notASCII says whether a rune is other than a visible character of ASCII.
func notASCII(r rune) bool { return r < ' ' || r > '~' }

func (n *eventNDJSON) Close() error { return n.writer.Flush() }
