package object

import (
	"math"
	"path"
	"slices"
	"strconv"
)

// Structural is the structural schema of a custom resource or of a part of it (the page
// custom-resource-definitions of https://kubernetes.io/docs/tasks/extend-kubernetes/). Rules in
// CEL, formats and allOf, anyOf, oneOf and not are passed over.
type Structural struct {
	kind                 string // string, integer, number, boolean, object, array or ""
	properties           map[string]*Structural
	additional           *Structural // of the values of a map
	items                *Structural
	required             []string
	enum                 []any
	fallback             any // the default
	nullable             bool
	keepsUnknown         bool
	isIntOrString        bool
	minimum, maximum     float64
	minLength, maxLength int64
	minItems, maxItems   int64
	pattern              string
	listType, mapType    string
	listKeys             []string
}

// ParseStructural returns the schema of an openAPIV3Schema.
func ParseStructural(schema map[string]any) *Structural {
	if schema == nil {
		return nil
	}
	s := &Structural{
		kind: Text(schema, "type"), enum: List(schema, "enum"), fallback: schema["default"],
		nullable:      schema["nullable"] == true,
		keepsUnknown:  schema["x-kubernetes-preserve-unknown-fields"] == true,
		isIntOrString: schema["x-kubernetes-int-or-string"] == true,
		minimum:       bound(schema, "minimum", -math.MaxFloat64),
		maximum:       bound(schema, "maximum", math.MaxFloat64),
		minLength:     int64(bound(schema, "minLength", 0)),
		maxLength:     int64(bound(schema, "maxLength", math.MaxInt32)),
		minItems:      int64(bound(schema, "minItems", 0)),
		maxItems:      int64(bound(schema, "maxItems", math.MaxInt32)),
		pattern:       Text(schema, "pattern"),
		listType:      Text(schema, "x-kubernetes-list-type"),
		mapType:       Text(schema, "x-kubernetes-map-type"),
		items:         ParseStructural(Fields(schema, "items")),
		properties:    map[string]*Structural{},
		required:      texts(List(schema, "required")),
		listKeys:      texts(List(schema, "x-kubernetes-list-map-keys")),
	}
	switch additional := schema["additionalProperties"].(type) {
	case map[string]any:
		s.additional = ParseStructural(additional)
	case bool:
		if additional {
			s.additional = &Structural{keepsUnknown: true}
		}
	}
	for name, property := range Fields(schema, "properties") {
		fields, _ := property.(map[string]any)
		s.properties[name] = ParseStructural(fields)
	}
	return s
}

func bound(schema map[string]any, name string, fallback float64) float64 {
	switch v := schema[name].(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return fallback
}

func texts(values []any) (all []string) {
	for _, v := range values {
		text, _ := v.(string)
		all = append(all, text)
	}
	return all
}

// typ returns the schema as a Type, for the ownership of fields.
func (s *Structural) typ() *Type {
	switch {
	case s == nil, s.isIntOrString, s.keepsUnknown && len(s.properties) == 0:
		return &Type{}
	case s.kind == "array":
		return &Type{Type: "array", Elem: s.items.typ(), List: s.listType, Keys: s.listKeys}
	case s.kind != "object":
		return &Type{Type: s.kind}
	}
	t := &Type{Type: "object", Map: s.mapType, Fields: map[string]*Type{}}
	for name, property := range s.properties {
		t.Fields[name] = property.typ()
	}
	switch {
	case s.keepsUnknown:
		t.Elem = &Type{}
	case s.additional != nil:
		t.Elem = s.additional.typ()
	}
	return t
}

// rootType returns the Type of a whole object.
func (s *Structural) rootType(apiVersion, kind string) *Type {
	t := s.typ()
	if t.Fields == nil {
		t.Type, t.Fields, t.Elem = "object", map[string]*Type{}, &Type{}
	}
	t.Fields["apiVersion"], t.Fields["kind"] = &Type{Type: "string"}, &Type{Type: "string"}
	metadata := &Type{Ref: "meta.v1.ObjectMeta"}
	metadata.link(loadSchema().Types)
	t.Fields["metadata"] = metadata
	t.name = path.Join(apiVersion, kind)
	return t
}

// prune removes the fields that the schema does not have, and returns their paths.
func (s *Structural) prune(value any, at []string) (unknown []string) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			memberPath := append(at[:len(at):len(at)], name)
			inner := s.member(name)
			if inner == nil {
				if !s.keepsUnknown {
					unknown = append(unknown, pathString(memberPath))
					delete(v, name)
				}
				continue
			}
			unknown = append(unknown, inner.prune(v[name], memberPath)...)
		}
	case []any:
		for i, item := range v {
			if s.items != nil {
				unknown = append(unknown, s.items.prune(item,
					append(at[:len(at):len(at)], "["+strconv.Itoa(i)+"]"))...)
			}
		}
	}
	return unknown
}

// member returns the schema of a member, or nil.
func (s *Structural) member(name string) *Structural {
	property := s.properties[name]
	if property != nil {
		return property
	}
	return s.additional
}

// setDefaults sets the default of each absent member. A null that the schema does not allow is
// removed first.
func (s *Structural) setDefaults(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, property := range s.properties {
			inner, found := v[name]
			if found && inner == nil && !property.nullable && !property.keepsUnknown {
				delete(v, name)
				found = false
			}
			if !found && property.fallback != nil {
				v[name] = Copy(property.fallback)
			}
		}
		for name, inner := range v {
			schema := s.member(name)
			if schema != nil {
				schema.setDefaults(inner)
			}
		}
	case []any:
		if s.items != nil {
			for _, item := range v {
				s.items.setDefaults(item)
			}
		}
	}
}

func (s *Structural) allows(value any) bool {
	return slices.ContainsFunc(s.enum, func(e any) bool { return Equal(e, value) })
}
