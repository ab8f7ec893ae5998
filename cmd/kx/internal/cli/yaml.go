package cli

import (
	"bytes"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamltext"
	"github.com/kx-k8s/kx/resources"
)

// yamlPrinter writes each object as soon as it comes: as a document of its own, or within a list as one of its items.
type yamlPrinter struct {
	w      io.Writer
	flags  *outputFlags
	inList bool
	count  int
}

func (p *yamlPrinter) openList() error {
	p.inList = true
	_, err := io.WriteString(p.w, "apiVersion: v1\nitems:")
	return err
}

func (p *yamlPrinter) print(kind resources.Kind, _ string, object *resources.Object) error {
	value, err := p.flags.encode(kind, object)
	if err != nil {
		return err
	}
	text, err := p.document(value)
	if err != nil {
		return err
	}
	p.count++
	_, err = p.w.Write(text)
	return err
}

// document gives value with what divides it from the one before.
func (p *yamlPrinter) document(value jsontext.Value) ([]byte, error) {
	node, err := yamlNode(jsontext.NewDecoder(bytes.NewReader(value)))
	if err != nil {
		return nil, err
	}
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
	return yamltext.Append(text, node), nil
}

func (p *yamlPrinter) closeList() error {
	end := "kind: List\nmetadata:\n  resourceVersion: \"\"\n"
	if p.count == 0 {
		end = " []\n" + end
	}
	_, err := io.WriteString(p.w, end)
	return err
}

// writeYAML writes one JSON document as YAML.
func writeYAML(w io.Writer, document jsontext.Value) error {
	node, err := yamlNode(jsontext.NewDecoder(bytes.NewReader(document)))
	if err != nil {
		return err
	}
	_, err = w.Write(yamltext.Append(nil, node))
	return err
}

// yamlNode reads the next JSON value: members keep their order and numbers their literals.
func yamlNode(d *jsontext.Decoder) (*yaml.Node, error) {
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
			child, err := yamlNode(d)
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

// numberTag is the tag that the literal resolves to by itself, so that none is written.
func numberTag(literal string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Value: literal}
	return n.ShortTag()
}
