// Package yamltext writes yaml.v3's nodes as YAML in kubectl's layout: two spaces a level, lists
// not indented.
//
//	var node yaml.Node
//	if err := node.Encode(map[string]any{"a": []int{1}}); err != nil {
//		log.Fatal(err)
//	}
//	os.Stdout.Write(yamltext.Append(nil, &node)) // a:\n- 1\n
//
// The library's own encoder indents lists, writes no part of a document before it has the whole,
// and adds 110 KB to a program. Package yamlnode reads YAML.
package yamltext

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// Append writes node as one document, with a line end. Text is folded after 80 columns. Parsers of
// YAML 1.1 and 1.2 read each string back as that string. Comments, anchors and explicit tags are
// left out.
func Append(out []byte, node *yaml.Node) []byte { return AppendCommented(out, node, nil) }

// AppendCommented is Append with comments of one line, by the nodes of the keys that they follow. A
// key whose value is a block of text gets no comment.
func AppendCommented(out []byte, node *yaml.Node, comments map[*yaml.Node]string) []byte {
	node = resolve(node)
	if inline(node) {
		return append(appendInline(out, node, 0), '\n')
	}
	return appendBlock(out, node, 0, false, comments)
}

// resolve follows documents and aliases to their target.
func resolve(n *yaml.Node) *yaml.Node {
	for {
		switch {
		case n.Kind == yaml.AliasNode:
			n = n.Alias
		case n.Kind == yaml.DocumentNode && len(n.Content) > 0:
			n = n.Content[0]
		default:
			return n
		}
	}
}

// inline reports whether a node is written on the line of its key: a scalar or an empty collection.
func inline(n *yaml.Node) bool {
	return len(n.Content) == 0
}

func appendInline(out []byte, n *yaml.Node, indent int) []byte {
	switch n.Kind {
	case yaml.MappingNode:
		return append(out, "{}"...)
	case yaml.SequenceNode:
		return append(out, "[]"...)
	case yaml.ScalarNode:
		if !isString(n) {
			return append(out, n.Value...)
		}
		return appendString(out, n.Value, n.Style, indent)
	}
	return append(out, "null"...)
}

// appendBlock writes a collection that is not empty, each entry on its own line. If started, the
// indentation of the first entry is already written.
func appendBlock(out []byte, n *yaml.Node, indent int, started bool,
	comments map[*yaml.Node]string) []byte {
	pad := strings.Repeat(" ", indent)
	step := 2 // of a mapping's entries
	if n.Kind == yaml.SequenceNode {
		step = 1
	}
	for i := 0; i+step <= len(n.Content); i += step {
		if !started || i > 0 {
			out = append(out, pad...)
		}
		value, comment := resolve(n.Content[i+step-1]), ""
		if n.Kind == yaml.SequenceNode {
			out = append(out, "- "...)
			if !inline(value) {
				out = appendBlock(out, value, indent+2, true, comments)
				continue
			}
		} else {
			text := comments[n.Content[i]]
			if text != "" {
				comment = " # " + text
			}
			var simple bool
			out, simple = appendKey(out, resolve(n.Content[i]), indent)
			out = append(out, ':')
			switch {
			case !inline(value) && !simple:
				out = appendBlock(append(out, ' '), value, indent+2, true, comments)
				continue
			case !inline(value) && value.Kind == yaml.SequenceNode:
				out = appendBlock(append(append(out, comment...), '\n'), value, indent, false,
					comments)
				continue
			case !inline(value):
				out = appendBlock(append(append(out, comment...), '\n'), value, indent+2, false,
					comments)
				continue
			}
			out = append(out, ' ')
		}
		start := len(out)
		out = appendInline(out, value, indent+2)
		if bytes.IndexByte(out[start:], '\n') < 0 {
			out = append(out, comment...)
		}
		out = append(out, '\n')
	}
	return out
}

// maxSimpleKey is the length in bytes of the longest key that kubectl writes without a mark. YAML
// 1.2.2, section 7.4.2 allows 1024 characters.
const maxSimpleKey = 128

// appendKey appends a key of a mapping with this indentation, and reports whether it is simple:
// without a mark.
func appendKey(out []byte, n *yaml.Node, indent int) (text []byte, simple bool) {
	simple = len(n.Value) <= maxSimpleKey && !strings.Contains(n.Value, "\n")
	switch {
	case n.Kind == yaml.ScalarNode && !isString(n):
		return append(out, n.Value...), true
	case simple:
		return append(out, Quote(n.Value, n.Style)...), true
	}
	out = appendString(append(out, "? "...), n.Value, n.Style, indent+2)
	return append(append(out, '\n'), strings.Repeat(" ", indent)...), false
}

// isString reports whether a scalar's tag is not that of a number, boolean, null or date.
func isString(n *yaml.Node) bool {
	switch n.ShortTag() {
	case "!!int", "!!float", "!!bool", "!!null", "!!timestamp":
		return false
	}
	return true
}
