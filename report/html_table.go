package report

// htmlTable is a table of a document. Its cells are numbers or dates, right-aligned, unless they say otherwise.
type htmlTable struct {
	Caption printable
	Heads   []htmlHead
	Rows    []htmlRow
	// LeftOut says how many rows are not there and where they are; "" is none.
	LeftOut printable
	Follow  htmlFollow
}

// htmlHead is the head of a column.
type htmlHead struct {
	Text  printable
	Words bool // the column holds words, not numbers
}

// htmlRow is a row, which is about its first cell.
type htmlRow struct {
	Head  htmlCell
	Cells []htmlCell
	Dim   bool // it says that there is nothing
}

// Looks of cells, which are classes in the style sheet.
const (
	lookWords     = printable("w")
	lookShort     = printable("t") // words kept on one line
	lookCode      = printable("c") // an identifier
	lookShortCode = printable("n") // one kept on one line
	lookAlarm     = printable("a") // a number that should be 0
	lookBad       = printable("g") // words of an alarm
)

// Columns of text up to which words and identifiers are kept on one line.
const (
	shortWords = 24
	shortCode  = 40
)

// htmlCell is a cell.
type htmlCell struct {
	Text  printable
	Look  printable
	Below printable // explains Text, in a line of its own
	Link  attribute // to a part of the document: "#role-1"
	Copy  bool      // somebody may want to copy Text
}

// htmlFollow is how the numbers of a table are followed to the events that they count.
type htmlFollow struct {
	Command printable // "" is none
	Remark  printable
}

func numberCell(n int64) htmlCell { return htmlCell{Text: count(n)} }

// failedCell is a number that should be 0.
func failedCell(n int64) htmlCell {
	if n > 0 {
		return htmlCell{Text: count(n), Look: lookAlarm}
	}
	return htmlCell{Text: "0"}
}

func dateCell(text printable) htmlCell { return htmlCell{Text: text} }

func wordsCell(text printable) htmlCell {
	if width(text) <= shortWords {
		return htmlCell{Text: text, Look: lookShort}
	}
	return htmlCell{Text: text, Look: lookWords}
}

func codeCell(text printable) htmlCell {
	if width(text) <= shortCode {
		return htmlCell{Text: text, Look: lookShortCode}
	}
	return htmlCell{Text: text, Look: lookCode}
}

// copyCell is an identifier that somebody may want to copy.
func copyCell(text printable) htmlCell {
	cell := codeCell(text)
	cell.Copy = true
	return cell
}

// columnHeads are the heads of columns of numbers.
func columnHeads(first printable, texts ...printable) []htmlHead {
	heads := []htmlHead{{Text: first, Words: true}}
	for _, text := range texts {
		heads = append(heads, htmlHead{Text: text})
	}
	return heads
}

// atMost returns the first items of a list, limit of them, and how many are left out. A limit of 0 is none.
func atMost[T any](list []T, limit int) (shown []T, leftOut int64) {
	if limit <= 0 || len(list) <= limit {
		return list, 0
	}
	return list[:limit], int64(len(list) - limit)
}

// leftOutText says how many of a list are not there.
func leftOutText(n int64, where printable) printable {
	if n <= 0 {
		return ""
	}
	return "and " + count(n) + " more, " + where
}
