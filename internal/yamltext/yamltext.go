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
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// Append writes node as one document, with a line end. Parsers of YAML 1.1 and 1.2 read each
// string back as that string. Comments, anchors and explicit tags are left out.
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

// Quote returns s as a scalar on one line:
//
//   - plain, if that is safe and style asks for no quotes;
//   - in single quotes, if style asks for them, or if only special characters forbid the plain
//     form;
//   - in double quotes, if style asks for them, or if s reads as another type or needs escapes.
func Quote(s string, style yaml.Style) string {
	quoted := style & (yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle)
	switch {
	case quoted == 0 && plain(s):
		return s
	case printable(s) && (quoted == yaml.SingleQuotedStyle || quoted == 0 && !misread(s)):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return doubleQuoted(s)
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
		switch {
		case !isString(n):
			return append(out, n.Value...)
		case strings.Contains(n.Value, "\n") && literal(n.Value):
			return appendLiteral(out, n.Value, indent)
		}
		return append(out, Quote(n.Value, n.Style)...)
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
			out = append(appendKey(out, resolve(n.Content[i]), pad), ':')
			switch {
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

// maxSimpleKey is the length in bytes of the longest key without a mark. YAML 1.2.2, section
// 7.4.2 allows 1024 characters.
const maxSimpleKey = 1000

func appendKey(out []byte, n *yaml.Node, pad string) []byte {
	key := n.Value
	if n.Kind != yaml.ScalarNode || isString(n) {
		key = Quote(n.Value, n.Style)
	}
	if len(key) > maxSimpleKey {
		return append(append(append(append(out, "? "...), key...), '\n'), pad...)
	}
	return append(out, key...)
}

// isString reports whether a scalar's tag is not that of a number, boolean, null or date.
func isString(n *yaml.Node) bool {
	switch n.ShortTag() {
	case "!!int", "!!float", "!!bool", "!!null", "!!timestamp":
		return false
	}
	return true
}

// literal reports whether the lines of a text can be written unchanged in a block. They cannot if
// the first line, which sets the indentation, is indented, or if white space ends a line.
func literal(s string) bool {
	if s[0] == ' ' || s[0] == '\n' || !printable(strings.ReplaceAll(s, "\n", "")) {
		return false
	}
	return !strings.Contains(s, " \n") && !strings.HasSuffix(s, " ")
}

func appendLiteral(out []byte, s string, indent int) []byte {
	out = append(out, '|')
	switch {
	case !strings.HasSuffix(s, "\n"):
		out = append(out, '-')
	case strings.HasSuffix(s, "\n\n"):
		out = append(out, '+')
	}
	pad := strings.Repeat(" ", max(indent, 2))
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		out = append(out, '\n')
		if line != "" {
			out = append(append(out, pad...), line...)
		}
	}
	return out
}

// plain reports whether s without quotes reads back as the same string (YAML 1.2.2, section
// 7.3.3).
func plain(s string) bool {
	if misread(s) || !printable(s) || strings.TrimSpace(s) != s {
		return false
	}
	if strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") {
		return false
	}
	if strings.ContainsRune("?:,[]{}#&*!|>'\"%@`", rune(s[0])) || s[0] == '-' &&
		(len(s) == 1 || s[1] == ' ') {
		return false
	}
	if strings.Contains(s, ": ") || strings.HasSuffix(s, ":") || strings.Contains(s, " #") {
		return false
	}
	return true
}

// misread reports whether s without quotes reads as another type: a number, boolean, date or
// null, or for YAML 1.1 a boolean, a merge key, a default value, or a number in base 60 such as
// 12:30:45.
func misread(s string) bool {
	if (&yaml.Node{Kind: yaml.ScalarNode, Value: s}).ShortTag() != "!!str" {
		return true
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "<<", "=":
		return true
	}
	return strings.Contains(s, ":") && strings.Trim(s, "0123456789:._+-") == ""
}

// printable reports whether a text needs no escapes. Tabs need them: they look like spaces.
func printable(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' ||
			r == unicode.ReplacementChar {
			return false
		}
	}
	return true
}

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case !printable(string(r)) && r != unicode.ReplacementChar:
			b.WriteString(`\u` + pad4(strconv.FormatInt(int64(r), 16)))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// pad4 pads to four digits. No character above U+FFFF is escaped.
func pad4(hex string) string { return strings.Repeat("0", 4-len(hex)) + hex }
