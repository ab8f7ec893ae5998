package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func customResources() []behaviour {
	return []behaviour{
		{"a CustomResourceDefinition makes its kind served, by each of its names", servesCustomKind},
		{"a custom resource keeps what its schema has, and loses the rest with a warning", prunesCustomResources},
		{"a custom resource that its schema refuses is refused with the place and the reason", validatesCustomResources},
		{"a custom resource has a table with the columns of its definition", printsCustomColumns},
		{"the status and the scale of a custom resource are written apart from its spec", writesCustomSubresources},
		{"the deletion of a definition deletes its objects, and ends the kind", endsCustomKind},
		{"a program's own struct reads and writes a custom resource", readsOwnStruct},
		{"a custom resource is changed by JSON Patch, merge patch and apply, and not by a strategic merge", patchesCustomResources},
		{"kx get prints a custom resource by its short name", func(t *testing.T, w *world) {
			c := newCustomKind(t, w)
			c.create(t, "a", `{"size":3}`)
			done := w.kx(t, "", "get", c.short)
			require.Equal(t, 0, done.code, done.stderr)
			require.Regexp(t, `^NAME +SIZE +AGE\s+a +3 +\S+\n$`, done.stdout)
			require.Contains(t, w.kx(t, "", "get", c.plural+"."+c.group+"/a", "-o", "yaml").stdout, "\n  size: 3\n")
		}},
	}
}

// customKind is a kind of custom resources of one behaviour.
type customKind struct {
	w                    *world
	group, plural, short string
	kind                 resources.Kind
	api                  *resources.API[resources.Object]
}

func newCustomKind(t *testing.T, w *world) *customKind {
	t.Helper()
	id := strings.ReplaceAll(w.name()+w.config.Namespace, "-", "")
	c := &customKind{w: w, group: id + ".kx.example.com", plural: "widgets" + id, short: "w" + id}
	definitions := resources.ForKind(w.client, c.definitionKind(t))
	name := c.plural + "." + c.group
	_, err := definitions.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":%q},
		"spec":{"group":%q,"scope":"Namespaced","names":{"plural":%q,"kind":"Widget","singular":"one%s","shortNames":[%q],"categories":["c%s"]},"versions":[
		{"name":"v1","served":true,"storage":true,"subresources":{"status":{},"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.size","labelSelectorPath":".status.selector"}},
		"additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},
			{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status","description":"is it","priority":1},
			{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}],
		"schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{
			"spec":{"type":"object","required":["size"],"properties":{"size":{"type":"integer","minimum":0,"maximum":100},"big":{"type":"integer"},
				"color":{"type":"string","enum":["red","blue"],"default":"red"},"name":{"type":"string","minLength":1,"maxLength":3,"pattern":"^[a-z]+$"},"on":{"type":"boolean"},
				"list":{"type":"array","maxItems":2,"items":{"type":"object","properties":{"a":{"type":"integer"}}}},"map":{"type":"object","additionalProperties":{"type":"string"}},
				"any":{"type":"object","x-kubernetes-preserve-unknown-fields":true},"port":{"x-kubernetes-int-or-string":true},"maybe":{"type":"string","nullable":true}}},
			"status":{"type":"object","properties":{"size":{"type":"integer"},"selector":{"type":"string"},
				"conditions":{"type":"array","items":{"type":"object","properties":{"type":{"type":"string"},"status":{"type":"string"}}}}}}}}}}]}}`,
		name, c.group, c.plural, id, c.short, id))
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = definitions.Delete(context.Background(), name) })
	discovery := resources.NewDiscovery(w.client)
	var found resources.APIResource
	eventually(t, "the kind is served", func() bool {
		definition, err := definitions.Get(t.Context(), name)
		require.NoError(t, err)
		conditions, _ := definition.Field("status", "conditions")
		if !strings.Contains(string(conditions), `"Established"`) {
			return false
		}
		found, err = discovery.Find(t.Context(), name)
		if err != nil {
			return false
		}
		_, err = resources.ForKind(w.client, found.Kind).List(t.Context(), resources.ListOptions{})
		return err == nil
	})
	c.kind = found.Kind
	c.api = resources.ForKind(w.client, c.kind)
	return c
}

func (c *customKind) definitionKind(t *testing.T) resources.Kind {
	kind, err := resources.Discover(t.Context(), c.w.client, "customresourcedefinitions.apiextensions.k8s.io")
	require.NoError(t, err)
	return kind
}

func (c *customKind) document(name, spec string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"%s/v1","kind":"Widget","metadata":{"name":%q},"spec":%s}`, c.group, name, spec)
}

