package analyzer_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/internal/reference"
	"roletrail/internal/trailgen"
)

// FuzzAnalyze holds the analyzer against the reference on one log file: equal wherever encoding/json accepts it; where
// that rejects, nothing panics and the file counts whole or not at all.
func FuzzAnalyze(f *testing.F) {
	b := trailgen.NewBuilder(1)
	role := trailgen.InfrastructureRole
	at := time.Date(2026, 11, 14, 11, 12, 2, 0, time.UTC)
	opened := b.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), role, "ECSTaskVolumesForEBS")
	call := b.Event(at.Add(time.Second), trailgen.Opened(opened, role, trailgen.ECS).Caller(), trailgen.TrailChanges()[0])
	for _, form := range append(trailgen.Forms(), trailgen.DamagedForms()...) {
		text, err := form.Form.Encode(opened, call, opened.With("addendum.reason", "UPDATED_DATA"))
		if err == nil {
			f.Add(text)
		}
	}
	for _, other := range trailgen.OtherFiles() {
		f.Add([]byte(other.Text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.HasPrefix(text, []byte{0x1f, 0x8b}) || scalarsTouch(text) {
			t.Skip("compression has fuzz targets of its own; json.Decoder takes 00 for two numbers, which is no form of log file")
		}
		path := filepath.Join(dir, "log.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		file := reference.File{Name: filepath.ToSlash(path), Data: text}
		got := analyze(t, analyzer.Options{}, ingest.Options{}, 1, path)
		if reference.Judge(file, 0).Failed == ingest.FailJSON {
			if in := got.Input; in.Objects.Read == 0 && (in.Records != analyzer.InputRecords{} || len(got.Roles) > 0 || in.Bytes != analyzer.InputBytes{}) {
				t.Fatalf("a file that was not read counts: %+v", in)
			}
			return
		}
		if diff := reference.Diff(got, judge(t, analyzer.Options{}, []reference.File{file})); diff != "" {
			t.Fatalf("the reference (-) and the analyzer (+) disagree:\n%s", diff)
		}
	})
}

// scalarsTouch reports whether a document that is a number or a literal is followed by anything but white space.
func scalarsTouch(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		var doc json.RawMessage
		if dec.Decode(&doc) != nil {
			return false
		}
		if at := dec.InputOffset(); !strings.ContainsRune(`{["`, rune(doc[0])) && at < int64(len(text)) && !strings.ContainsRune(" \t\r\n", rune(text[at])) {
			return true
		}
	}
}
