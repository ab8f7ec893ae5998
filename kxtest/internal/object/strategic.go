package object

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The directives of a strategic merge patch
// (https://git.k8s.io/community/contributors/devel/sig-api-machinery/strategic-merge-patch.md).
const (
	directive      = "$patch"
	retainKeys     = "$retainKeys"
	deleteFromList = "$deleteFromPrimitiveList/"
	elementOrder   = "$setElementOrder/"
)

const (
	badPrimitiveList = patchFormat("invalid patch format of primitive list")
	badRetainKeys    = patchFormat("invalid patch format of retainKeys")
	badElementOrder  = patchFormat("invalid patch format of setElementOrder list")
	listOfLists      = unprocessable("lists of lists are not supported")
)

// patchFormat is a fault of the patch that the server answers with 400. It answers unprocessable
// with 422, and all other faults with 500.
type (
	patchFormat   string
	unprocessable string
)

func (e patchFormat) Error() string { return string(e) }

func (e unprocessable) Error() string { return string(e) }

// StrategicMerge applies a strategic merge patch. Maps merge, null deletes a field, and lists merge
// by their merge key if they have one. Directives override this. Errors are in the server's words.
func (t *Type) StrategicMerge(object, patch map[string]any) (map[string]any, error) {
	return t.mergeMap(Copy(object), Copy(patch))
}

// mergeMap merges a patch into an object. It may change both.
func (t *Type) mergeMap(original, patch map[string]any) (map[string]any, error) {
	d, ok := patch[directive]
	switch {
	case !ok:
	case d == "replace":
		delete(patch, directive)
		return patch, nil
	case d == "delete":
		return map[string]any{}, nil
	default:
		return nil, fmt.Errorf("unknown patch type: %s in map: %v", d, patch)
	}
	if original == nil {
		original = map[string]any{}
	}
	if err := applyRetainKeys(original, patch); err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(patch)) {
		if name, ok := strings.CutPrefix(key, elementOrder); ok {
			if err := t.mergeOrdered(original, patch, key, name); err != nil {
				return nil, err
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(patch)) {
		value := patch[key]
		name, deletes := strings.CutPrefix(key, deleteFromList)
		if value == nil {
			delete(original, name)
			continue
		}
		old, ok := original[name]
		if !ok || goType(old) != goType(value) {
			if !deletes {
				set(original, name, withoutNulls(value))
			}
			continue
		}
		var err error
		switch v := value.(type) {
		case map[string]any:
			field, lookupErr := t.patchField(name)
			if lookupErr != nil {
				return nil, lookupErr
			}
			if field.strategy("replace") {
				original[name] = v
			} else {
				original[name], err = field.mergeMap(old.(map[string]any), v)
			}
		case []any:
			field, lookupErr := t.patchField(name)
			if lookupErr != nil {
				return nil, lookupErr
			}
			original[name], err = field.mergeList(old.([]any), v, deletes)
		default:
			original[name] = value
		}
		if err != nil {
			return nil, err
		}
	}
	return original, nil
}

// patchField returns the type of a field with a map or a list. A value of any form merges like a
// map.
func (t *Type) patchField(name string) (*Type, error) {
	if t.isFree() {
		return t, nil
	}
	f := t.field(name)
	if f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("unable to find api field in struct %s for the json field %q",
		t.structName(), name)
}

// applyRetainKeys removes the fields that $retainKeys does not list.
func applyRetainKeys(original, patch map[string]any) error {
	value, ok := patch[retainKeys]
	if !ok {
		return nil
	}
	delete(patch, retainKeys)
	keys, ok := value.([]any)
	if !ok {
		return badRetainKeys
	}
	for name, v := range patch {
		if v != nil && !strings.HasPrefix(name, deleteFromList) && !strings.HasPrefix(name,
			elementOrder) &&
			!contains(keys, name) {
			return badRetainKeys
		}
	}
	maps.DeleteFunc(original, func(name string, _ any) bool { return !contains(keys, name) })
	return nil
}

func goType(value any) string {
	if value == nil {
		return "nil"
	}
	return fmt.Sprintf("%T", value)
}

// set stores a new value without its directives.
func set(object map[string]any, name string, value any) {
	if value, keep := withoutDirectives(value); keep {
		object[name] = value
	} else {
		delete(object, name)
	}
}

func withoutNulls(value any) any {
	switch v := value.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, field any) bool { return field == nil })
		for _, field := range v {
			withoutNulls(field)
		}
	case []any:
		for _, item := range v {
			withoutNulls(item)
		}
	}
	return value
}

func withoutDirectives(value any) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		if _, ok := v[directive]; ok {
			return nil, false
		}
		for name, field := range v {
			set(v, name, field)
		}
	case []any:
		kept := []any{}
		for _, item := range v {
			if item, keep := withoutDirectives(item); keep {
				kept = append(kept, item)
			}
		}
		return kept, true
	}
	return value, true
}
