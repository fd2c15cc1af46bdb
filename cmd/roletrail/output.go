package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/term"

	"roletrail/report"
)

// writeFile writes a file whole or not at all: under another name first, in the same folder.
func writeFile(name string, render func(io.Writer) error) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(name), ".roletrail-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
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
