//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// inFolder makes a new folder, which everybody may look into, the working folder of the test.
func inFolder(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	for _, path := range []string{folder, filepath.Dir(folder)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder)
}

func mustLog(t *testing.T, path string, assignments ...string) {
	t.Helper()
	e := newEntry()
	for _, assignment := range assignments {
		if err := e.set(assignment); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeLog(path, e); err != nil {
		t.Fatal(err)
	}
}

// openedFIFO makes a FIFO by the name of fifo. The function it returns gives its end for writing, when the program has
// opened the other one.
func openedFIFO(t *testing.T) func() *os.File {
	t.Helper()
	if err := syscall.Mkfifo("fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	return sync.OnceValue(func() *os.File {
		file, err := os.OpenFile("fifo", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return file
	})
}

// mustEnd runs the program and checks its exit code and its messages.
func mustEnd(t *testing.T, p *process, code int, messages string) {
	t.Helper()
	if got := p.end(t); got.code != code || got.stderr != messages {
		t.Errorf("exit code %d, want %d, messages\n%swant\n%s", got.code, code, got.stderr, messages)
	}
}

// A reader that wants no more, such as head, is no error.
func TestClosedPipe(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz")
	for _, args := range []string{"report trail", "report --format json trail", "features", "features --format json", "completion bash", "--help", "--version"} {
		t.Run(args, func(t *testing.T) {
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			reader.Close()
			defer writer.Close()
			p := program(t, strings.Fields(args)...)
			p.Stdout = writer
			mustEnd(t, p, exitDone, "")
		})
	}
}

// A run that waits for input and is interrupted ends soon, says what it did not read and writes no report.
func TestInterrupt(t *testing.T) {
	const noEnd = 200 << 10 // bytes, more than a pipe holds: who has written them knows that some were read
	inputs := []struct {
		name string
		path string
		wait func(t *testing.T, p *process, fifo func() *os.File) // for the program to wait
	}{
		{"standard input", "-", func(t *testing.T, p *process, _ func() *os.File) {
			if _, err := p.input.Write(bytes.Repeat([]byte(" "), noEnd)); err != nil {
				t.Fatal(err)
			}
		}},
		{"FIFO", "fifo", func(t *testing.T, _ *process, fifo func() *os.File) {
			if _, err := fifo().Write(bytes.Repeat([]byte(" "), noEnd)); err != nil {
				t.Fatal(err)
			}
		}},
		{"FIFO that nobody writes to", "fifo", func(t *testing.T, p *process, _ func() *os.File) { p.awaitProgress(t) }},
	}
	signals := map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM}
	message := regexp.MustCompile(`^roletrail: interrupted: [12] of 2 files (was|were) not read(, nor those not listed yet)?; no report was written\n$`)
	for _, input := range inputs {
		for name, signal := range signals {
			t.Run(input.name+", "+name, func(t *testing.T) {
				inFolder(t)
				mustLog(t, "trail/a.json.gz", "repeat=100")
				fifo := openedFIFO(t)
				// With so little memory some facts are in a temporary file.
				p := program(t, "report", "--progress", "always", "--memory", "1KiB", "-o", "report.json", "-o", "report.txt", "trail", input.path)
				p.start(t)
				input.wait(t, p, fifo)
				begin := time.Now()
				if err := p.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				got := p.end(t)
				if took := time.Since(begin); took > 5*time.Second {
					t.Errorf("it took %v to end", took)
				}
				said := got.stderr[strings.LastIndexByte(got.stderr, '\r')+1:] // after the progress
				if got.code != exitInterrupted || got.stdout != "" || !message.MatchString(said) {
					t.Errorf("exit code %d, standard output %q, messages %q", got.code, got.stdout, got.stderr)
				}
				for _, report := range []string{"report.json", "report.txt"} {
					if _, err := os.Lstat(report); err == nil {
						t.Errorf("there is a %s", report)
					}
				}
			})
		}
	}
}

