//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
)

// process is the program in a process of its own.
type process struct {
	*exec.Cmd
	input    io.WriteCloser // standard input, open until the end, once started
	tempDir  string         // TMPDIR
	stdout   bytes.Buffer
	stderr   bytes.Buffer
	progress chan struct{} // closed with the first message
}

// program returns the program as a process that has not been started, in the working folder of the test.
func program(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.CommandContext(t.Context(), self, args...), tempDir: t.TempDir(), progress: make(chan struct{})}
	// The race detector lets a program that ends wait for a second.
	p.Env = append(os.Environ(), asProgram+"=1", "TMPDIR="+p.tempDir, "LC_ALL=C.UTF-8", "GORACE=atexit_sleep_ms=0")
	p.Stdout, p.Stderr = &p.stdout, &firstWrite{Writer: &p.stderr, happened: p.progress}
	return p
}

// inShell returns the program as a process that a shell script becomes: exec "$0" "$@".
func inShell(t *testing.T, script string, args ...string) *process {
	t.Helper()
	p := program(t, args...)
	p.Args = slices.Concat([]string{"sh", "-c", script, p.Path}, args)
	path, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	p.Path = path
	return p
}

// start starts the program with a standard input that does not end.
func (p *process) start(t *testing.T) {
	t.Helper()
	var err error
	if p.input, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
}

// awaitProgress returns when the program has shown that it is at work.
func (p *process) awaitProgress(t *testing.T) {
	t.Helper()
	select {
	case <-p.progress:
	case <-t.Context().Done():
		t.Fatal("no progress was shown")
	}
}

// end returns how the program ended, after it ran if it was not started. It must not be by a signal, and neither
// temporary files nor unfinished outputs may be left.
func (p *process) end(t *testing.T) result {
	t.Helper()
	wait := p.Wait
	if p.Process == nil {
		wait = p.Run
	}
	if err := wait(); err != nil && p.ProcessState == nil {
		t.Fatal(err)
	}
	if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		t.Errorf("ended by the signal %q", status.Signal())
	}
	for _, pattern := range []string{".roletrail-*", p.tempDir + "/*"} {
		if left, err := filepath.Glob(pattern); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	}
	return result{p.ProcessState.ExitCode(), p.stdout.String(), p.stderr.String()}
}

// firstWrite passes on what is written, and tells when that begins.
type firstWrite struct {
	io.Writer
	once     sync.Once
	happened chan struct{}
}

func (w *firstWrite) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.once.Do(func() { close(w.happened) })
	return n, err
}
