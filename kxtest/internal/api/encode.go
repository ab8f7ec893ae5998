package api

import (
	"bytes"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// Encode encodes a value as the API server does: <, > and & are escaped, and invalid UTF-8, as in a
// name from a URL, becomes U+FFFD.
func Encode(value any) []byte {
	data, err := json.Marshal(value, jsontext.EscapeForHTML(true), jsontext.AllowInvalidUTF8(true),
		json.Deterministic(true))
	if err != nil {
		panic("kxtest: " + err.Error()) // callers pass values of types that encode
	}
	return data
}

// EncodeObject encodes an object without apiVersion and kind, its metadata first.
func EncodeObject(o map[string]any) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	write := func(name string) {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(Encode(name))
		b.WriteByte(':')
		value, err := object.Encode(o[name])
		if err != nil {
			panic("kxtest: " + err.Error()) // decoded JSON always encodes
		}
		b.Write(value)
	}
	if _, ok := o["metadata"]; ok {
		write("metadata")
	}
	names := make([]string, 0, len(o))
	for name := range o {
		if name != "metadata" && name != "apiVersion" && name != "kind" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		write(name)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// Typed inserts kind and apiVersion at the beginning of an object from EncodeObject.
func Typed(apiVersion, kind string, body []byte) []byte {
	head := append([]byte(`{"kind":`), Encode(kind)...)
	head = append(append(head, `,"apiVersion":`...), Encode(apiVersion)...)
	if len(body) > 2 {
		head = append(head, ',')
	}
	return append(head, body[1:]...)
}

// Timestamp returns the current time as the API writes it.
func Timestamp() string { return time.Now().UTC().Format(time.RFC3339) }
