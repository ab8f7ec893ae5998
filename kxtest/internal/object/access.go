package object

import (
	"maps"
	"slices"
)

// At returns the value under a path of names, or nil if there is none.
func At(value any, path ...string) any {
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// Text returns the string under a path, or "" if there is none.
func Text(value any, path ...string) string {
	s, _ := At(value, path...).(string)
	return s
}

// List returns the list under a path, or nil if there is none.
func List(value any, path ...string) []any {
	l, _ := At(value, path...).([]any)
	return l
}

// Fields returns the object under a path, or nil if there is none.
func Fields(value any, path ...string) map[string]any {
	m, _ := At(value, path...).(map[string]any)
	return m
}

// Number returns the integer under a path. ok reports whether there is a number. A fraction is cut
// off.
func Number(value any, path ...string) (n int64, ok bool) {
	switch n := At(value, path...).(type) {
	case int64:
		return n, true
	case float64:
		return int64(n), true
	}
	return 0, false
}

// With returns a copy of an object with a value set under a path, or removed if value is nil.
// The copy shares everything beside the path with the original, which does not change.
func With(object map[string]any, value any, path ...string) map[string]any {
	copied := maps.Clone(object)
	if copied == nil {
		copied = map[string]any{}
	}
	if len(path) > 1 {
		value = With(Fields(object, path[0]), value, path[1:]...)
	}
	if value == nil {
		delete(copied, path[0])
	} else {
		copied[path[0]] = value
	}
	return copied
}

// ensureFields returns the object under a name, and makes an empty one if there is none.
func ensureFields(object map[string]any, name string) map[string]any {
	existing, ok := object[name].(map[string]any)
	if !ok {
		existing = map[string]any{}
		object[name] = existing
	}
	return existing
}

func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
