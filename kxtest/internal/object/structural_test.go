package object_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

const customSchema = `{"type":"object","properties":{"spec":{"type":"object","required":["size"],"properties":{
	"size":{"type":"integer","minimum":0},"color":{"type":"string","default":"red"},"tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
	"parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"type":"object","properties":{"name":{"type":"string"},"n":{"type":"integer"}}}},
	"labels":{"type":"object","additionalProperties":{"type":"string"}},"free":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}},"status":{"type":"object","properties":{"ok":{"type":"boolean"}}}}}`

func customWrite(t *testing.T, schema, manager string) *object.Write {
	t.Helper()
	decoded, err := object.Decode([]byte(schema))
	require.NoError(t, err)
	return &object.Write{APIVersion: "example.com/v1", Kind: "Widget", Resource: "widgets", Namespace: "default", Name: "a", Manager: manager,
		Time: "2026-01-02T03:04:05Z", Custom: object.NewCustom("example.com/v1", "Widget", decoded, true, nil)}
}

func widgetOf(spec string) []byte {
	return []byte(`{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":` + spec + `,"status":{"ok":true}}`)
}

func TestACustomResourceGetsTheFormOfItsSchema(t *testing.T) {
	w := customWrite(t, customSchema, "me")
	made, err := w.Create(widgetOf(`{"size":1,"x":1,"free":{"y":{"z":null}},"labels":{"a":"b"},"parts":[{"name":"p","q":1}],"tags":[]}`))
	require.NoError(t, err)
	spec, err := object.Encode(made["spec"])
	require.NoError(t, err)
	require.JSONEq(t, `{"size":1,"color":"red","free":{"y":{"z":null}},"labels":{"a":"b"},"parts":[{"name":"p"}],"tags":[]}`, string(spec))
	require.Nil(t, made["status"], "only the status subresource sets it")
	require.Equal(t, []string{`unknown field "spec.parts[0].q"`, `unknown field "spec.x"`}, w.Warnings)
}

func TestManagersOwnTheItemsOfACustomResourcesLists(t *testing.T) {
	made, err := customWrite(t, customSchema, "one").Patch(nil, "application/apply-patch+yaml",
		[]byte(`{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"size":1,"parts":[{"name":"p","n":1}],"tags":["x"]}}`))
	require.NoError(t, err)
	stored := object.With(made, "uid", "metadata", "uid")
	stored = object.With(stored, "1", "metadata", "resourceVersion")
	both, err := customWrite(t, customSchema, "two").Patch(stored, "application/apply-patch+yaml",
		[]byte(`{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"parts":[{"name":"q","n":2}],"tags":["y"]}}`))
	require.NoError(t, err)
	spec, err := object.Encode(both["spec"])
	require.NoError(t, err)
	require.JSONEq(t, `{"size":1,"color":"red","parts":[{"name":"p","n":1},{"name":"q","n":2}],"tags":["x","y"]}`, string(spec))
	_, err = customWrite(t, customSchema, "two").Patch(stored, "application/apply-patch+yaml",
		[]byte(`{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"parts":[{"name":"p","n":3}]}}`))
	require.ErrorContains(t, err, `Apply failed with 1 conflict: conflict with "one": .spec.parts[name="p"].n`)
}

func TestACustomResourceWithoutItsKindIsRefused(t *testing.T) {
	for body, want := range map[string]string{
		`{"metadata":{"name":"a"}}`: `the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in '{"metadata":{"name":"a"}}' ({"metadata":{"name":"a"}})`,
		`{"a":`:                     `the object provided is unrecognized (must be of type Widget): couldn't get version/kind; json parse error: unexpected end of JSON input ({"a":)`,
		`{"kind":"Widget"}`:         `the object provided is unrecognized (must be of type Widget): Object 'apiVersion' is missing in '{"kind":"Widget"}' ({"kind":"Widget"})`,
	} {
		_, err := customWrite(t, customSchema, "me").Create([]byte(body))
		require.EqualError(t, err, want)
	}
}

func FuzzCustomResource(f *testing.F) {
	f.Add(customSchema, `{"size":1}`)
	f.Add(`{"type":"object","properties":{"spec":{"type":"array","items":{"x-kubernetes-int-or-string":true}}}}`, `[1,"a",null]`)
	f.Add(`{"type":"object","x-kubernetes-preserve-unknown-fields":true}`, `null`)
	f.Add(`{"properties":{"spec":{"additionalProperties":true,"default":{}},"metadata":{"type":"string"}}}`, `{}`)
	f.Fuzz(func(t *testing.T, schema, spec string) {
		if strings.Contains(schema, "pattern") {
			return
		}
		if _, err := object.Decode([]byte(schema)); err != nil {
			return
		}
		w := customWrite(t, schema, "me")
		made, err := w.Create(widgetOf(spec))
		if err != nil {
			return
		}
		made = object.With(made, "1", "metadata", "resourceVersion")
		body, err := object.Encode(made)
		require.NoError(t, err)
		replaced, err := w.Replace(made, body)
		require.NoError(t, err)
		require.True(t, object.Equal(made["spec"], replaced["spec"]), "what is stored has the form of the schema")
	})
}
