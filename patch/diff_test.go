package patch_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func TestDiffIsTheMergePatchBetweenTwoDocuments(t *testing.T) {
	for name, tc := range map[string]struct{ before, after, want string }{
		"nothing changed":                     {`{"a":{"b":[1]}}`, ` {"a": {"b": [1]}}`, `{}`},
		"order alone is no change":            {`{"a":1,"b":2}`, `{"b":2,"a":1}`, `{}`},
		"a field added":                       {`{}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		"a field removed":                     {`{"a":{"b":1,"c":2}}`, `{"a":{"c":2}}`, `{"a":{"b":null}}`},
		"a field changed":                     {`{"a":{"b":1,"c":2}}`, `{"a":{"b":3,"c":2}}`, `{"a":{"b":3}}`},
		"a list is replaced as a whole":       {`{"a":[1,2]}`, `{"a":[1,2,3]}`, `{"a":[1,2,3]}`},
		"a kind changed":                      {`{"a":{"b":1}}`, `{"a":[1]}`, `{"a":[1]}`},
		"a null becomes a value":              {`{"a":null}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		"nulls in both":                       {`{"a":null}`, `{"a":null}`, `{}`},
		"big numbers keep their digits":       {`{"a":1}`, `{"a":9007199254740993,"b":12345678901234567890123,"c":1e400,"d":1.0}`, `{"a":9007199254740993,"b":12345678901234567890123,"c":1e400,"d":1.0}`},
		"numbers that are equal as floats":    {`{"a":9007199254740992}`, `{"a":9007199254740993}`, `{"a":9007199254740993}`},
		"numbers are compared as written":     {`{"a":1}`, `{"a":1.0}`, `{"a":1.0}`},
		"text is written plainly":             {`{}`, `{"<a>":"<b> & \u00e9"}`, `{"<a>":"<b> & é"}`},
		"a field set to null is not a change": {`{"a":1}`, `{"a":null,"b":null}`, `{"a":null,"b":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := patch.Diff([]byte(tc.before), []byte(tc.after))
			require.NoError(t, err)
			require.Equal(t, patch.TypeMerge, p.Type())
			requireBody(t, tc.want, p)
		})
	}
}

func TestDiffAcceptsOnlyObjects(t *testing.T) {
	for want, docs := range map[string][2]string{
		"diff: before: must be an object, not a list":                            {`[]`, `{}`},
		"diff: after: must be an object, not null":                               {`{}`, `null`},
		"diff: before: invalid JSON at line 1, column 2: unexpected end of text": {`{`, `{}`},
		"diff: after: invalid JSON at line 1, column 8: duplicate member name":   {`{}`, `{"a":1,"a":1}`},
	} {
		_, err := patch.Diff([]byte(docs[0]), []byte(docs[1]))
		require.EqualError(t, err, want)
	}
}

func FuzzDiffRoundTrip(f *testing.F) {
	f.Add(`{"a":1,"b":{"c":[1,{"d":null}]}}`, `{"b":{"c":[2,{"d":null}],"e":1.0},"<":"é"}`)
	f.Add(`{"a":null}`, `{"a":{"b":9007199254740993}}`)
	f.Add(`{"":{"":1}}`, `{"":[]}`)
	f.Fuzz(func(t *testing.T, before, after string) {
		p, err := patch.Diff([]byte(before), []byte(after))
		if err != nil {
			return
		}
		out, err := p.ApplyTo([]byte(before))
		require.NoError(t, err)
		if strings.Contains(after, "null") {
			return // a merge patch cannot set a field to null
		}
		require.Equal(t, canonical(t, after), canonical(t, string(out)))
	})
}

// canonical sorts members and leaves numbers as they are.
func canonical(t *testing.T, text string) string {
	t.Helper()
	v := jsontext.Value(strings.TrimPrefix(text, "\ufeff"))
	require.NoError(t, v.Format(jsontext.ReorderRawObjects(true)))
	return string(v)
}
