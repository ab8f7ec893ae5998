package printer

import (
	"bytes"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/printable"
	"github.com/kx-k8s/kx/internal/yamltext"
)

// yamlPrinter writes each object at once, with sorted keys: as a document, or as an item of a list.
type yamlPrinter struct {
	documentPrinter
	w      io.Writer
	inList bool
	count  int
}

func newYAML(w io.Writer, managedFields bool) *yamlPrinter {
	p := &yamlPrinter{w: w}
	p.documentPrinter = documentPrinter{managedFields, p.write}
	return p
}

func (p *yamlPrinter) OpenList() error {
	p.inList = true
	_, err := io.WriteString(p.w, "apiVersion: v1\nitems:")
	return err
}

func (p *yamlPrinter) write(value jsontext.Value) error {
	text, err := p.document(value)
	if err != nil {
		return err
	}
	p.count++
	_, err = p.w.Write(text)
	return err
}

// document returns value as YAML, after the separator from the previous object.
func (p *yamlPrinter) document(value jsontext.Value) ([]byte, error) {
	node, err := YAMLNode(jsontext.NewDecoder(bytes.NewReader(value)))
	if err != nil {
		return nil, err
	}
	yamltext.SortKeys(node)
	var text []byte
	switch {
	case p.inList && p.count == 0:
		text = append(text, '\n')
	case !p.inList && p.count > 0:
		text = append(text, "---\n"...)
	}
	if p.inList {
		node = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{node}}
	}
	return appendYAML(text, p.w, node, nil), nil
}

func (p *yamlPrinter) CloseList() error {
	end := "kind: List\nmetadata:\n  resourceVersion: \"\"\n"
	if p.count == 0 {
		end = " []\n" + end
	}
	_, err := io.WriteString(p.w, end)
	return err
}

// WriteYAML writes one JSON document as YAML.
func WriteYAML(w io.Writer, document jsontext.Value) error {
	node, err := YAMLNode(jsontext.NewDecoder(bytes.NewReader(document)))
	if err != nil {
		return err
	}
	return WriteYAMLNode(w, node, nil)
}

// WriteYAMLNode writes node as one document, with comments like those of yamltext.AppendCommented.
func WriteYAMLNode(w io.Writer, node *yaml.Node, comments map[*yaml.Node]string) error {
	_, err := w.Write(appendYAML(nil, w, node, comments))
	return err
}

// appendYAML appends node as w shows it. The escapes of an Output are read in double quotes alone.
func appendYAML(text []byte, w io.Writer, node *yaml.Node, comments map[*yaml.Node]string) []byte {
	if IsTerminal(w) {
		quoteControls(node)
	}
	return yamltext.AppendCommented(text, node, comments)
}

func quoteControls(node *yaml.Node) {
	if strings.ContainsFunc(node.Value, controlsInBlock) {
		node.Style = yamltext.Escaped
	}
	for _, child := range node.Content {
		quoteControls(child)
	}
}

func controlsInBlock(r rune) bool { return r != '\n' && printable.IsControl(r) }

// YAMLNode reads the next JSON value. Members keep their order, and numbers their literals.
func YAMLNode(d *jsontext.Decoder) (*yaml.Node, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case '{', '[':
		node := &yaml.Node{Kind: yaml.MappingNode}
		if t.Kind() == '[' {
			node.Kind = yaml.SequenceNode
		}
		for d.PeekKind() != '}' && d.PeekKind() != ']' {
			child, err := YAMLNode(d)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, child)
		}
		_, err := d.ReadToken()
		return node, err
	case '"':
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: t.String()}, nil
	case '0':
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: numberTag(t.String()), Value: t.String()}, nil
	case 'n':
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: t.String()}, nil
}

// numberTag returns the tag that the literal has without a tag, so that none is written.
func numberTag(literal string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Value: literal}
	return n.ShortTag()
}
