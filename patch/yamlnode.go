package patch

import (
	"github.com/go-json-experiment/json/jsontext"
	"gopkg.in/yaml.v3"
)

// maxAliasCost bounds what aliases may add to a document, in bytes of text
// visited again. An API server takes 3 MiB at most.
const maxAliasCost = 4 << 20

func nodeError(n *yaml.Node, reason string) error {
	return &SyntaxError{Format: "YAML", Line: max(n.Line, 1), Column: max(n.Column, 1), Reason: reason}
}

type yamlConverter struct {
	out     []byte
	open    map[*yaml.Node]bool // the lists and mappings around the current node
	aliases int                 // the aliases around the current node
	cost    int                 // of what was visited through aliases
}

func (c *yamlConverter) value(n *yaml.Node) error {
	switch n.Kind {
	case yaml.AliasNode:
		c.aliases++
		err := c.value(n.Alias)
		c.aliases--
		return err
	case yaml.MappingNode:
		return c.within(n, c.mapping)
	case yaml.SequenceNode:
		return c.within(n, c.sequence)
	}
	if err := c.spend(n); err != nil {
		return err
	}
	return c.scalar(n)
}

// spend keeps a few lines of nested aliases from becoming gigabytes.
func (c *yamlConverter) spend(n *yaml.Node) error {
	if c.aliases == 0 {
		return nil
	}
	c.cost += len(n.Value) + 1
	if c.cost > maxAliasCost {
		return nodeError(n, "aliases repeat too much: write the document out, or shorten it")
	}
	return nil
}

func (c *yamlConverter) within(n *yaml.Node, convert func(*yaml.Node) error) error {
	if c.open[n] {
		return nodeError(n, "an alias is to a value that holds it")
	}
	if len(c.open) >= maxDepth {
		return nodeError(n, "nested deeper than 1000 levels")
	}
	if err := c.spend(n); err != nil {
		return err
	}
	c.open[n] = true
	err := convert(n)
	delete(c.open, n)
	return err
}

func (c *yamlConverter) sequence(n *yaml.Node) error {
	tag := n.ShortTag()
	if tag != "!!seq" {
		return nodeError(n, "JSON has no equivalent of this list's tag")
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
	pairs, err := c.pairs(n)
	if err != nil {
		return err
	}
	c.out = append(c.out, '{')
	for i, p := range pairs {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		if c.out, err = jsontext.AppendQuote(c.out, p.name); err != nil {
			return nodeError(p.key, "the key is not valid UTF-8")
		}
		c.out = append(c.out, ':')
		c.aliases += p.aliases
		err := c.value(p.value)
		c.aliases -= p.aliases
		if err != nil {
			return err
		}
	}
	c.out = append(c.out, '}')
	return nil
}

type yamlPair struct {
	name       string
	key, value *yaml.Node
	aliases    int // 1 when a merge key brought the pair in
}

// pairs returns those of a mapping, then those that its merge key brings in.
// What the mapping says itself wins, then the earlier of the merged mappings
// (https://yaml.org/type/merge.html).
func (c *yamlConverter) pairs(n *yaml.Node) ([]yamlPair, error) {
	tag := n.ShortTag()
	if tag != "!!map" {
		return nil, nodeError(n, "JSON has no equivalent of this mapping's tag")
	}
	var pairs []yamlPair
	var merge *yaml.Node
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		isMerge := key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge"
		name, err := c.key(key)
		if err != nil {
			return nil, err
		}
		if isMerge && merge != nil || !isMerge && seen[name] {
			return nil, nodeError(key, "duplicate key")
		}
		if isMerge {
			merge = value
			continue
		}
		seen[name] = true
		pairs = append(pairs, yamlPair{name: name, key: key, value: value})
	}
	if merge == nil {
		return pairs, nil
	}
	c.aliases++
	defer func() { c.aliases-- }()
	for _, source := range mergeSources(merge) {
		if source.Kind != yaml.MappingNode {
			return nil, nodeError(source, "a merge key takes a mapping, or a list of mappings")
		}
		err := c.within(source, func(source *yaml.Node) error {
			merged, err := c.pairs(source)
			for _, p := range merged {
				if !seen[p.name] {
					seen[p.name] = true
					p.aliases = 1
					pairs = append(pairs, p)
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return pairs, nil
}

func mergeSources(n *yaml.Node) []*yaml.Node {
	n = dereference(n)
	if n.Kind != yaml.SequenceNode {
		return []*yaml.Node{n}
	}
	var sources []*yaml.Node
	for _, v := range n.Content {
		sources = append(sources, dereference(v))
	}
	return sources
}

func dereference(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func (c *yamlConverter) key(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode {
		c.aliases++
		defer func() { c.aliases-- }()
		n = n.Alias
	}
	if err := c.spend(n); err != nil {
		return "", err
	}
	if n.Kind != yaml.ScalarNode {
		return "", nodeError(n, "a key must be text, not a list or a mapping")
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!merge":
		return n.Value, nil
	case "!!null":
		return "", nodeError(n, "a key must be text, not null")
	}
	return "", nodeError(n, "JSON has no equivalent of this key's tag")
}