func (c *customKind) create(t *testing.T, name, spec string) *resources.Object {
	t.Helper()
	var created *resources.Object
	eventually(t, "the API server serves the kind", func() (ok bool) {
		var err error
		created, err = c.api.CreateRaw(t.Context(), c.document(name, spec))
		if err != nil {
			require.ErrorIs(t, err, transport.ErrNotFound)
		}
		return err == nil
	})
	return created
}

func (w *world) warned() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.warnings)
}

func field(t *testing.T, o *resources.Object, path ...string) string {
	t.Helper()
	value, ok := o.Field(path...)
	require.True(t, ok, path)
	return string(value)
}

func servesCustomKind(t *testing.T, w *world) {
	c := newCustomKind(t, w)
	id := strings.TrimSuffix(c.group, ".kx.example.com")
	want := resources.Kind{Group: c.group, Version: "v1", Kind: "Widget", Resource: c.plural, Namespaced: true}
	discovery := resources.NewDiscovery(w.client)
	for _, name := range []string{c.plural, "one" + id, c.short, "widget." + c.group, c.plural + ".v1." + c.group, c.group + "/v1/" + c.plural, c.short + "/scale"} {
		found, err := discovery.Find(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, want, found.Kind, name)
	}
	all, err := discovery.FindAll(t.Context(), "c"+id)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, []string{"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"}, all[0].Verbs)
	scale, _ := all[0].Subresource("scale")
	require.Equal(t, "autoscaling/v1 Scale", scale.Group+"/"+scale.Version+" "+scale.Kind)
	kind, err := resources.DiscoverObject(t.Context(), w.client, c.group+"/v1", "Widget")
	require.NoError(t, err)
	require.Equal(t, want, kind)

	definition, err := resources.ForKind(w.client, c.definitionKind(t)).Get(t.Context(), c.plural+"."+c.group)
	require.NoError(t, err)
	require.Equal(t, `"WidgetList"`, field(t, definition, "spec", "names", "listKind"))
	require.Equal(t, `"None"`, field(t, definition, "spec", "conversion", "strategy"))
	require.Equal(t, `["v1"]`, field(t, definition, "status", "storedVersions"))
	_, err = c.api.Get(t.Context(), "no-such")
	refused(t, err, transport.ErrNotFound, c.plural+"."+c.group+` "no-such" not found`)
}

func prunesCustomResources(t *testing.T, w *world) {
	c := newCustomKind(t, w)
	const spec = `{"size":1,"big":9007199254740993,"unknown":1,"list":[{"a":1,"b":2}],"any":{"x":1},"map":{},"maybe":null,"port":"http"}`
	created := c.create(t, "a", spec)
	require.JSONEq(t, `{"any":{"x":1},"big":9007199254740993,"color":"red","list":[{"a":1}],"map":{},"maybe":null,"port":"http","size":1}`, field(t, created, "spec"))
	require.Equal(t, "9007199254740993", field(t, created, "spec", "big"))
	require.EqualValues(t, 1, created.Metadata.Generation)
	require.Subset(t, w.warned(), []string{`unknown field "spec.unknown"`, `unknown field "spec.list[0].b"`})
	_, err := c.api.CreateRaw(t.Context(), c.document("b", spec), resources.FieldValidation(resources.Strict))
	refused(t, err, transport.ErrBadRequest, `Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.list[0].b", unknown field "spec.unknown"`)

	same, err := c.api.Update(t.Context(), created)
	require.NoError(t, err)
	require.Equal(t, created.Metadata.ResourceVersion, same.Metadata.ResourceVersion)
	require.NoError(t, created.SetField(2, "spec", "size"))
	changed, err := c.api.Update(t.Context(), created)
	require.NoError(t, err)
	require.EqualValues(t, 2, changed.Metadata.Generation)
	require.Equal(t, "9007199254740993", field(t, changed, "spec", "big"))
	_, err = c.api.Update(t.Context(), created)
	require.ErrorIs(t, err, transport.ErrConflict)
	_, err = c.api.Delete(t.Context(), "a")
	require.NoError(t, err)
	_, err = c.api.Get(t.Context(), "a")
	require.ErrorIs(t, err, transport.ErrNotFound)
}

