package object

import (
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
)

// Type is the schema of one API type: its fields, the keys of its lists and its patch strategies.
// Types are shared and never change.
type Type struct {
	Ref      string           `json:"ref"`    // another type's name, such as "core.v1.Pod"
	Type     string           `json:"type"`   // string, integer, number, boolean, object or array
	Format   string           `json:"format"` // int32, int64, date-time, int-or-string, byte …
	Fields   map[string]*Type `json:"fields"`
	Elem     *Type            `json:"elem"` // the type of a list's items or a map's values
	List     string           `json:"list"` // map, set or atomic
	Keys     []string         `json:"keys"` // the keys of a list of type map
	Map      string           `json:"map"`  // atomic or granular
	Strategy []string         `json:"strategy"`
	MergeKey string           `json:"mergeKey"`
	Default  any              `json:"default"`
	Required []string         `json:"required"` // the names of a struct's required fields
	Enum     []string         `json:"enum"`     // the valid strings
	// how a zero value is sent: omit (not), emit (empty) or null
	Zero  string `json:"zero"`
	Embed string `json:"embed"` // the embedded Go struct that has the field

	name   string // the name of a named type
	target *Type  // the type that Ref names
}

//go:embed schema.json
var schemaJSON []byte

type schema struct {
	Version string            `json:"version"`
	Kinds   map[string]string `json:"kinds"`
	Types   map[string]*Type  `json:"types"`
}

var loadSchema = sync.OnceValue(func() *schema {
	s := &schema{}
	if err := json.Unmarshal(schemaJSON, s); err != nil {
		// embedded at build time; a test reads it
		panic(fmt.Sprintf("object: schema.json: %v", err))
	}
	for name, t := range s.Types {
		t.name = name
		t.link(s.Types)
	}
	return s
})

func (t *Type) link(types map[string]*Type) {
	t.target = types[t.Ref]
	if t.Elem != nil {
		t.Elem.link(types)
	}
	for _, f := range t.Fields {
		f.link(types)
	}
}

// Lookup returns the type of a kind, such as "v1", "Pod" or "apps/v1", "Deployment". It returns nil
// if the schema does not have the kind.
func Lookup(apiVersion, kind string) *Type {
	s := loadSchema()
	return s.Types[s.Kinds[path.Join(apiVersion, kind)]]
}

// resolve returns the type, or the type that it refers to.
func (t *Type) resolve() *Type {
	if t != nil && t.target != nil {
		return t.target
	}
	return t
}

// field returns the type of an object's field: a struct's field by name, or any value of a map. It
// returns nil if there is none.
func (t *Type) field(name string) *Type {
	r := t.resolve()
	if r == nil {
		return nil
	}
	f := r.Fields[name]
	if f != nil {
		return f
	}
	return r.Elem
}

// isStruct reports whether the type has fields of its own.
func (t *Type) isStruct() bool { r := t.resolve(); return r != nil && len(r.Fields) > 0 }

// isFree reports whether any value is valid, as in FieldsV1 and RawExtension.
func (t *Type) isFree() bool {
	r := t.resolve()
	return r == nil || r.Type == "" || r.Type == "object" && r.Fields == nil && r.Elem == nil
}

// atomic reports whether the value has one owner as a whole. Lists do unless they are maps or sets,
// and so do types that are marked atomic.
func (t *Type) atomic() bool {
	r := t.resolve()
	switch {
	case r == nil:
		return true
	case r.Type == "array":
		kind := t.List
		if kind == "" {
			kind = r.List
		}
		return kind != "map" && kind != "set"
	}
	return t.Map == "atomic" || r.Map == "atomic"
}

func (t *Type) strategy(name string) bool { return t != nil && slices.Contains(t.Strategy, name) }

// goName returns the server's Go name of the type, for decoding errors.
func (t *Type) goName() string {
	r := t.resolve()
	switch r.Type {
	case "array":
		return "[]" + r.Elem.goName()
	case "boolean":
		return "bool"
	case "integer":
		if r.Format == "" {
			return "int64"
		}
		return r.Format
	case "number":
		return "float64"
	case "object":
		if r.Elem != nil && r.Fields == nil {
			return "map[string]" + r.Elem.goName()
		}
		parts := strings.Split(r.name, ".")
		return strings.Join(parts[max(0, len(parts)-2):], ".")
	case "string":
		if r.Format == "int-or-string" {
			return "int32"
		}
	}
	return "string"
}

// structName returns the last part of a named type's name, such as "PodSpec".
func (t *Type) structName() string {
	name := t.resolve().name
	return name[strings.LastIndexByte(name, '.')+1:]
}

// blank returns what the API sends for an empty object. The server compares a new object with it.
func (t *Type) blank() map[string]any {
	object := map[string]any{}
	for name, field := range t.resolve().Fields {
		switch field.Zero {
		case "emit":
			object[name] = field.empty()
		case "null":
			object[name] = nil
		}
	}
	return object
}

// empty returns the zero value of a field that is always sent.
func (t *Type) empty() any {
	r := t.resolve()
	switch {
	case r.Type == "object":
		return t.blank()
	case r.Type == "boolean":
		return false
	case r.Type == "integer", r.Format == "int-or-string":
		return int64(0)
	}
	return ""
}
