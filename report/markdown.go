package report

import (
	"bufio"
	"io"
	"regexp"
	"strings"
)

// markup is Markdown (CommonMark, and GitHub's tables) in which nothing that comes from elsewhere has a meaning of its
// own. Constants of this package convert by themselves; other text becomes markup by the functions of this file only.
type markup string

// codeSpan shows an identifier. In a code span nothing has a meaning but the backtick that ends it and,
// in a table, the bar that ends the cell; both are written as escapes, like all that is not visible.
func codeSpan(s string) markup {
	text := string(cleaner{}.name(s))
	text = strings.ReplaceAll(strings.ReplaceAll(text, "`", `\x60`), "|", `\x7c`)
	if text == "" {
		return "(none)"
	}
	return markup("`" + text + "`")
}

// plainWord matches words without any meaning in Markdown: words of letters, dates, times, numbers. Nothing of this could
// be an address, or begin anything but a paragraph.
var plainWord = regexp.MustCompile(`^(?:[A-Za-z]+(?:[-'][A-Za-z]+)*|[0-9]{1,3}(?:,[0-9]{3})*|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z)$`)

// numbered matches how an item of a numbered list begins.
var numbered = regexp.MustCompile(`^[0-9]+[.)]`)

// commitHash matches words that GitHub makes a link of if they begin the hash of a commit. All digits are no plain word.
var commitHash = regexp.MustCompile(`^[a-fA-F]{7,40}$`)

// proseToken matches the words of a sentence, and what stands in quotes as one word.
var proseToken = regexp.MustCompile(`"[^"]+"[.,:;?)]*(?: |$)|[^ ]+`)

// prose shows a sentence that may hold names from a log: every word that could mean anything to Markdown is a code span,
// and what stands in quotes is one instead of them.
func prose(s string) markup {
	words := proseToken.FindAllString(string(cleaner{}.text(s)), -1)
	for i, word := range words {
		words[i] = string(proseWord(strings.TrimSuffix(word, " ")))
	}
	return markup(strings.Join(words, " "))
}

// proseWord leaves out the punctuation of the sentence.
func proseWord(word string) markup {
	if quoted, after, ends := strings.Cut(strings.TrimPrefix(word, `"`), `"`); word[0] == '"' && ends && quoted != "" &&
		strings.Trim(after, ".,:;?)") == "" {
		return codeSpan(quoted) + markup(after)
	}
	core := strings.TrimLeft(word, "(")
	before := word[:len(word)-len(core)]
	after := ".,:;?"
	if !strings.Contains(core, "(") {
		after += ")"
	}
	core = strings.TrimRight(core, after)
	after = word[len(before)+len(core):]
	switch {
	case core == "":
		return codeSpan(word)
	case plainWord.MatchString(core) && !numbered.MatchString(word) && !commitHash.MatchString(core):
		return markup(word)
	default:
		return markup(before) + codeSpan(core) + markup(after)
	}
}

// fenced shows a command in a code block of its own. The fence is longer than any run of backticks inside, so that
// nothing inside ends it.
func fenced(command string) markup {
	text := string(cleaner{}.escape(command))
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return markup(fence + "sh\n" + text + "\n" + fence)
}

// shown says whether a command can be shown as it is.
func shown(command string) bool { return string(cleaner{}.escape(command)) == command }

// inMarkdown shows what the text form says.
func inMarkdown(p printable) markup { return prose(string(p)) }

// sheet writes Markdown. Its first error stays and is told by flush.
type sheet struct{ out *bufio.Writer }

func newSheet(w io.Writer) *sheet { return &sheet{bufio.NewWriter(w)} }

func (s *sheet) flush() error { return s.out.Flush() }

// line writes a line. An error stays in the writer, which then takes no more.
func (s *sheet) line(parts ...markup) {
	for _, part := range parts {
		_, _ = s.out.WriteString(string(part))
	}
	_ = s.out.WriteByte('\n')
}

// block writes a line with an empty one before it.
func (s *sheet) block(parts ...markup) {
	s.line()
	s.line(parts...)
}

// tableRow writes a row of a table.
func (s *sheet) tableRow(cells ...markup) {
	parts := []markup{"|"}
	for _, cell := range cells {
		parts = append(parts, " ", cell, " |")
	}
	s.line(parts...)
}

// tableHead writes the heads of the columns of a table. One that ends with rightAligned is of numbers.
func (s *sheet) tableHead(heads ...markup) {
	cells, rule := make([]markup, len(heads)), make([]markup, len(heads))
	for i, head := range heads {
		name, number := strings.CutSuffix(string(head), rightAligned)
		cells[i], rule[i] = markup(name), "---"
		if number {
			rule[i] = "---:"
		}
	}
	s.tableRow(cells...)
	s.tableRow(rule...)
}

// rightAligned marks the head of a column of numbers.
const rightAligned = ">"

// items lists what is markup already with commas; beyond limit of them, and for those of all that are not in the list, it
// says how many more there are.
func items(list []markup, limit int, all int64) markup {
	shown := list[:min(len(list), limit)]
	text := markup("")
	for i, item := range shown {
		if i > 0 {
			text += ", "
		}
		text += item
	}
	more := max(all, int64(len(list))) - int64(len(shown))
	switch {
	case len(shown) == 0 && more > 0:
		return inMarkdown(count(more))
	case more > 0:
		text += " and " + inMarkdown(count(more)) + " more"
	}
	return text
}

// codeSpans shows identifiers.
func codeSpans(names []string) []markup {
	spans := make([]markup, len(names))
	for i, name := range names {
		spans[i] = codeSpan(name)
	}
	return spans
}

// sizeMarkup writes a number of bytes: digits, perhaps with a point between them, and a unit.
func sizeMarkup(bytes int64) markup { return markup(size(bytes)) }

// autolink shows an address of letters, digits and signs that mean nothing inside of it as a link.
func autolink(address string) markup { return markup("<" + address + ">") }

// command writes a command to be copied.
func (s *sheet) command(command string) {
	if !shown(command) {
		s.block("Not to be copied: it holds characters that do not show, written as escapes here.")
	}
	s.block(fenced(command))
}
