package patch_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
	"github.com/kx-k8s/kx/patch"
)

func requireBody(t *testing.T, want string, p patch.Patch) {
	t.Helper()
	body, err := p.Encode()
	require.NoError(t, err)
	require.Equal(t, want, string(body))
}

func requireRefused(t *testing.T, p patch.Patch, want string) {
	t.Helper()
	body, err := p.Encode()
	require.EqualError(t, err, want)
	require.Nil(t, body)
}

type labels struct {
	Metadata struct {
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Unknown jsontext.Value `json:",embed"`
}

func TestEachKindHasItsContentType(t *testing.T) {
	object := map[string]any{"apiVersion": "v1", "kind": "Pod"}
	for want, p := range map[string]patch.Patch{
		"application/merge-patch+json":           patch.Merge(object),
		"application/json-patch+json":            patch.JSON(),
		"application/strategic-merge-patch+json": patch.Strategic(object),
		"application/apply-patch+yaml":           patch.Apply(object),
	} {
		_, err := p.Encode()
		require.NoError(t, err)
		require.Equal(t, want, p.Type().ContentType())
	}
	require.Empty(t, patch.Type("other").ContentType())
}

func TestDocumentsAcceptGoValuesModelsAndRawText(t *testing.T) {
	model := labels{Unknown: jsontext.Value(`{"n":9007199254740993}`)}
	model.Metadata.Labels = map[string]string{"app": "<web>"}
	for name, tc := range map[string]struct {
		value any
		want  string
	}{
		"a map, in a fixed order":          {map[string]any{"b": 1, "a": nil, "c": []string{"x"}}, `{"a":null,"b":1,"c":["x"]}`},
		"a struct with unknown fields":     {model, `{"metadata":{"labels":{"app":"<web>"}},"n":9007199254740993}`},
		"a pointer":                        {&model, `{"metadata":{"labels":{"app":"<web>"}},"n":9007199254740993}`},
		"raw JSON in a string":             {" { \"a\" : 1.0 }\n", `{"a":1.0}`},
		"raw JSON in bytes":                {[]byte("\ufeff{\"a\":1e400}"), `{"a":1e400}`},
		"raw JSON in a jsontext.Value":     {jsontext.Value(`{"a":"\u003c\/"}`), `{"a":"\u003c\/"}`},
		"YAML":                             {patch.YAML([]byte("a: 1.0\nb: [x]")), `{"a":1.0,"b":["x"]}`},
		"YAML within a Go value":           {map[string]any{"spec": patch.YAML([]byte("{a: 1.50}"))}, `{"spec":{"a":1.50}}`},
		"an object without members":        {map[string]any{}, `{}`},
		"a raw object without members":     {"{}", `{}`},
		"literals that a float would lose": {`{"a":9007199254740993,"b":-0,"c":1E+2}`, `{"a":9007199254740993,"b":-0,"c":1E+2}`},
	} {
		t.Run(name, func(t *testing.T) {
			requireBody(t, tc.want, patch.Merge(tc.value))
			requireBody(t, tc.want, patch.Strategic(tc.value))
		})
	}
}

func TestADocumentThatIsNotAnObjectIsRefused(t *testing.T) {
	for want, value := range map[string]any{
		"must be an object, not null":      nil,
		"must be an object, not a list":    []int{1},
		"must be an object, not a number":  1,
		"must be an object, not a boolean": true,
		"must be an object, not a string":  `"text"`,
		"invalid JSON at line 1, column 1: the text is empty (YAML text goes through patch.YAML)":                           "",
		"invalid JSON at line 2, column 3: duplicate member name (YAML text goes through patch.YAML)":                       "{\"a\":1,\n  \"a\":1}",
		"invalid JSON at line 1, column 10: unexpected character after top-level value (YAML text goes through patch.YAML)": `{"a": 1} {}`,
		"invalid JSON at line 1, column 8: unexpected end of text (YAML text goes through patch.YAML)":                      `{"a": 1`,
		"invalid JSON at line 1, column 1: unexpected character at start of value (YAML text goes through patch.YAML)":      "a: 1",
		"invalid YAML at line 2, column 1: duplicate key, first on line 1":                                                  patch.YAML([]byte("a: 1\na: 2")),
	} {
		t.Run(want, func(t *testing.T) {
			requireRefused(t, patch.Merge(value), "merge patch: "+want)
			requireRefused(t, patch.Strategic(value), "strategic patch: "+want)
			requireRefused(t, patch.Apply(value), "apply patch: "+want)
		})
	}
}

func TestAValueThatDoesNotEncodeIsKeptUntilEncode(t *testing.T) {
	_, err := patch.Merge(map[string]any{"a": math.NaN()}).Encode()
	require.ErrorContains(t, err, "merge patch: value does not encode: ")
	_, err = patch.JSON().Add("/a", func() {}).Encode()
	require.ErrorContains(t, err, "json patch: operation 1 (add): value does not encode: ")

	var syntax *patch.SyntaxError
	_, err = patch.JSON().Add("/a", patch.YAML([]byte("a: 1\nb: [}"))).Encode()
	require.ErrorAs(t, err, &syntax)
	require.Equal(t, 2, syntax.Line)
	require.EqualError(t, err, "json patch: operation 1 (add): "+syntax.Error())

	_, err = patch.Merge(map[string]any{"spec": patch.YAML([]byte("a: [}"))}).Encode()
	require.ErrorAs(t, err, &syntax)
}

func TestApplyRequiresTheFieldsThatTheServerRequires(t *testing.T) {
	requireBody(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"}}`,
		patch.Apply(patch.YAML([]byte("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-0\n"))))
	requireBody(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"managedFields":null}}`,
		patch.Apply(`{"apiVersion":"v1","kind":"Pod","metadata":{"managedFields":null}}`))

	const required = " is required: server-side apply needs the object's apiVersion and kind"
	for text, want := range map[string]string{
		`{"kind":"Pod"}`:                  "apiVersion" + required,
		`{"apiVersion":"","kind":"Pod"}`:  "apiVersion" + required,
		`{"apiVersion":1,"kind":"Pod"}`:   "apiVersion" + required,
		`{"apiVersion":"v1"}`:             "kind" + required,
		`{"apiVersion":"v1","kind":null}`: "kind" + required,
		`{"apiVersion":"v1","kind":"Pod","metadata":{"managedFields":[{}]}}`: "metadata.managedFields must be left out: the server fills it in",
	} {
		requireRefused(t, patch.Apply(text), "apply patch: "+want)
	}
}

func TestTheZeroPatchIsRefused(t *testing.T) {
	var zero patch.Patch
	require.Empty(t, zero.Type())
	requireRefused(t, zero, "patch: the zero Patch is empty: make one with Merge, JSON, Strategic or Apply")
	requireRefused(t, zero.Remove("/a"), "zero patch: operation 1 (remove): only a patch made by patch.JSON takes operations")
	_, err := zero.ApplyTo([]byte(`{}`))
	require.Error(t, err)
}

func TestPrintingAPatchShowsNoContent(t *testing.T) {
	const secret = "hunter2"
	doc := patch.YAML([]byte("password: " + secret))
	bad := patch.Merge(`{"password":"hunter2"`)
	for want, v := range map[string]any{
		"merge patch (22 bytes)":     patch.Merge(doc),
		"json patch (operations: 1)": patch.JSON().Add("/password", secret),
		"merge patch (invalid)":      bad,
		"no patch":                   patch.Patch{},
		"document (22 bytes)":        doc,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			require.Equal(t, want, fmt.Sprintf(verb, v))
		}
	}
	_, err := bad.Encode()
	require.NotContains(t, err.Error(), secret)
}

func TestTheCallerMayChangeTheResultOfEncode(t *testing.T) {
	for _, p := range []patch.Patch{patch.Merge(`{"a":1}`), patch.JSON().Add("", 1)} {
		body, err := p.Encode()
		require.NoError(t, err)
		want := string(body)
		clear(body)
		requireBody(t, want, p)
	}
	p := patch.JSON().Replace("", map[string]int{"a": 1})
	out, err := p.ApplyTo([]byte(`{}`))
	require.NoError(t, err)
	clear(out)
	requireBody(t, `[{"op":"replace","path":"","value":{"a":1}}]`, p)

	raw := []byte(`{"a":1}`)
	p = patch.Merge(raw)
	clear(raw)
	requireBody(t, `{"a":1}`, p)
}

func TestTheZeroDocumentIsNull(t *testing.T) {
	requireBody(t, `[{"op":"add","path":"/a","value":null}]`, patch.JSON().Add("/a", patch.Document{}))
	requireRefused(t, patch.Merge(patch.Document{}), "merge patch: must be an object, not null")
}

// A program that only builds and encodes patches links the initial values of package variables of
// the two libraries, a few KB, and no code.
func TestEncodingLinksNeitherYAMLNorJSONPatch(t *testing.T) {
	code := []string{
		"gopkg.in/yaml%2ev3.(*Decoder).",
		"gopkg.in/yaml%2ev3.(*parser).",
		"gopkg.in/yaml%2ev3.yaml_parser_",
		"github.com/evanphx/json-patch/v5.CreateMergePatch",
		"github.com/evanphx/json-patch/v5/internal/json.(*decodeState).",
	}
	small := buildtest.Symbols(t, "./testdata/encode")
	require.True(t, strings.Contains(small, " github.com/kx-k8s/kx/patch.Patch.Encode"))
	for _, name := range code {
		require.False(t, strings.Contains(small, name), name)
	}
	// The same search finds all of them where they are needed.
	large := buildtest.Symbols(t, "./testdata/apply")
	for _, name := range code {
		require.True(t, strings.Contains(large, name), name)
	}
}
