package patch_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	jsonpatch4 "gopkg.in/evanphx/json-patch.v4"

	"github.com/kx-k8s/kx/patch"
)

// TestAJSONPatchIsAppliedAsTheServerAppliesIt compares the local apply with what Kubernetes 1.35.4
// answered. The behaviour of the same name in package conformance asks a server again.
func TestAJSONPatchIsAppliedAsTheServerAppliesIt(t *testing.T) {
	text, err := os.ReadFile("testdata/server/jsonpatch.json")
	require.NoError(t, err)
	var recorded struct {
		Object jsontext.Value `json:"object"`
		Cases  []struct {
			Name   string           `json:"name"`
			Server string           `json:"server"` // applies, refuses or panics
			KX     string           `json:"kx"`     // "only the server", where kx does not apply it
			Repeat int              `json:"repeat"`
			Patch  []jsontext.Value `json:"patch"`
			Diff   jsontext.Value   `json:"diff"` // what changes in the object, as a merge patch
		} `json:"cases"`
	}
	require.NoError(t, json.Unmarshal(text, &recorded, json.RejectUnknownMembers(true)))
	require.NotEmpty(t, recorded.Cases)
	for _, tc := range recorded.Cases {
		t.Run(tc.Name, func(t *testing.T) {
			body, err := json.Marshal(slices.Repeat(tc.Patch, max(1, tc.Repeat)))
			require.NoError(t, err)
			p, err := patch.Parse(patch.TypeJSON, body)
			require.NoError(t, err)
			out, err := p.ApplyTo(recorded.Object)
			switch {
			case tc.KX == "only the server":
				require.ErrorIs(t, err, patch.ErrServerSide)
			case tc.Server == "refuses", tc.Server == "panics":
				require.Error(t, err)
				require.Nil(t, out)
			default:
				require.Equal(t, "applies", tc.Server)
				require.NoError(t, err)
				diff, err := patch.Diff(recorded.Object, out)
				require.NoError(t, err)
				requireBody(t, canonical(t, string(tc.Diff)), diff)
			}
		})
	}
}

// TestExamplesOfRFC6902 holds appendix A, with the error that each failure reports.
func TestExamplesOfRFC6902(t *testing.T) {
	for name, tc := range map[string]struct {
		doc, patch, want string
		fails            error
	}{
		"A.1 adding an object member": {
			`{"foo":"bar"}`, `[{"op":"add","path":"/baz","value":"qux"}]`, `{"baz":"qux","foo":"bar"}`, nil,
		},
		"A.2 adding an array element": {
			`{"foo":["bar","baz"]}`, `[{"op":"add","path":"/foo/1","value":"qux"}]`, `{"foo":["bar","qux","baz"]}`, nil,
		},
		"A.3 removing an object member": {
			`{"baz":"qux","foo":"bar"}`, `[{"op":"remove","path":"/baz"}]`, `{"foo":"bar"}`, nil,
		},
		"A.4 removing an array element": {
			`{"foo":["bar","qux","baz"]}`, `[{"op":"remove","path":"/foo/1"}]`, `{"foo":["bar","baz"]}`, nil,
		},
		"A.5 replacing a value": {
			`{"baz":"qux","foo":"bar"}`, `[{"op":"replace","path":"/baz","value":"boo"}]`, `{"baz":"boo","foo":"bar"}`, nil,
		},
		"A.6 moving a value": {
			`{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}`,
			`[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]`,
			`{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}`, nil,
		},
		"A.7 moving an array element": {
			`{"foo":["all","grass","cows","eat"]}`, `[{"op":"move","from":"/foo/1","path":"/foo/3"}]`,
			`{"foo":["all","cows","eat","grass"]}`, nil,
		},
		"A.8 testing a value: success": {
			`{"baz":"qux","foo":["a",2,"c"]}`,
			`[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]`,
			`{"baz":"qux","foo":["a",2,"c"]}`, nil,
		},
		"A.9 testing a value: error": {
			`{"baz":"qux"}`, `[{"op":"test","path":"/baz","value":"bar"}]`, "", patch.ErrTestFailed,
		},
		"A.10 adding a nested member object": {
			`{"foo":"bar"}`, `[{"op":"add","path":"/child","value":{"grandchild":{}}}]`,
			`{"child":{"grandchild":{}},"foo":"bar"}`, nil,
		},
		"A.11 ignoring unrecognized elements": {
			`{"foo":"bar"}`, `[{"op":"add","path":"/baz","value":"qux","xyz":123}]`, `{"baz":"qux","foo":"bar"}`, nil,
		},
		"A.12 adding to a nonexistent target": {
			`{"foo":"bar"}`, `[{"op":"add","path":"/baz/bat","value":"qux"}]`, "", patch.ErrNotFound,
		},
		"A.14 escape ordering": {
			`{"/":9,"~1":10}`, `[{"op":"test","path":"/~01","value":10}]`, `{"/":9,"~1":10}`, nil,
		},
		"A.15 comparing strings and numbers": {
			`{"/":9,"~1":10}`, `[{"op":"test","path":"/~01","value":"10"}]`, "", patch.ErrTestFailed,
		},
		"A.16 adding an array value": {
			`{"foo":["bar"]}`, `[{"op":"add","path":"/foo/-","value":["abc","def"]}]`, `{"foo":["bar",["abc","def"]]}`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := patch.Parse(patch.TypeJSON, []byte(tc.patch))
			require.NoError(t, err)
			out, err := p.ApplyTo([]byte(tc.doc))
			require.ErrorIs(t, err, tc.fails)
			require.Equal(t, tc.want, string(out))
		})
	}
	t.Run("A.13 an invalid document", func(t *testing.T) {
		_, err := patch.Parse(patch.TypeJSON, []byte(`[{"op":"add","path":"/baz","value":"qux","op":"remove"}]`))
		require.ErrorContains(t, err, "duplicate member name")
	})
}

