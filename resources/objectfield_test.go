package resources_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func ExampleObject_SetField() {
	var widget resources.Object
	err := json.Unmarshal([]byte(`{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"a"},`+
		`"spec":{"size":9007199254740993,"ratio":1.0}}`), &widget)
	if err != nil {
		fmt.Println(err)
		return
	}
	size, ok := widget.Field("spec", "size")
	fmt.Println(size, ok)

	if err := widget.SetField([]string{"red"}, "spec", "colors"); err != nil {
		fmt.Println(err)
		return
	}
	spec, ok := widget.Field("spec")
	fmt.Println(spec, ok)
	// Output:
	// 9007199254740993 true
	// {"size":9007199254740993,"ratio":1.0,"colors":["red"]} true
}

const widgetText = `{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"a","labels":{"app":"web"},"new":1.0},` +
	`"zeta":1.0,"spec":{"size":9007199254740993, "ratio":1.0,"big":1e400,"a.b/c~d":"<&>","parts":[{"name":"x"}, 2,"y"],"none":null,"empty":{},"off":false},"alpha":-0}`

func sample(t testing.TB) *resources.Object {
	t.Helper()
	object := &resources.Object{}
	require.NoError(t, json.Unmarshal([]byte(widgetText), object))
	return object
}

func TestFieldReadsTheValueAtAPath(t *testing.T) {
	for path, want := range map[string]string{
		"spec size": "9007199254740993", "spec ratio": "1.0", "spec big": "1e400", "zeta": "1.0", "alpha": "-0",
		"spec a.b/c~d": `"<&>"`, "spec parts 0": `{"name":"x"}`, "spec parts 0 name": `"x"`, "spec parts 2": `"y"`,
		"spec none": "null", "spec empty": "{}", "spec off": "false",
		"kind": `"Widget"`, "apiVersion": `"example.com/v1"`, "metadata name": `"a"`, "metadata labels app": `"web"`,
		"metadata new": "1.0", "metadata labels": `{"app":"web"}`,
	} {
		t.Run(path, func(t *testing.T) {
			value, ok := sample(t).Field(strings.Fields(path)...)
			require.True(t, ok)
			require.Equal(t, want, string(value))
		})
	}
	for _, path := range []string{"", "status", "spec Size", "spec size x", "spec none x", "spec off x", "spec parts 3", "spec parts -1", "spec parts 00",
		"spec parts -", "spec parts name", "kind x", "metadata labels tier", "metadata finalizers", "spec empty 0"} {
		t.Run("not "+path, func(t *testing.T) {
			value, ok := sample(t).Field(strings.Fields(path)...)
			require.False(t, ok, string(value))
		})
	}
	_, ok := (&resources.Object{}).Field("kind")
	require.False(t, ok)
	_, ok = (&resources.Object{Unknown: jsontext.Value(`{"spec":`)}).Field("spec")
	require.False(t, ok, "a document that is cut off")
}

func TestTheCallerMayChangeAFieldThatItHasRead(t *testing.T) {
	object := sample(t)
	size, _ := object.Field("spec", "size")
	copy(size, "1111")
	unchanged, _ := object.Field("spec", "size")
	require.Equal(t, "9007199254740993", string(unchanged))
}

func TestSetFieldChangesNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		value    any
		path     string
		old, new string // the change in the text of the object
	}{
		"a number":                       {3, "spec size", `"size":9007199254740993`, `"size":3`},
		"an integer of 64 bits":          {int64(math.MinInt64), "spec size", `"size":9007199254740993`, `"size":-9223372036854775808`},
		"an unsigned integer":            {uint64(math.MaxUint64), "spec size", `"size":9007199254740993`, `"size":18446744073709551615`},
		"the digits of raw JSON":         {jsontext.Value("2.50"), "spec ratio", `"ratio":1.0`, `"ratio":2.50`},
		"null":                           {nil, "spec size", `"size":9007199254740993`, `"size":null`},
		"a new member, at the end":       {"m", "spec new", `"off":false}`, `"off":false,"new":"m"}`},
		"a member of an empty object":    {true, "spec empty x", `"empty":{}`, `"empty":{"x":true}`},
		"objects on the way":             {1, "status a b", `"alpha":-0}`, `"alpha":-0,"status":{"a":{"b":1}}}`},
		"an object in the place of null": {1, "spec none x y", `"none":null`, `"none":{"x":{"y":1}}`},
		"a name with special characters": {1, "spec a.b/c~d", `"a.b/c~d":"<&>"`, `"a.b/c~d":1`},
		"a name with a quote":            {1, `spec "x"`, `"off":false}`, `"off":false,"\"x\"":1}`},
		"a member of an element":         {"z", "spec parts 0 name", `{"name":"x"}`, `{"name":"z"}`},
		"an element":                     {5, "spec parts 1", `{"name":"x"}, 2,"y"`, `{"name":"x"}, 5,"y"`},
		"another element":                {map[string]int{"b": 2, "a": 1}, "spec parts -", `"y"]`, `"y",{"a":1,"b":2}]`},
		"an object as another element":   {1, "spec parts - n", `"y"]`, `"y",{"n":1}]`},
		"the kind":                       {"Gadget", "kind", `"kind":"Widget"`, `"kind":"Gadget"`},
		"the version":                    {"v2", "apiVersion", `"example.com/v1"`, `"v2"`},
		"a label":                        {"back", "metadata labels app", `"app":"web"`, `"app":"back"`},
		"an unknown member of metadata":  {2, "metadata new", `"new":1.0`, `"new":2`},
	} {
		t.Run(name, func(t *testing.T) {
			object := sample(t)
			path := strings.Fields(c.path)
			require.NoError(t, object.SetField(c.value, path...))
			out, err := json.Marshal(object)
			require.NoError(t, err)
			require.Equal(t, 1, strings.Count(widgetText, c.old))
			require.Equal(t, strings.ReplaceAll(strings.Replace(widgetText, c.old, c.new, 1), ", ", ","), string(out))
		})
	}
}

func TestSetFieldKeepsTheBytesThatItDoesNotTouch(t *testing.T) {
	object := sample(t)
	before := string(object.Unknown)
	require.NoError(t, object.SetField(1, "spec", "size"))
	require.Equal(t, strings.Replace(before, "9007199254740993", "1", 1), string(object.Unknown), "spaces too")
	require.NoError(t, object.SetField(jsontext.Value("9007199254740993"), "spec", "size"))
	require.Equal(t, before, string(object.Unknown))
}

func TestSetFieldFillsAnEmptyObject(t *testing.T) {
	var object resources.Object
	require.NoError(t, object.SetField("ConfigMap", "kind"))
	require.NoError(t, object.SetField("a", "metadata", "name"))
	require.NoError(t, object.SetField("v", "data", "k"))
	out, err := json.Marshal(&object)
	require.NoError(t, err)
	require.Equal(t, `{"kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}`, string(out))
}

func TestDeleteFieldRemovesAMemberAndItsComma(t *testing.T) {
	for path, change := range map[string][2]string{
		"spec size":           {`"size":9007199254740993, `, ``},
		"spec ratio":          {`, "ratio":1.0`, ``},
		"spec off":            {`,"off":false`, ``},
		"spec parts 0":        {`{"name":"x"}, `, ``},
		"spec parts 2":        {`,"y"`, ``},
		"spec parts 0 name":   {`{"name":"x"}`, `{}`},
		"zeta":                {`"zeta":1.0,`, ``},
		"alpha":               {`,"alpha":-0`, ``},
		"kind":                {`"kind":"Widget",`, ``},
		"metadata labels app": {`"labels":{"app":"web"}`, `"labels":{}`},
		"metadata labels":     {`,"labels":{"app":"web"}`, ``},
		"metadata":            {`"metadata":{"name":"a","labels":{"app":"web"},"new":1.0},`, ``},
		"status x y":          {`"zeta"`, `"zeta"`}, // absent
		"spec none x":         {`"zeta"`, `"zeta"`},
		"spec parts 7":        {`"zeta"`, `"zeta"`},
	} {
		t.Run(path, func(t *testing.T) {
			object := sample(t)
			require.NoError(t, object.DeleteField(strings.Fields(path)...))
			out, err := json.Marshal(object)
			require.NoError(t, err)
			require.Equal(t, 1, strings.Count(widgetText, change[0]))
			require.Equal(t, strings.ReplaceAll(strings.Replace(widgetText, change[0], change[1], 1), ", ", ","), string(out))
		})
	}
}

