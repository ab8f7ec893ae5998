package debug_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

func TestParseCustomIsStrict(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                          {``, `invalid YAML at line 1, column 1: the text is empty`},
		"a document that is not an object": {`[a]`, `it must be an object with the fields of a container`},
		"a scalar":                         {`secret`, `it must be an object with the fields of a container`},
		"null":                             {`null`, `it must be an object with the fields of a container`},
		"neither JSON nor YAML": {"tty: true\nenv: [",
			`invalid YAML at line 2, column 6: did not find expected node content`},
		"JSON with a slip": {`{"tty": tru}`,
			`invalid JSON at line 1, column 12: unexpected character in literal true (expecting 'e')`},
		"two documents": {"tty: true\n---\ntty: true\n",
			`invalid YAML at line 3, column 1: a second document starts: only one is allowed`},
		"two values": {`{"tty":true}{"tty":true}`,
			`invalid JSON at line 1, column 13: unexpected character after top-level value`},
		"a field twice, in YAML": {"securityContext:\n  runAsUser: 1\n  runAsUser: 2\n",
			`invalid YAML at line 3, column 3: duplicate key, first on line 2`},
		"a field twice, in JSON": {"{\"env\":[{\"name\":\"A\",\n\"name\":\"B\"}]}",
			`invalid JSON at line 2, column 1: duplicate member name`},
		"an unknown field": {`{"securitycontext":{}}`, `"securitycontext": unknown field`},
		"an unknown nested field": {`env: [{name: A}, {name: B, valueFrom: {secretRef: {}}}]`,
			`env[1].valueFrom."secretRef": unknown field`},
		"an unknown field with special characters": {"{\"a\\nb = \":1}", `"a\nb = ": unknown field`},
		"a type as a field":                        {`{"EnvVar name": 1}`, `"EnvVar name": unknown field`},
		"text for a list":                          {`env: {PASSWORD: secret}`, `env: it must be a list`},
		"text for an object":                       {`securityContext: secret`, `securityContext: it must be an object`},
		"a list for an object":                     {`env: [[secret]]`, `env[0]: it must be an object`},
		"a number for text":                        {`env: [{name: A, value: 5}]`, `env[0].value: it must be a string`},
		"text for an integer": {`securityContext: {runAsUser: "0"}`,
			`securityContext.runAsUser: it must be an integer`},
		"a fraction": {`securityContext: {runAsUser: 1.5}`,
			`securityContext.runAsUser: it must be an integer`},
		"text for a boolean": {`securityContext: {privileged: "yes"}`,
			`securityContext.privileged: it must be true or false`},
		"a boolean for a quantity": {`env: [{name: A, valueFrom: {resourceFieldRef: {divisor: true}}}]`,
			`env[0].valueFrom.resourceFieldRef.divisor: it must be a quantity`},
		"null in a list": {`args: [a, null]`, `args[1]: an element must not be null`},
		"the name":       {`name: a`, `name: set it with its own option`},
		"the image":      {`image: null`, `image: set it with its own option`},
		"the command":    {`command: [sh]`, `command: set it with its own option`},
		"the target":     {`targetContainerName: app`, `targetContainerName: set it with its own option`},
		"ports":          {`ports: []`, `ports: the server refuses this field in an ephemeral container`},
		"resources": {`resources: {}`,
			`resources: the server refuses this field in an ephemeral container`},
		"a probe": {`livenessProbe: {}`,
			`livenessProbe: the server refuses this field in an ephemeral container`},
		"lifecycle": {`lifecycle: {}`,
			`lifecycle: the server refuses this field in an ephemeral container`},
		"block devices": {`volumeDevices: []`, `volumeDevices: a debug container gets no block devices`},
		"a mount with a subPath": {`volumeMounts: [{name: a, mountPath: /a, subPath: b}]`,
			`volumeMounts[0].subPath: the server refuses this field in an ephemeral container`},
		"a document that is too large": {strings.Repeat(" ", 1<<20+1), `it has 1048577 bytes; the maximum is 1048576`},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := debug.ParseCustom([]byte(test.text))
			require.EqualError(t, err, "debug: custom: "+test.want)
			require.NotContains(t, err.Error(), "secret\"")
			require.Nil(t, c)
			if strings.HasPrefix(test.want, "invalid") {
				require.ErrorAs(t, err, new(*patch.SyntaxError))
			}
		})
	}
}

