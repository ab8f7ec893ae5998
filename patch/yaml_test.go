package patch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func TestYAMLIsConvertedToJSON(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"JSON keeps its literals":           {"{\"a\": 1.0, \"b\":\t9007199254740993, \"c\": \"\\u003c\", \"d\": 1E400}", `{"a":1.0,"b":9007199254740993,"c":"\u003c","d":1E400}`},
		"JSON after a byte order mark":      {"\ufeff[1]", `[1]`},
		"YAML after a byte order mark":      {"\ufeffa: 1", `{"a":1}`},
		"flow style":                        {"{a: [1, b], 'c': \"d\"}", `{"a":[1,"b"],"c":"d"}`},
		"a list of quoted text":             {`["a", b]`, `["a","b"]`},
		"number literals":                   {"[1.0, -0, 9007199254740993, 123456789012345678901234567890, 1e3, 1.5E-7]", `[1.0,-0,9007199254740993,123456789012345678901234567890,1e3,1.5E-7]`},
		"integers that JSON cannot write":   {"[0x1F, 0o17, 0b101, 0644, +5, 1_000, -0x10, 0xFFFFFFFFFFFFFFFF]", `[31,15,5,420,5,1000,-16,18446744073709551615]`},
		"floats that JSON cannot write":     {"[.5, -.5, +1.50, 5., 089, 1_0.5, 5.e3]", `[0.5,-0.5,1.50,5,89,10.5,5e3]`},
		"text that looks like a number":     {"[1.2.3, 0x, 1e, 10m, 1Gi, 12:30:45, 1e999, '1', \"2\", !!str 3]", `["1.2.3","0x","1e","10m","1Gi","12:30:45","1e999","1","2","3"]`},
		"tagged numbers":                    {"[!!int 1, !!int '2', !!float 3]", `[1,2,3]`},
		"booleans of YAML 1.2":              {"[true, True, FALSE, false, !!bool true]", `[true,true,false,false,true]`},
		"booleans of YAML 1.1 are booleans": {"[yes, no, on, off, y, n, Yes, NO, yEs]", `[true,false,true,false,true,false,true,false,"yEs"]`},
		"quoted booleans are text":          {"['yes', \"no\", !!str on]", `["yes","no","on"]`},
		"nulls":                             {"[null, ~, Null, '', !!null '']", `[null,null,null,"",null]`},
		"a value left out":                  {"a:\nb:\n", `{"a":null,"b":null}`},
		"dates are text as written":         {"[2001-12-14, 2001-12-14t21:59:43.10-05:00, !!timestamp 2001-12-14]", `["2001-12-14","2001-12-14t21:59:43.10-05:00","2001-12-14"]`},
		"keys are text":                     {"8080: a\ntrue: b\n2001-12-14: c\n1.0: d\n'': e\nyes: f", `{"8080":"a","true":"b","2001-12-14":"c","1.0":"d","":"e","yes":"f"}`},
		"block text":                        {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", `{"a":"x\ny\n","b":"x y"}`},
		"characters that JSON escapes":      {`a: "\x01\t\"\\\u2028<é"`, `{"a":"\u0001\t\"\\` + "\u2028" + `<é"}`},
		"an alias":                          {"a: &x {b: [1]}\nc: *x", `{"a":{"b":[1]},"c":{"b":[1]}}`},
		"an alias as key":                   {"a: &x b\n*x : c", `{"a":"b","b":"c"}`},
		"a merge key":                       {"a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n  r: 4", `{"a":{"p":1,"q":2},"b":{"p":1,"q":3,"r":4}}`},
		"the earlier of merged mappings":    {"a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y, {r: 3}]}", `{"a":{"p":1},"b":{"p":2,"q":2},"c":{"r":3,"p":1,"q":2}}`},
		"a merge key behind a field":        {"a: &x {p: 1, q: 2}\nb:\n  q: 3\n  <<: *x", `{"a":{"p":1,"q":2},"b":{"q":2,"p":1}}`},
		"a merge within a merge":            {"a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y}", `{"a":{"p":1},"b":{"p":1,"q":2},"c":{"p":1,"q":2}}`},
		"a list of aliases to merge":        {"a: &x {p: 1}\nl: &l [*x]\nc: {<<: *l}", `{"a":{"p":1},"l":[{"p":1}],"c":{"p":1}}`},
		"a merge key in quotes is a key":    {"'<<': 1", `{"<<":1}`},
		"a merge mark as a value":           {"a: <<", `{"a":"<<"}`},
		"document marks around":             {"# comment\n---\na: 1\n...\n---\n# nothing\n", `{"a":1}`},
		"a directive":                       {"%YAML 1.1\n---\na: 1", `{"a":1}`},
		"UTF-16":                            {"\xff\xfea\x00:\x00 \x001\x00", `{"a":1}`},
		"a scalar document":                 {"text", `"text"`},
		"a null document":                   {"null", `null`},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := patch.YAMLToJSON([]byte(tc.yaml))
			require.NoError(t, err)
			require.Equal(t, tc.want, string(out))
		})
	}
}

