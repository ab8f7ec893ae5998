package debug

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// merge puts a part of a container on top of one: what the part has goes before what is there, and null takes it away. path is where in the container that is.
// Lists are joined as the API declares it, and where they are sets, such as capabilities, so that none replaces what a profile asks for.
func merge(base, part jsontext.Value, path string) (jsontext.Value, error) {
	switch part.Kind() {
	case '{':
		return mergeObject(base, part, path)
	case '[':
		return mergeList(base, part, path)
	}
	return part, nil
}

func mergeObject(base, part jsontext.Value, path string) (jsontext.Value, error) {
	members, changes := map[string]jsontext.Value{}, map[string]jsontext.Value{}
	if err := json.Unmarshal(part, &changes); err != nil {
		return nil, err
	}
	if base.Kind() == '{' && !isWhole(path, changes) {
		if err := json.Unmarshal(base, &members); err != nil {
			return nil, err
		}
	}
	for name, change := range changes {
		if change.Kind() == 'n' {
			delete(members, name)
			continue
		}
		merged, err := merge(members[name], change, join(path, name))
		if err != nil {
			return nil, err
		}
		members[name] = merged
	}
	return json.Marshal(members, json.Deterministic(true))
}

// isWhole holds for objects of which a member has a meaning only beside the others, so that they replace what is there.
func isWhole(path string, changes map[string]jsontext.Value) bool {
	switch path {
	case "env[]":
		return true
	case "securityContext.seccompProfile", "securityContext.appArmorProfile":
		_, ok := changes["type"]
		return ok
	}
	return false
}

func mergeList(base, part jsontext.Value, path string) (jsontext.Value, error) {
	var list, changes []jsontext.Value
	if base.Kind() == '[' {
		if err := json.Unmarshal(base, &list); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(part, &changes); err != nil {
		return nil, err
	}
	key := ""
	switch path {
	case "env":
		key = "name"
	case "volumeMounts":
		key = "mountPath"
	case "envFrom":
	case "securityContext.capabilities.add", "securityContext.capabilities.drop":
		changes = slices.DeleteFunc(changes, func(change jsontext.Value) bool { return indexOf(list, change, "") >= 0 })
	default:
		list = nil
	}
	before := list // of the changes themselves none replaces another
	for _, change := range changes {
		i := -1
		if key != "" {
			i = indexOf(before, change, key)
		}
		if i < 0 {
			list, i = append(list, nil), len(list)
		}
		merged, err := merge(list[i], change, path+"[]")
		if err != nil {
			return nil, err
		}
		list[i] = merged
	}
	if list == nil {
		list = []jsontext.Value{}
	}
	return json.Marshal(list)
}

// indexOf finds the last element that has the same key as wanted, or without a key is the same; -1 when none is.
func indexOf(list []jsontext.Value, wanted jsontext.Value, key string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if bytes.Equal(keyIn(list[i], key), keyIn(wanted, key)) {
			return i
		}
	}
	return -1
}

func keyIn(value jsontext.Value, key string) jsontext.Value {
	if key != "" {
		var members map[string]jsontext.Value
		_ = json.Unmarshal(value, &members) // without members it has no key
		value = members[key]
	}
	if value = value.Clone(); value != nil {
		_ = value.Canonicalize() // a string may be written in more than one way
	}
	return value
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// member gives the object that has this one member, and none for nil.
func member(name string, value jsontext.Value) jsontext.Value {
	if value == nil {
		return nil
	}
	return slices.Concat(jsontext.Value(`{"`+name+`":`), value, jsontext.Value("}"))
}