func validatesCustomResources(t *testing.T, w *world) {
	c := newCustomKind(t, w)
	c.create(t, "first", `{"size":1}`)
	invalid := func(message string) string { return fmt.Sprintf(`Widget.%s "a" is invalid: %s`, c.group, message) }
	for spec, want := range map[string]string{
		`{}`:                           `spec.size: Required value`,
		`{"size":null}`:                `spec.size: Required value`,
		`null`:                         `spec: Required value`,
		`{"size":101}`:                 `spec.size: Invalid value: 101: spec.size in body should be less than or equal to 100`,
		`{"size":1,"color":"green"}`:   `spec.color: Unsupported value: "green": supported values: "red", "blue"`,
		`{"size":1,"on":"x"}`:          `spec.on: Invalid value: "string": spec.on in body must be of type boolean: "string"`,
		`{"size":1,"big":1.5}`:         `spec.big: Invalid value: "number": spec.big in body must be of type integer: "number"`,
		`{"size":1,"name":"ABCD"}`:     `spec.name: Too long: may not be more than 3 bytes`,
		`{"size":1,"name":""}`:         `spec.name: Invalid value: "": spec.name in body should be at least 1 chars long`,
		`{"size":1,"name":"A"}`:        `spec.name: Invalid value: "A": spec.name in body should match '^[a-z]+$'`,
		`{"size":1,"list":{}}`:         `spec.list: Invalid value: "object": spec.list in body must be of type array: "object"`,
		`{"size":1,"list":[{},{},{}]}`: `spec.list: Too many: 3: must have at most 2 items`,
		`{"size":1,"list":[{"a":""}]}`: `spec.list[0].a: Invalid value: "string": spec.list[0].a in body must be of type integer: "string"`,
		`{"size":1,"map":{"a":1}}`:     `spec.map.a: Invalid value: "integer": spec.map.a in body must be of type string: "integer"`,
		`{"size":1,"port":true}`:       `spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"`,
	} {
		_, err := c.api.CreateRaw(t.Context(), c.document("a", spec), resources.DryRun())
		refused(t, err, transport.ErrInvalid, invalid(want))
	}
	_, err := c.api.CreateRaw(t.Context(), []byte(strings.Replace(string(c.document("a", `{"size":1}`)), "/v1", "/v2", 1)))
	refused(t, err, transport.ErrBadRequest, fmt.Sprintf("the API version in the data (%[1]s/v2) does not match the expected API version (%[1]s/v1)", c.group))
	_, err = c.api.CreateRaw(t.Context(), []byte(strings.Replace(string(c.document("a", `{"size":1}`)), "Widget", "Gadget", 1)))
	refused(t, err, transport.ErrInvalid, fmt.Sprintf(`Gadget.%s "a" is invalid: kind: Invalid value: "Gadget": must be Widget`, c.group))
	_, err = c.api.CreateRaw(t.Context(), c.document("first", `{"size":1}`))
	refused(t, err, transport.ErrAlreadyExists, c.plural+"."+c.group+` "first" already exists`)

	definitions := resources.ForKind(w.client, c.definitionKind(t))
	_, err = definitions.CreateRaw(t.Context(), []byte(`{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a.b.example.com"},
		"spec":{"group":"kx.example.com","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}`))
	refused(t, err, transport.ErrInvalid, `CustomResourceDefinition.apiextensions.k8s.io "a.b.example.com" is invalid: metadata.name: Invalid value: "a.b.example.com": must be spec.names.plural+"."+spec.group`)
}