func TestYAMLWithoutAnEquivalentInJSONIsRefusedWithItsPlace(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"an empty text":                {"", "1, column 1: the text is empty"},
		"only comments":                {"# a\n---\n# b\n", "1, column 1: the text is empty"},
		"two documents":                {"a: 1\n---\nb: 2\n", "3, column 1: a second document starts: only one is allowed"},
		"duplicate keys":               {"a: 1\nb:\n  c: 1\n  é: 2\n  c: 3", "5, column 3: duplicate key, first on line 3"},
		"keys that are the same text":  {"1: a\n'1': b", "2, column 1: duplicate key, first on line 1"},
		"two merge keys":               {"a: &x {}\nb:\n  <<: *x\n  <<: *x", "4, column 3: duplicate key, first on line 3"},
		"a null key":                   {"a:\n  ~: 1", "2, column 3: a key must be text, not null"},
		"a list as key":                {"? [a]\n: 1", "1, column 3: a key must be text, not a list or a mapping"},
		"a binary key":                 {"!!binary aGk=: 1", "1, column 1: JSON has no equivalent of this key's tag"},
		"infinity":                     {"a: .inf", "1, column 4: JSON has no such number"},
		"minus infinity":               {"[-.Inf]", "1, column 2: JSON has no such number"},
		"not a number":                 {"- 1\n- .nan", "2, column 3: JSON has no such number"},
		"text tagged as a number":      {"a: !!int secret", "1, column 4: JSON has no such number"},
		"a dot tagged as a number":     {"a: !!float .", "1, column 4: JSON has no such number"},
		"text tagged as a boolean":     {"a: !!bool yes", "1, column 4: tagged as a boolean, but neither true nor false"},
		"text tagged as null":          {"a: !!null secret", "1, column 4: tagged as null, but it is not"},
		"binary":                       {"a: !!binary c2VjcmV0", "1, column 4: JSON has no binary values: write the base64 text as a string"},
		"a custom tag":                 {"a: !secret b", "1, column 4: JSON has no equivalent of this tag"},
		"a set":                        {"a: !!set {b: null}", "1, column 4: JSON has no equivalent of this mapping's tag"},
		"a tagged list":                {"a: !x [b]", "1, column 4: JSON has no equivalent of this list's tag"},
		"a list within itself":         {"a: &x [*x]", "1, column 4: an alias is inside the value that it refers to"},
		"a mapping merged into itself": {"a: &x {<<: *x}", "1, column 4: an alias is inside the value that it refers to"},
		"a merge of text":              {"a:\n  <<: secret", "2, column 7: a merge key takes a mapping, or a list of mappings"},
		"a merge of a list of text":    {"<<: [secret]", "1, column 6: a merge key takes a mapping, or a list of mappings"},
		"a tab as indentation":         {"a:\n\tb: secret", "2, column 1: found character that cannot start any token"},
		"a second colon":               {"a: b: secret", "1, column 5: mapping values are not allowed in this context"},
		"an unknown anchor":            {"a: 1\nb: *secret", "2, column 5: unknown anchor referenced"},
		"a quote that never ends":      {"a: 1\nb: \"secret", "2, column 4: found unexpected end of stream"},
		"a bracket that never ends":    {"a: [1, 2", "1, column 8: did not find expected ',' or ']'"},
		"a control character":          {"a: \x01", "1, column 4: control characters are not allowed"},
		"invalid UTF-8":                {"a: \xff", "1, column 4: invalid leading UTF-8 octet"},
		"nesting without end":          {strings.Repeat("[", 1001) + strings.Repeat("]", 1001) + " #", "1, column 1001: nested deeper than 1000 levels"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := patch.YAMLToJSON([]byte(tc.yaml))
			require.EqualError(t, err, "invalid YAML at line "+tc.want)
			var syntax *patch.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Nil(t, out)
		})
	}
}

func TestInvalidJSONIsNotReadAsYAML(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat(`{"a[\"":`, 1000) + "\n[]" + strings.Repeat("}", 1000): "2, column 1: nested deeper than 1000 levels",
		`{"spec": }`:            "1, column 10: unexpected character at start of value",
		"\ufeff [\n{ \"a\":1,}": "2, column 9: unexpected character at start of string (expecting '\"')",
		`{"a":1}}`:              "1, column 8: unexpected character after top-level value",
	} {
		_, err := patch.YAMLToJSON([]byte(text))
		require.EqualError(t, err, "invalid JSON at line "+want)
	}
}

func TestAliasesCannotExpandADocumentWithoutLimit(t *testing.T) {
	lists, merges := "a0: &a0 [lol]\n", "a0: &a0 {k: lol}\n"
	for i := range 40 {
		refs := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", ")
		lists += fmt.Sprintf("a%d: &a%[1]d [%s]\n", i+1, refs)
		merges += fmt.Sprintf("a%d: &a%[1]d {<<: [%s]}\n", i+1, refs)
	}
	long := "a: &a " + strings.Repeat("x", 1<<20) + "\nb: [*a, *a, *a, *a, *a]"
	for name, text := range map[string]string{"lists of lists": lists, "merges of merges": merges, "long text": long} {
		t.Run(name, func(t *testing.T) {
			_, err := patch.YAMLToJSON([]byte(text))
			require.ErrorContains(t, err, "aliases repeat too much")
		})
	}
}

func FuzzYAMLToJSON(f *testing.F) {
	for _, text := range []string{
		"a: &x {b: [1, .5, 0x1F, 0644]}\nc: *x\n<<: *x", "- !!binary aGk=\n- 2001-12-14\n- ~", "? [a]\n: b",
		"%YAML 1.2\n---\na: |\n  x\n...\n---\n", "{\"a\": 1.0}", "a: \"\\x01\\u2028\"\nb: 'x", "[[[{}]]]", "-.5e-3", "\xff\xfea\x00", "a: [+1_0., -0o7, 1e5]",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, err := patch.YAMLToJSON([]byte(text))
		if err != nil {
			var syntax *patch.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Positive(t, syntax.Line)
			require.Positive(t, syntax.Column)
			require.NotContains(t, syntax.Reason, "\n")
			return
		}
		require.True(t, jsontext.Value(out).IsValid(), "%s", out)
		converted, err := patch.YAMLToJSON(out)
		require.NoError(t, err)
		require.Equal(t, string(out), string(converted))
	})
}
