package patch

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Type is the kind of a patch, spelled like the command's --type flag.
type Type string

// The kinds of patch of the Kubernetes API.
const (
	TypeMerge     Type = "merge"
	TypeJSON      Type = "json"
	TypeStrategic Type = "strategic"
	TypeApply     Type = "apply"
)

// ContentType returns the media type of the kind, or "" for an unknown kind.
func (t Type) ContentType() string {
	switch t {
	case TypeMerge:
		return "application/merge-patch+json"
	case TypeJSON:
		return "application/json-patch+json"
	case TypeStrategic:
		return "application/strategic-merge-patch+json"
	case TypeApply:
		// The body is JSON, which is YAML too.
		return "application/apply-patch+yaml"
	}
	return ""
}

// Patch is one change to an object, ready to be sent. It is immutable: the methods that add
// operations return a new Patch. A Patch may be sent many times and from many goroutines. The
// zero Patch is invalid.
type Patch struct {
	typ  Type
	body jsontext.Value // of every kind except TypeJSON
	ops  []operation    // of TypeJSON
	err  error
}

// Merge returns a JSON merge patch (RFC 7386). v must encode to a JSON object; see the package
// documentation.
func Merge(v any) Patch { return newPatch(TypeMerge, v) }

// Strategic returns a strategic merge patch, which merges lists by the keys that the API
// declares. v must encode to a JSON object; see the package documentation.
//
// The rules:
// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/.
func Strategic(v any) Patch { return newPatch(TypeStrategic, v) }

// Apply returns an apply configuration, for server-side apply: the fields that the request's field
// manager owns. v must encode to a JSON object with apiVersion and kind, and without
// metadata.managedFields; see the package documentation.
//
// The rules: https://kubernetes.io/docs/reference/using-api/server-side-apply/.
func Apply(v any) Patch { return newPatch(TypeApply, v) }

// JSON returns a JSON Patch (RFC 6902) without operations. [Patch.Add] and the like append them.
// The server responds to a patch without operations with the unchanged object.
func JSON() Patch { return Patch{typ: TypeJSON} }

func newPatch(typ Type, v any) Patch {
	body, err := encodeDocument(v)
	if err == nil {
		err = checkDocument(typ, body)
	}
	if err != nil {
		return Patch{typ: typ, err: fmt.Errorf("%s patch: %w", typ, err)}
	}
	return Patch{typ: typ, body: body}
}

// Type returns the kind of the patch, or "" for the zero Patch.
func (p Patch) Type() Type { return p.typ }

// ContentType returns the media type of the patch, or "" for the zero Patch.
func (p Patch) ContentType() string { return p.typ.ContentType() }

// Encode returns the body to send, which is compact JSON for every kind. It fails with the first
// mistake made while the patch was built.
func (p Patch) Encode() ([]byte, error) {
	switch {
	case p.err != nil:
		return nil, p.err
	case p.typ == "":
		return nil, errors.New(
			"patch: the zero Patch is empty: make one with Merge, JSON, Strategic or Apply")
	case p.typ == TypeJSON:
		return encodeOperations(p.ops), nil
	}
	return bytes.Clone(p.body), nil
}

// String describes the patch without its content, which may be secret.
func (p Patch) String() string {
	switch {
	case p.err != nil:
		return fmt.Sprintf("%s patch (invalid)", p.typ)
	case p.typ == "":
		return "no patch"
	case p.typ == TypeJSON:
		return fmt.Sprintf("json patch (operations: %d)", len(p.ops))
	}
	return fmt.Sprintf("%s patch (%d bytes)", p.typ, len(p.body))
}

// GoString returns String, so that %#v shows no content either.
func (p Patch) GoString() string { return p.String() }

// encodeDocument encodes the argument of Merge, Strategic and Apply as compact JSON. A string or
// bytes are JSON text, because a document is never a string.
func encodeDocument(v any) (jsontext.Value, error) {
	switch v := v.(type) {
	case jsontext.Value:
		return compactRaw(v)
	case []byte:
		return compactRaw(v)
	case string:
		return compactRaw([]byte(v))
	}
	return encodeValue(v)
}

func compactRaw(text []byte) (jsontext.Value, error) {
	value, err := compactJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%w (YAML text goes through patch.YAML)", err)
	}
	return value, nil
}

func encodeValue(v any) (jsontext.Value, error) {
	if d, ok := v.(Document); ok {
		return d.MarshalJSON()
	}
	value, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("value does not encode: %w", err)
	}
	return value, nil
}

func checkDocument(typ Type, body jsontext.Value) error {
	kind := body.Kind()
	if kind != '{' {
		return fmt.Errorf("must be an object, not %s", kindName(kind))
	}
	if typ != TypeApply {
		return nil
	}
	for _, name := range []string{"apiVersion", "kind"} {
		v, found := child(body, name)
		if !found || v.Kind() != '"' || len(v) == len(`""`) {
			return fmt.Errorf(
				"%s is required: server-side apply needs the object's apiVersion and kind", name)
		}
	}
	v, found := resolve(body, []string{"metadata", "managedFields"})
	if found && v.Kind() != 'n' && string(v) != "[]" {
		return errors.New("metadata.managedFields must be left out: the server fills it in")
	}
	return nil
}
