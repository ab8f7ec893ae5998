package patch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

// TestExamplesOfRFC7386 holds the table of RFC 7386, appendix A, for patches and documents that
// are objects. Merge and ApplyTo refuse the others.
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
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		// The example of section 3.
		{
			`{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},` +
				`"tags":["example","sample"],"content":"This will be unchanged"}`,
			`{"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]}`,
			`{"author":{"givenName":"John"},"content":"This will be unchanged",` +
				`"phoneNumber":"+01-123-456-7890","tags":["example"],"title":"Hello!"}`,
		},
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

func TestMergePatchHandlesEdgeCases(t *testing.T) {
	for name, tc := range map[string]struct{ doc, patch, want string }{
		"a null in a list stays":                                   {`{"a":[1]}`, `{"a":[null,1]}`, `{"a":[null,1]}`},
		"a null in an object of a new list goes, as on the server": {`{}`, `{"a":[{"b":null,"c":1}]}`, `{"a":[{"c":1}]}`},
		"members are sorted":                                       {`{"m":1}`, `{"z":1,"y":2,"w":{"d":1,"b":3}}`, `{"m":1,"w":{"b":3,"d":1},"y":2,"z":1}`},
		"a null becomes an object":                                 {`{"a":null}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		"a patch without fields":                                   {`{"a":1}`, `{}`, `{"a":1}`},
		"numbers keep their literals": {
			`{ "n" : 9007199254740993, "f":[1.0,1E400], "s":"\u003c<", "o":{"x":-0}}`, `{"o":{"y":1.50}}`,
			`{"f":[1.0,1E400],"n":9007199254740993,"o":{"x":-0,"y":1.50},"s":"<<"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := patch.Merge(tc.patch).ApplyTo([]byte(tc.doc))
			require.NoError(t, err)
			require.Equal(t, tc.want, string(out))
		})
	}
}
