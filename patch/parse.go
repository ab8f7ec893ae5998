package patch

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Parse reads a patch of kind typ from what a user wrote, JSON or YAML: the one
// for [TypeJSON] is a list of operations, every other an object. It returns a
// [*SyntaxError] with line and column when the text is neither JSON nor YAML,
// and otherwise the errors of [Merge], [JSON], [Strategic] and [Apply]. An
// unknown kind is an error that lists the four. No error quotes the text.
func Parse(typ Type, text []byte) (Patch, error) {
	if typ.ContentType() == "" {
		return Patch{}, fmt.Errorf("unknown kind of patch %q: use %s, %s, %s or %s", string(typ), TypeMerge, TypeJSON, TypeStrategic, TypeApply)
	}
	doc := YAML(text)
	if typ == TypeJSON {
		if doc.err != nil {
			return Patch{}, fmt.Errorf("%s patch: %w", typ, doc.err)
		}
		return decodeOperations(doc.value)
	}
	p := newPatch(typ, doc)
	if p.err != nil {
		return Patch{}, p.err
	}
	return p, nil
}

// Document is a JSON document made by [YAML]. It goes wherever this package
// takes a Go value, on its own or inside another one.
type Document struct {
	value jsontext.Value
	err   error
}

// YAML converts a YAML or JSON text to a value for [Merge], [Strategic],
// [Apply], [Patch.Add] and their like. Its rules and errors are those of
// [YAMLToJSON]; an error is kept, and comes out of the patch's Encode.
func YAML(text []byte) Document {
	value, err := YAMLToJSON(text)
	return Document{value, err}
}

// MarshalJSON returns the document as compact JSON, or the error of the
// conversion.
func (d Document) MarshalJSON() ([]byte, error) {
	if d.err == nil && d.value == nil {
		return []byte("null"), nil
	}
	return bytes.Clone(d.value), d.err
}

// String describes the document without its content, which may be secret.
func (d Document) String() string { return fmt.Sprintf("document (%d bytes)", len(d.value)) }

// GoString is String, so that %#v shows no content either.
func (d Document) GoString() string { return d.String() }