func printsCustomColumns(t *testing.T, w *world) {
	c := newCustomKind(t, w)
	c.create(t, "a", `{"size":3}`)
	table, err := c.api.ListTable(t.Context(), resources.ListOptions{})
	require.NoError(t, err)
	var columns []string
	for _, d := range table.ColumnDefinitions {
		columns = append(columns, fmt.Sprintf("%s %s %s %d", d.Name, d.Type, d.Format, d.Priority))
	}
	require.Equal(t, []string{"Name string name 0", "Size integer  0", "Ready string  1", "Age date  0"}, columns)
	require.Equal(t, "Custom resource definition column (in JSONPath format): .spec.size", table.ColumnDefinitions[1].Description)
	require.Equal(t, "is it", table.ColumnDefinitions[2].Description)
	require.Len(t, table.Rows, 1)
	require.Equal(t, `"a" 3 null`, fmt.Sprintf("%s %s %s", table.Rows[0].Cells[0], table.Rows[0].Cells[1], table.Rows[0].Cells[2]))
	require.Regexp(t, `^"\d+[smh]`, string(table.Rows[0].Cells[3]))
}

func writesCustomSubresources(t *testing.T, w *world) {
	c := newCustomKind(t, w)
	created := c.create(t, "a", `{"size":3}`)
	require.NoError(t, created.SetField(jsontext.Value(`{"size":2,"selector":"app=a","conditions":[{"type":"Ready","status":"True"}]}`), "status"))
	require.NoError(t, created.SetField(9, "spec", "size"))
	status := resources.Sub[resources.Object](c.api, "status")
	stored, err := status.Replace(t.Context(), "a", created)
	require.NoError(t, err)
	require.Equal(t, "3", field(t, stored, "spec", "size"), "the status subresource writes the status alone")
	require.Equal(t, "2", field(t, stored, "status", "size"))
	require.EqualValues(t, 1, stored.Metadata.Generation)
	require.NoError(t, stored.SetField(7, "status", "size"))
	stored, err = c.api.Update(t.Context(), stored)
	require.NoError(t, err)
	require.Equal(t, "2", field(t, stored, "status", "size"), "and nothing else writes it")
	table, err := c.api.ListTable(t.Context(), resources.ListOptions{})
	require.NoError(t, err)
	require.Equal(t, `"True"`, string(table.Rows[0].Cells[2]))

	scales := resources.Sub[resources.Scale](c.api, "scale")
	scale, err := scales.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "3 2 app=a", fmt.Sprint(scale.Spec.Replicas, scale.Status.Replicas, " ", scale.Status.Selector))
	scale, err = scales.Patch(t.Context(), "a", patch.Merge(`{"spec":{"replicas":5}}`))
	require.NoError(t, err)
	require.EqualValues(t, 5, scale.Spec.Replicas)
	scaled, err := c.api.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "5", field(t, scaled, "spec", "size"))
	require.EqualValues(t, 2, scaled.Metadata.Generation)
	_, err = scales.Patch(t.Context(), "a", patch.Merge(`{"spec":{"replicas":101}}`))
	refused(t, err, transport.ErrInvalid, fmt.Sprintf(`Widget.%s "a" is invalid: spec.size: Invalid value: 101: spec.size in body should be less than or equal to 100`, c.group))
}

// ownWidget is a custom resource as a program's own struct. Its kind is set by the test.
type ownWidget struct {
	Kind       string               `json:"kind,omitzero"`
	APIVersion string               `json:"apiVersion,omitzero"`
	Metadata   resources.ObjectMeta `json:"metadata,omitzero"`
	Spec       ownWidgetSpec        `json:"spec"`
	Unknown    jsontext.Value       `json:",embed"`
}

