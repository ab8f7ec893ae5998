package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/patch"
)

func TestATextIsSplitIntoDocuments(t *testing.T) {
	for text, want := range map[string][]string{
		"a: 1\n":                          {`{"a":1}`},
		"---\na: 1\n":                     {`{"a":1}`},
		"a: 1\n---\nb: 2\n---\n":          {`{"a":1}`, `{"b":2}`},
		"# x\n---\n# y\n---\nb: 2":        {`{"b":2}`},
		"--- {a: 1}\n--- # comment\nb: 2": {`{"a":1}`, `{"b":2}`},
		"%YAML 1.1\n---\na: 1\n":          {`{"a":1}`},
		"a: 1\n...\n---\nb: 2\n...\n":     {`{"a":1}`, `{"b":2}`},
		"a: |\n  ---\n  b\n---\nc: 3\n":   {`{"a":"---\nb\n"}`, `{"c":3}`},
		"a: ----\n---\r\nb: 2\r\n":        {`{"a":"----"}`, `{"b":2}`},
		"null\n---\na: 1":                 {`{"a":1}`},
		"{a: 1}":                          {`{"a":1}`},
		`{"a": 1.0}`:                      {`{"a": 1.0}`},
		"{\"a\": 1}\n{\"b\": 2}":          {`{"a": 1}`, `{"b": 2}`},
		"\ufeff{\"a\": 1}":                {`{"a": 1}`},
		"{\"a\": 1}\n---\n{\"b\": 2}":     {`{"a":1}`, `{"b":2}`},
		"":                                nil,
		"\n# only a comment\n":            nil,
	} {
		docs, err := Documents([]byte(text), nil)
		require.NoError(t, err, text)
		var got []string
		for _, d := range docs {
			got = append(got, string(d))
		}
		require.Equal(t, want, got, text)
	}
}

func TestAPositionCountsFromTheStartOfTheText(t *testing.T) {
	_, err := Documents([]byte("%YAML 1.1\n---\na: 1\n...\n---\n\nb: [\n"), nil)
	var syntax *patch.SyntaxError
	require.ErrorAs(t, err, &syntax)
	require.Equal(t, 7, syntax.Line)
}

func TestADuplicateKeyIsAnErrorOrTheLastOneCounts(t *testing.T) {
	for text, want := range map[string]struct {
		docs      []string
		duplicate string
	}{
		"a: 1\n---\n\nb: 1\nc: 2\nb: 3\n":          {[]string{`{"a":1}`, `{"b":3,"c":2}`}, "invalid YAML at line 6, column 1: duplicate key, first on line 4"},
		"{\"a\": 1}\n\n{\"b\": 1,\n \"b\": 2.0}\n": {[]string{`{"a": 1}`, `{"b":2.0}`}, "invalid JSON at line 4, column 2: duplicate key, first on line 3"},
	} {
		_, err := Documents([]byte(text), nil)
		require.EqualError(t, err, want.duplicate)
		var duplicates []string
		docs, err := Documents([]byte(text), func(e *patch.DuplicateKeyError) { duplicates = append(duplicates, e.Error()) })
		require.NoError(t, err)
		require.Equal(t, []string{want.duplicate}, duplicates)
		for i, doc := range docs {
			require.Equal(t, want.docs[i], string(doc))
		}
	}
}

func FuzzDocumentsAreJSON(f *testing.F) {
	for _, s := range []string{clitest.PodYAML, "a: 1\n---\nb: [\n", "{\"a\": 1}{}", "--- |\n ---\n...\n", "%TAG ! x\n---\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		docs, err := Documents([]byte(text), nil)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		for _, d := range docs {
			require.True(t, d.IsValid(), "%q", d)
			_, _ = objects("file", docs)
		}
	})
}
