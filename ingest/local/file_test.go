//go:build unix

package local_test

import (
	"io"
	"os"
	"testing"
	"testing/iotest"

	"roletrail/ingest/local"
)

// A file that is written while it is read is read up to its end, wherever that was when it was opened.
func TestFileChangesWhileRead(t *testing.T) {
	const name, content = "logs/a.json", "0123456789"
	for _, test := range []struct {
		why    string
		change func() error
		want   string
	}{
		{"unchanged", func() error { return nil }, content},
		{"longer", func() error { return os.WriteFile(name, []byte(content+"abc"), 0o600) }, content + "abc"},
		{"shorter", func() error { return os.Truncate(name, 4) }, content[:4]},
		{"gone", func() error { return os.Remove(name) }, content},
	} {
		for _, slow := range []bool{false, true} {
			inFolder(t)
			write(t, name, content)
			source := local.New([]string{"logs"}, local.Options{})
			objects := told(t, source, "object "+name)
			file, err := source.Open(t.Context(), objects[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := test.change(); err != nil {
				t.Fatal(err)
			}
			reader := io.Reader(file)
			if slow {
				reader = iotest.OneByteReader(file)
			}
			if got, err := io.ReadAll(reader); string(got) != test.want || err != nil {
				t.Errorf("%s: read %q, error %v, want %q", test.why, got, err, test.want)
			}
			if n, err := file.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("%s: after the end: %d bytes, error %v", test.why, n, err)
			}
			if n, err := file.Read(nil); n != 0 || err != nil {
				t.Errorf("%s: nothing was asked for, and came: %d bytes, error %v", test.why, n, err)
			}
			if err := file.Close(); err != nil {
				t.Errorf("%s: %v", test.why, err)
			}
			if err := file.Close(); err == nil {
				t.Errorf("%s: closed twice without an error", test.why)
			}
		}
	}
}

// No garbage collection closes what is left open.
func TestFilesAreClosed(t *testing.T) {
	inFolder(t, "logs/a.json", "logs/b.json")
	source := local.New([]string{"logs"}, local.Options{})
	objects := told(t, source, "object logs/a.json", "object logs/b.json")
	mustRead(t, source, "logs/b.json", "logs/b.json")
	before := openFiles(t)
	if err := os.Remove("logs/a.json"); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []func(){
		func() { fifo(t, "logs/a.json") },
		func() { link(t, "../logs", "logs/a.json") },
		func() { write(t, "logs/a.json/c.json", "") },
		func() {},
	} {
		kind()
		if file, err := source.Open(t.Context(), objects[0]); err == nil {
			file.Close()
			t.Error("opened what is no regular file")
		}
		mustRead(t, source, "logs/b.json", "logs/b.json")
		if err := os.RemoveAll("logs/a.json"); err != nil {
			t.Fatal(err)
		}
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d files are open, before it were %d", after, before)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(files)
}
