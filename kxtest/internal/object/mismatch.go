package object

import (
	"strings"
)

// mismatch is a value of the wrong JSON type, or one that its format refuses.
type mismatch struct {
	got     any    // the value; nil if message is complete
	goType  string // the Go type of the field
	place   location
	numeral string // the number that does not fit
	message string
}

func (m *mismatch) Error() string {
	if m.message != "" {
		return m.message
	}
	got := jsonKind(m.got)
	if m.numeral != "" {
		got += " " + m.numeral
	}
	return "json: cannot unmarshal " + got + " into Go struct field " +
		m.place.owner.structName() + "." + strings.Join(m.place.names, ".") + " of type " + m.goType
}

// converted returns the message for the same fault in the result of a strategic merge patch, which
// the server converts without JSON.
func (m *mismatch) converted() string {
	if m.message != "" {
		return m.message
	}
	got := map[string]string{"array": "slice", "object": "map"}[jsonKind(m.got)]
	switch m.got.(type) {
	case string:
		got = "string"
	case bool:
		got = "bool"
	case int64:
		got = "int64"
	case float64:
		got = "float64"
	}
	switch {
	case strings.HasPrefix(m.goType, "[]"):
		return "cannot restore slice from " + got
	case strings.HasPrefix(m.goType, "map["):
		return "cannot restore map from " + got
	case strings.Contains(m.goType, "."):
		return "cannot restore struct from: " + got
	case got == "string", got == "bool":
		return "unrecognized type: " + m.goType
	}
	return "cannot convert " + got + " to " + m.goType
}

// location is the place of a value in an error: the struct that has the field, and the names from
// the root without indexes.
type location struct {
	owner *Type
	names []string
}
