package kubeconfig

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

// fieldPath is the place of a value in a file, such as users[0].user.token. Errors name it.
type fieldPath struct {
	parent *fieldPath
	name   string
	number int // of an element, from 1; 0 for a field
}

func (p *fieldPath) key(name string) *fieldPath { return &fieldPath{parent: p, name: name} }

func (p *fieldPath) item(i int) *fieldPath { return &fieldPath{parent: p, number: i + 1} }

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

// fieldError returns an error at a node. It names the field and never the value.
func fieldError(n *yaml.Node, field *fieldPath, format string, args ...any) error {
	return fmt.Errorf("line %d: %s %s", n.Line, field, fmt.Sprintf(format, args...))
}

// atField adds the field to an error of the walk. An error of fieldError stays as it is.
func atField(field *fieldPath, err error) error {
	var e *yamlnode.Error
	if errors.As(err, &e) {
		return fmt.Errorf("line %d: %s: %s", e.Line, field, e.Reason)
	}
	return err
}

// walker reads the values of a file. It stops with an error once it has visited more nodes than a
// file of this size can have without repeated aliases.
type walker struct {
	nodes *yamlnode.Walker
}

// newWalker returns a walker for a text of size bytes.
func newWalker(size int) walker { return walker{yamlnode.NewWalker(yamlnode.NodesOf(size))} }

// mapping calls visit with each key and its value. It skips keys that are lists or mappings. Null
// is an empty mapping.
func (w walker) mapping(n *yaml.Node, field *fieldPath,
	visit func(key string, value *yaml.Node) error) error {
	if err := w.nodes.Spend(n, 1); err != nil {
		return atField(field, err)
	}
	if yamlnode.IsNull(n) {
		return nil
	}
	if yamlnode.Target(n).Kind != yaml.MappingNode {
		return fieldError(n, field, "must be a mapping, not %s", yamlnode.KindName(n))
	}
	return atField(field, w.nodes.Mapping(n, func(key, value *yaml.Node) error {
		if key.Kind != yaml.ScalarNode {
			return nil
		}
		return visit(key.Value, value)
	}))
}

// list calls visit with each element. Null is an empty list.
func (w walker) list(n *yaml.Node, field *fieldPath,
	visit func(field *fieldPath, item *yaml.Node) error) error {
	if err := w.nodes.Spend(n, 1); err != nil {
		return atField(field, err)
	}
	if yamlnode.IsNull(n) {
		return nil
	}
	if yamlnode.Target(n).Kind != yaml.SequenceNode {
		return fieldError(n, field, "must be a list, not %s", yamlnode.KindName(n))
	}
	return atField(field, w.nodes.List(n, func(i int, item *yaml.Node) error {
		return visit(field.item(i), item)
	}))
}

// readString sets dst to a scalar as it is written. `password: 0123` keeps its zero. Null is "".
func (w walker) readString(n *yaml.Node, field *fieldPath, dst *string) error {
	if err := w.nodes.Spend(n, 1); err != nil {
		return atField(field, err)
	}
	n = yamlnode.Target(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		return fieldError(n, field, "must be a string, not %s", yamlnode.KindName(n))
	case n.ShortTag() == "!!binary":
		return fieldError(n, field, "must be written as it is, not as !!binary")
	case yamlnode.IsNull(n):
		*dst = ""
	default:
		*dst = n.Value
	}
	return nil
}

// readStrings sets dst to the elements of a list.
func (w walker) readStrings(n *yaml.Node, field *fieldPath, dst *[]string) error {
	*dst = slices.Grow([]string(nil), len(yamlnode.Target(n).Content))
	return w.list(n, field, func(field *fieldPath, item *yaml.Node) error {
		var s string
		err := w.readString(item, field, &s)
		*dst = append(*dst, s)
		return err
	})
}

// readBool sets dst to a boolean. The booleans of YAML 1.1, such as yes and on, count too. Null is
// false.
func (w walker) readBool(n *yaml.Node, field *fieldPath, dst *bool) error {
	var s string
	if err := w.readString(n, field, &s); err != nil {
		return err
	}
	n = yamlnode.Target(n)
	value, ok := yamlnode.Bool(n)
	if !ok && !yamlnode.IsNull(n) {
		return fieldError(n, field, "must be true or false")
	}
	*dst = value
	return nil
}

// readValue returns a node as a value of JSON.
func (w walker) readValue(n *yaml.Node, field *fieldPath) (any, error) {
	target := yamlnode.Target(n)
	switch target.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		err := w.mapping(n, field, func(key string, value *yaml.Node) (err error) {
			object[key], err = w.readValue(value, field)
			return err
		})
		return object, err
	case yaml.SequenceNode:
		array := []any{}
		err := w.list(n, field, func(_ *fieldPath, item *yaml.Node) error {
			v, err := w.readValue(item, field)
			array = append(array, v)
			return err
		})
		return array, err
	default:
		return scalar(target), atField(field, w.nodes.Spend(n, 1))
	}
}

// scalar returns a scalar as a value of JSON. A number that JSON cannot express stays a string.
func scalar(n *yaml.Node) any {
	if value, ok := yamlnode.Bool(n); ok {
		return value
	}
	digits := strings.ReplaceAll(n.Value, "_", "")
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!int":
		if v, err := strconv.ParseInt(digits, 0, 64); err == nil {
			return v
		}
		if v, err := strconv.ParseUint(digits, 0, 64); err == nil {
			return v
		}
		fallthrough
	case "!!float":
		v, err := strconv.ParseFloat(digits, 64)
		if err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v
		}
	}
	return n.Value
}
