package resources

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FieldError reports a field that an Object cannot have. The object is unchanged.
type FieldError struct {
	Path    []string
	Problem string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("field %s: %s", cmp.Or(fieldPath(e.Path), `""`), e.Problem)
}

// fieldPath returns a path for messages, such as metadata.annotations["example.com/a"].
func fieldPath(path []string) string {
	var b strings.Builder
	for _, name := range path {
		switch {
		case !isDNSLabel(strings.ToLower(name)):
			b.WriteString("[" + strconv.Quote(name) + "]")
		case b.Len() > 0:
			b.WriteString("." + name)
		default:
			b.WriteString(name)
		}
	}
	return b.String()
}

// Field returns the value at a path of names, such as "spec", "size". An element of a list has its
// index as name: "0" is the first. ok is false if there is no such value, or no path.
//
// The value is the JSON of the object, with the digits of its numbers. The caller may keep it.
func (o *Object) Field(path ...string) (value jsontext.Value, ok bool) {
	if len(path) == 0 {
		return nil, false
	}
	document, within, err := o.partOf(path)
	if err != nil {
		return nil, false
	}
	for _, name := range within {
		children, err := readChildren(document)
		if err != nil {
			return nil, false
		}
		i := children.index(name)
		if i < 0 {
			return nil, false
		}
		document = document[children.all[i].value:children.all[i].end]
	}
	return bytes.Clone(document), len(document) > 0
}

// SetField sets the value at a path, and adds the objects on the way that are absent or null. value
// is any Go value that encodes to JSON; a jsontext.Value is set as it is. In a list, the name of an
// element is its index, and "-" appends one.
//
// Nothing else changes: other members keep their bytes and their order, and a new member is the
// last of its object.
//
// SetField fails with a *FieldError if the path goes through a value that is no object and no list,
// if the list has no such element, if the metadata cannot have the value, or without a path.
func (o *Object) SetField(value any, path ...string) error {
	encoded, err := json.Marshal(value, deterministic)
	if err != nil {
		return &FieldError{path, "the value cannot be encoded: " + err.Error()}
	}
	return o.editField(path, func(e fieldEdit, document jsontext.Value) (splice, error) {
		return e.set(document, encoded)
	})
}

// DeleteField removes the member or the element at a path. An absent one is no error. DeleteField
// fails like SetField.
func (o *Object) DeleteField(path ...string) error { return o.editField(path, fieldEdit.remove) }

// editField replaces the part of the object that has the path.
func (o *Object) editField(path []string,
	find func(fieldEdit, jsontext.Value) (splice, error)) error {
	if len(path) == 0 {
		return &FieldError{path, "the path is empty"}
	}
	if !utf8.ValidString(strings.Join(path, "")) {
		return &FieldError{path, "a name is not valid UTF-8"}
	}
	document, within, err := o.partOf(path)
	if err != nil {
		return &FieldError{path, err.Error()}
	}
	change, err := find(fieldEdit{path, len(path) - len(within)}, document)
	if err != nil {
		return &FieldError{path, err.Error()}
	}
	document = change.apply(document)
	switch path[0] {
	case "kind":
		err = decodeText(document, &o.Kind)
	case "apiVersion":
		err = decodeText(document, &o.APIVersion)
	case "metadata":
		var changed ObjectMeta
		if len(document) > 0 {
			err = json.Unmarshal(document, &changed)
		}
		if err == nil {
			o.Metadata = changed
		}
	default:
		o.Unknown = document
	}
	if err != nil {
		return &FieldError{path, err.Error()}
	}
	return nil
}

// partOf returns the JSON of the part of the object that has the path, and the rest of the path.
func (o *Object) partOf(path []string) (document jsontext.Value, within []string, err error) {
	switch path[0] {
	case "kind":
		document, err = encodeText(o.Kind)
	case "apiVersion":
		document, err = encodeText(o.APIVersion)
	case "metadata":
		document, err = json.Marshal(&o.Metadata)
	default:
		if len(o.Unknown) == 0 {
			return jsontext.Value("{}"), path, nil
		}
		return o.Unknown, path, nil
	}
	return document, path[1:], err
}

// encodeText returns text as JSON, or nothing for no text.
func encodeText(text string) (jsontext.Value, error) {
	if text == "" {
		return nil, nil
	}
	return json.Marshal(text)
}

func decodeText(document jsontext.Value, into *string) error {
	if len(document) == 0 {
		*into = ""
		return nil
	}
	return json.Unmarshal(document, into)
}
