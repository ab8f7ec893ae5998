package command

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/patch"
)

// Documents reads the JSON values or the YAML documents of a text. Errors have positions in the
// whole text. Documents calls onDuplicate for each key that comes again in a mapping: the last one
// counts. If onDuplicate is nil, Documents fails with the first such error.
func Documents(text []byte, onDuplicate func(*patch.DuplicateKeyError)) ([]jsontext.Value, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	parts, isJSON := jsonValues(text)
	if !isJSON {
		parts = splitYAML(text)
	}
	var docs []jsontext.Value
	for _, part := range parts {
		doc := jsontext.Value(part.text)
		switch {
		case isJSON && doc.IsValid(): // it stays as it is
		case !isJSON && Blank(part.text):
			continue
		default:
			var err error
			if doc, err = part.convert(onDuplicate); err != nil {
				return nil, err
			}
		}
		if isJSON || doc.Kind() != 'n' {
			docs = append(docs, doc)
		}
	}
	return docs, nil
}

// textPart is a document of a text, and the number of lines before it.
type textPart struct {
	text []byte
	line int
}

// convert converts a part to JSON.
func (p textPart) convert(onDuplicate func(*patch.DuplicateKeyError)) (jsontext.Value, error) {
	var duplicate error // the first one
	doc, err := patch.YAMLToJSONAllowDuplicates(p.text, func(e *patch.DuplicateKeyError) {
		e.Line += p.line
		e.FirstLine += p.line
		switch {
		case onDuplicate != nil:
			onDuplicate(e)
		case duplicate == nil:
			duplicate = e
		}
	})
	var syntax *patch.SyntaxError
	if errors.As(err, &syntax) {
		syntax.Line += p.line
	}
	if err == nil {
		err = duplicate
	}
	return doc, err
}

// jsonValues divides a text of JSON values. It returns false for any other text.
func jsonValues(text []byte) ([]textPart, bool) {
	var parts []textPart
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	at, line := 0, 0
	for {
		value, err := d.ReadValue()
		if errors.Is(err, io.EOF) {
			return parts, len(parts) > 0
		}
		if err != nil {
			return nil, false
		}
		start := int(d.InputOffset()) - len(value)
		line += bytes.Count(text[at:start], []byte("\n"))
		at = start
		parts = append(parts, textPart{bytes.Clone(value), line})
	}
}

// splitYAML divides a text at the lines that start with --- or "..." (YAML 1.2, section 9.1.2).
// Within a document these never stand in the first column.
func splitYAML(text []byte) []textPart {
	var parts []textPart
	start, startLine, line := 0, 0, 0
	isBlank := true // from start to at
	for at := 0; at < len(text); line++ {
		end := len(text)
		i := bytes.IndexByte(text[at:], '\n')
		if i >= 0 {
			end = at + i + 1
		}
		// Directives stand before the first marker, and belong to the document after it.
		current := text[at:end]
		switch {
		case isMarker(current, "---") && !isBlank:
			parts = append(parts, textPart{text[start:at], startLine})
			start, startLine, isBlank = at, line, Blank(current)
		case isMarker(current, "..."):
			parts = append(parts, textPart{text[start:at], startLine})
			start, startLine, isBlank = end, line+1, true
		default:
			isBlank = isBlank && Blank(current)
		}
		at = end
	}
	return append(parts, textPart{text[start:], startLine})
}

func isMarker(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || strings.IndexByte(" \t\r\n", rest[0]) >= 0)
}

// Blank reports whether text has no content: only comments, directives, empty lines and markers.
func Blank(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && line[0] != '%' && !bytes.Equal(line, []byte("---")) {
			return false
		}
	}
	return true
}
