package object

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// duplicateItemError is the path of an item that occurs twice in a list of type map or set.
type duplicateItemError string

func (e duplicateItemError) Error() string { return "duplicate entries for key " + string(e) }

// checkApplied returns what is wrong with an applied configuration, in the server's words.
func (t *Type) checkApplied(value any) error {
	var faults []string
	t.faults(value, nil, &faults)
	switch len(faults) {
	case 0:
		return nil
	case 1:
		return errors.New(faults[0])
	}
	text := "errors:"
	for _, f := range faults {
		text += "\n  " + f
	}
	return errors.New(text)
}

func (t *Type) faults(value any, path []string, faults *[]string) {
	fault := func(format string, args ...any) {
		*faults = append(*faults, fieldPath(path)+": "+fmt.Sprintf(format, args...))
	}
	if value == nil || t.isFree() {
		return
	}
	r := t.resolve()
	switch v := value.(type) {
	case map[string]any:
		if r.Type != "object" {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			itemPath := childPath(path, "f:"+name)
			ft := t.field(name)
			if ft != nil {
				ft.faults(v[name], itemPath, faults)
			} else {
				*faults = append(*faults, fieldPath(itemPath)+": field not declared in schema")
			}
		}
		return
	case []any:
		if r.Type != "array" {
			break
		}
		seen := map[string]bool{}
		for i, item := range v {
			if t.atomic() {
				r.Elem.faults(item, childPath(path, "i:"+fmt.Sprint(i)), faults)
				continue
			}
			_, isObject := item.(map[string]any)
			if len(t.listKeys()) > 0 && !isObject {
				fault("element %d: associative list with keys may not have non-map elements", i)
				continue
			}
			key := t.element(item)
			if seen[key] {
				fault("%v", duplicateItemError(fieldPath([]string{key})))
			}
			seen[key] = true
			r.Elem.faults(item, childPath(path, key), faults)
		}
		return
	}
	got := fmt.Sprintf("&value.valueUnstructured{Value:%#v}", value)
	switch r.Type {
	case "object":
		fault("expected map, got &{%v}", value)
	case "array":
		fault("expected list, got &{%v}", value)
	case "boolean":
		if _, ok := value.(bool); !ok {
			fault("expected boolean, got %s", got)
		}
	case "integer", "number":
		if jsonKind(value) != "number" {
			fault("expected numeric (int or float), got %s", got)
		}
	default:
		if r.Format == "int-or-string" || r.name == "api.resource.Quantity" {
			return
		}
		if _, ok := value.(string); !ok {
			fault("expected string, got %s", got)
		}
	}
}
