package yamlnode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Error reports where a text is invalid, and why. It quotes nothing of the text, which may contain
// secrets.
type Error struct {
	Line   int // from 1
	Column int // from 1, in characters; 0 where the parser did not report one
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// ErrorAt returns an error at a node.
func ErrorAt(n *yaml.Node, reason string) error {
	return &Error{Line: max(n.Line, 1), Column: max(n.Column, 1), Reason: reason}
}

// Parse returns the documents of a text, empty ones included. JSON is YAML too. An error is an
// [*Error] without a column; [Locate] finds the column.
func Parse(text []byte) ([]*yaml.Node, error) {
	var docs []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		doc := &yaml.Node{}
		err := decoder.Decode(doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, syntaxError(err)
		}
		docs = append(docs, doc)
	}
}

// syntaxError keeps the line and the reason of the parser's error. It drops the anchor's name from
// the error about an unknown anchor, the only error that quotes the text.
func syntaxError(err error) error {
	reason := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if rest, ok := strings.CutPrefix(reason, "line "); ok {
		number, after, ok := strings.Cut(rest, ": ")
		if ok {
			line, _ = strconv.Atoi(number)
			reason = after
		}
	}
	if strings.HasPrefix(reason, "unknown anchor") {
		reason = "unknown anchor referenced"
	}
	if line == 0 || countsFromZero(reason) {
		line++
	}
	return &Error{Line: line, Reason: reason}
}

// countsFromZero reports whether yaml.v3 counts the lines of an error with this reason from 0. The
// library's grammar does so; its scanner does not. Neither reports line 0.
func countsFromZero(reason string) bool {
	for _, grammar := range []string{
		"did not find expected ',' or", "did not find expected '-' indicator",
		"did not find expected key", "did not find expected node content",
		"did not find expected <", "found undefined tag handle",
		"found duplicate %", "found incompatible YAML document",
	} {
		if strings.HasPrefix(reason, grammar) {
			return true
		}
	}
	return false
}

// Locate returns the error of [Parse] with the line and column where the parser stopped. That is
// the end of the shortest prefix of text that fails for the same reason. The search for this prefix
// parses the text about 20 times.
func Locate(text []byte, failed *Error) *Error {
	n := sort.Search(len(text), func(n int) bool {
		_, err := Parse(text[:n])
		var e *Error
		return errors.As(err, &e) && e.Reason == failed.Reason && e.Line == failed.Line
	})
	line, column := Position(text, max(n-1, 0))
	return &Error{Line: line, Column: column, Reason: failed.Reason}
}

// Position returns the line and column, both from 1, of the character at an offset. The offset may
// be the length of the text.
func Position(text []byte, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	line = 1 + bytes.Count(before, []byte("\n"))
	column = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return line, column
}
