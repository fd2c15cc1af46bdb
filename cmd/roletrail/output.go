package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/term"

	"roletrail/report"
)

// errClosed means that nobody reads standard output any more. Where else a pipe or a connection breaks, it is a failure.
var errClosed = errors.New("standard output: closed")

// writeOut writes to standard output.
func writeOut(w io.Writer, render func(io.Writer) error) error {
	err := render(w)
	switch {
	case errors.Is(err, syscall.EPIPE):
		return errClosed
	case err != nil:
		return failure("", "standard output: %w", cause(err))
	}
	return nil
}

// untilClosed is standard output for cobra, which would speak of a closed pipe when it writes help.
type untilClosed struct{ io.Writer }

func (w untilClosed) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		return len(p), nil
	}
	return n, err
}

// checkFile finds out whether writeFile has a chance, before a long run.
func checkFile(name string) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return errors.New("is a folder")
	}
	temp, err := createBeside(name)
	if err != nil {
		return cause(err)
	}
	temp.Close()
	return os.Remove(temp.Name())
}

// writeFile writes a file whole or not at all: under another name first, in the same folder. Its errors do not name the
// file.
func writeFile(name string, render func(io.Writer) error) (err error) {
	temp, err := createBeside(name)
	if err != nil {
		return cause(err)
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
			err = cause(err)
		}
	}()
	w := bufio.NewWriter(temp)
	if err = render(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = temp.Chmod(0o644 &^ umask()); err != nil {
		return err
	}
	if err = temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}

func createBeside(name string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(name), ".roletrail-*")
}

// screen says how text looks best where standard output goes.
func screen(env environment, ascii bool) report.TextOptions {
	o := report.TextOptions{ASCII: ascii}
	if n, err := strconv.Atoi(env.getenv("COLUMNS")); err == nil {
		o.Width = n
	}
	fd, ok := terminal(env.stdout)
	if !ok {
		return o
	}
	if width, _, err := term.GetSize(fd); err == nil && width > 0 {
		o.Width = width
	}
	// https://no-color.org: any value but the empty one turns colour off.
	o.Color = env.getenv("NO_COLOR") == "" && env.getenv("TERM") != "dumb"
	o.ASCII = ascii || !isUTF8(env)
	return o
}

// terminal returns the file descriptor of w if it is a terminal.
func terminal(w any) (int, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	fd := int(f.Fd())
	return fd, term.IsTerminal(fd)
}

// isUTF8 reports whether the locale writes UTF-8, by the variables in the order of POSIX. Without any, it is taken for
// granted.
func isUTF8(env environment) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := env.getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
