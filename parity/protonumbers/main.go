// Command protonumbers prints the protobuf field numbers of Kubernetes' stable types, which kxtest
// needs to read the bodies of clients that send protobuf:
//
//	go run ./protonumbers >../kxtest/internal/object/protonumbers.txt
//
// The numbers are those of the struct tags of k8s.io/api. A line has a type and its fields. The
// field of an embedded struct has a path of two numbers, because protobuf nests that struct.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "protonumbers:", err)
		os.Exit(1)
	}
}

// write prints the types that the kinds of version v1 of all groups refer to, in order.
func write(w io.Writer) error {
	found := map[string]string{}
	collect(found, reflect.TypeFor[metav1.DeleteOptions]())
	collect(found, reflect.TypeFor[metav1.Status]())
	for gvk, kind := range scheme.Scheme.AllKnownTypes() {
		isList := strings.HasSuffix(gvk.Kind, "List")
		if gvk.Version == "v1" && !isList && strings.HasPrefix(kind.PkgPath(), "k8s.io/api/") {
			collect(found, kind)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if _, err := fmt.Fprintln(w, name+found[name]); err != nil {
			return err
		}
	}
	return nil
}

// collect adds the struct t, and the structs of its fields, to found.
func collect(found map[string]string, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() == "" {
		return
	}
	name := typeName(t)
	if _, ok := found[name]; ok || !strings.HasPrefix(t.PkgPath(), "k8s.io/api/") &&
		!strings.HasPrefix(t.PkgPath(), "k8s.io/apimachinery/pkg/apis/meta/") {
		return
	}
	found[name] = "" // ends the recursion of types that contain themselves
	fields := members(t, "", func(field reflect.Type) { collect(found, field) })
	slices.Sort(fields)
	found[name] = " " + strings.Join(fields, " ")
}

// members returns "NAME=NUMBER" for each field of a struct that protobuf has.
func members(t reflect.Type, prefix string, visit func(reflect.Type)) (fields []string) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		parts := strings.Split(field.Tag.Get("protobuf"), ",")
		if len(parts) < 2 {
			continue // TypeMeta, which the envelope has
		}
		if name == "" && field.Anonymous {
			fields = append(fields, members(field.Type, prefix+parts[1]+".", visit)...)
			continue
		}
		fields = append(fields, name+"="+prefix+parts[1])
		visit(field.Type)
	}
	return fields
}

// typeName returns a name such as core.v1.Pod, as package object has it.
func typeName(t reflect.Type) string {
	folder, version := path.Split(t.PkgPath())
	return path.Base(folder) + "." + version + "." + t.Name()
}
