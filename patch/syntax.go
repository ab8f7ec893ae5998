package patch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

// SyntaxError reports where a text is not valid JSON or YAML, and why. It quotes nothing of the
// text, which may be secret.
type SyntaxError struct {
	Format string // "JSON" or "YAML"
	Line   int    // from 1
	Column int    // from 1, in characters
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid %s at line %d, column %d: %s", e.Format, e.Line, e.Column, e.Reason)
}

// compactJSON removes the white space between tokens and changes nothing else. Duplicate member
// names, invalid UTF-8 and text after the value are errors.
func compactJSON(text []byte) (jsontext.Value, error) {
	v := jsontext.Value(bytes.TrimPrefix(text, utf8BOM)).Clone()
	err := v.Format(jsontext.PreserveRawStrings(true))
	text = bytes.TrimPrefix(text, utf8BOM)
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntactic):
		return nil, jsonError(text, int(syntactic.ByteOffset), reason(text, syntactic.Err))
	case err != nil:
		return nil, err
	}
	offset := tooDeep(text)
	if offset >= 0 {
		return nil, jsonError(text, offset, "nested deeper than 1000 levels")
	}
	return v, nil
}

// duplicateName is the reason of a member name that comes twice.
const duplicateName = "duplicate member name"

func jsonError(text []byte, offset int, reason string) error {
	line, column := yamlnode.Position(text, offset)
	return &SyntaxError{Format: "JSON", Line: line, Column: column, Reason: reason}
}

// tooDeep returns the offset in valid JSON where the nesting exceeds the limit, or -1.
func tooDeep(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			if depth > yamlnode.MaxDepth {
				return i
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}

var utf8BOM = []byte("\ufeff")

// reason returns the decoder's reason without the text that it quotes.
func reason(text []byte, err error) string {
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return "the text is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "unexpected end of text"
	case errors.Is(err, jsontext.ErrDuplicateName):
		return duplicateName
	case err == nil:
		return "syntax error"
	}
	msg := err.Error()
	const character = "invalid character '"
	if rest, ok := strings.CutPrefix(msg, character); ok && len(rest) > 1 {
		i := strings.Index(rest[1:], "' ")
		if i >= 0 {
			return "unexpected character " + rest[1+i+2:]
		}
	}
	const escape = "invalid escape sequence"
	if strings.HasPrefix(msg, escape) {
		return escape + " in string"
	}
	if msg == "invalid UTF-8" || msg == "exceeded max depth" {
		return msg
	}
	return "syntax error"
}
