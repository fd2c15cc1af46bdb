package report

// command writes a command of a shell to be copied: broken between its words with a backslash at the end of each line, so
// that it fits the page and still is one command. A word wider than the page is a line by itself.
func (p *page) command(indent int, command string) {
	text := p.escape(command)
	if string(text) != command {
		p.paragraph(indent, "Not to be copied: it holds characters that do not show, written as escapes here.", alarm)
	}
	words := shellWords(text)
	const mark = printable(" \\")
	var line printable
	inset := indent
	for i, word := range words {
		room := p.width - inset
		if i < len(words)-1 {
			room -= width(mark)
		}
		if line != "" && width(line)+1+width(word) > room {
			p.whole(inset, line+mark, plain)
			line, inset = "", indent+tableIndent
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	p.whole(inset, line, plain)
}

// shellWords cuts a command at the blanks that are in no quotes and behind no backslash: where a shell lets a line end
// with a backslash. It does not cut a command whose quotes it does not understand.
func shellWords(command printable) (words []printable) {
	var quote byte
	escaped, begin := false, 0
	add := func(end int) {
		if end > begin {
			words = append(words, command[begin:end])
		}
		begin = end + 1
	}
	for i := range len(command) {
		c := command[i]
		switch {
		case escaped:
			escaped = false
		case c == '\\' && quote != '\'':
			escaped = true
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ' ':
			add(i)
		}
	}
	if quote != 0 || escaped {
		return []printable{command}
	}
	add(len(command))
	return words
}
