package ingest_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"roletrail/ingest"
	"roletrail/ingest/record"
)

// reading is a way to read an object: whole, in a stream because of its size, or in one because it has no known size.
type reading struct {
	name   string
	sized  bool
	memory int64
}

var (
	asWhole  = reading{"whole", true, 64 << 20}
	readings = []reading{asWhole, {"little memory", true, 1}, {"no known size", false, 64 << 20}}
)

// outcome is all that reading an object leads to.
type outcome struct {
	verdict        string
	file           file
	read, inflated int64
}

func (r reading) of(t tester, name string, data []byte) outcome {
	t.Helper()
	e := entry{Object: ingest.Object{Name: name, Size: -1, Key: ingest.ParseKey(name)}, content: data}
	if r.sized {
		e.Size = int64(len(data))
	}
	rig := newRig(1, e)
	rig.options.Memory = r.memory
	s, err := rig.run(t.Context(), t)
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	return outcome{verdict(s), rig.files[name], s.BytesRead, s.BytesInflated}
}

// sameInAllReadings returns the outcome that all readings of an object have.
func sameInAllReadings(t tester, name string, data []byte) outcome {
	t.Helper()
	want := asWhole.of(t, name, data)
	for _, r := range readings[1:] {
		if got := r.of(t, name, data); !reflect.DeepEqual(got, want) {
			t.Errorf("%s, %s: %s, %+v, %d and %d bytes; want %s, %+v, %d and %d", filepath.Base(name), r.name,
				got.verdict, got.file.elements, got.read, got.inflated, want.verdict, want.file.elements, want.read, want.inflated)
		}
	}
	return want
}

// TestForms reads every form and damage as a whole and in streams.
func TestForms(t *testing.T) {
	for _, c := range contents() {
		t.Run(c.name, func(t *testing.T) {
			for name, want := range map[string]string{trailName: c.wantTrail, otherName: c.want} {
				got := sameInAllReadings(t, name, c.data)
				if got.verdict != want {
					t.Errorf("%s: %s, want %s", filepath.Base(name), got.verdict, want)
				}
				if want != "read" {
					if got.read != 0 || got.inflated != 0 || got.file.ids != nil {
						t.Errorf("it counts though it is not read: %+v", got)
					}
				} else if !reflect.DeepEqual(got.file.ids, c.ids) || got.read != int64(len(c.data)) || got.inflated != c.text {
					t.Errorf("%s: events %q, %d bytes that inflate to %d; want %q, %d, %d", filepath.Base(name), got.file.ids, got.read, got.inflated, c.ids, len(c.data), c.text)
				}
			}
		})
	}
}

const event = `{"eventName":"AssumeRole","eventSource":"sts.amazonaws.com","eventID":"1"}`