type ownWidgetSpec struct {
	Size    int64          `json:"size"`
	Unknown jsontext.Value `json:",embed"`
}

func (o *ownWidget) Meta() *resources.ObjectMeta { return &o.Metadata }

func readsOwnStruct(t *testing.T, w *world) {
	c := newCustomKind(t, w)
	c.create(t, "a", `{"size":3,"any":{"x":1.0},"big":9007199254740993}`)
	widgets := resources.As[ownWidget](c.api)
	widget, err := widgets.Get(t.Context(), "a")
	require.NoError(t, err)
	require.EqualValues(t, 3, widget.Spec.Size)
	widget.Spec.Size = 4
	stored, err := widgets.Update(t.Context(), widget)
	require.NoError(t, err)
	require.EqualValues(t, 4, stored.Spec.Size)
	text, err := json.Marshal(stored.Spec.Unknown)
	require.NoError(t, err)
	require.Contains(t, string(text), "9007199254740993", "what the struct does not know is kept")
}

func patchesCustomResources(t *testing.T, w *world) {
	c := newCustomKind(t, w)
	c.create(t, "a", `{"size":3}`)
	changed, err := c.api.Patch(t.Context(), "a", patch.JSON().Test("/spec/size", 3).Replace("/spec/size", 4))
	require.NoError(t, err)
	require.Equal(t, "4", field(t, changed, "spec", "size"))
	changed, err = c.api.Patch(t.Context(), "a", patch.Merge(`{"spec":{"color":"blue","unknown":1}}`))
	require.NoError(t, err)
	require.JSONEq(t, `{"size":4,"color":"blue"}`, field(t, changed, "spec"))
	require.Subset(t, w.warned(), []string{`unknown field "spec.unknown"`})
	_, err = c.api.Patch(t.Context(), "a", patch.Strategic(`{"spec":{"size":1}}`))
	require.ErrorIs(t, err, transport.ErrUnsupportedMediaType)
	_, err = c.api.Patch(t.Context(), "a", patch.Merge(`{"spec":{"size":101}}`))
	require.ErrorIs(t, err, transport.ErrInvalid)

	configuration := func(name, spec string) patch.Patch { return patch.Apply(string(c.document(name, spec))) }
	made, err := c.api.Patch(t.Context(), "b", configuration("b", `{"size":2,"map":{"k":"v"}}`), resources.FieldManager("me"))
	require.NoError(t, err)
	require.JSONEq(t, `{"size":2,"map":{"k":"v"},"color":"red"}`, field(t, made, "spec"))
	_, err = c.api.Patch(t.Context(), "b", configuration("b", `{"size":9}`), resources.FieldManager("other"))
	require.ErrorIs(t, err, transport.ErrConflict)
	made, err = c.api.Patch(t.Context(), "b", configuration("b", `{"size":5}`), resources.FieldManager("me"))
	require.NoError(t, err)
	require.JSONEq(t, `{"size":5,"color":"red"}`, field(t, made, "spec"), "a field that the manager leaves out is removed")
	_, err = subresource.Dispatch(c.api, "exec")
	require.Error(t, err)
}

func endsCustomKind(t *testing.T, w *world) {
	c := newCustomKind(t, w)
	c.create(t, "a", `{"size":3}`)
	name := c.plural + "." + c.group
	_, err := resources.ForKind(w.client, c.definitionKind(t)).Delete(t.Context(), name)
	require.NoError(t, err)
	eventually(t, "the kind is gone", func() bool {
		_, err := c.api.Get(t.Context(), "a")
		_, found := resources.NewDiscovery(w.client).Find(t.Context(), name)
		return errors.Is(err, transport.ErrNotFound) && errors.As(found, new(*resources.UnknownKindError))
	})
	_, err = resources.ForKind(w.client, c.definitionKind(t)).Get(t.Context(), name)
	require.ErrorIs(t, err, transport.ErrNotFound)
}
