package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"golang.org/x/text/unicode/bidi"
)

// printable is text that may be written to a terminal: every rune of it takes at least one column, and none moves the
// cursor, changes the direction of writing or hides. Constants of this package are of that kind and convert by
// themselves; a string that comes from elsewhere becomes printable by a cleaner only, and the compiler holds that.
type printable string

// textLimit is the number of columns that one string may take. A session name has at most 64 characters and an S3 key
// 1,024 bytes by AWS's rules, but a record in a log may claim anything.
const textLimit = 1024

// columns measures runes the same way in every locale: ambiguous ones, such as block elements, are narrow.
var columns = &runewidth.Condition{StrictEmojiNeutral: true}

// runeWidth is the number of terminal columns that a visible rune takes.
func runeWidth(r rune) int {
	if r <= '~' {
		return 1
	}
	return columns.RuneWidth(r)
}

// width is the number of terminal columns that p takes.
func width(p printable) int {
	total := 0
	for _, r := range p {
		total += runeWidth(r)
	}
	return total
}

// visible says whether r may reach a terminal as it is. Not visible are, besides all that Unicode does not call printable
// (controls, format characters, line and paragraph separators, private use, unassigned, spaces other than U+0020):
// marks that join the letter before them, all else that takes no column of its own, runes that are drawn as nothing
// (Hangul fillers, the empty Braille pattern), and letters of right-to-left scripts, which need no control character to
// make a terminal reorder the numbers beside them.
func visible(r rune) bool {
	if r >= ' ' && r <= '~' {
		return true
	}
	if !unicode.IsPrint(r) || unicode.Is(unicode.M, r) || columns.RuneWidth(r) == 0 {
		return false
	}
	if unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || r == '\u2800' {
		return false
	}
	properties, _ := bidi.LookupRune(r)
	switch properties.Class() {
	case bidi.R, bidi.AL, bidi.AN:
		return false
	}
	return true
}

// cleaner makes strings of a log printable.
type cleaner struct {
	ascii bool // nothing but ASCII is visible
}

// name makes an identifier printable: an ARN, an object, a session name. Spaces at its ends and the second and further
// ones in a row are escaped too, since these would be lost to the eye and to wrapping.
func (c cleaner) name(s string) printable {
	inner := strings.Trim(s, " ")
	if len(inner) == len(s) && !strings.Contains(s, "  ") {
		return c.shorten(c.escape(s), textLimit)
	}
	spaces := func(n int) printable { return repeat(`\x20`, n) }
	begin := len(s) - len(strings.TrimLeft(s, " "))
	p := spaces(begin) + c.escape(inner) + spaces(len(s)-begin-len(inner))
	for strings.Contains(string(p), "  ") {
		p = printable(strings.ReplaceAll(string(p), "  ", ` \x20`))
	}
	return c.shorten(p, textLimit)
}

// text makes prose printable.
func (c cleaner) text(s string) printable {
	return c.shorten(c.escape(s), textLimit)
}

// escape writes every rune of s that is not visible, and every byte that is no UTF-8, as an escape in Go's spelling.
func (c cleaner) escape(s string) printable {
	clean := true
	for _, r := range s {
		// Either a byte that is no UTF-8 or a real U+FFFD: the loop below tells which.
		if r == utf8.RuneError || !visible(r) || c.ascii && r > '~' {
			clean = false
			break
		}
	}
	if clean {
		return printable(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case visible(r) && !(c.ascii && r > '~'):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += size
	}
	return printable(b.String())
}

// ellipsis marks where something was left out of a string.
func (c cleaner) ellipsis() printable {
	if c.ascii {
		return "..."
	}
	return "…"
}

// shorten leaves out the middle of p so that it takes at most limit columns. It keeps more of the end than of the
// beginning, because the names of log files, the paths of roles and the ARNs of sessions differ at their ends.
func (c cleaner) shorten(p printable, limit int) printable {
	if len(p) <= limit || width(p) <= limit {
		return p
	}
	mark := c.ellipsis()
	room := limit - width(mark)
	if room < 0 {
		return ""
	}
	tail := room - room/3
	return firstColumns(p, room-tail) + mark + lastColumns(p, tail)
}

// begin leaves out words at the end of p so that it takes at most limit columns: for titles, which explain and need not identify.
func (c cleaner) begin(p printable, limit int) printable {
	if width(p) <= limit {
		return p
	}
	mark := c.ellipsis()
	kept := firstColumns(p, limit-width(mark))
	if blank := strings.LastIndexByte(string(kept), ' '); blank > 0 {
		kept = kept[:blank]
	}
	return trimBlanks(kept) + mark
}

// firstColumns is the longest beginning of p that takes at most n columns.
func firstColumns(p printable, n int) printable {
	for i, r := range p {
		if n -= runeWidth(r); n < 0 {
			return p[:i]
		}
	}
	return p
}

// lastColumns is the longest end of p that takes at most n columns.
func lastColumns(p printable, n int) printable {
	i := len(p)
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(string(p[:i]))
		if n -= runeWidth(r); n < 0 {
			break
		}
		i -= size
	}
	return p[i:]
}

// Printable returns s with everything escaped that could do more to a terminal than be read.
func Printable(s string) string { return string(cleaner{}.text(s)) }
