package resources

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// FieldConflict is a field that a server-side apply would take from another manager.
type FieldConflict struct {
	// Field is the path of the field, such as .spec.containers[name="app"].image.
	Field string
	// Manager is the name of the field's manager. It is empty if the server's text has none.
	Manager string
	// IsApply is true if the manager applied the field, and false if it wrote it by an update.
	IsApply bool
	// Description is the server's text about the manager, such as "kubectl-create" using v1.
	Description string
}

// FieldConflicts returns the conflicts of a server-side apply that the server refused, in the
// server's order. It returns nil for any other error. The rules:
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts.
func FieldConflicts(err error) []FieldConflict {
	var status *transport.StatusError
	if !errors.As(err, &status) || status.Status.Details == nil {
		return nil
	}
	var found []FieldConflict
	for _, cause := range status.Status.Details.Causes {
		if cause.Reason != "FieldManagerConflict" {
			continue
		}
		c := FieldConflict{Field: cause.Field,
			Description: strings.TrimPrefix(cause.Message, "conflict with ")}
		quoted, err := strconv.QuotedPrefix(c.Description)
		if err == nil {
			c.Manager, _ = strconv.Unquote(quoted)
			c.IsApply = !strings.Contains(c.Description[len(quoted):], " using ")
		}
		found = append(found, c)
	}
	return found
}

// Value returns the value of the field in an object. ok is false if the object has no such field.
func (c FieldConflict) Value(object jsontext.Value) (value jsontext.Value, ok bool) {
	return atFieldPath(object, c.Field)
}

// atFieldPath returns the value at a path of structured-merge-diff (fieldpath.Path.String): .NAME
// for a member, [INDEX], [=VALUE] and [KEY=VALUE,…] for an element of a list. A name may have
// dots and brackets, so that the members of the object decide where it ends.
func atFieldPath(value jsontext.Value, path string) (jsontext.Value, bool) {
	if path == "" {
		return value, true
	}
	children, err := readChildren(value)
	if err != nil {
		return nil, false
	}
	for i, c := range children.all {
		child := value[c.value:c.end]
		var rest string
		var matches bool
		if children.kind == '{' {
			rest, matches = strings.CutPrefix(path, "."+c.name)
		} else {
			rest, matches = cutElement(path, i, child)
		}
		if !matches || rest != "" && rest[0] != '.' && rest[0] != '[' {
			continue
		}
		if found, ok := atFieldPath(child, rest); ok {
			return found, true
		}
	}
	return nil, false
}

// cutElement removes the part for the element of a list from the start of a path.
func cutElement(path string, index int, element jsontext.Value) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(path, "["+strconv.Itoa(index)+"]"); ok {
		return rest, true
	}
	if rest, ok = strings.CutPrefix(path, "[="+string(element)+"]"); ok {
		return rest, true
	}
	keys, err := readChildren(element)
	rest, ok = strings.CutPrefix(path, "[")
	for ok = ok && err == nil && keys.kind == '{'; ok && !strings.HasPrefix(rest, "]"); {
		rest, ok = cutKey(rest, element, keys.all)
	}
	return strings.TrimPrefix(rest, "]"), ok
}

// cutKey removes KEY=VALUE, or KEY=VALUE and a comma, from the start of a path. The element must
// have this key with this value.
func cutKey(path string, element jsontext.Value, keys []child) (rest string, ok bool) {
	for _, key := range keys {
		rest, ok = strings.CutPrefix(path, key.name+"="+string(element[key.value:key.end]))
		if ok && strings.HasPrefix(rest, ",") {
			return rest[1:], true
		}
		if ok && strings.HasPrefix(rest, "]") {
			return rest, true
		}
	}
	return "", false
}
