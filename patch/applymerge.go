package patch

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// merge is the algorithm of RFC 7386, section 2. The json-patch library has it
// too, but adds new members in a random order and drops nulls inside of lists,
// which the RFC keeps.
func merge(target, patch jsontext.Value) jsontext.Value {
	if patch.Kind() != '{' {
		return patch
	}
	merged := members(target)
	at := make(map[string]int, len(merged))
	for i, m := range merged {
		at[m.name] = i
	}
	for _, m := range members(patch) {
		i, found := at[m.name]
		switch {
		case m.value.Kind() == 'n':
			if found {
				merged[i].value = nil
			}
		case found:
			merged[i].value = merge(merged[i].value, m.value)
		default:
			merged = append(merged, member{m.name, merge(nil, m.value)})
		}
	}
	merged = slices.DeleteFunc(merged, func(m member) bool { return m.value == nil })
	return appendObject(nil, merged)
}
