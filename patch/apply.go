package patch

import (
	"bytes"
	"errors"
	"fmt"
)

var (
	// ErrTestFailed is what [Patch.ApplyTo] returns when a test operation of a
	// JSON Patch finds another value than it asks for, or none.
	ErrTestFailed = errors.New("test failed")
	// ErrNotFound is what [Patch.ApplyTo] returns when an operation of a JSON
	// Patch names a field or list element that the document has not.
	ErrNotFound = errors.New("no such field or element")
	// ErrServerSide is what [Patch.ApplyTo] returns for strategic and apply
	// patches, which depend on what only the server knows.
	ErrServerSide = errors.New("only the server can apply it")
)

// ApplyTo returns doc, a JSON document, with a merge patch or a JSON Patch
// applied, as compact JSON; doc itself is left as it is. Values that the patch
// does not touch keep their literals, and members their order.
//
// It follows RFC 7386 and RFC 6902 to the letter, where servers are laxer: list
// indices are not negative, and parents are not created. A JSON Patch is applied
// whole or not at all. Copy operations may add 3 MiB in all, the limit of the API
// server. Errors are the patch's own mistake, a [*SyntaxError] of doc,
// [ErrServerSide], [ErrTestFailed], [ErrNotFound] and others of one operation,
// which they name.
func (p Patch) ApplyTo(doc []byte) ([]byte, error) {
	if _, err := p.Encode(); err != nil {
		return nil, err
	}
	if p.typ != TypeMerge && p.typ != TypeJSON {
		return nil, fmt.Errorf("%s patch: %w", p.typ, ErrServerSide)
	}
	value, err := compactJSON(doc)
	if err != nil {
		return nil, fmt.Errorf("%s patch: document: %w", p.typ, err)
	}
	if p.typ == TypeMerge {
		return merge(value, p.body), nil
	}
	value, err = applyOperations(value, p.ops)
	return bytes.Clone(value), err // which may be a value of the patch itself
}