// TestEdges reads what lies between the forms: next to nothing, several things wrong at once, gzip cut anywhere.
func TestEdges(t *testing.T) {
	good := gzipped(event)
	then := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	flip := func(data []byte, at int) []byte {
		data = bytes.Clone(data)
		data[(at+len(data))%len(data)] ^= 1
		return data
	}
	named := append([]byte{0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255}, "log.json\x00"...)
	for _, tt := range []struct {
		name string
		data []byte
		want string
		// The reason under CloudTrail's name if it is another: one member, and nothing else, may be there.
		wantTrail string
	}{
		{"nothing", nil, ingest.FailEmpty, ""},
		{"a space", []byte(" "), ingest.FailEmpty, ""},
		{"white space", []byte(strings.Repeat(" \r\n\t", 50_000)), ingest.FailEmpty, ""},
		{"a byte order mark", []byte("\xef\xbb\xbf"), ingest.FailEmpty, ""},
		{"part of a byte order mark", []byte("\xef\xbb"), ingest.FailJSON, ""},
		{"a brace", []byte("{"), ingest.FailJSON, ""},
		{"a digit", []byte("7"), ingest.SkipNotCloudTrail, ""},
		{"the first byte of gzip", []byte{0x1f}, ingest.FailJSON, ""},
		{"the first two bytes of gzip", []byte{0x1f, 0x8b}, ingest.FailGzip, ""},
		{"nothing in gzip", gzipped(""), ingest.FailEmpty, ""},
		{"nothing in two members", then(gzipped(""), gzipped("")), ingest.FailEmpty, ingest.FailTrailingBytes},
		{"white space in gzip", gzipped(strings.Repeat(" \n", 100_000)), ingest.FailEmpty, ""},
		{"a byte order mark in gzip", gzipped("\xef\xbb\xbf"), ingest.FailEmpty, ""},
		{"gzip in gzip", gzipped(string(good)), ingest.FailJSON, ""},
		{"two members", then(good, good), "read", ingest.FailTrailingBytes},
		{"an event across members", then(gzipped(event[:20]), gzipped(event[20:])), "read", ingest.FailTrailingBytes},
		{"an empty member at the end", then(good, gzipped("")), "read", ingest.FailTrailingBytes},
		{"one byte behind a member", then(good, []byte{0}), ingest.FailGzip, ingest.FailTrailingBytes},
		{"zeros behind a member", then(good, make([]byte, 100)), ingest.FailGzip, ingest.FailTrailingBytes},
		{"a newline behind a member", then(good, []byte("\n")), ingest.FailGzip, ingest.FailTrailingBytes},
		{"text behind a member", then(good, []byte("\n"+event)), ingest.FailGzip, ingest.FailTrailingBytes},
		{"a header behind a member", then(good, good[:10]), ingest.FailGzip, ingest.FailTrailingBytes},
		{"a header cut in its file name behind a member", then(good, named[:13]), ingest.FailGzip, ingest.FailTrailingBytes},
		{"a header behind its file name", named, ingest.FailGzip, ""},
		{"reserved flags", then(good[:3], []byte{0xe0}, good[4:]), "read", ""},
		{"reserved flags of a second member", then(good, good[:3], []byte{0xe0}, good[4:]), "read", ingest.FailTrailingBytes},
		{"bad checksum, bytes behind it", then(flip(good, -8), []byte("x")), ingest.FailGzip, ""},
		{"bad JSON, bad checksum", flip(gzipped("{"+event), -8), ingest.FailGzip, ""},
		{"bad JSON, cut off", gzipped("}" + strings.Repeat(event, 9))[:60], ingest.FailGzip, ""},
		{"bad JSON, bytes behind it", then(gzipped("{]"), []byte("x")), ingest.FailGzip, ingest.FailTrailingBytes},
		{"bad JSON, then another member", then(gzipped("{]"), good), ingest.FailJSON, ingest.FailTrailingBytes},
		{"bad record, bad checksum", flip(gzipped(`{"Records":[7]}`), -8), ingest.FailGzip, ""},
		{"bad record, bytes behind it", then(gzipped(`{"Records":[7]}`), []byte("x")), ingest.FailGzip, ingest.FailTrailingBytes},
		{"bad record, then bad JSON", []byte(`{"Records":[7]}}`), ingest.FailRecord, ""},
		{"bad JSON, then a bad record", []byte(`{"Records":[}]} [{},7]`), ingest.FailJSON, ""},
		{"a bad grammar, bytes behind it", then(gzipped(event[:len(event)-1]+`,"x":tru}`), []byte("x")), ingest.FailGzip, ingest.FailTrailingBytes},
		{"nothing, bytes behind it", then(gzipped(""), []byte("x")), ingest.FailGzip, ingest.FailTrailingBytes},
		{"no CloudTrail, bytes behind it", then(gzipped("7"), []byte("x")), ingest.FailGzip, ingest.FailTrailingBytes},
		{"an event, then something else", []byte(event + "\n{}\n7"), "read", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.wantTrail == "" {
				tt.wantTrail = tt.want
			}
			for name, want := range map[string]string{trailName: tt.wantTrail, otherName: tt.want} {
				if got := sameInAllReadings(t, name, tt.data); got.verdict != want {
					t.Errorf("%s: %s, want %s", filepath.Base(name), got.verdict, want)
				}
			}
		})
	}
}

// TestChangedFiles changes a few bytes of files of every form. Whatever comes of it, all readings agree.
func TestChangedFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := bytes.Clone(rapid.SampledFrom(contents()).Draw(t, "content").data)
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			if len(data) == 0 {
				break
			}
			at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "change") {
			case 0:
				data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			case 1:
				data = data[:at]
			case 2:
				data = append(data, data[:at]...)
			default:
				data = append(data[:at:at], data[min(at+rapid.IntRange(1, 9).Draw(t, "bytes"), len(data)):]...)
			}
		}
		sameInAllReadings(t, rapid.SampledFrom([]string{trailName, otherName}).Draw(t, "name"), data)
	})
}

