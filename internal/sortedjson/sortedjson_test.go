package sortedjson_test

import (
	"encoding/json"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/sortedjson"
)

func TestMembersAreSortedAndStringsEscapedAsEncodingJSONDoes(t *testing.T) {
	for _, document := range []string{
		`{}`, `[]`, `1`, `"a"`, `null`, ` { "b" : 1 , "a" : [ { "d" : {} , "c" : [ ] } , true ] } `,
		`{"b":{"z":1,"y":{"x":2,"w":[{"v":1,"u":2}]}},"a":0,"B":3,"":4}`,
		`{"html":"<a href='x'>&</a>","lines":"\u2028\u2029é","\u0061":"\u0041","<":1}`,
		"{\"raw\":\"\u2028 \u2029 \u202a â\"}",
	} {
		var value any
		require.NoError(t, json.Unmarshal([]byte(document), &value))
		want, err := json.Marshal(value)
		require.NoError(t, err)
		got, err := sortedjson.Append([]byte("before "), jsontext.Value(document))
		require.NoError(t, err)
		require.Equal(t, "before "+string(want), string(got))
	}
}

func TestNumbersKeepTheirText(t *testing.T) {
	got, err := sortedjson.Append(nil, jsontext.Value(`{"b":1.50,"a":9007199254740993123,"c":[-0,1E3]}`))
	require.NoError(t, err)
	require.Equal(t, `{"a":9007199254740993123,"b":1.50,"c":[-0,1E3]}`, string(got))
}

func TestADocumentThatIsNoJSONFails(t *testing.T) {
	for _, document := range []string{``, `{`, `{"a"`, `{"a":`, `[1`, `{"a":1 "b":2}`, `nope`, "\"\xff\"", `{"a":}`} {
		_, err := sortedjson.Append(nil, jsontext.Value(document))
		require.Error(t, err, document)
	}
}

func FuzzTheResultIsTheSameDocument(f *testing.F) {
	f.Add(`{"b":[{"d":1,"c":"<"}],"a":null}`)
	f.Fuzz(func(t *testing.T, document string) {
		if !jsontext.Value(document).IsValid() {
			t.Skip("no JSON")
		}
		got, err := sortedjson.Append(nil, jsontext.Value(document))
		require.NoError(t, err)
		require.JSONEq(t, document, string(got))
		repeated, err := sortedjson.Append(nil, got)
		require.NoError(t, err)
		require.Equal(t, string(got), string(repeated))
	})
}
