package patch_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func TestExplainNamesTheTestThatFails(t *testing.T) {
	const document = `{"kind":"Widget","spec":{"size":2,"ratio":1.0,"name":"<x>","list":[1,2,{"a":3}],"null":null,"a/b":{"~":1}},"":{"":0}}`
	for name, c := range map[string]struct {
		patch patch.Patch
		want  string // "" if no test fails
	}{
		"equal values":                {patch.JSON().Test("/spec/size", 2).Test("/spec/name", "<x>").Test("/spec/list/2", map[string]int{"a": 3}), ""},
		"a number":                    {patch.JSON().Test("/spec/size", 3), `operation 1 (test "/spec/size"): test failed: want 3, got 2`},
		"the second of three":         {patch.JSON().Test("/spec/size", 2).Test("/spec/list/0", 9).Test("/x", 1), `operation 2 (test "/spec/list/0"): test failed: want 9, got 1`},
		"numbers with other literals": {patch.JSON().Test("/spec/ratio", 1), `operation 1 (test "/spec/ratio"): test failed: want 1, got 1.0`},
		"an absent member":            {patch.JSON().Test("/spec/color", "red"), `operation 1 (test "/spec/color"): test failed: want "red", but there is no such field or element`},
		"an absent element":           {patch.JSON().Test("/spec/list/3", 1), `operation 1 (test "/spec/list/3"): test failed: want 1, but there is no such field or element`},
		"null for an absent member":   {patch.JSON().Test("/spec/color", nil), ""},
		"null for an absent parent":   {patch.JSON().Test("/status/color", nil), `operation 1 (test "/status/color"): test failed: want null, but there is no such field or element`},
		"null for null":               {patch.JSON().Test("/spec/null", nil), ""},
		"a negative index":            {patch.JSON().Test("/spec/list/-2", 1), `operation 1 (test "/spec/list/-2"): test failed: want 1, got 2`},
		"escaped names":               {patch.JSON().Test("/spec/a~1b/~0", 1).Test("/spec/a~1b/~0", 2), `operation 2 (test "/spec/a~1b/~0"): test failed: want 2, got 1`},
		"empty names": {patch.JSON().Test("//", 1),
			`operation 1 (test "//"): test failed: want 1, got 0`},
		"the whole document":                 {patch.JSON().Test("", map[string]int{}), `operation 1 (test ""): test failed: want {}, got {"kind":"Widget"`},
		"after a change of another value":    {patch.JSON().Replace("/spec/ratio", 2).Test("/spec/size", 3), `operation 2 (test "/spec/size"): test failed: want 3, got 2`},
		"after a change of the value":        {patch.JSON().Replace("/spec/size", 3).Test("/spec/size", 3), ""},
		"after a change of the parent":       {patch.JSON().Replace("/spec", map[string]int{"size": 3}).Test("/spec/size", 3), ""},
		"after a change of a part":           {patch.JSON().Remove("/spec/list/2/a").Test("/spec/list/2", map[string]int{}), ""},
		"after a change of the list":         {patch.JSON().Remove("/spec/list/0").Test("/spec/list/0", 2), ""},
		"after a move away":                  {patch.JSON().Move("/spec/size", "/spec/length").Test("/spec/size", nil), ""},
		"after a copy":                       {patch.JSON().Copy("/spec/size", "/spec/length").Test("/spec/size", 3), `operation 2 (test "/spec/size"): test failed: want 3, got 2`},
		"a control character in a value":     {patch.JSON().Test("/spec/size", "\u009b2J\u202e"), `operation 1 (test "/spec/size"): test failed: want "\u009b2J\u202e", got 2`},
		"a long value":                       {patch.JSON().Test("/spec/size", strings.Repeat("ä", 1000)), `operation 1 (test "/spec/size"): test failed: want "` + strings.Repeat("ä", 59) + `…, got 2`},
		"an operation that is no test fails": {patch.JSON().Test("/spec/size", 2).Remove("/x"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.patch.Explain()([]byte(document))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, patch.ErrTestFailed)
			require.True(t, strings.HasPrefix(err.Error(), "json patch: "+c.want), err.Error())
			require.NotContains(t, err.Error(), "\n")
		})
	}
	var failed *patch.TestError
	require.ErrorAs(t, patch.JSON().Test("/spec/name", "<y>").Explain()([]byte(document)), &failed)
	require.Equal(t, `1 /spec/name "<y>" "<x>"`, strings.Join([]string{"1", failed.Path, string(failed.Want), string(failed.Got)}, " "))
}

func TestNoValueOfASecretIsShown(t *testing.T) {
	const secret = `{"kind":"Secret","apiVersion":"v1","metadata":{"annotations":{"last-applied":"cGFzcw=="}},"data":{"a":"cGFzcw=="}}`
	const want = `json patch: operation 1 (test "/data/a"): test failed: the value is another one, or absent (values of a Secret are not shown)`
	p := patch.JSON().Test("/data/a", "c2VjcmV0")
	_, applied := p.ApplyTo([]byte(secret))
	for _, err := range []error{p.Explain()([]byte(secret)), applied} {
		require.EqualError(t, err, want)
		var failed *patch.TestError
		require.True(t, errors.As(err, &failed))
		require.Empty(t, string(failed.Want)+string(failed.Got))
	}
}

func TestOnlyAPatchWithTestsIsExplained(t *testing.T) {
	for _, p := range []patch.Patch{{}, patch.JSON(), patch.JSON().Remove("/a"), patch.Merge("{}"), patch.Apply(`{"apiVersion":"v1","kind":"Pod"}`)} {
		require.Nil(t, p.Explain(), p)
	}
	for _, document := range []string{"", "[]", "{", "null"} {
		require.NoError(t, patch.JSON().Test("/a", 1).Explain()([]byte(document)))
	}
}

// The local apply evaluates each test with json-patch, and Explain with code of its own.
func FuzzExplain(f *testing.F) {
	for _, value := range []string{"1", "null", `"a"`, `[1,{"b":2}]`, `{"b":2}`} {
		f.Add(`{"a":{"b":[1,2,{"c":null}]},"d":"<"}`, "/a/b/2/c", value)
		f.Add(`{"a":{"b":2}}`, "/a", value)
		f.Add(`{"a":[1,{"b":2}]}`, "/a/-1/b", value)
	}
	f.Fuzz(func(t *testing.T, document, path, value string) {
		p := patch.JSON().Test(path, jsontext.Value(value))
		if _, err := p.Encode(); err != nil {
			return
		}
		_, applied := p.ApplyTo([]byte(document))
		if applied != nil && !errors.Is(applied, patch.ErrTestFailed) {
			return // only the server can apply it
		}
		explained := p.Explain()([]byte(document))
		require.Equal(t, applied == nil, explained == nil, "%v, %v", applied, explained)
		if applied != nil {
			require.EqualError(t, explained, applied.Error())
		}
	})
}