func TestJSONPatchHandlesEdgeCases(t *testing.T) {
	for name, tc := range map[string]struct {
		doc   string
		patch patch.Patch
		want  string
	}{
		"add replaces a field":       {`{"a":1,"b":2}`, patch.JSON().Add("/a", 3), `{"a":3,"b":2}`},
		"add at the start of a list": {`{"l":[1,2]}`, patch.JSON().Add("/l/0", 0), `{"l":[0,1,2]}`},
		"add null":                   {`{}`, patch.JSON().Add("/a", nil), `{"a":null}`},
		"replace of the whole document": {
			`{"a":1}`, patch.JSON().Replace("", map[string]int{"b": 2}), `{"b":2}`,
		},
		"replace with null": {`{"a":1}`, patch.JSON().Replace("/a", nil), `{"a":null}`},
		"replace of a null": {`{"a":[null]}`, patch.JSON().Replace("/a/0", 1), `{"a":[1]}`},
		"remove of a null":  {`{"a":null}`, patch.JSON().Remove("/a"), `{}`},
		"copy of a null":    {`{"a":null}`, patch.JSON().Copy("/a", "/b"), `{"a":null,"b":null}`},
		"copy into itself":  {`{"a":{"x":1}}`, patch.JSON().Copy("/a", "/a/b"), `{"a":{"b":{"x":1},"x":1}}`},
		"a copy shares nothing with its source": {
			`{"a":{}}`, patch.JSON().Copy("/a", "/b").Add("/b/x", 1), `{"a":{},"b":{"x":1}}`,
		},
		"move up over its own parent": {`{"a":{"b":1}}`, patch.JSON().Move("/a/b", "/a"), `{"a":1}`},
		"move to where the value is":  {`{"a":1,"b":2}`, patch.JSON().Move("/a", "/a"), `{"a":1,"b":2}`},
		"replace of an empty name":    {`{"":1}`, patch.JSON().Replace("/", 2), `{"":2}`},
		"many absent fields replaced and copied": {
			`{"a":1}`,
			patch.JSON().Replace("/b", 2).Copy("/x", "/c").Replace("/d", 4).Remove("/a").Copy("/y", "/e"),
			`{"b":2,"c":null,"d":4,"e":null}`,
		},
		"test of numbers in their literals": {
			`{"a":1.0,"b":1e1000000000}`,
			patch.JSON().Test("/a", jsontext.Value(`1.0`)).Test("/b", jsontext.Value(`1e1000000000`)),
			`{"a":1.0,"b":1e1000000000}`,
		},
		"test of objects whatever their order": {
			`{"a":{"x":1,"y":[true]}}`, patch.JSON().Test("/a", jsontext.Value(`{"y":[true],"x":1}`)), `{"a":{"x":1,"y":[true]}}`,
		},
		"test of strings by their characters": {
			`{"a":"\u00e9\/"}`, patch.JSON().Test("/a", "é/"), `{"a":"é/"}`,
		},
		"numbers that the patch does not touch keep their literals": {
			"{ \"n\" : 9007199254740993,\r\n\"f\":[1.0,1E400], \"s\":\"\\u003c<>&\u2028\", \"<k>\":{\"deep\":-0}}",
			patch.JSON().Add("/x", 1).Add("/<k>/y", "<"),
			"{\"<k>\":{\"deep\":-0,\"y\":\"<\"},\"f\":[1.0,1E400],\"n\":9007199254740993,\"s\":\"<<>&\u2028\",\"x\":1}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc := []byte(tc.doc)
			out, err := tc.patch.ApplyTo(doc)
			require.NoError(t, err)
			require.Equal(t, tc.want, string(out))
			require.Equal(t, tc.doc, string(doc))
		})
	}
}

