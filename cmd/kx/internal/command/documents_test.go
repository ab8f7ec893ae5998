package command

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
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

func TestWhatKxPrintsKxReads(t *testing.T) {
	const perDocument, perKey = 1 << 12, 64
	var all []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if utf8.ValidRune(r) {
			all = append(all, r)
		}
	}
	for runes := range slices.Chunk(all, perDocument) {
		text := string(runes)
		fields := map[string]string{"all": text, "lines": strings.Join(strings.Split(text, ""), "\n"),
			strings.Repeat(string(runes[:perKey/2]), 10): "a long key"}
		for group := range slices.Chunk(runes, perKey) {
			fields[string(group)] = string(group)
		}
		for _, r := range runes {
			if r > '\uffff' { // all of these are escaped alike
				break
			}
			fields[string(r)] = string(r)
		}
		want, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a"}, "data": fields}, json.Deterministic(true))
		require.NoError(t, err)
		object := new(resources.Object)
		require.NoError(t, json.Unmarshal(want, object))
		for _, format := range []string{printer.FormatYAML, printer.FormatJSON} {
			var printed bytes.Buffer
			p := printer.New(&printed, format, false)
			require.NoError(t, p.Print(resources.Kind{}, "a", object))
			docs, err := Documents(printed.Bytes(), nil)
			require.NoError(t, err, "%s of U+%04X to U+%04X", format, runes[0], runes[len(runes)-1])
			require.Len(t, docs, 1)
			var got resources.Object
			require.NoError(t, json.Unmarshal(docs[0], &got))
			var read map[string]string
			data, _ := got.Field("data")
			require.NoError(t, json.Unmarshal(data, &read))
			for key, value := range fields {
				require.Equal(t, value, read[key], "%s, key %q", format, key)
			}
			require.Len(t, read, len(fields))
		}
	}
}
