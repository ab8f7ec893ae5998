package printer

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func toYAML(t *testing.T, document string) string {
	var b strings.Builder
	require.NoError(t, WriteYAML(&b, jsontext.Value(document)))
	return b.String()
}

func TestYAMLKeepsOrderLiteralsAndTypes(t *testing.T) {
	for document, want := range map[string]string{
		`{"z": 1, "a": 2}`: "z: 1\na: 2\n",
		`{"num": [1.0, 9007199254740993, -0, 1e3, 1E-7, 0.10]}`: "num:\n- 1.0\n- 9007199254740993\n- -0\n- 1e3\n- 1E-7\n- 0.10\n",
		`{"s": ["1", "1.0", "1e3", "0x1F", "true", "null", "~", "", "yes", "no", "on", "Off", "y", "12:30:45", "2026-11-22", "2026-11-22T18:00:51Z", "- a", "a: b", "#a", "a #b", "*a", "&a", "!a", "%a", "@a"]}`: "s:\n- \"1\"\n- \"1.0\"\n- \"1e3\"\n- \"0x1F\"\n- \"true\"\n- \"null\"\n- \"~\"\n- \"\"\n- \"yes\"\n- \"no\"\n- \"on\"\n- \"Off\"\n- \"y\"\n- \"12:30:45\"\n- \"2026-11-22\"\n- \"2026-11-22T18:00:51Z\"\n- '- a'\n- 'a: b'\n- '#a'\n- 'a #b'\n- '*a'\n- '&a'\n- '!a'\n- '%a'\n- '@a'\n",
		`{"plain": "kx.local/busybox:1", "path": "/var/run", "words": "a b"}`:          "plain: kx.local/busybox:1\npath: /var/run\nwords: a b\n",
		`{"script": "#!/bin/sh\necho a\n", "two": "a\nb", "more": "a\n\n"}`:            "script: |\n  #!/bin/sh\n  echo a\ntwo: |-\n  a\n  b\nmore: |+\n  a\n\n",
		`{"t": true, "f": false, "nothing": null, "e": {}, "l": [], "d": {"a": {}}}`:   "t: true\nf: false\nnothing: null\ne: {}\nl: []\nd:\n  a: {}\n",
		`{"indented": "  a\nb", "trailing": "a \nb", "tab": "a\tb\nc", "r": "a\r\nb"}`: "indented: |2-\n    a\n  b\ntrailing: \"a \\nb\"\ntab: \"a\\tb\\nc\"\nr: \"a\\r\\nb\"\n",
		`{"1": "a", "true": "b", "a: b": "c"}`:                                         "\"1\": a\n\"true\": b\n'a: b': c\n",
	} {
		require.Equal(t, want, toYAML(t, document), document)
	}
}

func FuzzYAMLReadsBackAsTheSameJSON(f *testing.F) {
	for _, s := range []string{"a", "", " a", "a\n", "\n", "\na", "a\n b\n", "\t", "a\tb\n", "yes", "1", "1_000", "0o7", "~", "- ", "a: ", "|", ">", "---", "...", "\u0085", "\u2028\n", "\ufeff", "\U0001F600\n", "'", "\"", "\x00", "a\n\n\n", "<<", "=", "1:2"} {
		f.Add(s, "k")
		f.Add("v", s)
	}
	f.Fuzz(func(t *testing.T, value, key string) {
		quoted, err := jsontext.AppendQuote(nil, value)
		if err != nil {
			t.Skip("not UTF-8, so never in JSON")
		}
		name, err := jsontext.AppendQuote(nil, key)
		if err != nil {
			t.Skip("not UTF-8, so never in JSON")
		}
		document := `{` + string(name) + `:` + string(quoted) + `,"list":[` + string(quoted) + `,{"deep":` + string(quoted) + `}]}`
		if key == "list" {
			t.Skip("a key twice")
		}
		text := toYAML(t, document)
		back, err := patch.YAMLToJSON([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, document, string(back), text)
	})
}
