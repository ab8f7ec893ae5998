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

// Some messages of the server show a value in the encoding of its internal Go types: with Go's
// field names, in the order of declaration, and nil as null. internalText lists those structs of
// pkg/apis/core in k8s.io/kubernetes v1.35.4, one a line. A field is NAME:TYPE, an embedded one has
// no name, and the type api stands for the API's own encoding.
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

// internalForm encodes a value as the internal type of that name.
func internalForm(typeName string, value any) jsontext.Value {
	if typeName == "PodSpec" {
		value = internalPodSpec(Fields(value))
	}
	var b bytes.Buffer
	writeInternal(&b, typeName, value)
	return b.Bytes()
}

// internalZeros are the encodings of zero values by type. Pointers and lists are null.
var internalZeros = map[string]string{
	"string": `""`, "quantity": `"0"`, "bool": "false", "int32": "0", "int64": "0", "map": "null",
	"api": "{}",
}

// internalPodSpec moves the fields that have another place in the internal types.
func internalPodSpec(spec map[string]any) map[string]any {
	spec = maps.Clone(spec)
	context := maps.Clone(Fields(spec, "securityContext"))
	if context == nil {
		context = map[string]any{}
	}
	for _, name := range []string{"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace",
		"hostUsers"} {
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
		b.WriteString(internalZeros[typ])
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
		if f.name == "" { // the fields of an embedded struct are the struct's own
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

// changes returns the difference between two values of an internal type, as a unified diff of their
// JSON.
func changes(typeName string, old, updated any) string {
	return unifiedDiff(internalLines(typeName, old), internalLines(typeName, updated))
}

func internalLines(typeName string, value any) []string {
	form := internalForm(typeName, value)
	// writeInternal writes valid JSON
	_ = form.Indent(jsontext.WithIndent(" "), jsontext.PreserveRawStrings(true))
	return slices.Collect(strings.Lines(string(form) + "\n"))
}