func TestAnOperationThatFailsIsNamed(t *testing.T) {
	const doc = `{"a":1,"list":[1,2],"null":null,"nulls":[null,1],"o":{},"":{"":1}}`
	const notFound = ": no such field or element"
	const testFailed = ": test failed: want "
	const emptyName = ": a path with an empty name: only the server can apply it"
	for name, tc := range map[string]struct {
		patch patch.Patch
		want  string
		is    error
	}{
		"the second operation":             {patch.JSON().Add("/b", 1).Remove("/c"), `2 (remove "/c")` + notFound, patch.ErrNotFound},
		"after a replace that adds":        {patch.JSON().Replace("/b", 1).Remove("/c"), `2 (remove "/c")` + notFound, patch.ErrNotFound},
		"an absent parent":                 {patch.JSON().Add("/x/y", 1), `1 (add "/x/y")` + notFound, patch.ErrNotFound},
		"a parent that is a number":        {patch.JSON().Add("/a/y", 1), `1 (add "/a/y")` + notFound, patch.ErrNotFound},
		"a parent that is null":            {patch.JSON().Add("/null/y", 1), `1 (add "/null/y")` + notFound, patch.ErrNotFound},
		"a replace below null":             {patch.JSON().Replace("/null/y", 1), `1 (replace "/null/y")` + notFound, patch.ErrNotFound},
		"an index beyond the end":          {patch.JSON().Add("/list/3", 1), `1 (add "/list/3")` + notFound, patch.ErrNotFound},
		"an index that is a name":          {patch.JSON().Test("/list/a", 1), `1 (test "/list/a")` + testFailed + "1, but there is no such field or element", patch.ErrTestFailed},
		"remove behind the last":           {patch.JSON().Remove("/list/-"), `1 (remove "/list/-")` + notFound, patch.ErrNotFound},
		"remove of the document":           {patch.JSON().Remove(""), `1 (remove ""): the whole document can only be tested or replaced`, nil},
		"copy of the document":             {patch.JSON().Copy("", "/b"), `1 (copy "/b"): the whole document cannot be copied or moved`, nil},
		"a document that is not an object": {patch.JSON().Replace("", []int{1}), `1 (replace ""): the whole document must stay an object`, nil},
		"copy from an absent parent":       {patch.JSON().Copy("/x/z", "/y"), `1 (copy "/y")` + notFound, patch.ErrNotFound},
		"move of an absent field":          {patch.JSON().Move("/x", "/x"), `1 (move "/x")` + notFound, patch.ErrNotFound},
		"test of lists of two lengths":     {patch.JSON().Test("/list", []int{1}), `1 (test "/list")` + testFailed + "[1], got [1,2]", patch.ErrTestFailed},
		"test of list elements":            {patch.JSON().Test("/list", []int{1, 3}), `1 (test "/list")` + testFailed + "[1,3], got [1,2]", patch.ErrTestFailed},
		"test of an object with more":      {patch.JSON().Test("/o", map[string]int{"x": 1}), `1 (test "/o")` + testFailed + `{"x":1}, got {}`, patch.ErrTestFailed},
		"test of a list with null":         {patch.JSON().Test("/nulls", []any{nil, 1}), `1 (test "/nulls"): a list with a null in it cannot be tested`, nil},
		"test of an empty name":            {patch.JSON().Test("/", nil), `1 (test "/")` + emptyName, patch.ErrServerSide},
		"add below an empty name": {patch.JSON().Add("//x", 1), `1 (add "//x")` + emptyName,
			patch.ErrServerSide},
		"copy of an empty name": {patch.JSON().Copy("/", "/b"), `1 (copy "/b")` + emptyName, patch.ErrServerSide},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := tc.patch.ApplyTo([]byte(doc))
			require.EqualError(t, err, "json patch: operation "+tc.want)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
			require.Nil(t, out)
		})
	}
}

func TestCopiesThatDoubleADocumentAreBounded(t *testing.T) {
	p := patch.JSON()
	for range 64 {
		p = p.Copy("/a", "/a/-")
	}
	_, err := p.ApplyTo([]byte(`{"a":["0123456789abcdef"]}`))
	require.ErrorContains(t, err, "copies add more than 3145728 bytes")
}

