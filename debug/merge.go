package debug

import "strings"

// merge merges value into a field of the container. value takes precedence, and nil removes the
// field. Lists are merged by the key that the API declares; sets, such as capabilities, are united.
// source is noted for each security setting that changes.
func (b *containerBuilder) merge(source, field string, value any) {
	b.mergeAt(b.container, source, field, field, value)
}

// mergeAt is merge for a member of object, which stands at path in the container.
func (b *containerBuilder) mergeAt(object map[string]any, source, name, path string, value any) {
	switch value := value.(type) {
	case nil:
		delete(object, name)
		b.forgetSources(path)
	case map[string]any:
		members, _ := object[name].(map[string]any)
		if members == nil || replacesWhole(path, value) {
			members = map[string]any{}
			b.forgetSources(path)
		}
		object[name] = members
		for name, value := range value {
			b.mergeAt(members, source, name, path+"."+name, value)
		}
	case []any:
		b.mergeList(object, source, name, path, value)
	default:
		if object[name] != value {
			object[name] = value
			b.noteSource(path, source)
		}
	}
}

// replacesWhole reports whether value replaces the object at path as a whole,
// because the object's members have no meaning without each other.
func replacesWhole(path string, value map[string]any) bool {
	switch path {
	case "env[]":
		return true
	case "securityContext.seccompProfile", "securityContext.appArmorProfile":
		return value["type"] != nil
	}
	return false
}

func (b *containerBuilder) mergeList(object map[string]any, source, name, path string,
	changes []any) {
	list, _ := object[name].([]any)
	key, isSet := "", false
	switch path {
	case "env":
		key = "name"
	case "volumeMounts":
		key = "mountPath"
	case "securityContext.capabilities.add", "securityContext.capabilities.drop":
		isSet = true
	case "envFrom":
	default:
		list = nil
	}
	oldLength := len(list) // a change replaces an old element, never another change
	for _, change := range changes {
		i := -1
		if key != "" || isSet {
			i = lastIndex(list[:oldLength], key, change)
		}
		switch {
		case i < 0:
			list, i = append(list, nil), len(list)
		case isSet:
			continue
		}
		element := map[string]any{"": list[i]}
		b.mergeAt(element, source, "", path+"[]", change)
		list[i] = element[""]
	}
	if isSet && len(list) == oldLength && object[name] != nil {
		return
	}
	if list == nil {
		list = []any{}
	}
	object[name] = list
	if isSet && oldLength > 0 {
		source = b.sources[path] + " and " + source
	}
	b.noteSource(path, source)
}

// lastIndex returns the index of the last element with the same key as other, or equal to it
// without a key; -1 if none. Of several variables with one name the last takes effect.
func lastIndex(list []any, key string, other any) int {
	for i := len(list) - 1; i >= 0; i-- {
		if keyOf(list[i], key) == keyOf(other, key) {
			return i
		}
	}
	return -1
}

func keyOf(element any, key string) any {
	if key == "" {
		return element
	}
	object, _ := element.(map[string]any)
	return object[key]
}

// noteSource notes the source of a field of the securityContext, and ignores every other field. A
// list is one field.
func (b *containerBuilder) noteSource(path, source string) {
	if strings.HasPrefix(path, "securityContext.") && !strings.HasSuffix(path, "[]") {
		b.sources[path] = source
	}
}

// forgetSources removes the sources of the field at path and of the fields below it.
func (b *containerBuilder) forgetSources(path string) {
	for setting := range b.sources {
		if setting == path || strings.HasPrefix(setting, path+".") {
			delete(b.sources, setting)
		}
	}
}
