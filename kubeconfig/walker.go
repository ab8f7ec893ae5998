package kubeconfig

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// fieldPath is where in a file a value stands, such as users[0].user.token. It is put into words for an error only.
type fieldPath struct {
	parent *fieldPath
	name   string
	number int // of an element, from one; a field has none
}

func (p *fieldPath) key(name string) *fieldPath { return &fieldPath{parent: p, name: name} }

func (p *fieldPath) item(i int) *fieldPath {
	return &fieldPath{parent: p, number: i + 1}
}

func (p *fieldPath) String() string {
	switch {
	case p == nil:
		return "the file"
	case p.number > 0:
		return p.parent.String() + "[" + strconv.Itoa(p.number-1) + "]"
	case p.parent == nil:
		return p.name
	default:
		return p.parent.String() + "." + p.name
	}
}

// fieldError is an error at a node. It names the field and never the value.
func fieldError(n *yaml.Node, field *fieldPath, format string, args ...any) error {
	return fmt.Errorf("line %d: %s %s", n.Line, field, fmt.Sprintf(format, args...))
}

// walker reads values from a tree of nodes. Its allowance of steps bounds what aliases can multiply, and its depth what nests, through an alias in itself too.
type walker struct {
	steps, depth int
}

// newWalker allows each node of a text of so many bytes to be seen once, and a margin.
func newWalker(size int) *walker { return &walker{steps: 2000 + size} }

// enter follows an alias and counts; every enter that succeeds is paired with a leave.
func (w *walker) enter(n *yaml.Node, field *fieldPath) (*yaml.Node, error) {
	w.steps--
	if w.steps < 0 {
		return nil, fieldError(n, field, "expands, by its aliases, to more than a kubeconfig may hold")
	}
	if w.depth >= maxDepth {
		return nil, fieldError(n, field, "is nested more than %d levels deep", maxDepth)
	}
	w.depth++
	if n.Kind == yaml.AliasNode {
		return n.Alias, nil
	}
	return n, nil
}

func (w *walker) leave() { w.depth-- }

// mapping calls visit with each key and its value, those of a merged mapping (`<<`) where it stands: what comes later replaces what came before.
// So a merge key behind a field wins over it, as in clientcmd, whose parser is older than the rule that the field does. Null is an empty mapping.
func (w *walker) mapping(n *yaml.Node, field *fieldPath, visit func(key string, value *yaml.Node) error) error {
	n, err := w.enter(n, field)
	if err != nil {
		return err
	}
	defer w.leave()
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return fieldError(n, field, "must be a mapping, not %s", kindOf(n))
	}
	lines := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			continue
		}
		if key.ShortTag() == "!!merge" {
			if err := w.merge(value, field, visit); err != nil {
				return err
			}
			continue
		}
		if first, twice := lines[key.Value]; twice {
			return fieldError(key, field, "holds a key twice, first on line %d", first)
		}
		lines[key.Value] = key.Line
		w.steps--
		if w.steps < 0 {
			return fieldError(key, field, "expands, by its aliases, to more than a kubeconfig may hold")
		}
		if err := visit(key.Value, value); err != nil {
			return err
		}
	}
	return nil
}

// merge visits a mapping, or a list of them of which the first wins, that `<<` names.
func (w *walker) merge(n *yaml.Node, field *fieldPath, visit func(key string, value *yaml.Node) error) error {
	target, err := w.enter(n, field)
	if err != nil {
		return err
	}
	defer w.leave()
	if target.Kind != yaml.SequenceNode {
		return w.mapping(target, field, visit)
	}
	for i := len(target.Content) - 1; i >= 0; i-- {
		if err := w.mapping(target.Content[i], field, visit); err != nil {
			return err
		}
	}
	return nil
}

// list calls visit with each element. Null is an empty list.
func (w *walker) list(n *yaml.Node, field *fieldPath, visit func(field *fieldPath, item *yaml.Node) error) error {
	n, err := w.enter(n, field)
	if err != nil {
		return err
	}
	defer w.leave()
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return fieldError(n, field, "must be a list, not %s", kindOf(n))
	}
	for i, item := range n.Content {
		if err := visit(field.item(i), item); err != nil {
			return err
		}
	}
	return nil
}

// text sets dst to a scalar as it is written, so that `password: 0123` keeps its zero. Null is the empty text.
func (w *walker) text(n *yaml.Node, field *fieldPath, dst *string) error {
	n, err := w.enter(n, field)
	if err != nil {
		return err
	}
	defer w.leave()
	if n.Kind != yaml.ScalarNode {
		return fieldError(n, field, "must be a string, not %s", kindOf(n))
	}
	if n.ShortTag() == "!!binary" {
		return fieldError(n, field, "must be written as it is, not as !!binary")
	}
	*dst = n.Value
	if isNull(n) {
		*dst = ""
	}
	return nil
}

func (w *walker) texts(n *yaml.Node, field *fieldPath, dst *[]string) error {
	size := len(n.Content)
	if n.Kind == yaml.AliasNode {
		size = len(n.Alias.Content)
	}
	*dst = slices.Grow([]string(nil), size)
	return w.list(n, field, func(field *fieldPath, item *yaml.Node) error {
		var s string
		err := w.text(item, field, &s)
		*dst = append(*dst, s)
		return err
	})
}

// flag sets dst to a boolean, which clientcmd reads by YAML 1.1: yes and on are true.
func (w *walker) flag(n *yaml.Node, field *fieldPath, dst *bool) error {
	var s string
	if err := w.text(n, field, &s); err != nil {
		return err
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	value, ok := oldBool(s)
	if isQuoted(n) || !ok && !isNull(n) {
		return fieldError(n, field, "must be true or false")
	}
	*dst = value
	return nil
}

// value returns a node as JSON's values.
func (w *walker) value(n *yaml.Node, field *fieldPath) (any, error) {
	target, err := w.enter(n, field)
	if err != nil {
		return nil, err
	}
	defer w.leave()
	switch target.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		err := w.mapping(target, field, func(key string, value *yaml.Node) (err error) {
			object[key], err = w.value(value, field)
			return err
		})
		return object, err
	case yaml.SequenceNode:
		array := []any{}
		err := w.list(target, field, func(_ *fieldPath, item *yaml.Node) error {
			v, err := w.value(item, field)
			array = append(array, v)
			return err
		})
		return array, err
	default:
		return scalar(target), nil
	}
}

// scalar returns a scalar as JSON's value: what JSON has no number for stays a text.
func scalar(n *yaml.Node) any {
	digits := strings.ReplaceAll(n.Value, "_", "")
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int":
		if v, err := strconv.ParseInt(digits, 0, 64); err == nil {
			return v
		}
		if v, err := strconv.ParseUint(digits, 0, 64); err == nil {
			return v
		}
		fallthrough
	case "!!float":
		if v, err := strconv.ParseFloat(digits, 64); err == nil && v-v == 0 {
			return v
		}
	}
	return n.Value
}
