package patch

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The operations of RFC 6902, section 4.
const (
	opAdd     = "add"
	opRemove  = "remove"
	opReplace = "replace"
	opMove    = "move"
	opCopy    = "copy"
	opTest    = "test"
)

type operation struct {
	op, path, from string
	value          jsontext.Value
}

// Add appends an operation that sets a field, or inserts into a list before the element at path.
// A path that ends in "/-" appends to the list. The parent must exist.
//
// value is any Go value. nil is JSON null, a string is a JSON string, and a jsontext.Value is raw
// JSON. [Pointer] makes paths from names that need escapes.
func (p Patch) Add(path string, value any) Patch { return p.withValue(opAdd, path, value) }

// Remove appends an operation that deletes the field or element at path, which must exist.
func (p Patch) Remove(path string) Patch {
	return p.with(operation{op: opRemove, path: path})
}

// Replace appends an operation that sets the field or element at path. RFC 6902 requires that it
// exists; the API server also adds an absent field. value is as for [Patch.Add].
func (p Patch) Replace(path string, value any) Patch { return p.withValue(opReplace, path, value) }

// Move appends an operation that moves the value at from, which must exist, to path. A value
// cannot move into itself (RFC 6902, section 4.4).
func (p Patch) Move(from, path string) Patch {
	return p.with(operation{op: opMove, path: path, from: from})
}

// Copy appends an operation that adds the value at from to path. RFC 6902 requires that from
// exists; the API server copies an absent field as null.
func (p Patch) Copy(from, path string) Patch {
	return p.with(operation{op: opCopy, path: path, from: from})
}

// Test appends an operation that makes the whole patch fail unless the value at path equals
// value. Numbers are equal if their literals are: 1 and 1.0 differ. value is as for [Patch.Add].
func (p Patch) Test(path string, value any) Patch { return p.withValue(opTest, path, value) }

func (p Patch) withValue(op, path string, value any) Patch {
	encoded, err := encodeValue(value)
	if err != nil {
		return p.fail(op, err)
	}
	return p.with(operation{op: op, path: path, value: encoded})
}

func (p Patch) with(o operation) Patch {
	// Clip makes append copy, so that two patches made from one patch share nothing.
	p.ops = slices.Clip(p.ops)
	p.push(o)
	return p
}

// push appends o to p itself, or records in p why o cannot be added.
func (p *Patch) push(o operation) {
	err := o.check()
	switch {
	case p.typ != TypeJSON:
		err = errors.New("only a patch made by patch.JSON takes operations")
	case err == nil && len(p.ops) == maxOperations:
		err = fmt.Errorf("the server takes at most %d operations", maxOperations)
	}
	if err != nil {
		*p = p.fail(o.op, err)
		return
	}
	if o.op == opTest {
		o.value = asStored(o.value)
	}
	p.ops = append(p.ops, o)
}

// asStored returns value with its strings escaped like those of a stored object: "<" as "\u003c".
// json-patch v4, which the server links, compares the strings of a test byte by byte.
func asStored(value jsontext.Value) jsontext.Value {
	value = value.Clone()
	err := value.Format(jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))
	if err != nil {
		panic(err) // value is valid JSON, and less deep than the format's limit
	}
	return value
}

// fail keeps the first mistake: later ones are often its consequences.
func (p Patch) fail(op string, err error) Patch {
	if p.err == nil {
		p.err = fmt.Errorf("%s patch: operation %d (%s): %w", cmp.Or(p.typ, "zero"), len(p.ops)+1,
			op, err)
	}
	return p
}

// check checks the pointers. Its errors do not quote them: they may be text of a file that the user
// gave by mistake.
func (o operation) check() error {
	if err := checkPointer(o.path); err != nil {
		return fmt.Errorf("path %w", err)
	}
	if o.op != opMove && o.op != opCopy {
		return nil
	}
	if err := checkPointer(o.from); err != nil {
		return fmt.Errorf("from %w", err)
	}
	if o.op == opMove && strings.HasPrefix(o.path, o.from+"/") {
		return errors.New("a value cannot move into itself (RFC 6902, section 4.4)")
	}
	return nil
}

func encodeOperations(ops []operation) []byte {
	out := []byte{'['}
	for i, o := range ops {
		if i > 0 {
			out = append(out, ',')
		}
		out = o.append(out)
	}
	return append(out, ']')
}

func (o operation) append(out []byte) []byte {
	out = append(out, `{"op":`...)
	out = appendString(out, o.op)
	if o.op == opMove || o.op == opCopy {
		out = append(out, `,"from":`...)
		out = appendString(out, o.from)
	}
	out = append(out, `,"path":`...)
	out = appendString(out, o.path)
	if o.value != nil {
		out = append(out, `,"value":`...)
		out = append(out, o.value...)
	}
	return append(out, '}')
}

// decodeOperations decodes a JSON Patch document. It ignores members that an operation does not
// define, as RFC 6902 requires.
func decodeOperations(doc jsontext.Value) (Patch, error) {
	kind := doc.Kind()
	if kind != '[' {
		return Patch{}, fmt.Errorf("json patch: must be a list of operations, not %s",
			kindName(kind))
	}
	values := elements(doc)
	p := JSON()
	p.ops = make([]operation, 0, len(values))
	for i, v := range values {
		o, err := decodeOperation(v)
		if err != nil {
			return Patch{}, fmt.Errorf("json patch: operation %d: %w", i+1, err)
		}
		p.push(o)
		if p.err != nil {
			return Patch{}, p.err
		}
	}
	return p, nil
}

func decodeOperation(v jsontext.Value) (operation, error) {
	var o operation
	kind := v.Kind()
	if kind != '{' {
		return o, fmt.Errorf("must be an object, not %s", kindName(kind))
	}
	var err error
	if o.op, err = stringMember(v, "op"); err != nil {
		return o, err
	}
	switch o.op {
	case opAdd, opReplace, opTest:
		value, found := child(v, "value")
		if !found {
			return o, fmt.Errorf("%s needs a value (which may be null)", o.op)
		}
		o.value = value
	case opMove, opCopy:
		if o.from, err = stringMember(v, "from"); err != nil {
			return o, err
		}
	case opRemove:
	default:
		return o, errors.New("op must be one of add, remove, replace, move, copy, test")
	}
	o.path, err = stringMember(v, "path")
	return o, err
}

func stringMember(v jsontext.Value, name string) (string, error) {
	value, found := child(v, name)
	if !found {
		return "", fmt.Errorf("%s is required", name)
	}
	if value.Kind() != '"' {
		return "", fmt.Errorf("%s must be a string, not %s", name, kindName(value.Kind()))
	}
	return unquote(value), nil
}
