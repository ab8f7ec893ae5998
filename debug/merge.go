package debug

import "strings"

// put merges a value into a field of the draft: what it has goes before what is there, and nil takes that away. from is noted for the security settings that it changes.
// Lists are joined as the API declares it, and where they are sets, such as capabilities, so that none replaces what a profile asks for.
func (d *draft) put(from, field string, value any) {
	d.merge(d.container, from, field, field, value)
}

// merge is put into the member of an object, which is at path in the container.
func (d *draft) merge(object map[string]any, from, name, path string, value any) {
	switch value := value.(type) {
	case nil:
		delete(object, name)
		d.forget(path)
	case map[string]any:
		members, _ := object[name].(map[string]any)
		if members == nil || isWhole(path, value) {
			members = map[string]any{}
			d.forget(path)
		}
		object[name] = members
		for name, value := range value {
			d.merge(members, from, name, path+"."+name, value)
		}
	case []any:
		d.mergeList(object, from, name, path, value)
	default:
		if object[name] != value {
			object[name] = value
			d.note(path, from)
		}
	}
}

// isWhole holds for an object of which each member has its meaning beside the others only, so that it replaces what is there.
func isWhole(path string, value map[string]any) bool {
	switch path {
	case "env[]":
		return true
	case "securityContext.seccompProfile", "securityContext.appArmorProfile":
		return value["type"] != nil
	}
	return false
}

func (d *draft) mergeList(object map[string]any, from, name, path string, changes []any) {
	list, _ := object[name].([]any)
	key, set := "", false
	switch path {
	case "env":
		key = "name"
	case "volumeMounts":
		key = "mountPath"
	case "securityContext.capabilities.add", "securityContext.capabilities.drop":
		set = true
	case "envFrom":
	default:
		list = nil
	}
	before := len(list) // of the changes themselves none replaces another
	for _, change := range changes {
		i := -1
		if key != "" || set {
			i = find(list[:before], key, change)
		}
		switch {
		case i < 0:
			list, i = append(list, nil), len(list)
		case set:
			continue
		}
		element := map[string]any{"": list[i]}
		d.merge(element, from, "", path+"[]", change)
		list[i] = element[""]
	}
	if set && len(list) == before && object[name] != nil {
		return
	}
	if list == nil {
		list = []any{}
	}
	object[name] = list
	if set && before > 0 {
		from = d.from[path] + " and " + from
	}
	d.note(path, from)
}

// find gives the place of the last element that has the same key as the other, or is the same where there is no key; -1 when there is none.
// Of variables with one name it is the last that counts.
func find(list []any, key string, other any) int {
	for i := len(list) - 1; i >= 0; i-- {
		if keyIn(list[i], key) == keyIn(other, key) {
			return i
		}
	}
	return -1
}

func keyIn(element any, key string) any {
	if key == "" {
		return element
	}
	object, _ := element.(map[string]any)
	return object[key]
}

// note says what a setting is from, if it is about security. A list is one setting.
func (d *draft) note(path, from string) {
	if strings.HasPrefix(path, "securityContext.") && !strings.HasSuffix(path, "[]") {
		d.from[path] = from
	}
}

// forget drops what was noted at the path and below it.
func (d *draft) forget(path string) {
	for setting := range d.from {
		if setting == path || strings.HasPrefix(setting, path+".") {
			delete(d.from, setting)
		}
	}
}