// FuzzReadings holds the ways to read an object together, beginning with the edge cases of gzip.
func FuzzReadings(f *testing.F) {
	seeds, err := filepath.Glob("inflate/testdata/fuzz/FuzzGunzip/*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("%d edge cases of gzip: %v", len(seeds), err)
	}
	for _, seed := range seeds {
		text, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		quoted := strings.TrimSuffix(strings.TrimPrefix(strings.Split(string(text), "\n")[1], "[]byte("), ")")
		data, err := strconv.Unquote(quoted)
		if err != nil {
			f.Fatalf("%s: %v", seed, err)
		}
		f.Add([]byte(data), true)
		f.Add([]byte(data+data), false)
	}
	f.Add([]byte(event), false)
	f.Fuzz(func(t *testing.T, data []byte, trail bool) {
		name := otherName
		if trail {
			name = trailName
		}
		sameInAllReadings(t, name, data)
	})
}

// ordinary is an event of the size that most have.
var ordinary = event[:len(event)-1] + `,"requestParameters":"` + strings.Repeat("x", 1200) + `"}`

// lines returns newline-delimited events of about n bytes.
func lines(n int) string { return strings.Repeat(ordinary+"\n", n/len(ordinary)) }

// envelope returns a log file of events of about n bytes.
func envelope(n int) string {
	return `{"Records":[` + strings.Repeat(ordinary+",", n/len(ordinary)) + ordinary + `]}`
}

func TestLimit(t *testing.T) {
	const limit = 1 << 20
	padded := func(n int) string {
		return `{"Records":[` + event + `,{"padding":"` + strings.Repeat("x", n) + `"},` + event + `]}`
	}
	lying := gzipped(padded(4 * limit))
	copy(lying[len(lying)-4:], "\x01\x00\x00\x00")
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"a small document", []byte(padded(limit / 2)), "read"},
		{"a small document in gzip", gzipped(padded(limit / 2)), "read"},
		{"a document of one large record", []byte(padded(4 * limit)), ingest.FailTooLarge},
		{"a document of one large record in gzip", gzipped(padded(4 * limit)), ingest.FailTooLarge},
		{"a document of many records", []byte(envelope(4 * limit)), ingest.FailTooLarge},
		{"a document of many records in gzip", gzipped(envelope(4 * limit)), ingest.FailTooLarge},
		{"a length that is a lie", lying, ingest.FailTooLarge},
		{"a large document of no interest", []byte(`[` + strings.Repeat("7,", 2*limit) + `7]`), ingest.FailTooLarge},
		{"many documents", []byte(lines(4 * limit)), "read"},
		{"many documents in gzip", gzipped(lines(4 * limit)), "read"},
		{"a large document after many", []byte(lines(4*limit) + padded(4*limit)), ingest.FailTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range readings {
				e := entry{Object: ingest.Object{Name: otherName, Size: -1}, content: tt.data}
				if r.sized {
					e.Size = int64(len(tt.data))
				}
				rig := newRig(1, e)
				rig.options.Memory, rig.options.Limit = r.memory, limit
				s, err := rig.run(t.Context(), t)
				if err != nil || verdict(s) != tt.want {
					t.Errorf("%s: %s, %v; want %s", r.name, verdict(s), err, tt.want)
				}
			}
		})
	}
}

// TestDefaultLimit leaves the limit to the default, which is above any log file that CloudTrail writes.
func TestDefaultLimit(t *testing.T) {
	text := envelope(55 << 20)
	if got := asWhole.of(t, trailName, gzipped(text)); got.verdict != "read" || got.inflated != int64(len(text)) {
		t.Errorf("%s, %d bytes of %d", got.verdict, got.inflated, len(text))
	}
}

