package kubeconfig

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamlnode"
	"github.com/kx-k8s/kx/internal/yamltext"
)

// Redacted returns the merged files as one kubeconfig in YAML, with absolute paths. In-line data
// is DATA+OMITTED and each credential is REDACTED. Only known fields are shown: the value of an
// unknown field or an extension is REDACTED too.
func (f *Files) Redacted() ([]byte, error) { return f.view(false) }

// Raw returns the merged files with nothing hidden, credentials included.
func (f *Files) Raw() ([]byte, error) { return f.view(true) }

func (f *Files) view(raw bool) ([]byte, error) {
	root := mappingNode()
	appendField(root, "apiVersion", textNode("v1"))
	viewers := map[*parsedFile]*viewer{}
	for _, section := range []struct {
		key   string
		names []string
		rule  rule
	}{
		{"clusters", sortedNames(f.merged.clusters), clusterRule()},
		{"contexts", sortedNames(f.merged.contexts), contextRule()},
		{"users", sortedNames(f.merged.users), userRule()},
	} {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, name := range section.names {
			n, from := f.merged.node(section.key, name)
			if viewers[from] == nil {
				viewers[from] = &viewer{
					walker: newWalker(len(from.text)), dir: from.dir(), raw: raw,
					room: 1<<16 + 32*len(from.text),
				}
			}
			entry, err := viewers[from].copy(n, nil, section.rule)
			if err != nil {
				return nil, fmt.Errorf("kubeconfig: %s: %w", from.path, err)
			}
			list.Content = append(list.Content, entry)
		}
		appendField(root, section.key, list)
		if section.key == "contexts" {
			appendField(root, "current-context", textNode(f.CurrentContext))
			appendField(root, "kind", textNode("Config"))
		}
	}
	return yamltext.Append(nil, root), nil
}

// rule is how a value is shown: a mapping by its fields' rules, a list by its items' rule, a
// scalar by its disclosure.
type rule struct {
	scalar disclosure
	fields map[string]rule
	items  *rule
}

type disclosure int

const (
	hide        disclosure = iota // REDACTED; the disclosure of a value without a rule
	show                          // as it is, with all its content
	showURL                       // without user name, password and query
	showPath                      // made absolute
	showCommand                   // made absolute if it is a path
	omit                          // DATA+OMITTED
)

// The rules are functions: variables would be linked into every program that calls InCluster alone.

// namesOnly shows the names of a list's elements.
func namesOnly() rule {
	return rule{items: &rule{fields: map[string]rule{"name": {scalar: show}}}}
}

func clusterRule() rule {
	return rule{fields: map[string]rule{
		"name": {scalar: show},
		"cluster": {fields: map[string]rule{
			"server":                     {scalar: showURL},
			"tls-server-name":            {scalar: show},
			"insecure-skip-tls-verify":   {scalar: show},
			"certificate-authority":      {scalar: showPath},
			"certificate-authority-data": {scalar: omit},
			"proxy-url":                  {scalar: showURL},
			"disable-compression":        {scalar: show},
			"extensions":                 namesOnly(),
		}},
	}}
}

func contextRule() rule {
	return rule{fields: map[string]rule{
		"name": {scalar: show},
		"context": {fields: map[string]rule{
			"cluster":    {scalar: show},
			"user":       {scalar: show},
			"namespace":  {scalar: show},
			"extensions": namesOnly(),
		}},
	}}
}

func userRule() rule {
	return rule{fields: map[string]rule{
		"name": {scalar: show},
		"user": {fields: map[string]rule{
			"client-certificate":      {scalar: showPath},
			"client-certificate-data": {scalar: omit},
			"client-key":              {scalar: showPath},
			"client-key-data":         {scalar: omit},
			"tokenFile":               {scalar: showPath},
			"username":                {scalar: show},
			"as":                      {scalar: show},
			"as-uid":                  {scalar: show},
			"as-groups":               {scalar: show},
			"as-user-extra":           {scalar: show},
			"auth-provider":           {fields: map[string]rule{"name": {scalar: show}}},
			"exec": {fields: map[string]rule{
				"apiVersion":         {scalar: show},
				"command":            {scalar: showCommand},
				"env":                namesOnly(),
				"installHint":        {scalar: show},
				"interactiveMode":    {scalar: show},
				"provideClusterInfo": {scalar: show},
			}},
			"extensions": namesOnly(),
		}},
	}}
}

