package yamlnode

import "gopkg.in/yaml.v3"

// Target returns the node that an alias refers to, and every other node itself.
func Target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// KindName returns the kind of a node in words, for an error.
func KindName(n *yaml.Node) string {
	switch Target(n).Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

// IsNull reports whether a node, its alias followed, is null.
func IsNull(n *yaml.Node) bool {
	n = Target(n)
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// IsQuoted reports whether a scalar is in quotes or a block, and so a string whatever its text.
func IsQuoted(n *yaml.Node) bool {
	const styles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle |
		yaml.LiteralStyle | yaml.FoldedStyle
	return n.Style&styles != 0
}

// Bool returns the value of a boolean; ok is false for any other scalar. Plain yes, on and the like
// are booleans too, as in YAML 1.1, kubectl and the API server.
func Bool(n *yaml.Node) (value, ok bool) {
	if n.ShortTag() == "!!bool" {
		switch n.Value {
		case "true", "True", "TRUE":
			return true, true
		case "false", "False", "FALSE":
			return false, true
		}
		return false, false
	}
	if n.Style != 0 { // in quotes, a block, or with a tag
		return false, false
	}
	return ParseBool(n.Value)
}

// ParseBool returns the value of a plain scalar that is a boolean of YAML 1.1 or 1.2.
func ParseBool(text string) (value, ok bool) {
	switch text {
	case "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON":
		return true, true
	case "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF":
		return false, true
	}
	return false, false
}
