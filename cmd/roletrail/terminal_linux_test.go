package main

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// testTerminal is a terminal of 100 columns.
type testTerminal struct {
	control *os.File // where a person sits
	device  *os.File // where the program sits; closed when it has started

	mutex   sync.Mutex
	written bytes.Buffer  // by the program
	more    chan struct{} // receives when something was written, closed when nothing more comes
}

func openTerminal(t *testing.T) *testTerminal {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { control.Close() })
	fd := int(control.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
		t.Fatal(err)
	}
	device, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &testTerminal{control: control, device: device, more: make(chan struct{}, 1)}
}

// start starts a program that was given the device of the terminal.
func (w *testTerminal) start(t *testing.T, p *process) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	w.device.Close() // from now on it is the program that keeps it open
	go func() {
		defer close(w.more)
		buffer := make([]byte, 4096)
		for {
			n, err := w.control.Read(buffer)
			w.mutex.Lock()
			w.written.Write(buffer[:n])
			w.mutex.Unlock()
			if err != nil { // EIO: nobody has the device open any more
				return
			}
			select {
			case w.more <- struct{}{}:
			default:
			}
		}
	}()
}

func (w *testTerminal) text() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.written.String()
}

// await returns when the program has written what the pattern matches.
func (w *testTerminal) await(t *testing.T, pattern *regexp.Regexp) {
	t.Helper()
	for !pattern.MatchString(w.text()) {
		if _, open := <-w.more; !open && !pattern.MatchString(w.text()) {
			t.Fatalf("there is no %s in %q", pattern, w.text())
		}
	}
}

// end waits for the end of the program and returns all that it wrote to the terminal.
func (w *testTerminal) end(t *testing.T, p *process) (string, result) {
	t.Helper()
	got := p.end(t)
	for range w.more { // until it is closed
	}
	return w.text(), got
}

// screenAfter is what a person sees after text was written to a terminal: \r goes back to the beginning of the line.
func screenAfter(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		var cells []rune
		column := 0
		for _, r := range line {
			if r == '\r' {
				column = 0
				continue
			}
			if column == len(cells) {
				cells = append(cells, r)
			} else {
				cells[column] = r
			}
			column++
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return strings.Join(lines, "\n")
}

// On a terminal the report is as wide as that, coloured if wanted, and in the letters of the locale.
func TestReportOnTerminal(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz")
	const wide = `(?m)^\S*roletrail test\S* {63}\S*catalog \S+ of [-\d]{10}`
	for _, test := range []struct {
		name      string
		variables []string
		flags     string
		has       []string
		hasNot    []string
	}{
		{"by itself", []string{"TERM=xterm"}, "", []string{wide, `\x1b\[1mroletrail test\x1b\[0m`, "█"}, nil},
		{"without TERM", []string{"TERM="}, "", []string{`\x1b\[1m`}, nil},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, "", []string{wide, "█"}, []string{`\x1b`}},
		{"NO_COLOR empty", []string{"TERM=xterm", "NO_COLOR="}, "", []string{`\x1b\[1m`}, nil},
		{"TERM=dumb", []string{"TERM=dumb"}, "", []string{wide}, []string{`\x1b`}},
		{"no UTF-8", []string{"TERM=xterm", "LC_ALL=C"}, "", []string{wide, `\x1b\[1m`}, []string{`[^\x00-\x7f]`}},
		{"UTF-8 by LANG", []string{"TERM=xterm", "LC_ALL=", "LC_CTYPE=", "LANG=de_DE.utf8"}, "", []string{"█"}, nil},
		{"--ascii", []string{"TERM=xterm"}, "--ascii", []string{wide}, []string{`[^\x00-\x7f]`}},
		{"COLUMNS knows less", []string{"TERM=xterm", "COLUMNS=40"}, "", []string{wide}, nil},
		{"JSON", []string{"TERM=xterm"}, "--format=json", []string{`^\{`}, []string{`\x1b`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			terminal := openTerminal(t)
			args := append([]string{"report", "--progress=never", "trail"}, strings.Fields(test.flags)...)
			p := program(t, args...)
			p.Env = append(p.Env, test.variables...)
			p.Stdout, p.Stderr = terminal.device, terminal.device
			terminal.start(t, p)
			text, got := terminal.end(t, p)
			if got.code != exitDone {
				t.Errorf("exit code %d", got.code)
			}
			for _, pattern := range test.has {
				if !regexp.MustCompile(pattern).MatchString(text) {
					t.Errorf("there is no %s in\n%q", pattern, text)
				}
			}
			for _, pattern := range test.hasNot {
				if found := regexp.MustCompile(pattern).FindString(text); found != "" {
					t.Errorf("there is %q in\n%q", found, text)
				}
			}
		})
	}
}

