package kubeconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	// maxFileSize is far above what a kubeconfig of hundreds of clusters needs.
	maxFileSize = 1 << 20
	// maxDepth is how deep a value may be nested in a file, its aliases followed.
	maxDepth = 100
)

// parseYAML returns the documents of a text, empty ones too. JSON is YAML too.
func parseYAML(text []byte) ([]*yaml.Node, error) {
	if err := checkDensity(text); err != nil {
		return nil, err
	}
	var docs []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		doc := &yaml.Node{}
		err := dec.Decode(doc)
		if err == io.EOF {
			return docs, nil
		}
		if err != nil {
			return nil, syntaxError(err)
		}
		docs = append(docs, doc)
	}
}

// firstRoot returns the root of the first document that holds something, or nil, and whether another such document follows it.
// What clientcmd reads of several documents is the first.
func firstRoot(docs []*yaml.Node) (root *yaml.Node, more bool) {
	for _, doc := range docs {
		if len(doc.Content) == 0 || isNull(doc.Content[0]) {
			continue
		}
		if root != nil {
			return root, true
		}
		root = doc.Content[0]
	}
	return root, false
}

// checkDensity refuses what is not a kubeconfig but would cost the parser much: it makes a node of some 200 bytes of `,a`, and a stack frame of each `[`.
// The allowance is several times what the densest real file, JSON on one line, comes to.
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
		return errors.New("is not a kubeconfig: it is made of punctuation for the most part")
	}
	return nil
}

// syntaxError keeps the line and the reason of the parser's error. Only one of its errors quotes the file: the one on an unknown anchor.
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
	switch {
	case strings.HasPrefix(reason, "unknown anchor"):
		return errors.New("is neither YAML nor JSON: an alias has no anchor")
	case strings.HasPrefix(reason, "control characters"):
		return errors.New("is neither YAML nor JSON: it holds control characters")
	case line == 0, countsFromZero(reason):
		line++
	}
	return fmt.Errorf("line %d: is neither YAML nor JSON: %s", line, reason)
}

// countsFromZero reports whether the reason is one of those that yaml.v3 gives the number of the line before for: its grammar's, not its scanner's.
// For the first line it gives none.
func countsFromZero(reason string) bool {
	for _, grammar := range []string{
		"did not find expected ',' or", "did not find expected '-' indicator", "did not find expected key",
		"did not find expected node content", "did not find expected <", "found undefined tag handle",
		"found duplicate %", "found incompatible YAML document",
	} {
		if strings.HasPrefix(reason, grammar) {
			return true
		}
	}
	return false
}

func isNull(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

// textNode is a string, which the encoder quotes where YAML 1.2 would read another type. Kubernetes reads YAML 1.1, where yes is a boolean too.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if _, ok := oldBool(s); ok {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// oldBool reads a plain scalar as a boolean of YAML 1.1.
func oldBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "y":
		return true, true
	case "false", "no", "off", "n":
		return false, true
	}
	return false, false
}

// isQuoted says that a scalar is a string whatever its text.
func isQuoted(n *yaml.Node) bool {
	return n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

func mappingNode() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

// add appends a field to a mapping.
func add(mapping *yaml.Node, key string, value *yaml.Node) {
	mapping.Content = append(mapping.Content, textNode(key), value)
}
