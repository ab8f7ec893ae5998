package object

import (
	"bytes"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Some of the server's messages show a value as its internal Go types encode
// it: Go's field names, in the order of their declaration, nil as null.
// internalText has a line a struct of pkg/apis/core in k8s.io/kubernetes
// v1.35.4, its fields as NAME:TYPE, embedded ones without a name; what is
// encoded as in the API has the type api.
//
//go:embed internal.txt
var internalText string

type internalField struct{ name, typ string }

var internalStructs = sync.OnceValue(func() map[string][]internalField {
	structs := map[string][]internalField{}
	for line := range strings.Lines(internalText) {
		words := strings.Fields(line)
		for _, word := range words[1:] {
			name, typ, _ := strings.Cut(word, ":")
			structs[words[0]] = append(structs[words[0]], internalField{name, typ})
		}
	}
	return structs
})

// internalForm is a value as the internal type of the name encodes it.
func internalForm(typeName string, value any) jsontext.Value {
	if typeName == "PodSpec" {
		value = internalPodSpec(Fields(value))
	}
	var b bytes.Buffer
	writeInternal(&b, typeName, value)
	return b.Bytes()
}

// internalPodSpec moves the fields that the internal types have elsewhere.
func internalPodSpec(spec map[string]any) map[string]any {
	spec = maps.Clone(spec)
	context := maps.Clone(Fields(spec, "securityContext"))
	if context == nil {
		context = map[string]any{}
	}
	for _, name := range []string{"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"} {
		copyField(context, spec, name)
	}
	spec["securityContext"] = context
	return spec
}

func writeInternal(b *bytes.Buffer, typ string, value any) {
	if elem, ok := strings.CutPrefix(typ, "*"); ok {
		if value == nil {
			b.WriteString("null")
			return
		}
		typ = elem
	}
	if elem, ok := strings.CutPrefix(typ, "[]"); ok {
		writeInternalList(b, elem, List(value))
		return
	}
	if _, ok := internalStructs()[typ]; ok {
		b.WriteByte('{')
		writeInternalFields(b, typ, Fields(value))
		b.WriteByte('}')
		return
	}
	if value == nil {
		b.WriteString(map[string]string{"string": `""`, "quantity": `"0"`, "bool": "false", "int32": "0", "int64": "0", "map": "null", "api": "{}"}[typ])
		return
	}
	encoded, _ := json.Marshal(value, json.Deterministic(true), jsontext.EscapeForHTML(true))
	b.Write(encoded)
}

func writeInternalList(b *bytes.Buffer, elem string, items []any) {
	if items == nil {
		b.WriteString("null")
		return
	}
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		writeInternal(b, elem, item)
	}
	b.WriteByte(']')
}

func writeInternalFields(b *bytes.Buffer, typ string, object map[string]any) {
	names := slices.Collect(maps.Keys(object))
	for i, f := range internalStructs()[typ] {
		if i > 0 {
			b.WriteByte(',')
		}
		if f.name == "" { // an embedded struct: its fields are the struct's own
			writeInternalFields(b, f.typ, object)
			continue
		}
		b.WriteString(`"` + f.name + `":`)
		var value any
		i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, f.name) })
		if i >= 0 {
			value = object[names[i]]
		}
		writeInternal(b, f.typ, value)
	}
}

// changes is the difference between two values of an internal type, as a
// unified diff of their JSON.
func changes(typeName string, old, updated any) string {
	return unifiedDiff(internalLines(typeName, old), internalLines(typeName, updated))
}

func internalLines(typeName string, value any) []string {
	form := internalForm(typeName, value)
	_ = form.Indent(jsontext.WithIndent(" "), jsontext.PreserveRawStrings(true)) // valid: writeInternal made it
	return slices.Collect(strings.Lines(string(form) + "\n"))
}