// A slow run shows on a terminal how far it has come, and takes that away in the end. The report is for somebody else.
func TestProgressOnTerminal(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz", "repeat=50")
	fifo := openedFIFO(t)
	terminal := openTerminal(t)
	p := program(t, "report", "trail", "fifo")
	p.Stderr = terminal.device
	terminal.start(t, p)
	terminal.await(t, regexp.MustCompile(`1 of 2 files, 0\.0 MB, [1-9]\d* events/s`))
	if _, err := io.WriteString(fifo(), `{"Records":[]}`); err != nil {
		t.Fatal(err)
	}
	fifo().Close()
	text, got := terminal.end(t, p)
	if screen := screenAfter(text); screen != "" {
		t.Errorf("in the end there is still %q", screen)
	}
	if got.code != exitDone || !strings.Contains(got.stdout, "Read       2 of 2 files") {
		t.Errorf("exit code %d, report\n%s", got.code, got.stdout)
	}
	for _, complaint := range checkResult(got, nil) {
		t.Error(complaint)
	}
}

// Who is not at a terminal, or wants no progress, sees none, however long the run takes.
func TestNoProgress(t *testing.T) {
	for _, test := range []struct {
		name       string
		flags      string
		atTerminal bool
	}{
		{"piped", "--progress=auto", false},
		{"never", "--progress=never", true},
		{"quiet", "--quiet", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			inFolder(t)
			fifo := openedFIFO(t)
			terminal := openTerminal(t)
			p := program(t, "report", "fifo", test.flags)
			if test.atTerminal {
				p.Stderr = terminal.device
			}
			terminal.start(t, p)
			time.Sleep(500 * time.Millisecond) // for progress to show, if there were any
			if _, err := io.WriteString(fifo(), `{"Records":[]}`); err != nil {
				t.Fatal(err)
			}
			fifo().Close()
			if text, got := terminal.end(t, p); text != "" || got.stderr != "" || got.code != exitDone {
				t.Errorf("exit code %d, messages %q", got.code, text+got.stderr)
			}
		})
	}
}

// Somebody at a terminal forgets to say what is to be read from, or thinks better of it, and presses Ctrl-C.
func TestControlC(t *testing.T) {
	inFolder(t)
	terminal := openTerminal(t)
	p := program(t, "report", "-")
	p.Stdin, p.Stdout, p.Stderr = terminal.device, terminal.device, terminal.device
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // its standard input
	terminal.start(t, p)
	terminal.await(t, regexp.MustCompile(`0 of 1 file, 0\.0 MB`))
	if _, err := io.WriteString(terminal.control, "\x03"); err != nil {
		t.Fatal(err)
	}
	text, got := terminal.end(t, p)
	if got.code != exitInterrupted {
		t.Errorf("exit code %d", got.code)
	}
	want := "roletrail: interrupted: 1 of 1 file was not read; no report was written\n"
	if screen := strings.TrimPrefix(screenAfter(text), "^C"); strings.TrimLeft(screen, " ") != want {
		t.Errorf("in the end there is %q, want %q", screen, want)
	}
}