func TestAFieldThatAnObjectCannotHaveIsRefusedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		path  []string
		want  string
	}{
		"no path":                   {1, nil, `field "": the path is empty`},
		"through a number":          {1, []string{"spec", "size", "x", "y"}, `field spec.size.x.y: spec.size is a number, not an object`},
		"through a string":          {1, []string{"spec", "a.b/c~d", "x"}, `field spec["a.b/c~d"].x: spec["a.b/c~d"] is a string, not an object`},
		"through a boolean":         {1, []string{"spec", "off", "x"}, `field spec.off.x: spec.off is a boolean, not an object`},
		"below the kind":            {1, []string{"kind", "x"}, `field kind.x: kind is a string, not an object`},
		"an element that is absent": {1, []string{"spec", "parts", "3"}, `field spec.parts.3: spec.parts has 3 elements, and none called "3"`},
		"a name of an element":      {1, []string{"spec", "parts", "name"}, `field spec.parts.name: spec.parts has 3 elements, and none called "name"`},
		"a name that is not UTF-8":  {1, []string{"spec", "\xff"}, `field spec["\xff"]: a name is not valid UTF-8`},
		"a value without JSON":      {func() {}, []string{"spec", "x"}, `field spec.x: the value cannot be encoded: `},
		"a kind that is a number":   {1, []string{"kind"}, `field kind: `},
		"a label that is a number":  {1, []string{"metadata", "labels", "app"}, `field metadata.labels.app: `},
		"metadata that is a list":   {[]int{}, []string{"metadata"}, `field metadata: `},
	} {
		t.Run(name, func(t *testing.T) {
			object := sample(t)
			err := object.SetField(c.value, c.path...)
			var refused *resources.FieldError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.path, refused.Path)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, sample(t), object, "unchanged")
		})
	}
	require.EqualError(t, sample(t).DeleteField("spec", "size", "x"), "field spec.size.x: spec.size is a number, not an object")
	require.ErrorContains(t, (&resources.Object{Unknown: jsontext.Value(`{"spec":`)}).SetField(1, "spec"), "field spec: the object cannot be read: ")
	damaged := &resources.Object{Metadata: resources.ObjectMeta{Unknown: jsontext.Value(`{"a":`)}}
	require.ErrorContains(t, damaged.SetField("b", "metadata", "name"), "field metadata.name: ")
	require.Empty(t, damaged.Metadata.Name)
	require.ErrorContains(t, (&resources.Object{Unknown: jsontext.Value(`[1]`)}).SetField(1, "spec"), "field spec: the object has 1 elements")
}

func FuzzObjectFields(f *testing.F) {
	for _, path := range []string{"spec/size", "spec/parts/0/name", "spec/parts/-", "metadata/labels/x", "kind", "new/er", "spec/none/x", "zeta/x"} {
		f.Add(widgetText, path, `{"n":1.0}`)
		f.Add("{ \"spec\" : { } , \"l\":[ ] }", path, `"<"`)
	}
	f.Fuzz(func(t *testing.T, text, path, value string) {
		var object resources.Object
		if json.Unmarshal([]byte(text), &object) != nil || !jsontext.Value(value).IsValid() {
			return
		}
		compact := jsontext.Value(value)
		require.NoError(t, compact.Compact())
		names := strings.Split(path, "/")
		before := object
		_, existed := object.Field(names...)
		parent, hadParent := object.Field(names[:len(names)-1]...)
		if err := object.SetField(compact, names...); err != nil {
			require.Equal(t, before, object)
			return
		}
		_, err := json.Marshal(&object)
		require.NoError(t, err)
		if names[0] == "metadata" || strings.Contains("/"+path+"/", "/-/") {
			return // typed, or another name now
		}
		stored, ok := object.Field(names...)
		require.True(t, ok || string(compact) == `""`)
		require.True(t, string(compact) == string(stored) || names[0] == "kind" || names[0] == "apiVersion", "%s %s", compact, stored)
		if !existed && (hadParent && parent.Kind() != 'n' || len(names) == 1) && names[0] != "kind" && names[0] != "apiVersion" && len(before.Unknown) > 0 {
			require.NoError(t, object.DeleteField(names...))
			require.Equal(t, string(before.Unknown), string(object.Unknown))
		}
	})
}
