package patch_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func TestParseReadsJSONAndYAMLOfEveryKind(t *testing.T) {
	const object = `{"apiVersion":"v1","kind":"Pod","spec":{"n":1.0}}`
	for _, typ := range []patch.Type{patch.TypeMerge, patch.TypeStrategic, patch.TypeApply} {
		for _, text := range []string{object, "apiVersion: v1\nkind: Pod\nspec:\n  n: 1.0\n", "{apiVersion: v1, kind: Pod, spec: {n: 1.0}}"} {
			p, err := patch.Parse(typ, []byte(text))
			require.NoError(t, err)
			require.Equal(t, typ, p.Type())
			requireBody(t, object, p)
		}
	}
	const list = `[{"op":"add","path":"/spec/a","value":null},{"op":"move","from":"/a","path":"/b"}]`
	for _, text := range []string{
		`[{"value": null, "op": "add", "path": "\/spec/a", "ignored": 1}, {"op": "move", "from": "/a", "path": "/b", "value": 1}]`,
		"- op: add\n  path: /spec/a\n  value:\n- {op: move, from: /a, path: /b}\n",
	} {
		p, err := patch.Parse(patch.TypeJSON, []byte(text))
		require.NoError(t, err)
		requireBody(t, list, p)
		requireBody(t, list[:len(list)-1]+`,{"op":"remove","path":"/c"}]`, p.Remove("/c"))
	}
}

func TestParseReportsPlaceAndReasonWithoutQuotingTheText(t *testing.T) {
	for name, tc := range map[string]struct {
		typ        patch.Type
		text, want string
	}{
		"an unknown kind":                    {"merg", `{}`, `unknown kind of patch "merg": use merge, json, strategic or apply`},
		"no kind":                            {"", `{}`, `unknown kind of patch "": use merge, json, strategic or apply`},
		"an empty text":                      {patch.TypeMerge, "", "merge patch: invalid YAML at line 1, column 1: the text is empty"},
		"unfinished JSON":                    {patch.TypeMerge, "{\n  \"a\": {\"b\": 1}\n", "merge patch: invalid JSON at line 3, column 1: unexpected end of text"},
		"a JSON member without value":        {patch.TypeMerge, `{"spec": }`, "merge patch: invalid JSON at line 1, column 10: unexpected character at start of value"},
		"a misspelt JSON literal":            {patch.TypeMerge, `{"tty": tru}`, "merge patch: invalid JSON at line 1, column 12: unexpected character in literal true (expecting 'e')"},
		"a comma too many":                   {patch.TypeJSON, "[\n{\"op\": \"remove\", \"path\": \"/é\",}]", "json patch: invalid JSON at line 2, column 31: unexpected character at start of string (expecting '\"')"},
		"an invalid escape":                  {patch.TypeMerge, `{"a": "\q"}`, "merge patch: invalid JSON at line 1, column 8: invalid escape sequence in string"},
		"invalid UTF-8":                      {patch.TypeMerge, "{\"a\": \"\xff\"}", "merge patch: invalid JSON at line 1, column 8: invalid UTF-8"},
		"YAML that does not parse":           {patch.TypeApply, "kind: Pod\nspec:\n\tsecret", "apply patch: invalid YAML at line 3, column 1: found character that cannot start any token"},
		"a scalar":                           {patch.TypeMerge, "secret", "merge patch: must be an object, not a string"},
		"a list for a merge patch":           {patch.TypeStrategic, "[]", "strategic patch: must be an object, not a list"},
		"no apiVersion":                      {patch.TypeApply, "kind: Pod", "apply patch: apiVersion is required: server-side apply needs the object's apiVersion and kind"},
		"an object for a JSON Patch":         {patch.TypeJSON, `{"op":"remove","path":"/secret"}`, "json patch: must be a list of operations, not an object"},
		"an operation that is not an object": {patch.TypeJSON, `[{"op":"remove","path":""},"secret"]`, "json patch: operation 2: must be an object, not a string"},
		"no op":                              {patch.TypeJSON, `[{"path":"/a"}]`, "json patch: operation 1: op is required"},
		"op is not a string":                 {patch.TypeJSON, `[{"op":1,"path":"/a"}]`, "json patch: operation 1: op must be a string, not a number"},
		"an unknown op":                      {patch.TypeJSON, `[{"op":"secret","path":"/a"}]`, "json patch: operation 1: op must be one of add, remove, replace, move, copy, test"},
		"no path":                            {patch.TypeJSON, `[{"op":"remove"}]`, "json patch: operation 1: path is required"},
		"a path that is not a pointer":       {patch.TypeJSON, `[{"op":"remove","path":"secret"}]`, `json patch: operation 1 (remove): path must be empty or start with "/" (RFC 6901)`},
		"no value":                           {patch.TypeJSON, `[{"op":"test","path":"/a"}]`, "json patch: operation 1: test needs a value (which may be null)"},
		"no from":                            {patch.TypeJSON, `[{"op":"copy","path":"/a"}]`, "json patch: operation 1: from is required"},
		"a from that is not a string":        {patch.TypeJSON, `[{"op":"copy","path":"/a","from":null}]`, "json patch: operation 1: from must be a string, not null"},
		"a move into itself":                 {patch.TypeJSON, `[{"op":"move","path":"/a/b","from":"/a"}]`, "json patch: operation 1 (move): a value cannot move into itself (RFC 6902, section 4.4)"},
		"an op given twice":                  {patch.TypeJSON, `[{"op":"add","op":"add","path":"/a","value":1}]`, "json patch: invalid JSON at line 1, column 14: duplicate member name"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := patch.Parse(tc.typ, []byte(tc.text))
			require.EqualError(t, err, tc.want)
			require.Zero(t, p)
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{`{"apiVersion":"v1","kind":"Pod"}`, "a: 1\nb: [x]", `[{"op":"add","path":"/a","value":null}]`, "- op: move\n  from: /a~1\n  path: /b", `[{"op":"test","path":"","value":{"a":1e5}}]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, typ := range []patch.Type{patch.TypeMerge, patch.TypeJSON, patch.TypeStrategic, patch.TypeApply} {
			p, err := patch.Parse(typ, []byte(text))
			if err != nil {
				require.Zero(t, p)
				continue
			}
			body, err := p.Encode()
			require.NoError(t, err)
			require.True(t, jsontext.Value(body).IsValid())
			// The body parses as the same patch.
			reparsed, err := patch.Parse(typ, body)
			require.NoError(t, err)
			requireBody(t, string(body), reparsed)
			// ApplyTo must not panic, and returns JSON when it succeeds.
			if out, err := p.ApplyTo([]byte(`{"a":{"b":[1,null,{"":{"c":1}}]},"":{"":[null]}}`)); err == nil {
				require.True(t, jsontext.Value(out).IsValid())
			}
		}
	})
}
