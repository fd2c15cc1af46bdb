//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mustNames are the paths of all that is in the working folder, but for the trail and a FIFO.
func mustNames(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == "trail":
			return fs.SkipDir
		case path != "." && path != "fifo":
			names = append(names, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

const parquetPart = "account=111122223333/month=2026-11/part-0.parquet"

// A data set may be read by whom the umask lets, and a folder that was there is as the new ones are.
func TestFolderMode(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz")
	for _, test := range []struct {
		umask        string
		folder, file os.FileMode
	}{
		{"000", 0o777, 0o666}, {"022", 0o755, 0o644}, {"027", 0o750, 0o640}, {"077", 0o700, 0o600},
	} {
		if err := os.Mkdir("there"+test.umask, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"new" + test.umask, "there" + test.umask} {
			mustEnd(t, inShell(t, "umask "+test.umask+` && exec "$0" "$@"`, "events", "-o", name+"/", "trail"), exitDone, "")
			for path, want := range map[string]os.FileMode{
				name: fs.ModeDir | test.folder, filepath.Dir(filepath.Join(name, parquetPart)): fs.ModeDir | test.folder, filepath.Join(name, parquetPart): test.file,
			} {
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if info.Mode() != want {
					t.Errorf("umask %s: mode of %s is %v, want %v", test.umask, path, info.Mode(), want)
				}
			}
		}
	}
}

// Folders that cannot give way, or beside which none can be made, are found out before anything is read.
func TestFolderStays(t *testing.T) {
	inFolder(t)
	if err := os.Mkdir("working", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("closed/set", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("closed", 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod("closed", 0o755) })
	const hint = "hint: name a folder that is new or empty\n"
	for name, reason := range map[string]string{"closed/set/": "permission denied", "closed/new/": "permission denied"} {
		p := program(t, "events", "-o", name, "nowhere")
		p.Env = append(p.Env, asNobody+"=1")
		mustEnd(t, p, exitUsage, "roletrail: --output "+name+": "+reason+"\n"+hint)
	}
	p := program(t, "events", "-o", "./", "nowhere")
	p.Dir = "working"
	mustEnd(t, p, exitUsage, "roletrail: --output ./: device or resource busy\n"+hint)
	if names := mustNames(t); strings.Join(names, " ") != "closed closed/set working" {
		t.Errorf("there are %q", names)
	}
}

// What cannot be written to the end leaves nothing behind, and what was there untouched. The limit on the size of files,
// of 512 or 1024 bytes, stands for a disk that is full.
func TestFullDiskOfEvents(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz", "repeat=20")
	if err := os.WriteFile("old.csv", []byte("older events\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("empty", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"new/", "empty/", "old.csv", "new.csv", "new.parquet", "new.ndjson"} {
		mustEnd(t, inShell(t, `ulimit -f 1 && exec "$0" "$@"`, "events", "-o", name, "trail"), exitError, "roletrail: "+name+": file too large\n")
	}
	if names := mustNames(t); strings.Join(names, " ") != "empty old.csv" {
		t.Errorf("there are %q", names)
	}
	if content, err := os.ReadFile("old.csv"); err != nil || string(content) != "older events\n" {
		t.Errorf("old.csv holds %q, %v", content, err)
	}
}

// A reader that wants no more, such as head, is no error, and what goes elsewhere is written all the same.
func TestClosedPipeOfEvents(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz", "repeat=300")
	for _, args := range []string{
		"events trail", "events --raw trail", "events --format csv trail", "events --format parquet trail",
		"report --format html trail", "report --format markdown trail", "report --format csv trail", "report --format parquet trail",
		"events -o - -o events.csv -o set/ trail", "report -o - -o report.html trail",
	} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		p := program(t, strings.Fields(args)...)
		p.Stdout = writer
		mustEnd(t, p, exitDone, "")
		writer.Close()
	}
	for _, name := range []string{"events.csv", "set/" + parquetPart, "report.html"} {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
}

// Events that are interrupted while they are read are not written, and those that are written already are said to be
// not whole.
func TestInterruptOfEvents(t *testing.T) {
	outputs := []string{"-o", "old.csv", "-o", "new.ndjson", "-o", "new/"}
	prepare := func(t *testing.T) {
		t.Helper()
		inFolder(t)
		mustLog(t, "trail/a.json.gz", "repeat=3000")
		if err := os.WriteFile("old.csv", []byte("older events\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := func(t *testing.T) {
		t.Helper()
		if names := mustNames(t); strings.Join(names, " ") != "old.csv" {
			t.Errorf("there are %q", names)
		}
		if content, err := os.ReadFile("old.csv"); err != nil || string(content) != "older events\n" {
			t.Errorf("old.csv holds %q, %v", content, err)
		}
	}

	t.Run("reading", func(t *testing.T) {
		prepare(t)
		fifo := openedFIFO(t)
		p := program(t, append([]string{"events", "--memory", "1KiB", "trail", "fifo"}, outputs...)...)
		p.start(t)
		// More than a pipe holds: some of it has been read.
		if _, err := fifo().Write(bytes.Repeat([]byte(" "), 200<<10)); err != nil {
			t.Fatal(err)
		}
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		got := p.end(t)
		if got.code != exitInterrupted || got.stdout != "" || !strings.HasPrefix(got.stderr, "roletrail: interrupted: ") {
			t.Errorf("exit code %d, standard output %.100q, messages %q", got.code, got.stdout, got.stderr)
		}
		check(t)
	})

	t.Run("writing", func(t *testing.T) {
		prepare(t)
		reader, writer := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var messages bytes.Buffer
		code := make(chan int, 1)
		go func() {
			args := append([]string{"events", "trail", "-o", "-"}, outputs...)
			code <- run(ctx, args, environment{stdin: strings.NewReader(""), stdout: writer, stderr: &messages, getenv: os.Getenv, now: clock})
			writer.Close()
		}()
		// With the first byte the program is writing, and it gets no further until the rest is read.
		if _, err := io.ReadFull(reader, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		cancel()
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := <-code; got != exitInterrupted || messages.String() != "roletrail: interrupted: standard output is not whole\n" {
			t.Errorf("exit code %d, messages %q", got, messages.String())
		}
		if lines := bytes.Count(text, []byte("\n")); lines >= 6000 {
			t.Errorf("all %d events were written", lines)
		}
		check(t)
	})
}
