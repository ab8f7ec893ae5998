package object

import "strings"

// Component returns the name of a kind's schema in the OpenAPI v3 documents, or "" if the schema
// does not have the kind.
func Component(apiVersion, kind string) string {
	t := Lookup(apiVersion, kind)
	if t == nil {
		return ""
	}
	return componentName(t.name)
}

// Components adds the OpenAPI v3 schemas of a kind and of all types that it refers to. A schema
// that is there already stays. Descriptions are left out.
func Components(apiVersion, kind string, schemas map[string]any) {
	t := Lookup(apiVersion, kind)
	if t == nil {
		return
	}
	t.addComponent(schemas)
	group, version, isNamed := strings.Cut(apiVersion, "/")
	if !isNamed {
		group, version = "", apiVersion
	}
	schemas[componentName(t.name)].(map[string]any)["x-kubernetes-group-version-kind"] = []any{
		map[string]any{"group": group, "kind": kind, "version": version},
	}
}

// componentName returns the API server's name of a type, such as io.k8s.api.core.v1.Pod.
func componentName(name string) string {
	group, _, _ := strings.Cut(name, ".")
	switch group {
	case "meta":
		return "io.k8s.apimachinery.pkg.apis." + name
	case "api":
		return "io.k8s.apimachinery.pkg." + name
	case "util", "pkg":
		return "io.k8s.apimachinery.pkg." + strings.TrimPrefix(name, "pkg.")
	case "apiextensions":
		return "io.k8s.apiextensions-apiserver.pkg.apis." + name
	}
	return "io.k8s.api." + name
}

func (t *Type) addComponent(schemas map[string]any) {
	name := componentName(t.name)
	if schemas[name] != nil {
		return
	}
	component := map[string]any{}
	schemas[name] = component // ends the recursion of types that contain themselves
	t.describe(component, schemas)
}

// describe sets the members of an OpenAPI v3 schema, and adds the schemas that it refers to.
func (t *Type) describe(to, schemas map[string]any) {
	switch {
	case t.target != nil:
		to["allOf"] = []any{
			map[string]any{"$ref": "#/components/schemas/" + componentName(t.target.name)},
		}
		t.target.addComponent(schemas)
	case t.name == "api.resource.Quantity":
		to["oneOf"] = []any{map[string]any{"type": "string"}, map[string]any{"type": "number"}}
	case t.Format == "int-or-string":
		to["format"] = t.Format
		to["oneOf"] = []any{map[string]any{"type": "integer"}, map[string]any{"type": "string"}}
	default:
		setText(to, "type", t.Type)
		setText(to, "format", t.Format)
	}
	if t.Zero == "emit" {
		to["default"] = t.empty()
		if t.isStruct() {
			to["default"] = map[string]any{}
		}
	}
	if t.Default != nil {
		to["default"] = t.Default
	}
	setText(to, "x-kubernetes-list-type", t.List)
	setTexts(to, "x-kubernetes-list-map-keys", t.Keys)
	setText(to, "x-kubernetes-map-type", t.Map)
	setText(to, "x-kubernetes-patch-strategy", strings.Join(t.Strategy, ","))
	setText(to, "x-kubernetes-patch-merge-key", t.MergeKey)
	setTexts(to, "required", t.Required)
	setTexts(to, "enum", t.Enum)
	if t.Elem != nil {
		elem := map[string]any{}
		t.Elem.describe(elem, schemas)
		if t.Type == "array" {
			to["items"] = elem
		} else {
			to["additionalProperties"] = elem
		}
	}
	if len(t.Fields) > 0 {
		properties := map[string]any{}
		for name, field := range t.Fields {
			property := map[string]any{}
			field.describe(property, schemas)
			properties[name] = property
		}
		to["properties"] = properties
	}
}

func setText(to map[string]any, member, text string) {
	if text != "" {
		to[member] = text
	}
}

func setTexts(to map[string]any, member string, texts []string) {
	if len(texts) > 0 {
		to[member] = texts
	}
}