func TestCustomPrintsNoSecret(t *testing.T) {
	c := parse(t, `env: [{name: A, value: hunter2}]`)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(format, c), "hunter2")
	}
}

// The types of the table are those of the models, which are held to the API's own in the parity
// module.
func TestTheTableOfCustomTypesIsComplete(t *testing.T) {
	rows := map[string]map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(debug.CustomTypes)) {
		words := strings.Fields(line)
		rows[words[0]] = map[string]string{}
		for _, field := range words[1:] {
			name, typ, ok := strings.Cut(field, "=")
			require.True(t, ok, field)
			require.NotContains(t, rows[words[0]], name)
			rows[words[0]][name] = typ
		}
	}
	used := map[string]bool{}
	var hold func(model reflect.Type, row string)
	hold = func(model reflect.Type, row string) {
		used[row] = true
		var fields []string
		for field := range model.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" { // the unknown fields
				continue
			}
			fields = append(fields, name)
			typ := rows[row][name]
			require.NotEmpty(t, typ, "%s has no field %s", row, name)
			if strings.HasPrefix(typ, "!") {
				continue
			}
			in := field.Type
			for in.Kind() == reflect.Pointer || in.Kind() == reflect.Slice {
				if in.Kind() == reflect.Slice {
					rest, ok := strings.CutPrefix(typ, "[]")
					require.True(t, ok, "%s.%s is a list", row, name)
					typ = rest
				}
				in = in.Elem()
			}
			switch {
			case in == reflect.TypeFor[resources.Quantity]():
				require.Equal(t, "quantity", typ, "%s.%s", row, name)
			case in.Kind() == reflect.Struct:
				require.Contains(t, rows, typ, "%s.%s", row, name)
				hold(in, typ)
			case in.Kind() == reflect.Int64:
				require.Equal(t, "int", typ, "%s.%s", row, name)
			default:
				require.Equal(t, in.Kind().String(), typ, "%s.%s", row, name)
			}
		}
		for name := range rows[row] {
			require.Contains(t, fields, name, "%s has it, but %v does not", row, model)
		}
	}
	hold(reflect.TypeFor[resources.EphemeralContainer](), "Container")
	for row := range rows {
		require.True(t, used[row], "no field has the type %s", row)
	}
	require.Greater(t, len(slices.Collect(reflect.TypeFor[resources.EphemeralContainer]().Fields())), 20,
		"the test sees the fields")
}

func FuzzParseCustom(f *testing.F) {
	for _, text := range []string{
		`securityContext: {capabilities: {add: [NET_RAW]}, runAsUser: 0, seccompProfile: null}`,
		`{"env":[{"name":"A","value":"b"},{"name":"C","valueFrom":{"fieldRef":{"fieldPath":"x"}}}]}`,
		"volumeMounts:\n- {name: a, mountPath: /a}\nargs: [a]\n", `{"tty":true,"stdin":null}`, `[]`, `name: a`,
		"a: &x {}\nb: *x", `{"env":[{"name":1}]}`,
	} {
		f.Add(text)
	}
	_, pods := start(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := debug.ParseCustom([]byte(text))
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		o := debug.Options{Image: "x", Custom: c, Profile: debug.Restricted, RunAs: &debug.RunAs{User: 1}}
		res, err := debug.Preview(within(t), pods, "distroless", o)
		require.NoError(t, err, text)
		require.NoError(t, json.Unmarshal(res.Plan.Container, new(resources.EphemeralContainer)), text)
	})
}
