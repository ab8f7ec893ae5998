package patch_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

// The examples of RFC 6902, appendix A, those of errors with what they must
// report. Members come out in the order of the document.
func TestExamplesOfRFC6902(t *testing.T) {
	for name, tc := range map[string]struct {
		doc, patch, want string
		fails            error
	}{
		"A.1 adding an object member":         {`{"foo":"bar"}`, `[{"op":"add","path":"/baz","value":"qux"}]`, `{"foo":"bar","baz":"qux"}`, nil},
		"A.2 adding an array element":         {`{"foo":["bar","baz"]}`, `[{"op":"add","path":"/foo/1","value":"qux"}]`, `{"foo":["bar","qux","baz"]}`, nil},
		"A.3 removing an object member":       {`{"baz":"qux","foo":"bar"}`, `[{"op":"remove","path":"/baz"}]`, `{"foo":"bar"}`, nil},
		"A.4 removing an array element":       {`{"foo":["bar","qux","baz"]}`, `[{"op":"remove","path":"/foo/1"}]`, `{"foo":["bar","baz"]}`, nil},
		"A.5 replacing a value":               {`{"baz":"qux","foo":"bar"}`, `[{"op":"replace","path":"/baz","value":"boo"}]`, `{"baz":"boo","foo":"bar"}`, nil},
		"A.6 moving a value":                  {`{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}`, `[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]`, `{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}`, nil},
		"A.7 moving an array element":         {`{"foo":["all","grass","cows","eat"]}`, `[{"op":"move","from":"/foo/1","path":"/foo/3"}]`, `{"foo":["all","cows","eat","grass"]}`, nil},
		"A.8 testing a value: success":        {`{"baz":"qux","foo":["a",2,"c"]}`, `[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]`, `{"baz":"qux","foo":["a",2,"c"]}`, nil},
		"A.9 testing a value: error":          {`{"baz":"qux"}`, `[{"op":"test","path":"/baz","value":"bar"}]`, "", patch.ErrTestFailed},
		"A.10 adding a nested member object":  {`{"foo":"bar"}`, `[{"op":"add","path":"/child","value":{"grandchild":{}}}]`, `{"foo":"bar","child":{"grandchild":{}}}`, nil},
		"A.11 ignoring unrecognized elements": {`{"foo":"bar"}`, `[{"op":"add","path":"/baz","value":"qux","xyz":123}]`, `{"foo":"bar","baz":"qux"}`, nil},
		"A.12 adding to a nonexistent target": {`{"foo":"bar"}`, `[{"op":"add","path":"/baz/bat","value":"qux"}]`, "", patch.ErrNotFound},
		"A.14 escape ordering":                {`{"/":9,"~1":10}`, `[{"op":"test","path":"/~01","value":10}]`, `{"/":9,"~1":10}`, nil},
		"A.15 comparing strings and numbers":  {`{"/":9,"~1":10}`, `[{"op":"test","path":"/~01","value":"10"}]`, "", patch.ErrTestFailed},
		"A.16 adding an array value":          {`{"foo":["bar"]}`, `[{"op":"add","path":"/foo/-","value":["abc","def"]}]`, `{"foo":["bar",["abc","def"]]}`, nil},
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

func TestJSONPatchAtTheEdges(t *testing.T) {
	for name, tc := range map[string]struct {
		doc   string
		patch patch.Patch
		want  string
	}{
		"add replaces a field in its place":     {`{"a":1,"b":2}`, patch.JSON().Add("/a", 3), `{"a":3,"b":2}`},
		"add at the end by index":               {`[1,2]`, patch.JSON().Add("/2", 3), `[1,2,3]`},
		"add at the start":                      {`[1,2]`, patch.JSON().Add("/0", 0), `[0,1,2]`},
		"add null":                              {`{}`, patch.JSON().Add("/a", nil), `{"a":null}`},
		"add of the whole document":             {`{"a":1}`, patch.JSON().Add("", "text"), `"text"`},
		"replace of the whole document":         {`[1]`, patch.JSON().Replace("", nil), `null`},
		"a document that is a scalar":           {`1`, patch.JSON().Test("", 1.0).Replace("", 2), `2`},
		"replace with null":                     {`{"a":1}`, patch.JSON().Replace("/a", nil), `{"a":null}`},
		"replace of a null":                     {`{"a":[null]}`, patch.JSON().Replace("/a/0", 1), `{"a":[1]}`},
		"remove of a null":                      {`{"a":null}`, patch.JSON().Remove("/a"), `{}`},
		"copy of a null":                        {`{"a":null}`, patch.JSON().Copy("/a", "/b"), `{"a":null,"b":null}`},
		"copy into itself":                      {`{"a":{"x":1}}`, patch.JSON().Copy("/a", "/a/b"), `{"a":{"x":1,"b":{"x":1}}}`},
		"copy of the whole document":            {`{"a":1}`, patch.JSON().Copy("", "/b"), `{"a":1,"b":{"a":1}}`},
		"a copy shares nothing with its source": {`{"a":{}}`, patch.JSON().Copy("/a", "/b").Add("/b/x", 1), `{"a":{},"b":{"x":1}}`},
		"move up over its own parent":           {`{"a":{"b":1}}`, patch.JSON().Move("/a/b", "/a"), `{"a":1}`},
		"move to where it is":                   {`{"a":1,"b":2}`, patch.JSON().Move("/a", "/a"), `{"a":1,"b":2}`},
		"empty names, also on the way":          {`{"":{"":{"a":1}},"b":2}`, patch.JSON().Add("///c", 3).Remove("///a").Replace("/b", 4), `{"":{"":{"c":3}},"b":4}`},
		"an empty name in a list on the way":    {`{"l":[{"":{"x":1}}]}`, patch.JSON().Replace("/l/0//x", 2), `{"l":[{"":{"x":2}}]}`},
		"replace of an empty name":              {`{"":1}`, patch.JSON().Replace("/", 2), `{"":2}`},
		"test of numbers by value":              {`{"a":1.0,"b":100,"c":-0,"d":0.50}`, patch.JSON().Test("/a", 1).Test("/b", jsontext.Value(`1e2`)).Test("/c", 0).Test("/d", jsontext.Value(`5E-1`)), `{"a":1.0,"b":100,"c":-0,"d":0.50}`},
		"test of numbers beyond every type":     {`{"a":1e1000000000,"z":0e99999999999999999999}`, patch.JSON().Test("/a", jsontext.Value(`10e999999999`)).Test("/z", 0), `{"a":1e1000000000,"z":0e99999999999999999999}`},
		"test of a list that holds null":        {`{"a":[null,1]}`, patch.JSON().Test("/a", []any{nil, 1}), `{"a":[null,1]}`},
		"test of objects whatever their order":  {`{"a":{"x":1,"y":[true]}}`, patch.JSON().Test("/a", jsontext.Value(`{"y":[true],"x":1}`)), `{"a":{"x":1,"y":[true]}}`},
		"test of strings by their characters":   {`{"a":"\u00e9\/"}`, patch.JSON().Test("/a", "é/"), `{"a":"\u00e9\/"}`},
		"literals that are not touched stay":    {"{ \"n\" : 9007199254740993,\r\n\"f\":[1.0,1E400], \"s\":\"\\u003c<>&\u2028\", \"<k>\":{\"deep\":-0}}", patch.JSON().Add("/x", 1).Add("/<k>/y", "<"), "{\"n\":9007199254740993,\"f\":[1.0,1E400],\"s\":\"\\u003c<>&\u2028\",\"<k>\":{\"deep\":-0,\"y\":\"<\"},\"x\":1}"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := tc.doc
			out, err := tc.patch.ApplyTo([]byte(doc))
			require.NoError(t, err)
			require.Equal(t, tc.want, string(out))
			require.Equal(t, tc.doc, doc)
		})
	}
}

func TestAnOperationThatDoesNotFitNamesItself(t *testing.T) {
	const doc = `{"a":1,"list":[1,2],"null":null,"o":{}}`
	for name, tc := range map[string]struct {
		patch patch.Patch
		want  string
		is    error
	}{
		"the second operation":                 {patch.JSON().Add("/b", 1).Remove("/c"), `operation 2 (remove "/c"): no such field or element`, patch.ErrNotFound},
		"replace of an absent field":           {patch.JSON().Replace("/x", 1), `operation 1 (replace "/x"): no such field or element`, patch.ErrNotFound},
		"an absent parent":                     {patch.JSON().Add("/x/y", 1), `operation 1 (add "/x/y"): parent "/x": no such field or element`, patch.ErrNotFound},
		"a parent that is a number":            {patch.JSON().Add("/a/y", 1), `operation 1 (add "/a/y"): parent "/a" holds no fields: it is a number`, nil},
		"a parent that is null":                {patch.JSON().Add("/null/y", 1), `operation 1 (add "/null/y"): parent "/null" holds no fields: it is null`, nil},
		"an index beyond the end":              {patch.JSON().Add("/list/3", 1), `operation 1 (add "/list/3"): list index: no such field or element`, patch.ErrNotFound},
		"a negative index":                     {patch.JSON().Replace("/list/-1", 1), `operation 1 (replace "/list/-1"): no such field or element`, patch.ErrNotFound},
		"a negative index to add at":           {patch.JSON().Add("/list/-1", 1), `operation 1 (add "/list/-1"): list index: no such field or element`, patch.ErrNotFound},
		"an index with a leading zero":         {patch.JSON().Add("/list/01", 1), `operation 1 (add "/list/01"): list index: no such field or element`, patch.ErrNotFound},
		"an index with a sign":                 {patch.JSON().Remove("/list/+1"), `operation 1 (remove "/list/+1"): no such field or element`, patch.ErrNotFound},
		"an index that is a name":              {patch.JSON().Test("/list/a", 1), `operation 1 (test "/list/a"): test failed`, patch.ErrTestFailed},
		"remove of the element after the last": {patch.JSON().Remove("/list/-"), `operation 1 (remove "/list/-"): no such field or element`, patch.ErrNotFound},
		"remove of the document":               {patch.JSON().Remove(""), `operation 1 (remove ""): the whole document cannot be removed`, nil},
		"copy of an absent field":              {patch.JSON().Copy("/x", "/y"), `operation 1 (copy "/y"): from "/x": no such field or element`, patch.ErrNotFound},
		"move of an absent field":              {patch.JSON().Move("/x", "/x"), `operation 1 (move "/x"): from "/x": no such field or element`, patch.ErrNotFound},
		"an empty name that is absent":         {patch.JSON().Replace("/", 1), `operation 1 (replace "/"): no such field or element`, patch.ErrNotFound},
		"test of an absent field for null":     {patch.JSON().Test("/x", nil), `operation 1 (test "/x"): test failed`, patch.ErrTestFailed},
		"test of lists of two lengths":         {patch.JSON().Test("/list", []int{1}), `operation 1 (test "/list"): test failed`, patch.ErrTestFailed},
		"test of list elements":                {patch.JSON().Test("/list", []int{1, 3}), `operation 1 (test "/list"): test failed`, patch.ErrTestFailed},
		"test of an object with more":          {patch.JSON().Test("/o", map[string]int{"x": 1}), `operation 1 (test "/o"): test failed`, patch.ErrTestFailed},
		"test of a number by value":            {patch.JSON().Test("/a", -1), `operation 1 (test "/a"): test failed`, patch.ErrTestFailed},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := tc.patch.ApplyTo([]byte(doc))
			require.EqualError(t, err, "json patch: "+tc.want)
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

// The test cases of RFC 7386, appendix A. The patch of a Patch is an object, so
// the rest of the table is what Merge refuses.
func TestExamplesOfRFC7386(t *testing.T) {
	for _, tc := range []struct{ original, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"a":"foo"}`, `{"b":"bar"}`, `{"a":"foo","b":"bar"}`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		// The example of section 3.
		{`{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},"tags":["example","sample"],"content":"This will be unchanged"}`,
			`{"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]}`,
			`{"title":"Hello!","author":{"givenName":"John"},"tags":["example"],"content":"This will be unchanged","phoneNumber":"+01-123-456-7890"}`},
	} {
		t.Run(tc.original+" and "+tc.patch, func(t *testing.T) {
			out, err := patch.Merge(tc.patch).ApplyTo([]byte(tc.original))
			require.NoError(t, err)
			require.Equal(t, tc.want, string(out))
		})
	}
	for _, text := range []string{`["c"]`, `null`, `"bar"`, `["d"]`} {
		_, err := patch.Merge(text).ApplyTo([]byte(`{"a":"foo"}`))
		require.ErrorContains(t, err, "merge patch: must be an object")
	}
}

func TestMergeAtTheEdges(t *testing.T) {
	for name, tc := range map[string]struct{ doc, patch, want string }{
		"nulls within a list are kept":         {`{"a":[1]}`, `{"a":[null,{"b":null}]}`, `{"a":[null,{"b":null}]}`},
		"the same without a list before":       {`{}`, `{"a":[null,{"b":null}]}`, `{"a":[null,{"b":null}]}`},
		"new fields come last, in their order": {`{"m":1}`, `{"z":1,"y":2,"x":3,"w":{"d":1,"c":2,"b":3}}`, `{"m":1,"z":1,"y":2,"x":3,"w":{"d":1,"c":2,"b":3}}`},
		"a null becomes an object":             {`{"a":null}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		"a document that is null":              {`null`, `{"a":1}`, `{"a":1}`},
		"a patch without fields":               {`{"a":1}`, `{}`, `{"a":1}`},
		"literals that are not touched stay":   {"{ \"n\" : 9007199254740993, \"f\":[1.0,1E400], \"s\":\"\\u003c<\", \"o\":{\"x\":-0}}", `{"o":{"y":1.50}}`, `{"n":9007199254740993,"f":[1.0,1E400],"s":"\u003c<","o":{"x":-0,"y":1.50}}`},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := patch.Merge(tc.patch).ApplyTo([]byte(tc.doc))
			require.NoError(t, err)
			require.Equal(t, tc.want, string(out))
		})
	}
}

func TestOnlyTheServerAppliesStrategicAndApply(t *testing.T) {
	for want, p := range map[string]patch.Patch{
		"strategic patch: only the server can apply it": patch.Strategic(`{}`),
		"apply patch: only the server can apply it":     patch.Apply(`{"apiVersion":"v1","kind":"Pod"}`),
	} {
		_, err := p.ApplyTo([]byte(`{}`))
		require.ErrorIs(t, err, patch.ErrServerSide)
		require.EqualError(t, err, want)
	}
}

func TestADocumentThatIsNoJSONIsRefused(t *testing.T) {
	for _, p := range []patch.Patch{patch.Merge(`{}`), patch.JSON()} {
		_, err := p.ApplyTo([]byte("{\"a\":1,\n\"a\":2}"))
		require.EqualError(t, err, string(p.Type())+" patch: document: invalid JSON at line 2, column 1: duplicate member name")
		_, err = p.ApplyTo(nil)
		require.ErrorContains(t, err, "the text is empty")
	}
}
