package kxtest

import "maps"

// at follows names into nested objects; nil when there is nothing.
func at(value any, path ...string) any {
	for _, name := range path {
		m, _ := value.(map[string]any)
		value = m[name]
	}
	return value
}

func text(value any, path ...string) string {
	s, _ := at(value, path...).(string)
	return s
}

func list(value any, path ...string) []any {
	l, _ := at(value, path...).([]any)
	return l
}

func fields(value any, path ...string) map[string]any {
	m, _ := at(value, path...).(map[string]any)
	return m
}

func number(value any, path ...string) (int64, bool) {
	switch n := at(value, path...).(type) {
	case int64:
		return n, true
	case float64:
		return int64(n), true
	}
	return 0, false
}

// with returns a copy of the object with a value set (or removed, when it is nil) at a path; what is
// not on the path is shared with the original, which stays as it was.
func with(object map[string]any, value any, path ...string) map[string]any {
	copied := maps.Clone(object)
	if copied == nil {
		copied = map[string]any{}
	}
	if len(path) > 1 {
		value = with(fields(object, path[0]), value, path[1:]...)
	}
	if value == nil {
		delete(copied, path[0])
	} else {
		copied[path[0]] = value
	}
	return copied
}
