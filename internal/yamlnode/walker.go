package yamlnode

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// MaxDepth is the number of levels to which values may be nested, through aliases too. No object of
// an API comes near it.
const MaxDepth = 1000

// aliasAllowance is the number of bytes to which the aliases of a converted document may expand. An
// API server accepts 3 MiB (MaxRequestBodyBytes of k8s.io/apiserver/pkg/server/config.go).
const aliasAllowance = 4 << 20

// A Walker visits nodes, through aliases and merge keys, until its allowance is spent. A few lines
// of nested aliases would otherwise expand to gigabytes.
type Walker struct {
	// OnDuplicate gets each key that comes again in a mapping, and the line of the one before.
	// Fields then visits both. If OnDuplicate is nil, Fields fails.
	OnDuplicate func(key *yaml.Node, firstLine int)

	allowance int
	open      map[*yaml.Node]bool // the mappings and lists around the current node
}

// NewWalker returns a Walker that charges each visit of a node one unit of the allowance.
func NewWalker(allowance int) *Walker {
	return &Walker{allowance: allowance, open: map[*yaml.Node]bool{}}
}

// NodesOf returns the allowance to visit each node of a text once, and a margin. A text of n bytes
// has about n nodes at most.
func NodesOf(size int) int { return 2000 + size }

// BytesOf returns the allowance to visit each node of a text once and to spend the length of each
// scalar, plus 4 MiB for aliases. A text in UTF-16 or with escapes has scalars of at most one and a
// half times its size.
func BytesOf(size int) int { return size + size/2 + aliasAllowance }

// Spend takes units from the allowance, on top of the unit that each visit costs.
func (w *Walker) Spend(n *yaml.Node, units int) error {
	w.allowance -= units
	if w.allowance < 0 {
		return ErrorAt(n, "aliases repeat too much: write the document out, or shorten it")
	}
	return nil
}

// Depth returns the number of mappings and lists around the current node.
func (w *Walker) Depth() int { return len(w.open) }

// Within charges a node, and calls visit with the node, or with its target if the node is an alias.
// It fails for a mapping or list inside itself.
func (w *Walker) Within(n *yaml.Node, visit func(target *yaml.Node) error) error {
	if err := w.Spend(n, 1); err != nil {
		return err
	}
	n = Target(n)
	if n.Kind == yaml.ScalarNode {
		return visit(n)
	}
	if w.open[n] {
		return ErrorAt(n, "an alias is inside the value that it refers to")
	}
	if len(w.open) >= MaxDepth {
		return ErrorAt(n, fmt.Sprintf("nested deeper than %d levels", MaxDepth))
	}
	w.open[n] = true
	defer delete(w.open, n)
	return visit(n)
}

// Mapping calls visit with each key, its alias followed, and its value. The fields of a merged
// mapping come at the place of the merge key (<<). The caller lets a later field replace an earlier
// one of the same key, like sigs.k8s.io/yaml. YAML's own rule is younger: there, a mapping's own
// field always replaces a merged one (https://yaml.org/type/merge.html).
func (w *Walker) Mapping(n *yaml.Node, visit func(key, value *yaml.Node) error) error {
	return w.Within(n, func(n *yaml.Node) error {
		if n.Kind != yaml.MappingNode {
			return ErrorAt(n, "must be a mapping, not "+KindName(n))
		}
		return w.Fields(n, visit)
	})
}

// Fields is Mapping for the target that Within has passed to visit.
func (w *Walker) Fields(n *yaml.Node, visit func(key, value *yaml.Node) error) error {
	lines := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := Target(n.Content[i]), n.Content[i+1]
		if err := w.Spend(key, 1); err != nil {
			return err
		}
		isMerge := key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge"
		if key.Kind == yaml.ScalarNode {
			name := key.Value
			if isMerge {
				name = "\x00merge" // "<<" in quotes is a key
			}
			first := lines[name]
			switch {
			case first > 0 && w.OnDuplicate == nil:
				return ErrorAt(n.Content[i], fmt.Sprintf("duplicate key, first on line %d", first))
			case first > 0:
				w.OnDuplicate(n.Content[i], first)
			}
			lines[name] = n.Content[i].Line
		}
		var err error
		if isMerge {
			err = w.merge(value, visit)
		} else {
			err = visit(key, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// merge visits the fields of a mapping, or of a list of mappings. It visits the list backwards,
// because the first mapping takes precedence.
func (w *Walker) merge(n *yaml.Node, visit func(key, value *yaml.Node) error) error {
	return w.Within(n, func(n *yaml.Node) error {
		switch n.Kind {
		case yaml.MappingNode:
			return w.Fields(n, visit)
		case yaml.SequenceNode:
			for i := len(n.Content) - 1; i >= 0; i-- {
				if Target(n.Content[i]).Kind != yaml.MappingNode {
					return errMerge(n.Content[i])
				}
				if err := w.Mapping(n.Content[i], visit); err != nil {
					return err
				}
			}
			return nil
		}
		return errMerge(n)
	})
}

func errMerge(n *yaml.Node) error {
	return ErrorAt(n, "a merge key takes a mapping, or a list of mappings")
}

// List calls visit with each element and its index.
func (w *Walker) List(n *yaml.Node, visit func(i int, item *yaml.Node) error) error {
	return w.Within(n, func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode {
			return ErrorAt(n, "must be a list, not "+KindName(n))
		}
		for i, item := range n.Content {
			if err := visit(i, item); err != nil {
				return err
			}
		}
		return nil
	})
}
