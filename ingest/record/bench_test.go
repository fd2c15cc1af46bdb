package record

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"roletrail/internal/trailgen"
)

// BenchmarkSplit finds the records and the fields of a log file of about 60 events.
func BenchmarkSplit(b *testing.B) {
	text := logFile(b, "b")
	s := NewSplitter(testFields)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Split(text, handlerFunc(func(*Record) error { return nil })); err != nil {
			b.Fatal(err)
		}
	}
}

// benchFields are as many fields as an analysis asks for, in the places that it asks for.
var benchFields, _ = NewFields([]string{"requestParameters", "responseElements", "addendum"},
	"eventID", "errorCode", "errorMessage", "sourceIPAddress", "sharedEventID", "addendum.reason", "resources", "userIdentity.type", "userIdentity.arn",
	"userIdentity.principalId", "userIdentity.userName", "userIdentity.invokedBy", "userIdentity.sessionContext.sessionIssuer.arn",
	"userIdentity.sessionContext.attributes.creationDate", "requestParameters.roleArn", "requestParameters.roleSessionName",
	"responseElements.assumedRoleUser.arn", "userIdentity.identityProvider", "readOnly")

// BenchmarkTrail is BenchmarkSplit with enough log files that the processor cannot remember them.
func BenchmarkTrail(b *testing.B) {
	for _, preset := range []string{"b", "d"} {
		b.Run(preset, func(b *testing.B) {
			texts := logFiles(b, preset, 16)
			s := NewSplitter(benchFields)
			bytes, records := 0, 0
			for _, text := range texts {
				bytes += len(text)
				elements, _ := s.Split(text, handlerFunc(func(*Record) error { return nil }))
				records += elements.Total
			}
			b.SetBytes(int64(bytes))
			for b.Loop() {
				for _, text := range texts {
					if _, err := s.Split(text, handlerFunc(func(*Record) error { return nil })); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*records), "ns/record")
		})
	}
}

// BenchmarkMark marks the same text.
func BenchmarkMark(b *testing.B) {
	text := logFile(b, "b")
	s := NewSplitter(testFields)
	if s.marks == nil {
		b.Skip("nothing is marked on this processor")
	}
	s.b = text
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.unmark()
		for i := 0; i < len(text); i += markedBytes {
			s.mark(i)
		}
	}
}

// BenchmarkCheck checks the grammar of the records of that file.
func BenchmarkCheck(b *testing.B) {
	text := logFile(b, "b")
	s := NewSplitter(testFields)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := s.Split(text, handlerFunc(func(r *Record) error {
			if !r.Check() {
				b.Fatal("broken")
			}
			return nil
		})); err != nil {
			b.Fatal(err)
		}
	}
}

// logFile returns the text of a log file as it is in a trail of package trailgen.
func logFile(t testing.TB, preset string) []byte { return logFiles(t, preset, 1)[0] }

// logFiles returns the text of so many.
func logFiles(t testing.TB, preset string, n int) (texts [][]byte) {
	p, err := trailgen.PresetNamed(preset)
	if err != nil {
		t.Fatal(err)
	}
	o := *p.Options
	o.Files = n
	root := t.TempDir()
	if _, err := trailgen.Write(root, o); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(root + "/*/*/*/*/*/*/*/*.json.gz")
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		inflated, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(inflated)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}
