package patch

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Parse makes a patch of a kind from the JSON or YAML text of a user. A JSON Patch is a list of
// operations. Each other kind of patch is an object.
//
// Parse fails with a [*SyntaxError] for text that is neither JSON nor YAML, and otherwise like
// [Merge], [JSON], [Strategic] and [Apply]. The error for an unknown kind lists the four. No
// error quotes the text.
func Parse(typ Type, text []byte) (Patch, error) {
	if typ.ContentType() == "" {
		return Patch{}, fmt.Errorf("unknown kind of patch %q: use %s, %s, %s or %s",
			string(typ), TypeMerge, TypeJSON, TypeStrategic, TypeApply)
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

// Document is a JSON document made by [YAML]. It may be passed wherever this package takes a Go
// value, alone or inside another value.
type Document struct {
	value jsontext.Value
	err   error
}

// YAML converts a YAML or JSON text to a value for [Merge], [Strategic], [Apply], [Patch.Add],
// [Patch.Replace] and [Patch.Test], by the rules of [YAMLToJSON]. Encode of the patch returns an
// error of the conversion.
func YAML(text []byte) Document {
	value, err := YAMLToJSON(text)
	return Document{value, err}
}

// MarshalJSON returns the document as compact JSON, or the error of the conversion.
func (d Document) MarshalJSON() ([]byte, error) {
	if d.err == nil && d.value == nil {
		return []byte("null"), nil
	}
	return bytes.Clone(d.value), d.err
}

// String describes the document without its content, which may be secret.
func (d Document) String() string { return fmt.Sprintf("document (%d bytes)", len(d.value)) }

// GoString returns String, so that %#v shows no content either.
func (d Document) GoString() string { return d.String() }
