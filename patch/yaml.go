package patch

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

// YAMLToJSON converts one YAML or JSON document to compact JSON. An error is a [*SyntaxError].
//
// A text that is JSON keeps its literals byte for byte. A text that opens with {" or [{" must be
// JSON. In YAML, types are those that kubectl and the API server read:
//
//   - Plain yes, no, on, off, y and n are booleans, as in YAML 1.1.
//   - A number keeps its literal where JSON has it, such as 1.0 and 9007199254740993. 0x1F, 0o17,
//     0644 (octal, as in YAML 1.1), 1_000, +1 and .5 are written out with the same value.
//   - A date is a string, as it is written. So is a key of a mapping.
//   - Anchors, aliases and merge keys (<<) are resolved. A merge key overrides the fields before
//     it.
//
// YAMLToJSON refuses what JSON does not have, and likely mistakes:
//
//   - a second document;
//   - duplicate keys, and keys that are null, a list or a mapping;
//   - .inf and .nan, binary and custom tags;
//   - an alias inside the value that it refers to;
//   - aliases that expand to more than 4 MiB;
//   - more than 1000 levels of nesting.
func YAMLToJSON(text []byte) ([]byte, error) {
	value, err := compactJSON(text)
	if err == nil {
		return value, nil
	}
	if meantAsJSON(text) {
		return nil, err
	}
	return convertYAML(text, nil)
}

// convertYAML is YAMLToJSON, with a function that gets each duplicate key. If onDuplicate is nil, a
// duplicate key is an error.
func convertYAML(text []byte, onDuplicate func(key *yaml.Node, firstLine int)) ([]byte, error) {
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	c := yamlConverter{walker: yamlnode.NewWalker(yamlnode.BytesOf(len(text)))}
	c.walker.OnDuplicate = onDuplicate
	if err := c.value(root); err != nil {
		return nil, yamlError(err)
	}
	return c.out, nil
}

// meantAsJSON reports whether the text opens like JSON. Invalid JSON may be valid YAML of another
// meaning: {"spec": } sets spec to null, and {"tty": tru} sets a string.
func meantAsJSON(text []byte) bool {
	const space = " \t\r\n"
	object, ok := bytes.CutPrefix(bytes.TrimLeft(bytes.TrimPrefix(text, utf8BOM), space+"["),
		[]byte("{"))
	return ok && bytes.HasPrefix(bytes.TrimLeft(object, space), []byte(`"`))
}

// parseYAML returns the root node of the only document in text. Empty documents, such as one behind
// the last "---", do not count.
func parseYAML(text []byte) (*yaml.Node, error) {
	docs, err := yamlnode.Parse(text)
	if err != nil {
		var syntax *yamlnode.Error
		if errors.As(err, &syntax) {
			err = yamlnode.Locate(text, syntax)
		}
		return nil, yamlError(err)
	}
	docs = slices.DeleteFunc(docs, func(doc *yaml.Node) bool {
		root := doc.Content[0]
		return root.Kind == yaml.ScalarNode && root.Style == 0 && root.Value == ""
	})
	switch len(docs) {
	case 0:
		return nil, &SyntaxError{Format: "YAML", Line: 1, Column: 1, Reason: "the text is empty"}
	case 1:
		return docs[0].Content[0], nil
	}
	return nil, yamlError(yamlnode.ErrorAt(docs[1].Content[0],
		"a second document starts: only one is allowed"))
}

func yamlError(err error) error {
	var e *yamlnode.Error
	if !errors.As(err, &e) {
		return err
	}
	return &SyntaxError{Format: "YAML", Line: e.Line, Column: e.Column, Reason: e.Reason}
}

// yamlConverter writes nodes as JSON.
type yamlConverter struct {
	walker *yamlnode.Walker
	out    []byte
}

func (c *yamlConverter) value(n *yaml.Node) error {
	return c.walker.Within(n, func(n *yaml.Node) error {
		switch n.Kind {
		case yaml.MappingNode:
			return c.mapping(n)
		case yaml.SequenceNode:
			return c.sequence(n)
		}
		if err := c.walker.Spend(n, len(n.Value)); err != nil {
			return err
		}
		return c.scalar(n)
	})
}

func (c *yamlConverter) sequence(n *yaml.Node) error {
	if n.ShortTag() != "!!seq" {
		return yamlnode.ErrorAt(n, "JSON has no equivalent of this list's tag")
	}
	c.out = append(c.out, '[')
	for i, v := range n.Content {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		if err := c.value(v); err != nil {
			return err
		}
	}
	c.out = append(c.out, ']')
	return nil
}

func (c *yamlConverter) mapping(n *yaml.Node) error {
	fields, err := c.fields(n)
	if err != nil {
		return err
	}
	c.out = append(c.out, '{')
	for i, f := range fields {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		if c.out, err = jsontext.AppendQuote(c.out, f.key.Value); err != nil {
			return yamlnode.ErrorAt(f.key, "the key is not valid UTF-8")
		}
		c.out = append(c.out, ':')
		if err := c.value(f.value); err != nil {
			return err
		}
	}
	c.out = append(c.out, '}')
	return nil
}

type yamlField struct{ key, value *yaml.Node }

// fields returns the fields of a mapping, including those of its merge key.
func (c *yamlConverter) fields(n *yaml.Node) ([]yamlField, error) {
	if n.ShortTag() != "!!map" {
		return nil, yamlnode.ErrorAt(n, "JSON has no equivalent of this mapping's tag")
	}
	var fields []yamlField
	places := map[string]int{}
	err := c.walker.Fields(n, func(key, value *yaml.Node) error {
		if err := checkKey(key); err != nil {
			return err
		}
		if i, found := places[key.Value]; found {
			fields[i].value = value
			return nil
		}
		places[key.Value] = len(fields)
		fields = append(fields, yamlField{key, value})
		return c.walker.Spend(key, len(key.Value))
	})
	return fields, err
}

func checkKey(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return yamlnode.ErrorAt(n, "a key must be text, not a list or a mapping")
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!timestamp":
		return nil
	case "!!null":
		return yamlnode.ErrorAt(n, "a key must be text, not null")
	}
	return yamlnode.ErrorAt(n, "JSON has no equivalent of this key's tag")
}