// TestReadErrors fails reads at every place of a file. Such a file is unreadable, whatever else is wrong with it, unless
// that showed in a stream before; and what was read of it does not count, though it may look whole.
func TestReadErrors(t *testing.T) {
	text := event + "\n" + event + "\n"
	for name, data := range map[string][]byte{
		"plain": []byte(text), "gzip": gzipped(text), "two members": append(gzipped(event), gzipped(event)...), "bad JSON": gzipped("{]"),
	} {
		for at := range len(data) + 1 {
			for _, broken := range []error{errDisk, io.ErrUnexpectedEOF, record.ErrEmpty} {
				for _, r := range readings {
					e := entry{Object: ingest.Object{Name: otherName, Size: -1}, content: data[:at], readError: broken}
					if r.sized {
						e.Size = int64(len(data))
					}
					rig := newRig(1, e)
					rig.options.Memory = r.memory
					s, err := rig.run(t.Context(), t)
					if err != nil || verdict(s) != ingest.FailUnreadable || !errors.Is(s.Failures[0].Err, broken) {
						t.Fatalf("%s, %s, %v after %d of %d bytes: %s, %v, %v", name, r.name, broken, at, len(data), verdict(s), s.Failures, err)
					}
				}
			}
		}
	}
}

// TestChangedSizes reads objects that have another size than was listed. They are unreadable, whatever is wrong with what
// was read.
func TestChangedSizes(t *testing.T) {
	noise := make([]byte, 100_000) // makes objects that are streamed where memory is little
	rand.NewChaCha8([32]byte{}).Read(noise)
	padding := `{"padding":"` + hex.EncodeToString(noise) + `"}`
	good := gzipped(event + padding)
	for name, data := range map[string][]byte{
		"plain":          []byte(event + padding),
		"gzip":           good,
		"nothing":        []byte(strings.Repeat(" ", 100_000)),
		"bad JSON":       []byte("]" + padding),
		"bad record":     []byte("[{},7]" + padding),
		"bad gzip":       append([]byte{0x1f, 0x8b}, noise...),
		"bad member":     append(gzipped(event), noise...),
		"bad text":       gzipped("]" + padding),
		"bad checksum":   append(good[:len(good)-8:len(good)-8], noise[:8]...),
		"trailing bytes": append(good[:len(good):len(good)], noise...),
	} {
		for _, object := range []string{trailName, otherName} {
			for _, difference := range []int64{-1000, -1, 1, 1000, 1 << 30} {
				for _, memory := range []int64{1, 64 << 20} {
					rig := newRig(1, entry{Object: ingest.Object{Name: object, Size: int64(len(data)) + difference, Key: ingest.ParseKey(object)}, content: data})
					rig.options.Memory = memory
					if s, err := rig.run(t.Context(), t); err != nil || verdict(s) != ingest.FailUnreadable {
						t.Errorf("%s, %s, listed with %d bytes more than there are, memory %d: %s, %v", name, filepath.Base(object), difference, memory, verdict(s), err)
					}
				}
			}
		}
	}
}

// goesOn is a reader that has more after its end, as a terminal has.
type goesOn struct {
	io.Reader
	ended bool
}

func (r *goesOn) Read(p []byte) (int, error) {
	if r.ended {
		return copy(p, "]"), nil
	}
	n, err := r.Reader.Read(p)
	r.ended = err == io.EOF
	return n, err
}

// TestOddReaders reads through readers that give little at a time, or data together with the end, or more after it.
func TestOddReaders(t *testing.T) {
	for _, c := range contents() {
		if len(c.data) > 20_000 {
			continue
		}
		for name, odd := range map[string]func(io.Reader) io.Reader{"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data and end": iotest.DataErrReader,
			"more after the end": func(r io.Reader) io.Reader { return &goesOn{Reader: r} }} {
			for _, size := range []int64{-1, int64(len(c.data))} {
				rig := newRig(1, entry{Object: ingest.Object{Name: otherName, Size: size}, reader: odd(bytes.NewReader(c.data))})
				if s, err := rig.run(t.Context(), t); err != nil || verdict(s) != c.want {
					t.Errorf("%s, %s, size %d: %s, %v; want %s", c.name, name, size, verdict(s), err, c.want)
				}
			}
		}
	}
}

// TestLargeRecordInSmallReads reads a record of 1 MiB a byte at a time. To look at it again from its beginning after each
// byte would take hours.
func TestLargeRecordInSmallReads(t *testing.T) {
	text := event[:len(event)-1] + `,"padding":"` + strings.Repeat("x", 1<<20) + `"}`
	rig := newRig(1, entry{Object: ingest.Object{Name: otherName, Size: -1}, reader: iotest.OneByteReader(strings.NewReader(text))})
	if s, err := rig.run(t.Context(), t); err != nil || verdict(s) != "read" {
		t.Errorf("%s, %v", verdict(s), err)
	}
}
