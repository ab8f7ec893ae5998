package kubeconfig

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamltext"
)

// UseContext makes name the current context. It edits the file that sets current-context, else
// the first file. It returns a [*NotFoundError] where no such context exists.
//
// Nothing else in the file changes, comments and order included. The file is replaced in one
// step, and keeps its mode and owner. A symbolic link stays a link. Other hard links keep the old
// content. The lock is a file with the suffix .lock, as in
// kubectl.
func (f *Files) UseContext(name string) error {
	if err := f.selectContext(name); err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	return nil
}

func (f *Files) selectContext(name string) error {
	if _, ok := f.merged.contexts[name]; !ok || name == "" {
		return &NotFoundError{Kind: "context", Name: name, Known: sortedNames(f.merged.contexts),
			Files: f.Paths}
	}
	target := f.Paths[0]
	for _, file := range f.merged.files {
		if file.currentContext != "" {
			target = file.path
			break
		}
	}
	return editFile(target, func(data []byte) ([]byte, error) {
		text, enc, err := decodeText(data)
		if err != nil {
			return nil, err
		}
		text, err = setCurrentContext(text, name)
		return enc.encode(text), err
	})
}

// setCurrentContext replaces the value in the text, or inserts the field before all others. Every
// other byte stays. It fails for a value that it cannot replace in place, such as an alias or a
// value of several lines.
//
// It makes the same change in the parsed nodes, and checks that the edited text parses to them.
func setCurrentContext(text []byte, name string) ([]byte, error) {
	docs, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	root, _ := firstRoot(docs)
	if root == nil || root.Kind != yaml.MappingNode {
		return nil, errors.New("has no mapping to set current-context in")
	}
	var edited []byte
	value := currentContextNode(root)
	if value != nil {
		edited = spliceScalar(text, value, name)
		comment := value.LineComment
		*value = *textNode(name)
		value.LineComment = comment
	} else {
		edited = insertField(text, root, "current-context", name)
		root.Content = append([]*yaml.Node{textNode("current-context"), textNode(name)},
			root.Content...)
	}
	if reparsed, err := parseYAML(edited); err == nil && edited != nil &&
		equalNodes(docs, reparsed) {
		// A merge key may replace the value.
		if f, err := parseFile("", edited); err == nil && f.currentContext == name {
			return edited, nil
		}
	}
	return nil, errors.New(
		"current-context spans lines, or has an alias, a merge key, an anchor, a tag or escapes: " +
			"change it by hand")
}

func currentContextNode(root *yaml.Node) *yaml.Node {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "current-context" {
			return root.Content[i+1]
		}
	}
	return nil
}

// spliceScalar replaces a scalar on one line, and keeps its quotes. It returns nil for any other
// scalar.
func spliceScalar(text []byte, n *yaml.Node, value string) []byte {
	if n.Kind != yaml.ScalarNode || n.Anchor != "" {
		return nil
	}
	start := offset(text, n.Line, n.Column)
	if start < 0 {
		return nil
	}
	style := n.Style & (yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle)
	old, insert := n.Value, yamltext.Quote(value, style)
	if style == 0 && strings.ContainsAny(value, ",[]{}") {
		insert = yamltext.Quote(value, yaml.DoubleQuotedStyle) // for a flow mapping
	}
	switch {
	case style != 0:
		old = yamltext.Quote(n.Value, style)
	case old == "": // `current-context:` alone
		insert = " " + insert
	}
	rest, found := bytes.CutPrefix(text[start:], []byte(old))
	if !found {
		return nil
	}
	return bytes.Join([][]byte{text[:start], []byte(insert), rest}, nil)
}

// insertField inserts a field before the first one of a mapping, in the same style.
func insertField(text []byte, root *yaml.Node, key, value string) []byte {
	if len(root.Content) == 0 {
		return nil
	}
	start := offset(text, root.Content[0].Line, root.Content[0].Column)
	if start < 0 {
		return nil
	}
	lineEnd := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		lineEnd = "\r\n"
	}
	field := key + ": " + yamltext.Quote(value, 0) + lineEnd +
		strings.Repeat(" ", root.Content[0].Column-1)
	if root.Style&yaml.FlowStyle != 0 {
		field = yamltext.Quote(key, yaml.DoubleQuotedStyle) + ": " + yamltext.Quote(value,
			yaml.DoubleQuotedStyle) + ", "
	}
	return bytes.Join([][]byte{text[:start], []byte(field), text[start:]}, nil)
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

// equalNodes reports whether documents are equal, except for positions, styles and comments.
func equalNodes(a, b []*yaml.Node) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		same := a[i].Kind == b[i].Kind && a[i].ShortTag() == b[i].ShortTag() &&
			a[i].Value == b[i].Value &&
			a[i].Anchor == b[i].Anchor && equalNodes(a[i].Content, b[i].Content)
		if !same {
			return false
		}
	}
	return true
}
