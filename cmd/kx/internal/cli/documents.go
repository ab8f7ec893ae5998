package cli

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/patch"
)

// documents reads the JSON values, one after the other, or the YAML documents of a text. Positions in errors are those in the whole text.
func documents(text []byte) ([]jsontext.Value, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if docs, ok := jsonValues(text); ok {
		return docs, nil
	}
	var docs []jsontext.Value
	for _, part := range splitYAML(text) {
		if blank(part.text) {
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

// jsonValues is for a text that holds several JSON values; false when it is not all JSON.
func jsonValues(text []byte) ([]jsontext.Value, bool) {
	var docs []jsontext.Value
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		value, err := d.ReadValue()
		if err == io.EOF {
			return docs, len(docs) > 0
		}
		if err != nil {
			return nil, false
		}
		docs = append(docs, value.Clone())
	}
}

// yamlPart is a document of a text, and how many lines stand before it.
type yamlPart struct {
	text []byte
	line int
}

// splitYAML divides a text where lines start with --- or ... (YAML 1.2, 9.1.2), which cannot stand in the first column within a document.
func splitYAML(text []byte) []yamlPart {
	var parts []yamlPart
	start, startLine, line := 0, 0, 0
	for at := 0; at < len(text); line++ {
		end := len(text)
		i := bytes.IndexByte(text[at:], '\n')
		if i >= 0 {
			end = at + i + 1
		}
		// What stands before the first marker may be directives, which belong to the document after it.
		current := text[at:end]
		if isMarker(current, "---") && !blank(text[start:at]) {
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

// blank holds for a text of comments, directives and empty lines, and a marker without content.
func blank(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && line[0] != '%' && !bytes.Equal(line, []byte("---")) {
			return false
		}
	}
	return true
}
