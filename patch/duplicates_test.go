package patch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func TestTheLastOfDuplicateKeysCountsWhereTheyAreAllowed(t *testing.T) {
	const first = ": duplicate key, first on line "
	for name, tc := range map[string]struct {
		text, want string
		duplicates []string
	}{
		"YAML":                    {"a: 1\nb:\n  c: 2\n  c: {d: 3}\na: 4\n", `{"a":4,"b":{"c":{"d":3}}}`, []string{"invalid YAML at line 5, column 1" + first + "1", "invalid YAML at line 4, column 3" + first + "3"}},
		"JSON":                    {"{\"a\": 1.0,\n\t\"b\": {\"c\": 2, \"c\": \"\\/\\\\/\\u00e9\"}}", `{"a":1.0,"b":{"c":"/\\/é"}}`, []string{"invalid JSON at line 2, column 16" + first + "2"}},
		"a key three times":       {"a: 1\na: 2\na: 3\n", `{"a":3}`, []string{"invalid YAML at line 2, column 1" + first + "1", "invalid YAML at line 3, column 1" + first + "2"}},
		"two merge keys":          {"a: &x {p: 1}\nb: &y {p: 2}\nc:\n  <<: *x\n  <<: *y\n", `{"a":{"p":1},"b":{"p":2},"c":{"p":2}}`, []string{"invalid YAML at line 5, column 3" + first + "4"}},
		"a merge key over a key":  {"a: &x {p: 1}\nc: {p: 2, <<: *x}\n", `{"a":{"p":1},"c":{"p":1}}`, nil},
		"no duplicate":            {"a: 1\nb: {a: 1}\n", `{"a":1,"b":{"a":1}}`, nil},
		"JSON without duplicates": {`{"a": {"a": "\/"}}`, `{"a":{"a":"\/"}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var duplicates []string
			out, err := patch.YAMLToJSONAllowDuplicates([]byte(tc.text), func(e *patch.DuplicateKeyError) { duplicates = append(duplicates, e.Error()) })
			require.NoError(t, err)
			require.Equal(t, tc.want, string(out))
			require.Equal(t, tc.duplicates, duplicates)
			_, err = patch.YAMLToJSON([]byte(tc.text))
			require.Equal(t, tc.duplicates == nil, err == nil, err)
		})
	}
	_, err := patch.YAMLToJSONAllowDuplicates([]byte(`{"a": 1, "b": }`), func(*patch.DuplicateKeyError) {})
	require.EqualError(t, err, "invalid JSON at line 1, column 15: unexpected character at start of value")
}