// FuzzJSONPatchAppliesAsTheServersLibrary compares ApplyTo with json-patch v4.13.0, which
// Kubernetes 1.35 links. Where only the server applies a patch, there is nothing to compare.
func FuzzJSONPatchAppliesAsTheServersLibrary(f *testing.F) {
	const object = `{"a":{"b":[1,{"c":"x"},[2,3]],"d":null},"e":"text","f":1.0}`
	for _, operations := range []string{
		`[{"op":"replace","path":"/g","value":1},{"op":"copy","from":"/h","path":"/i"}]`,
		`[{"op":"move","from":"/a/b/0","path":"/a/b/-"},{"op":"test","path":"/a/b/-1","value":1}]`,
		`[{"op":"add","path":"/a/b/-2","value":{"k":[null]}},{"op":"remove","path":"/a/d"}]`,
		`[{"op":"replace","path":"","value":{"z":{}}},{"op":"add","path":"/z/y","value":null}]`,
		`[{"op":"copy","from":"/a","path":"/a/b/1/c"},{"op":"replace","path":"/a/b/01/c/d","value":[]}]`,
		`[{"op":"add","path":"/","value":1},{"op":"replace","path":"/","value":2},{"op":"remove","path":"/"}]`,
		`[{"op":"test","path":"/a/d","value":null},{"op":"replace","path":"/a/d/x","value":1}]`,
	} {
		f.Add(operations)
	}
	f.Fuzz(func(t *testing.T, operations string) {
		p, err := patch.Parse(patch.TypeJSON, []byte(operations))
		if err != nil {
			return
		}
		body, err := p.Encode()
		require.NoError(t, err)
		ours, err := p.ApplyTo([]byte(object))
		if errors.Is(err, patch.ErrServerSide) || err != nil && strings.Contains(err.Error(), "holds null") {
			return
		}
		theirs, theirErr := applyV4(object, body)
		require.Equal(t, theirErr == nil, err == nil, "%s\nkx: %v\njson-patch v4: %v", body, err, theirErr)
		if err == nil {
			require.Equal(t, canonical(t, string(theirs)), canonical(t, string(ours)), "%s", body)
		}
	})
}

func applyV4(object string, operations []byte) (out []byte, err error) {
	defer func() {
		recovered := recover()
		if recovered != nil {
			err = fmt.Errorf("json-patch v4 panics: %v", recovered)
		}
	}()
	p, err := jsonpatch4.DecodePatch(operations)
	if err != nil {
		return nil, err
	}
	return p.Apply([]byte(object))
}

func TestAnOperationOnAFieldOfAnElementLeavesTheRestOfTheElement(t *testing.T) {
	const document = `{"list":[{"a":1,"b":2},{"a":3}]}`
	for operation, want := range map[string]string{
		`{"op":"remove","path":"/list/0/a"}`:                        `{"list":[{"b":2},{"a":3}]}`,
		`{"op":"remove","path":"/list/1/a"}`:                        `{"list":[{"a":1,"b":2},{}]}`,
		`{"op":"remove","path":"/list/-1/a"}`:                       `{"list":[{"a":1,"b":2},{}]}`,
		`{"op":"remove","path":"/list/0"}`:                          `{"list":[{"a":3}]}`,
		`{"op":"replace","path":"/list/0/a","value":9}`:             `{"list":[{"a":9,"b":2},{"a":3}]}`,
		`{"op":"add","path":"/list/1/b","value":9}`:                 `{"list":[{"a":1,"b":2},{"a":3,"b":9}]}`,
		`{"op":"move","from":"/list/0/b","path":"/list/1/b"}`:       `{"list":[{"a":1},{"a":3,"b":2}]}`,
		`{"op":"copy","from":"/list/0/b","path":"/list/1/b"}`:       `{"list":[{"a":1,"b":2},{"a":3,"b":2}]}`,
		`{"op":"move","from":"/list/0/a","path":"/moved"}`:          `{"list":[{"b":2},{"a":3}],"moved":1}`,
		`{"op":"test","path":"/list/0","value":{"b":2,"a":1}}`:      document,
		`{"op":"test","path":"/list/0/absent/field","value":"any"}`: "",
	} {
		p, err := patch.Parse(patch.TypeJSON, []byte("["+operation+"]"))
		require.NoError(t, err, operation)
		got, err := p.ApplyTo([]byte(document))
		if want == "" {
			require.ErrorIs(t, err, patch.ErrTestFailed, operation)
			continue
		}
		require.NoError(t, err, operation)
		require.Equal(t, want, string(got), operation)
	}
}
