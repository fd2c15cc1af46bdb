package main

import (
	"fmt"
	"io"
	"strings"

	"roletrail/report"
)

// Every message on standard error is written by this file, and reads the same: "roletrail: " and a sentence in lower
// case without a full stop, the name of the object first; then, where there is something to do, a line "hint: ".
// What comes from outside, such as the name of a file, is made harmless for terminals.

func printError(w io.Writer, err error, hint string) {
	printNote(w, err.Error())
	if hint != "" {
		fmt.Fprintln(w, "hint: "+hint)
	}
}

func printNote(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintln(w, "roletrail: "+report.Printable(strings.TrimRight(line, "\n")))
	}
}

// usage is an error of using the program wrongly.
func usage(hint, format string, args ...any) *exit {
	return &exit{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// failure is an error that leaves nothing to report.
func failure(hint, format string, args ...any) *exit {
	return &exit{code: exitError, err: fmt.Errorf(format, args...), hint: hint}
}
