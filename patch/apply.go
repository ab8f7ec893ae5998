package patch

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	// ErrTestFailed reports that a test operation of a JSON Patch found another value, or none.
	ErrTestFailed = errors.New("test failed")
	// ErrNotFound reports that an operation of a JSON Patch names an absent field or list
	// element.
	ErrNotFound = errors.New("no such field or element")
	// ErrServerSide reports that only the server can apply the patch: a strategic or apply patch,
	// or a JSON Patch with an empty name in a path.
	ErrServerSide = errors.New("only the server can apply it")
)

// ApplyTo returns doc, a JSON object, with a merge patch or a JSON Patch applied. doc itself does
// not change. The result is compact JSON with sorted members; numbers keep their literals.
//
// A JSON Patch applies whole or not at all, and its copies may add at most 3 MiB. ApplyTo follows
// the API server where that differs from RFC 6902:
//
//   - a list index may be negative;
//   - replace adds an absent field, and copy of an absent field adds null, below an existing
//     parent;
//   - a test of an absent field for null succeeds.
//
// ApplyTo fails with the error that Encode returns for an invalid patch, with a [*SyntaxError] of
// doc, or with an error that names the operation. The last one wraps [ErrTestFailed], [ErrNotFound]
// or [ErrServerSide] if one of them applies.
func (p Patch) ApplyTo(doc []byte) ([]byte, error) {
	body, err := p.Encode()
	if err != nil {
		return nil, err
	}
	if p.typ != TypeMerge && p.typ != TypeJSON {
		return nil, fmt.Errorf("%s patch: %w", p.typ, ErrServerSide)
	}
	value, err := compactObject(doc)
	if err != nil {
		return nil, fmt.Errorf("%s patch: document: %w", p.typ, err)
	}
	if p.typ == TypeMerge {
		value, err = applyMerge(value, body)
	} else {
		value, err = applyOperations(value, p.ops)
	}
	if err != nil {
		return nil, err
	}
	// The library escapes <, > and & and leaves new members in a random order.
	if err := value.Format(jsontext.ReorderRawObjects(true)); err != nil {
		return nil, fmt.Errorf("%s patch: the result nests too deeply", p.typ)
	}
	return value, nil
}

// compactObject is compactJSON for a document that must be an object.
func compactObject(text []byte) (jsontext.Value, error) {
	v, err := compactJSON(text)
	if err == nil && v.Kind() != '{' {
		err = fmt.Errorf("must be an object, not %s", kindName(v.Kind()))
	}
	return v, err
}
