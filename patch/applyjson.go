package patch

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// maxCopied is the API server's own limit (JSONPatchMaxCopyBytes): a few copies
// of a document into itself would otherwise fill the memory.
const maxCopied = 3 << 20

func applyOperations(doc jsontext.Value, ops []operation) (jsontext.Value, error) {
	copied := 0
	for i, o := range ops {
		var err error
		if doc, err = o.apply(doc, &copied); err != nil {
			return nil, fmt.Errorf("json patch: operation %d (%s %q): %w", i+1, o.op, o.path, err)
		}
	}
	return doc, nil
}

// apply is our own: the json-patch library takes a test of an absent field for
// null as passed, tells 1 from 1.0, fails on a null in a tested list, takes "01"
// for an index and an empty name for the document itself, and links a JSON codec of
// its own, a quarter of a megabyte.
func (o operation) apply(doc jsontext.Value, copied *int) (jsontext.Value, error) {
	path, err := parsePointer(o.path)
	if err != nil {
		return nil, err
	}
	from, err := parsePointer(o.from)
	if err != nil {
		return nil, err
	}
	switch o.op {
	case opTest:
		v, found := resolve(doc, path)
		if !found || !equal(v, o.value) {
			return nil, ErrTestFailed
		}
		return doc, nil
	case opMove:
		v, found := resolve(doc, from)
		if !found {
			return nil, fmt.Errorf("from %q: %w", o.from, ErrNotFound)
		}
		if o.path == o.from {
			return doc, nil
		}
		if doc, err = edit(doc, opRemove, from, nil); err != nil {
			return nil, err
		}
		return edit(doc, opAdd, path, v)
	case opCopy:
		v, found := resolve(doc, from)
		if !found {
			return nil, fmt.Errorf("from %q: %w", o.from, ErrNotFound)
		}
		*copied += len(v)
		if *copied > maxCopied {
			return nil, fmt.Errorf("copies add more than %d bytes", maxCopied)
		}
		return edit(doc, opAdd, path, v)
	}
	return edit(doc, o.op, path, o.value)
}

// edit adds, removes or replaces the value at path.
func edit(doc jsontext.Value, op string, path []string, value jsontext.Value) (jsontext.Value, error) {
	if len(path) == 0 {
		if op == opRemove {
			return nil, errors.New("the whole document cannot be removed")
		}
		return value, nil
	}
	last := len(path) - 1
	if err := checkEdit(doc, op, path[:last], path[last]); err != nil {
		return nil, err
	}
	return splice(doc, op, path, value), nil
}

// splice does what checkEdit has let through. Only what is on the way to the value is written anew.
func splice(v jsontext.Value, op string, path []string, value jsontext.Value) jsontext.Value {
	if len(path) == 0 {
		return value
	}
	token, rest := path[0], path[1:]
	if v.Kind() == '{' {
		ms := members(v)
		i := slices.IndexFunc(ms, func(m member) bool { return m.name == token })
		switch {
		case i < 0:
			ms = append(ms, member{token, value})
		case op == opRemove && len(rest) == 0:
			ms = slices.Delete(ms, i, i+1)
		default:
			ms[i].value = splice(ms[i].value, op, rest, value)
		}
		return appendObject(nil, ms)
	}
	vs := elements(v)
	i, ok := index(token)
	if !ok { // "-", behind the last
		i = len(vs)
	}
	switch {
	case op == opAdd && len(rest) == 0:
		vs = slices.Insert(vs, i, value)
	case op == opRemove && len(rest) == 0:
		vs = slices.Delete(vs, i, i+1)
	default:
		vs[i] = splice(vs[i], op, rest, value)
	}
	return appendArray(nil, vs)
}

func checkEdit(doc jsontext.Value, op string, parent []string, token string) error {
	container, found := resolve(doc, parent)
	if !found {
		return fmt.Errorf("parent %q: %w", Pointer(parent...), ErrNotFound)
	}
	switch container.Kind() {
	case '{':
		if op == opAdd {
			return nil
		}
	case '[':
		if op == opAdd {
			if i, ok := index(token); token == "-" || ok && i <= len(elements(container)) {
				return nil
			}
			return fmt.Errorf("list index: %w", ErrNotFound)
		}
	default:
		return fmt.Errorf("parent %q holds no fields: it is %s", Pointer(parent...), kindName(container.Kind()))
	}
	if _, found := child(container, token); !found {
		return ErrNotFound
	}
	return nil
}