// What cannot be written to the end is not left half written, and no temporary file stays behind. The limit on the size
// of files, of 512 or 1024 bytes, stands for a disk that is full.
func TestFullDisk(t *testing.T) {
	const limit = `ulimit -f 1 && exec "$0" "$@"`
	inFolder(t)
	mustLog(t, "trail/a.json.gz", "repeat=1000")
	message := regexp.MustCompile(`^roletrail: .*temporary file for facts: .*file too large\nhint: raise --memory, or set TMPDIR to a folder with more room\n$`)
	if got := inShell(t, limit, "report", "--memory", "1KiB", "trail").end(t); got.code != exitError || got.stdout != "" || !message.MatchString(got.stderr) {
		t.Errorf("exit code %d, standard output %q, messages %q", got.code, got.stdout, got.stderr)
	}

	mustLog(t, "small/a.json.gz")
	for _, name := range []string{"old.txt", "old.json", "new.json"} {
		if strings.HasPrefix(name, "old") {
			if err := os.WriteFile(name, []byte("an older report\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		mustEnd(t, inShell(t, limit, "report", "-o", name, "small"), exitError, "roletrail: "+name+": file too large\n")
		if content, err := os.ReadFile(name); err == nil && string(content) != "an older report\n" {
			t.Errorf("%s holds %q", name, content)
		}
	}
}

// A report may be read by whom the umask lets.
func TestOutputMode(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz")
	for umask, want := range map[string]os.FileMode{"000": 0o644, "022": 0o644, "027": 0o640, "077": 0o600} {
		mustEnd(t, inShell(t, "umask "+umask+` && exec "$0" "$@"`, "report", "-o", "report.json", "trail"), exitDone, "")
		info, err := os.Stat("report.json")
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("umask %s: mode %v, want %v", umask, info.Mode(), want)
		}
	}
}

// Folders and files that may not be read make a report partial; with nothing else to read there is none.
func TestUnreadable(t *testing.T) {
	inFolder(t)
	for _, path := range []string{"trail/open/a.json.gz", "trail/closed/b.json.gz", "trail/secret.json.gz"} {
		mustLog(t, path)
	}
	for _, path := range []string{"trail/closed", "trail/secret.json.gz"} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o700) })
	}
	asNobody := func(args ...string) *process {
		p := program(t, args...)
		p.Env = append(p.Env, asNobody+"=1")
		return p
	}

	p := asNobody("report", "trail")
	got := p.end(t)
	for _, want := range []string{"Read       1 of 3 files", "2 unreadable", "trail/closed\n", "trail/secret.json.gz\n", "permission denied",
		"exit 3: 2 files could not be read, so absence proves nothing"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if got.code != exitPartial || got.stderr != "" {
		t.Errorf("exit code %d, messages %q", got.code, got.stderr)
	}

	mustEnd(t, asNobody("report", "trail/closed", "trail/secret.json.gz"), exitError, "roletrail: no log file could be read\n"+
		"  trail/closed: unreadable: permission denied\n  trail/secret.json.gz: unreadable: permission denied\n")

	// Nor may one write everywhere, which is found out before anything is read.
	if err := os.Mkdir("reports", 0o555); err != nil {
		t.Fatal(err)
	}
	mustEnd(t, asNobody("report", "-o", "reports/a.json", "nowhere"), exitUsage, "roletrail: --output reports/a.json: permission denied\n")
	mustEnd(t, asNobody("report", "--catalog", "trail/secret.json.gz", "nowhere"), exitUsage, "roletrail: --catalog trail/secret.json.gz: permission denied\n")
}

// The version is given when a release is built. This is the one test of the very program, as make builds it.
func TestBuild(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "roletrail")
	if output, err := exec.Command("go", "build", "-ldflags", "-X main.version=v1.2.3", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	output, err := exec.Command(binary, "--version").CombinedOutput()
	if err != nil || string(output) != "roletrail version v1.2.3\n" {
		t.Errorf("%v, %s", err, output)
	}
	err = exec.Command(binary, "report", "--format", "json", "-o", filepath.Join(t.TempDir(), "demo.json"), "../../testdata/demo").Run()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != exitPartial {
		t.Errorf("%v, want exit code %d", err, exitPartial)
	}
}
