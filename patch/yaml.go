package patch

import (
	"bytes"
	"errors"
	"io"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// YAMLToJSON converts one YAML document, of which JSON is a case, to compact
// JSON. Errors are [*SyntaxError], with line and column.
//
// A text that is JSON keeps its literals byte for byte, and one that opens with
// {" or [{" must be JSON: it is not tried as YAML. In YAML, the types are those
// that kubectl and the API server read: yes, no, on, off, y and n without quotes
// are booleans too, as in YAML 1.1. Numbers keep their literal where JSON has it (1.0,
// 9007199254740993); 0x1F, 0o17, 0644 (octal, as in YAML 1.1), 1_000, +1 and .5
// are written out with the same value. Dates are strings, as they were written.
// The keys of a mapping are taken as text. Anchors, aliases and merge keys (<<)
// are resolved.
//
// Refused, since JSON has no such thing or a mistake is likely: a second
// document, duplicate keys, keys that are null, a list or a mapping, .inf and
// .nan, binary and custom tags, an alias to a value that holds it, aliases that
// repeat more than 4 MiB, and more than 1000 levels of nesting.
func YAMLToJSON(text []byte) ([]byte, error) {
	value, err := compactJSON(text)
	if err == nil {
		return value, nil
	}
	if meantAsJSON(text) {
		return nil, err
	}
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	c := yamlConverter{open: map[*yaml.Node]bool{}}
	if err := c.value(root); err != nil {
		return nil, err
	}
	return c.out, nil
}

// meantAsJSON keeps a slip in JSON from being taken for YAML, where {"spec": }
// sets spec to null and {"tty": tru} sets a string.
func meantAsJSON(text []byte) bool {
	const space = " \t\r\n"
	object, ok := bytes.CutPrefix(bytes.TrimLeft(bytes.TrimPrefix(text, utf8BOM), space+"["), []byte("{"))
	return ok && bytes.HasPrefix(bytes.TrimLeft(object, space), []byte(`"`))
}

// parseYAML returns the root node of the only document in text.
func parseYAML(text []byte) (*yaml.Node, error) {
	roots, err := decodeYAML(text)
	if err != nil {
		return nil, locateYAML(text, err)
	}
	if len(roots) == 0 {
		return nil, &SyntaxError{Format: "YAML", Line: 1, Column: 1, Reason: "the text is empty"}
	}
	if len(roots) > 1 {
		return nil, nodeError(roots[1], "a second document starts: only one is allowed")
	}
	return roots[0], nil
}

// decodeYAML leaves out empty documents, such as follow a last "---".
func decodeYAML(text []byte) ([]*yaml.Node, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var roots []*yaml.Node
	for {
		var doc yaml.Node
		err := d.Decode(&doc)
		switch {
		case errors.Is(err, io.EOF):
			return roots, nil
		case err != nil:
			return nil, err
		}
		root := doc.Content[0]
		if root.Kind == yaml.ScalarNode && root.Style == 0 && root.Value == "" {
			continue
		}
		roots = append(roots, root)
	}
}

// locateYAML finds where the parser gave up. Its error names a line at best, so
// the place is taken to be the end of the shortest start of text that fails in
// the same way.
func locateYAML(text []byte, err error) error {
	n := sort.Search(len(text), func(n int) bool {
		_, e := decodeYAML(text[:n])
		return e != nil && e.Error() == err.Error()
	})
	line, column := position(text, max(n-1, 0))
	return &SyntaxError{Format: "YAML", Line: line, Column: column, Reason: yamlReason(err)}
}

func yamlReason(err error) string {
	reason := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(reason, "line "); ok {
		_, reason, _ = strings.Cut(rest, ": ")
	}
	if strings.HasPrefix(reason, "unknown anchor") {
		return "unknown anchor referenced"
	}
	return reason
}
