package kubeconfig

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamltext"
)

// textEdit replaces old, which is at an offset of a text, by insert. at is -1 for no edit.
type textEdit struct {
	at          int
	old, insert string
}

func (e textEdit) apply(text []byte) []byte {
	return bytes.Join([][]byte{text[:e.at], []byte(e.insert), text[e.at+len(e.old):]}, nil)
}

const quotes = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle

// spliceScalar replaces a scalar on one line, and keeps its quotes. It makes no edit of any other
// scalar.
func spliceScalar(text []byte, n *yaml.Node, value string) textEdit {
	none := textEdit{at: -1}
	if n.Kind != yaml.ScalarNode || n.Anchor != "" {
		return none
	}
	style := n.Style & quotes
	e := textEdit{offset(text, n.Line, n.Column), n.Value, yamltext.Quote(value, style)}
	if style == 0 && strings.ContainsAny(value, ",[]{}") {
		e.insert = yamltext.Quote(value, yaml.DoubleQuotedStyle) // for a flow mapping
	}
	switch {
	case style != 0:
		e.old = yamltext.Quote(n.Value, style)
	case e.old == "": // `current-context:` alone
		e.insert = " " + e.insert
	}
	if e.at < 0 || !bytes.HasPrefix(text[e.at:], []byte(e.old)) {
		return none
	}
	return e
}

// insertField inserts a field before the first one of a mapping, in the same style.
func insertField(text []byte, root *yaml.Node, key, value string) textEdit {
	if len(root.Content) == 0 {
		return textEdit{at: -1}
	}
	e := textEdit{at: offset(text, root.Content[0].Line, root.Content[0].Column)}
	if root.Style&yaml.FlowStyle != 0 {
		e.insert = yamltext.Quote(key, yaml.DoubleQuotedStyle) + ": " +
			yamltext.Quote(value, yaml.DoubleQuotedStyle) + ", "
		return e
	}
	lineEnd := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		lineEnd = "\r\n"
	}
	e.insert = key + ": " + yamltext.Quote(value, 0) + lineEnd +
		strings.Repeat(" ", root.Content[0].Column-1)
	return e
}

// isLocal reports whether the edit sets current-context and leaves the meaning of all other text.
// It parses only what changed: the whole text of 3,000 contexts takes some 0.1 s. It reports false
// when a part does not prove that.
//
// Two parts do: a value in quotes that replaces another one, and a line of a block mapping in
// column 1 that is the field by itself. No merge key may stand beside them, which could replace the
// field.
func (e textEdit) isLocal(text, edited []byte, root *yaml.Node, name string) bool {
	for i := 0; i < len(root.Content); i += 2 {
		if root.Content[i].Value == "<<" {
			return false
		}
	}
	if hasOtherLineBreaks(text[:e.at]) {
		return false
	}
	value := currentContextNode(root)
	if value != nil && value.Style&quotes != 0 {
		n := parseOne([]byte(e.insert))
		return n != nil && n.Style&quotes != 0 && n.Value == name
	}
	if root.Style&yaml.FlowStyle != 0 || root.Content[0].Column != 1 {
		return false
	}
	start := bytes.LastIndexByte(text[:e.at], '\n') + 1
	line, _, _ := bytes.Cut(edited[start:], []byte("\n"))
	field := parseOne(line)
	return field != nil && len(field.Content) == 2 &&
		field.Content[0].Value == "current-context" &&
		field.Content[1].ShortTag() == "!!str" && field.Content[1].Value == name
}

// parseOne returns the root of a text of one document, or nil.
func parseOne(text []byte) *yaml.Node {
	docs, err := parseYAML(text)
	if err != nil || len(docs) != 1 {
		return nil
	}
	root, _ := firstRoot(docs)
	return root
}

// hasOtherLineBreaks reports whether a text has line breaks of YAML that offset does not count.
func hasOtherLineBreaks(text []byte) bool {
	for _, lineBreak := range []string{"\u0085", "\u2028", "\u2029"} {
		if bytes.Contains(text, []byte(lineBreak)) {
			return true
		}
	}
	return bytes.Count(text, []byte("\r")) != bytes.Count(text, []byte("\r\n"))
}

// offset returns the byte offset of a line and column, or -1. Both count from 1; the column counts
// characters.
func offset(text []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return -1
		}
		at += i + 1
	}
	for i := range string(text[at:]) {
		column--
		if column == 0 {
			return at + i
		}
	}
	if column == 1 {
		return len(text)
	}
	return -1
}
