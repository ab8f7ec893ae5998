package patch_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func TestPointerEscapesRawTokens(t *testing.T) {
	for want, tokens := range map[string][]string{
		"":                                     nil,
		"/metadata/annotations/example.com~1a": {"metadata", "annotations", "example.com/a"},
		"/":                                    {""},
		"//":                                   {"", ""},
		"/~0":                                  {"~"},
		"/~01":                                 {"~1"},
		"/~1~0~1":                              {"/~/"},
		"/é/0/-":                               {"é", "0", "-"},
	} {
		require.Equal(t, want, patch.Pointer(tokens...))
	}
}

// The document and the evaluations of RFC 6901, section 5.
func TestExamplesOfRFC6901(t *testing.T) {
	const doc = `{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}`
	for pointer, want := range map[string]string{
		"/foo": `["bar","baz"]`, "/foo/0": `"bar"`, "/a~1b": `1`, "/c%d": `2`,
		"/e^f": `3`, "/g|h": `4`, "/i\\j": `5`, "/k\"l": `6`, "/ ": `7`, "/m~0n": `8`,
	} {
		t.Run(pointer, func(t *testing.T) {
			out, err := patch.JSON().Copy(pointer, "/found").ApplyTo([]byte(doc))
			require.NoError(t, err)
			require.Contains(t, string(out), `"found":`+want)
		})
	}
}

func TestAMalformedPointerIsRefusedBeforeAnythingIsSent(t *testing.T) {
	for name, pointer := range map[string]string{
		"no leading slash":        "metadata/labels",
		"a tilde at the end":      "/a~",
		"a tilde before a letter": "/a~b",
		"a tilde before 2":        "/~2",
		"a second tilde":          "/~0~",
		"a tilde before a slash":  "/~/a",
		"invalid UTF-8":           "/\xff",
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range []patch.Patch{
				patch.JSON().Add(pointer, 1), patch.JSON().Remove(pointer), patch.JSON().Replace(pointer, 1),
				patch.JSON().Test(pointer, 1), patch.JSON().Move("/ok", pointer), patch.JSON().Move(pointer, "/ok"),
				patch.JSON().Copy("/ok", pointer), patch.JSON().Copy(pointer, "/ok"),
			} {
				_, err := p.Encode()
				require.ErrorContains(t, err, "json patch: operation 1 (")
				require.ErrorContains(t, err, " must ")
			}
		})
	}
}

func FuzzPointerRoundTrip(f *testing.F) {
	f.Add("example.com/a", "~1", "")
	f.Add("~0", "/", "-")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		pointer := patch.Pointer(a, b, c)
		require.Equal(t, 3, strings.Count(pointer, "/"))
		if !utf8.ValidString(pointer) {
			return
		}
		if a == "" || b == "" || c == "" {
			return // ApplyTo leaves empty names to the server
		}
		// The tokens come back when a document that nests them is read.
		nested := map[string]any{a: map[string]any{b: map[string]any{c: "found"}}}
		out, err := patch.JSON().Replace("", nested).Test(pointer, "found").Remove(pointer).ApplyTo([]byte(`{}`))
		require.NoError(t, err)
		require.Contains(t, string(out), ":{}}")
	})
}