// field returns the rule of a field.
func (r rule) field(key string) rule {
	if r.scalar == show {
		return r
	}
	return r.fields[key]
}

// item returns the rule of a list's elements.
func (r rule) item() rule {
	if r.items == nil {
		return rule{scalar: r.scalar}
	}
	return *r.items
}

// viewer copies entries of one file, with aliases written out and without comments. room is the
// number of bytes that may still be shown: a few aliases could otherwise expand to gigabytes.
type viewer struct {
	walker
	dir  string
	raw  bool
	room int
}

func (v *viewer) copy(n *yaml.Node, at *fieldPath, r rule) (*yaml.Node, error) {
	if err := v.spend(n, at, nodeCost+2*(v.nodes.Depth()+1)); err != nil {
		return nil, err
	}
	target := yamlnode.Target(n)
	switch target.Kind {
	case yaml.MappingNode:
		out := mappingNode()
		values := map[string]int{} // the index in out: a later field replaces a merged one
		err := v.mapping(n, at, func(key string, value *yaml.Node) error {
			if err := v.spend(value, at, nodeCost+len(key)); err != nil {
				return err
			}
			c, err := v.copy(value, at, r.field(key))
			key = v.key(key, r)
			if i, merged := values[key]; merged {
				out.Content[i] = c
				return err
			}
			appendField(out, key, c)
			values[key] = len(out.Content) - 1
			return err
		})
		return out, err
	case yaml.SequenceNode:
		out := &yaml.Node{Kind: yaml.SequenceNode}
		err := v.list(n, at, func(_ *fieldPath, item *yaml.Node) error {
			c, err := v.copy(item, at, r.item())
			out.Content = append(out.Content, c)
			return err
		})
		return out, err
	default:
		if err := v.nodes.Spend(n, 1); err != nil {
			return nil, atField(at, err)
		}
		out := v.scalar(target, r.scalar)
		return out, v.spend(n, at, len(out.Value))
	}
}

// key hides what follows a colon in the name of an unknown field. `{token:secret}` is such a field:
// the space after its colon is missing.
func (v *viewer) key(key string, of rule) string {
	name, _, colon := strings.Cut(key, ":")
	if colon && !v.raw && of.scalar == hide {
		return name + ":" + redacted
	}
	return key
}

// nodeCost is the number of bytes that a node takes from the room.
const nodeCost = 60

// spend subtracts the bytes of a node, its text or its indentation from the room. It fails if the
// room is used up.
func (v *viewer) spend(n *yaml.Node, at *fieldPath, bytes int) error {
	v.room -= bytes
	if v.room < 0 {
		return fieldError(n, at, "has aliases that repeat too much to be shown")
	}
	return nil
}

func (v *viewer) scalar(n *yaml.Node, d disclosure) *yaml.Node {
	switch {
	case n.Value == "" || yamlnode.IsNull(n):
	case d == showPath:
		return textNode(resolvePath(n.Value, v.dir))
	case d == showCommand:
		return textNode(resolveCommand(n.Value, v.dir))
	case v.raw || d == show:
	case d == showURL:
		return textNode(redactURL(n.Value))
	case d == omit:
		return textNode("DATA+OMITTED")
	default:
		return textNode(redacted)
	}
	if yamlnode.IsQuoted(n) {
		return textNode(n.Value)
	}
	tag := n.ShortTag()
	if _, ok := yamlnode.Bool(n); ok {
		tag = "!!bool" // without quotes, as Kubernetes reads it
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: n.Value}
}
