package kubeconfig

import (
	"bytes"
	"errors"
	"fmt"

	"gopkg.in/yaml.v3"
)

// UseContext makes name the current context. It edits the file that sets current-context, else
// the first file. It returns a [*NotFoundError] where no such context exists.
//
// Nothing else in the file changes, comments and order included. The file is replaced in one
// step, and keeps its mode and owner. A symbolic link stays a link. Other hard links keep the old
// content.
//
// The lock is a file with the suffix .lock, as in kubectl. On Unix UseContext removes the lock that
// a killed kx left behind.
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
	file := f.merged.files[0]
	for _, other := range f.merged.files {
		if other.currentContext != "" {
			file = other
			break
		}
	}
	return editFile(file.path, func(data []byte) ([]byte, error) {
		text, enc, err := decodeText(data)
		if err != nil {
			return nil, err
		}
		docs := file.docs
		if !bytes.Equal(text, file.text) { // another program has changed it
			if docs, err = parseYAML(text); err != nil {
				return nil, err
			}
		}
		text, err = setCurrentContext(text, docs, name)
		return enc.encode(text), err
	})
}

// setCurrentContext replaces the value in the text, or inserts the field before all others. Every
// other byte stays. It fails for a value that it cannot replace in place, such as an alias or a
// value of several lines. docs are the documents of the text.
func setCurrentContext(text []byte, docs []*yaml.Node, name string) ([]byte, error) {
	root, _ := firstRoot(docs)
	if root == nil || root.Kind != yaml.MappingNode {
		return nil, errors.New("has no mapping to set current-context in")
	}
	var e textEdit
	value := currentContextNode(root)
	if value != nil {
		e = spliceScalar(text, value, name)
	} else {
		e = insertField(text, root, "current-context", name)
	}
	if e.at >= 0 {
		edited := e.apply(text)
		if e.isLocal(text, edited, root, name) || setsOnly(text, edited, name) {
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

// setsOnly reports whether the edited text parses to the documents of text with another
// current-context, and to nothing else.
func setsOnly(text, edited []byte, name string) bool {
	docs, err := parseYAML(text)
	if err != nil {
		return false
	}
	root, _ := firstRoot(docs)
	value := currentContextNode(root)
	if value != nil {
		*value = *textNode(name)
	} else {
		root.Content = append([]*yaml.Node{textNode("current-context"), textNode(name)},
			root.Content...)
	}
	f, err := parseFile("", edited) // a merge key may replace the value
	return err == nil && f.currentContext == name && equalNodes(docs, f.docs)
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
