package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"roletrail/report"
)

// Every message on standard error is written by this file, and reads the same: "roletrail: " and a sentence in lower
// case without a full stop, the name of the object first; below it, indented, what belongs to it; then, where there is
// something to do, a line "hint: ". What comes from outside, such as the name of a file, is made harmless for terminals.

// printError prints an error. The error of a source may bring its hint along, as its last line.
func printError(w io.Writer, err error, hint string) {
	text := err.Error()
	if at := strings.LastIndex(text, "\nhint: "); at >= 0 && hint == "" {
		text, hint = text[:at], text[at+len("\nhint: "):]
	}
	printNote(w, text)
	if hint != "" {
		fmt.Fprintln(w, "hint: "+report.Printable(hint))
	}
}

func printNote(w io.Writer, text string) {
	mark := "roletrail: "
	for line := range strings.Lines(text) {
		fmt.Fprintln(w, mark+report.Printable(strings.TrimRight(line, "\n")))
		mark = "  "
	}
}

// cause is the bare reason in an error of the system, for messages that name the object themselves.
func cause(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	if linkError, ok := errors.AsType[*os.LinkError](err); ok {
		return linkError.Err
	}
	return err
}

// usage is an error of using the program wrongly.
func usage(hint, format string, args ...any) *exit {
	return &exit{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// failure is an error that leaves nothing to report.
func failure(hint, format string, args ...any) *exit {
	return &exit{code: exitError, err: fmt.Errorf(format, args...), hint: hint}
}
