package kubeconfig

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

// maxFileSize is the size in bytes of the largest file that is read. A kubeconfig of hundreds of
// clusters is far below it.
const maxFileSize = 1 << 20

// parseYAML returns the documents of a text, empty ones included.
func parseYAML(text []byte) ([]*yaml.Node, error) {
	if err := checkDensity(text); err != nil {
		return nil, err
	}
	docs, err := yamlnode.Parse(text)
	var syntax *yamlnode.Error
	if errors.As(err, &syntax) {
		return nil, fmt.Errorf("line %d: is neither YAML nor JSON: %s", syntax.Line, syntax.Reason)
	}
	return docs, err
}

// firstRoot returns the root of the first document that is not empty, or nil. more reports whether
// another such document follows. clientcmd reads the first document as well.
func firstRoot(docs []*yaml.Node) (root *yaml.Node, more bool) {
	for _, doc := range docs {
		if len(doc.Content) == 0 || yamlnode.IsNull(doc.Content[0]) {
			continue
		}
		if root != nil {
			return root, true
		}
		root = doc.Content[0]
	}
	return root, false
}

// checkDensity refuses text that is mostly punctuation, before it is parsed. The parser makes a
// node of about 200 bytes of each `,a`, and a stack frame of each `[`. The limits are several
// times the density of the densest real file, JSON on one line.
func checkDensity(text []byte) error {
	nodes, openings := 0, 0
	for i, c := range text {
		switch c {
		case '[', '{':
			openings++
			nodes++
		case '-', '?':
			if i+1 == len(text) || strings.IndexByte(" \t\r\n", text[i+1]) >= 0 {
				openings++
				nodes++
			}
		case ',', ':', '\n', '\r', '&', '*', '!', '#':
			nodes++
		}
	}
	if nodes > 2000+len(text)/2 || openings > 500+len(text)/8 {
		return errors.New("is not a kubeconfig: it is mostly punctuation")
	}
	return nil
}

// textNode returns a node for a string. The encoder quotes a text that YAML 1.2 reads as another
// type. textNode quotes the booleans of YAML 1.1, such as yes, which Kubernetes reads.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if _, ok := yamlnode.ParseBool(s); ok {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func mappingNode() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

// appendField appends a field to a mapping.
func appendField(mapping *yaml.Node, key string, value *yaml.Node) {
	mapping.Content = append(mapping.Content, textNode(key), value)
}
