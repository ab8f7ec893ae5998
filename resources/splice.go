package resources

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// splice replaces the bytes from start to end of a JSON document, and no others.
type splice struct {
	start, end int
	text       []byte
}

func (s splice) apply(document jsontext.Value) jsontext.Value {
	return slices.Concat(document[:s.start], s.text, document[s.end:])
}

func (s splice) shift(by int) splice { return splice{s.start + by, s.end + by, s.text} }

// child is a member of an object or an element of a list, with its places in the document.
type child struct {
	name       string // of a member
	start      int    // of the name or the element
	value, end int
}

type children struct {
	kind jsontext.Kind
	all  []child
	open int // the place after the opening bracket
}

// index returns the index of the member or the element called name, or -1.
func (c children) index(name string) int {
	if c.kind == '{' {
		return slices.IndexFunc(c.all, func(m child) bool { return m.name == name })
	}
	i, err := strconv.Atoi(name)
	if err != nil || strconv.Itoa(i) != name || i < 0 || i >= len(c.all) {
		return -1
	}
	return i
}

// readChildren returns the children of an object or a list.
func readChildren(document jsontext.Value) (children, error) {
	c := children{kind: document.Kind()}
	if c.kind != '{' && c.kind != '[' {
		return c, errors.New("is " + kindName(c.kind) + ", not an object")
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(document))
	if _, err := d.ReadToken(); err != nil {
		return c, fmt.Errorf("cannot be read: %w", err)
	}
	c.open = int(d.InputOffset())
	for d.PeekKind() != c.kind+2 { // } and ] are two after { and [
		var m child
		raw, err := d.ReadValue()
		m.end = int(d.InputOffset())
		m.start = m.end - len(raw)
		m.value = m.start
		if err == nil && c.kind == '{' {
			m.name = unquote(string(raw))
			raw, err = d.ReadValue()
			m.end = int(d.InputOffset())
			m.value = m.end - len(raw)
		}
		if err != nil {
			return c, fmt.Errorf("cannot be read: %w", err)
		}
		c.all = append(c.all, m)
	}
	return c, nil
}

// fieldEdit is a change of a document at a path. The first depth names of the path lead to the
// document.
type fieldEdit struct {
	path  []string
	depth int
}

func (e fieldEdit) rest() []string { return e.path[e.depth:] }

// fail returns the error for a problem of the value that the document is.
func (e fieldEdit) fail(problem string) error {
	place := "the object"
	if e.depth > 0 {
		place = fieldPath(e.path[:e.depth])
	}
	return errors.New(place + " " + problem)
}

// set returns the splice that sets the value at the path.
func (e fieldEdit) set(document jsontext.Value, value []byte) (splice, error) {
	rest := e.rest()
	if len(rest) == 0 || len(document) == 0 || document.Kind() == 'n' {
		return splice{0, len(document), nested(rest, value)}, nil
	}
	c, err := readChildren(document)
	if err != nil {
		return splice{}, e.fail(err.Error())
	}
	i := c.index(rest[0])
	if i >= 0 {
		found := c.all[i]
		inner, err := fieldEdit{e.path, e.depth + 1}.set(document[found.value:found.end], value)
		return inner.shift(found.value), err
	}
	text := nested(rest[1:], value)
	switch {
	case c.kind == '{':
		text = nested(rest, value)
		text = text[1 : len(text)-1] // the member alone
	case rest[0] != "-":
		return splice{}, e.fail(fmt.Sprintf("has %d elements, and none called %q", len(c.all),
			rest[0]))
	}
	at := c.open
	if len(c.all) > 0 {
		at = c.all[len(c.all)-1].end
		text = append([]byte{','}, text...)
	}
	return splice{at, at, text}, nil
}

// remove returns the splice that removes the value at the path, and the comma that it leaves.
func (e fieldEdit) remove(document jsontext.Value) (splice, error) {
	rest := e.rest()
	if len(document) == 0 || document.Kind() == 'n' {
		return splice{}, nil
	}
	if len(rest) == 0 {
		return splice{0, len(document), nil}, nil
	}
	c, err := readChildren(document)
	if err != nil {
		return splice{}, e.fail(err.Error())
	}
	i := c.index(rest[0])
	switch {
	case i < 0:
		return splice{}, nil
	case len(rest) > 1:
		found := c.all[i]
		inner, err := fieldEdit{e.path, e.depth + 1}.remove(document[found.value:found.end])
		return inner.shift(found.value), err
	case i > 0:
		return splice{c.all[i-1].end, c.all[i].end, nil}, nil
	case len(c.all) > 1:
		return splice{c.all[0].start, c.all[1].start, nil}, nil
	}
	return splice{c.all[0].start, c.all[0].end, nil}, nil
}

// nested returns value below an object for each name of the path.
func nested(path []string, value []byte) []byte {
	for _, name := range slices.Backward(path) {
		quoted, _ := jsontext.AppendQuote([]byte{'{'}, name) // the names are valid UTF-8
		value = slices.Concat(quoted, []byte{':'}, value, []byte{'}'})
	}
	return value
}

// kindName returns the name of a kind of JSON value in messages.
func kindName(k jsontext.Kind) string {
	switch k {
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	}
	return "no JSON value"
}
