package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/printer"
	"github.com/goccy/go-yaml/token"
)

const (
	maxFile    = 1 << 20 // bytes; the embedded catalog has about 24 thousand
	maxNesting = 16      // a catalog needs 5; the parser takes quadratic time and memory in it
	maxExcerpt = 2000    // bytes of an error's excerpt
)

// Error is a mistake in a catalog file.
type Error struct {
	File         string
	Line, Column int    // both from 1; 0 where the mistake has no place
	Message      string // one line
	Excerpt      string // the lines around the place, with marks; may be empty
}

// Error returns the place and the message in one line, and the excerpt, if there is one, on lines of its own.
func (e *Error) Error() string {
	text := e.File + ": " + e.Message
	if e.Line > 0 {
		text = fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
	}
	if e.Excerpt != "" {
		text += "\n" + e.Excerpt
	}
	return text
}

// source is a catalog file that is being read.
type source struct {
	file string
}

// errorf makes an error about the token at, which may be nil.
func (s source) errorf(at *token.Token, format string, args ...any) error {
	e := &Error{File: s.file, Message: fmt.Sprintf(format, args...)}
	if at == nil || at.Position == nil {
		return e
	}
	e.Line, e.Column = at.Position.Line, at.Position.Column
	var p printer.Printer
	if excerpt := p.PrintErrorToken(at, false); len(excerpt) <= maxExcerpt {
		e.Excerpt = strings.Map(printable, strings.TrimRight(excerpt, "\n"))
	}
	return e
}

// printable keeps an excerpt from controlling the terminal it is shown on.
func printable(r rune) rune {
	if r == '\n' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// parse returns the mapping that the file consists of.
func (s source) parse(data []byte) (ast.Node, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > maxFile:
		return nil, s.errorf(nil, "larger than %d bytes", maxFile)
	case !utf8.Valid(data):
		return nil, s.errorf(nil, "not UTF-8")
	}
	tokens := lexer.Tokenize(string(data))
	if err := s.refuse(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		var mistake yaml.Error
		if errors.As(err, &mistake) {
			return nil, s.errorf(mistake.GetToken(), "%s", strings.ReplaceAll(mistake.GetMessage(), "\n", " "))
		}
		return nil, s.errorf(nil, "%v", err)
	}
	switch {
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		return nil, s.errorf(nil, "no catalog: the file is empty")
	case len(file.Docs) > 1:
		return nil, s.errorf(file.Docs[1].Start, "more than one YAML document")
	}
	return file.Docs[0].Body, nil
}

// refuse finds what YAML offers and a catalog has no use for, before the parser gets to see it: what names or repeats
// other parts of the file, and deep nesting.
func (s source) refuse(tokens token.Tokens) error {
	flow, dashes, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			dashes, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return s.errorf(t, "anchors, aliases and merge keys are not supported here")
		case token.TagType:
			return s.errorf(t, "tags are not supported here")
		case token.MappingKeyType:
			return s.errorf(t, "keys introduced by ? are not supported here")
		case token.DirectiveType:
			return s.errorf(t, "directives are not supported here")
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType:
			dashes++
		}
		if flow > maxNesting || dashes > maxNesting {
			return s.errorf(t, "nested too deeply")
		}
	}
	return nil
}

// text is a string of the file and its place.
type text struct {
	value string
	at    *token.Token
}

// object is a mapping of the file whose keys are known, each once.
type object struct {
	source
	name   string // for messages, such as feature "x"
	at     *token.Token
	keys   map[string]*token.Token
	values map[string]ast.Node
}

// object reads a mapping with no keys but those known, if any are given.
func (s source) object(node ast.Node, name string, known ...string) (object, error) {
	o := object{source: s, name: name, at: place(node)}
	mapping, ok := node.(*ast.MappingNode)
	switch {
	case !ok && known == nil:
		return o, s.errorf(o.at, "%s is not a mapping", name)
	case !ok:
		return o, s.errorf(o.at, "%s is not a mapping of %s", name, strings.Join(known, ", "))
	}
	o.keys = make(map[string]*token.Token, len(mapping.Values))
	o.values = make(map[string]ast.Node, len(mapping.Values))
	for _, pair := range mapping.Values {
		key := pair.Key.GetToken()
		switch {
		case known != nil && !slices.Contains(known, key.Value):
			return o, s.errorf(key, "%s: unknown key %q, known are %s", name, key.Value, strings.Join(known, ", "))
		case o.keys[key.Value] != nil:
			return o, s.errorf(key, "%s: key %q is there twice", name, key.Value)
		}
		o.keys[key.Value], o.values[key.Value] = key, pair.Value
	}
	return o, nil
}

// optional reads a string that need not be there, and may be empty.
func (o object) optional(key string) (text, error) {
	node, ok := o.values[key]
	if !ok {
		return text{at: o.at}, nil
	}
	return o.scalar(node, key)
}

// text reads a string that has to be there.
func (o object) text(key string) (text, error) {
	t, err := o.optional(key)
	switch {
	case err != nil:
		return t, err
	case o.keys[key] == nil:
		return t, o.errorf(o.at, "%s: %s is missing", o.name, key)
	case strings.TrimSpace(t.value) == "":
		return t, o.errorf(t.at, "%s: %s is empty", o.name, key)
	}
	return t, nil
}

// texts reads a list of strings, none of them empty or there twice. The list need not be there.
func (o object) texts(key string) ([]text, error) {
	nodes, err := o.list(key)
	if nodes == nil || err != nil {
		return nil, err
	}
	list := make([]text, len(nodes))
	seen := make(map[string]bool, len(nodes))
	for i, node := range nodes {
		if list[i], err = o.scalar(node, key); err != nil {
			return nil, err
		}
		switch value := list[i].value; {
		case value == "":
			return nil, o.errorf(list[i].at, "%s: %s holds an empty string", o.name, key)
		case seen[value]:
			return nil, o.errorf(list[i].at, "%s: %s holds %q twice", o.name, key, value)
		default:
			seen[value] = true
		}
	}
	return list, nil
}

// list reads a list, which need not be there but is not empty where it is.
func (o object) list(key string) ([]ast.Node, error) {
	node, ok := o.values[key]
	if !ok {
		return nil, nil
	}
	sequence, ok := node.(*ast.SequenceNode)
	switch {
	case !ok:
		return nil, o.errorf(o.keys[key], "%s: %s is not a list", o.name, key)
	case len(sequence.Values) == 0:
		return nil, o.errorf(o.keys[key], "%s: %s is empty", o.name, key)
	}
	return sequence.Values, nil
}

// scalar reads a string. Numbers and the like are none, for YAML may have changed how they are spelled.
func (o object) scalar(node ast.Node, key string) (text, error) {
	switch n := node.(type) {
	case *ast.StringNode:
		return text{n.Value, n.Token}, nil
	case *ast.LiteralNode:
		return text{n.Value.Value, n.Start}, nil
	case *ast.NullNode:
		return text{"", n.Token}, nil
	case *ast.SequenceNode:
		return text{}, o.errorf(place(node), "%s: %s is a list, not a string", o.name, key)
	}
	// Within braces the parser takes ec2:CreateVolume for a mapping, so the hint is for mappings too.
	return text{}, o.errorf(place(node), "%s: %s is not a string, put it in quotes", o.name, key)
}

// place returns the token at which a node begins for a reader: of a block mapping the first key, not its colon.
func place(node ast.Node) *token.Token {
	if mapping, ok := node.(*ast.MappingNode); ok && len(mapping.Values) > 0 && !mapping.IsFlowStyle {
		return mapping.Values[0].Key.GetToken()
	}
	return node.GetToken()
}
