package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"roletrail/analyzer"
	"roletrail/report"
)

// Every message on standard error is written by this file, and reads the same: "roletrail: " and a sentence in lower
// case without a full stop, the name of the object first; below it, indented, what belongs to it; then, where there is
// something to do, a line "hint: ". What comes from outside, such as the name of a file, is made harmless for terminals.

// printError prints an error. The error of a source may bring its hint along, as its last line.
func printError(w io.Writer, err error, hint string) {
	text, own := splitHint(err.Error())
	printNote(w, text)
	if hint == "" {
		hint = own
	}
	if hint != "" {
		fmt.Fprintln(w, "hint: "+report.Printable(hint))
	}
}

// splitHint cuts the hint off that the text of an error may bring along.
func splitHint(text string) (message, hint string) {
	const mark = "\nhint: "
	if at := strings.LastIndex(text, mark); at >= 0 {
		return text[:at], text[at+len(mark):]
	}
	return text, ""
}

func printNote(w io.Writer, text string) {
	mark := "roletrail: "
	for line := range strings.Lines(text) {
		line = strings.TrimRight(strings.TrimRight(line, "\n"), ".") // a service ends its sentences
		fmt.Fprintln(w, mark+report.Printable(line))
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

// roleError is err as an error of usage if it says that the role that was named cannot be told, else nil.
func roleError(err error) *exit {
	if e, ok := errors.AsType[*analyzer.RoleError](err); ok {
		switch {
		case len(e.ARNs) > 0:
			return usage("name the one that is meant by its ARN", "%s: %d roles bear this name\n%s", e.Role, len(e.ARNs), strings.Join(e.ARNs, "\n"))
		case strings.Contains(e.Role, ":"):
			return usage("make sure that its ARN is spelt right, and that these are the logs of its account", "%s: role not found in these logs", e.Role)
		}
		return usage("give its ARN", "%s: role not found in these logs", e.Role)
	}
	if e, ok := errors.AsType[*analyzer.ServiceLinkedError](err); ok {
		return usage("`roletrail check` tells whether it may be deleted", "%w", e)
	}
	return nil
}

// usage is an error of using the program wrongly.
func usage(hint, format string, args ...any) *exit {
	return &exit{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// failure is an error that leaves nothing to report.
func failure(hint, format string, args ...any) *exit {
	return &exit{code: exitError, err: fmt.Errorf(format, args...), hint: hint}
}
