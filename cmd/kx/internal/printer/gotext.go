package printer

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/jsonpath"
)

// goText returns a value as package fmt prints it, which kubectl uses in custom columns: map[a:1]
// for an object, [1 2] for an array.
func goText(value jsontext.Value) string {
	switch value.Kind() {
	case '{':
		var members map[string]jsontext.Value
		if json.Unmarshal(value, &members) != nil {
			return string(value)
		}
		var texts []string
		for _, name := range slices.Sorted(maps.Keys(members)) {
			texts = append(texts, name+":"+goText(members[name]))
		}
		return "map[" + strings.Join(texts, " ") + "]"
	case '[':
		var items []jsontext.Value
		if json.Unmarshal(value, &items) != nil {
			return string(value)
		}
		var texts []string
		for _, item := range items {
			texts = append(texts, goText(item))
		}
		return "[" + strings.Join(texts, " ") + "]"
	case 'n':
		return "<nil>"
	}
	return jsonpath.Text(value)
}
