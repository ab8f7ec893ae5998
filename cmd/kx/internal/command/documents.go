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
// whole text.
func Documents(text []byte) ([]jsontext.Value, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if docs, ok := jsonValues(text); ok {
		return docs, nil
	}
	var docs []jsontext.Value
	for _, part := range splitYAML(text) {
		if Blank(part.text) {
			continue
		}
		doc, err := patch.YAMLToJSON(part.text)
		if err != nil {
			var syntax *patch.SyntaxError
			if errors.As(err, &syntax) {
				moved := *syntax
				moved.Line += part.line
				err = &moved
			}
			return nil, err
		}
		if jsontext.Value(doc).Kind() != 'n' {
			docs = append(docs, doc)
		}
	}
	return docs, nil
}

// jsonValues reads a text of JSON values. It returns false for any other text.
func jsonValues(text []byte) ([]jsontext.Value, bool) {
	var docs []jsontext.Value
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		value, err := d.ReadValue()
		if errors.Is(err, io.EOF) {
			return docs, len(docs) > 0
		}
		if err != nil {
			return nil, false
		}
		docs = append(docs, value.Clone())
	}
}

// yamlPart is a document of a text, and the number of lines before it.
type yamlPart struct {
	text []byte
	line int
}

// splitYAML divides a text at the lines that start with --- or "..." (YAML 1.2, section 9.1.2).
// Within a document these never stand in the first column.
func splitYAML(text []byte) []yamlPart {
	var parts []yamlPart
	start, startLine, line := 0, 0, 0
	for at := 0; at < len(text); line++ {
		end := len(text)
		i := bytes.IndexByte(text[at:], '\n')
		if i >= 0 {
			end = at + i + 1
		}
		// Directives stand before the first marker, and belong to the document after it.
		current := text[at:end]
		if isMarker(current, "---") && !Blank(text[start:at]) {
			parts = append(parts, yamlPart{text[start:at], startLine})
			start, startLine = at, line
		} else if isMarker(current, "...") {
			parts = append(parts, yamlPart{text[start:at], startLine})
			start, startLine = end, line+1
		}
		at = end
	}
	return append(parts, yamlPart{text[start:], startLine})
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
