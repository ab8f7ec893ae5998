package subresource

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ContainerMatches reports whether stored, an ephemeral container read from the server, equals
// wanted. Both are JSON. Their names are not compared, and stored may have the server's defaults in
// addition.
func ContainerMatches(stored, wanted jsontext.Value) bool {
	var s, w map[string]jsontext.Value
	if json.Unmarshal(stored, &s) != nil || json.Unmarshal(wanted, &w) != nil {
		return false
	}
	s["name"] = w["name"]
	return objectMatches(s, w)
}

// objectMatches reports whether stored has every member of wanted, and no other member but the
// server's defaults. A further member could mean another user or more rights.
func objectMatches(stored, wanted map[string]jsontext.Value) bool {
	for key, value := range stored {
		_, asked := wanted[key]
		if !asked && !isEmpty(value) && !isServerDefault(key, value) {
			return false
		}
	}
	for key, value := range wanted {
		if !valueMatches(stored[key], value) {
			return false
		}
	}
	return true
}

// isServerDefault reports whether the API server fills in such a member of a container by itself.
func isServerDefault(key string, value jsontext.Value) bool {
	switch key {
	case "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy":
		return true
	case "apiVersion", "divisor", "optional": // of env[].valueFrom
		v := string(value)
		return v == `"v1"` || v == `"0"` || v == "false"
	}
	return false
}

// valueMatches is objectMatches for a value of any type. Lists match element by element.
func valueMatches(stored, wanted jsontext.Value) bool {
	switch {
	case stored.Kind() == '{' && wanted.Kind() == '{':
		var s, w map[string]jsontext.Value
		return json.Unmarshal(stored, &s) == nil && json.Unmarshal(wanted, &w) == nil &&
			objectMatches(s, w)
	case stored.Kind() == '[' && wanted.Kind() == '[':
		var s, w []jsontext.Value
		if json.Unmarshal(stored, &s) != nil || json.Unmarshal(wanted, &w) != nil ||
			len(s) != len(w) {
			return false
		}
		for i := range w {
			if !valueMatches(s[i], w[i]) {
				return false
			}
		}
		return true
	}
	return scalarsEqual(stored, wanted)
}
