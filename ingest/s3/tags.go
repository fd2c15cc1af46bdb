package s3

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tags reads XML as S3 writes it, tag by tag: elements, with or without attributes, in UTF-8, and a declaration before
// them. Comments, CDATA and DOCTYPE are errors.
type tags struct {
	rest   []byte
	open   [][]byte // the names of the elements that the tag belongs to or lies in, outermost first
	text   []byte   // what stands before the tag, as it is written
	closes bool     // it is an end tag

	empty bool  // it stands for an end tag, too
	err   error // io.ErrUnexpectedEOF if the text is cut off
}

// next finds the next tag. There is none after the end of the outermost element, and after an error.
func (t *tags) next() bool {
	if t.err != nil {
		return false
	}
	if t.closes {
		if t.open = t.open[:len(t.open)-1]; len(t.open) == 0 {
			t.err = blank(t.rest)
			return false
		}
	}
	if t.empty {
		t.text, t.closes, t.empty = nil, true, false
		return true
	}
	t.err = t.read()
	return t.err == nil
}

func (t *tags) read() error {
	for {
		var tag []byte
		var found bool
		t.text, t.rest, found = bytes.Cut(t.rest, []byte("<"))
		if found {
			tag, t.rest, found = bytes.Cut(t.rest, []byte(">"))
		}
		if !found {
			return io.ErrUnexpectedEOF
		}
		if len(t.open) == 0 {
			if err := blank(t.text); err != nil {
				return err
			}
			if bytes.HasPrefix(tag, []byte("?")) {
				continue
			}
		}
		return t.take(tag)
	}
}

// take looks at what stands between < and >.
func (t *tags) take(tag []byte) error {
	var name []byte
	if name, t.closes = bytes.CutPrefix(tag, []byte("/")); t.closes {
		if len(t.open) == 0 || !bytes.Equal(bytes.TrimRight(name, space), t.open[len(t.open)-1]) {
			return fmt.Errorf("<%.40q> ends an element that it does not begin", tag)
		}
		return nil
	}
	name, t.empty = bytes.CutSuffix(tag, []byte("/"))
	if end := bytes.IndexAny(name, space); end >= 0 {
		name = name[:end]
	}
	if len(name) == 0 || (name[0]|0x20 < 'a' || name[0]|0x20 > 'z') && name[0] != '_' {
		return fmt.Errorf("<%.40q> is no element", tag)
	}
	t.open = append(t.open, name)
	return nil
}

const space = " \t\r\n"

func blank(text []byte) error {
	if text = bytes.Trim(text, space); len(text) > 0 {
		return fmt.Errorf("%.40q is no XML", text)
	}
	return nil
}

// unescapeXML reads the references in a text (Extensible Markup Language 1.0, "Character and Entity References").
func unescapeXML(text []byte) (string, error) {
	var plain strings.Builder
	for {
		before, rest, found := bytes.Cut(text, []byte("&"))
		plain.Write(before)
		if !found {
			return plain.String(), nil
		}
		name, after, closed := bytes.Cut(rest, []byte(";"))
		c, known := referenced(string(name))
		if !closed || !known {
			return "", fmt.Errorf("&%.40q is no reference to a character", name)
		}
		plain.WriteRune(c)
		text = after
	}
}

func referenced(name string) (c rune, known bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, found := strings.CutPrefix(name, "#")
	base := 10
	if hex, found := strings.CutPrefix(digits, "x"); found {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	return rune(n), found && err == nil && utf8.ValidRune(rune(n))
}
