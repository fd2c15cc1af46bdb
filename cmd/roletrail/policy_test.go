package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// Whatever a log says stands in a policy as ASCII, and means the same.
func TestWriteDocuments(t *testing.T) {
	const plain, strange = "ec2:CreateVolume", "ec2:\u202e\u00e9\u2028\U0001f600"
	document, err := json.MarshalIndent(map[string]string{"Action": strange}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := writeDocuments(&text, []json.RawMessage{json.RawMessage(`{"Action": "` + plain + `"}`), document}); err != nil {
		t.Fatal(err)
	}
	const want = `{"Action": "ec2:CreateVolume"}
{
  "Action": "ec2:\u202e\u00e9\u2028\ud83d\ude00"
}
`
	if text.String() != want {
		t.Errorf("got\n%s", text.String())
	}
	decoder := json.NewDecoder(strings.NewReader(text.String()))
	for _, want := range []string{plain, strange} {
		var got struct{ Action string }
		if err := decoder.Decode(&got); err != nil || got.Action != want {
			t.Errorf("%q, %v, want %q", got.Action, err, want)
		}
	}
}
