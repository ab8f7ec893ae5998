package object_test

import (
	"testing"

	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/stretchr/testify/require"
)

func TestIntegersKeepEveryDigitAndOtherNumbersAreFloats(t *testing.T) {
	decoded, err := object.Decode([]byte(
		`{"max":9223372036854775807,"min":-9223372036854775808,"one":1,"float":1.5,"big":9223372036854775808,` +
			`"huge":1e999}`,
	))
	require.NoError(t, err)
	require.Equal(t, int64(9223372036854775807), decoded["max"])
	require.Equal(t, int64(-9223372036854775808), decoded["min"])
	require.Equal(t, 1.5, decoded["float"])
	require.Equal(t, float64(1<<63), decoded["big"])
	encoded, err := object.Encode(map[string]any{"b": decoded["max"], "a": decoded["one"]})
	require.NoError(t, err)
	require.Equal(t, `{"a":1,"b":9223372036854775807}`, string(encoded))
}

func TestDecodeErrorsHaveTheServersMessages(t *testing.T) {
	for text, want := range map[string]string{
		``:               "unexpected end of JSON input",
		`{"a":`:          "unexpected end of JSON input",
		`{} x`:           "invalid character 'x' after top-level value",
		`{"a" 1}`:        "invalid character '1' after object key",
		`{"a":1 "b":2}`:  `invalid character '"' after object key:value pair`,
		`{a:1}`:          "invalid character 'a' looking for beginning of object key string",
		`{"a":[1 2]}`:    "invalid character '2' after array element",
		`{"a":tru}`:      "invalid character '}' in literal true (expecting 'e')",
		`{"a":"\x"}`:     "invalid character 'x' in string escape code",
		`{"a":-}`:        "invalid character '}' in numeric literal",
		`{"a":1.}`:       "invalid character '}' after decimal point in numeric literal",
		`{"a":1e}`:       "invalid character '}' in exponent of numeric literal",
		"{\"a\":\"\n\"}": `invalid character '\n' in string literal`,
		`[]`:             "json: cannot unmarshal array into Go value of type map[string]interface {}",
	} {
		_, err := object.Decode([]byte(text))
		require.EqualError(t, err, want, text)
	}
}

func TestACopyIsDeepAndEqual(t *testing.T) {
	original := map[string]any{"list": []any{map[string]any{"a": int64(1)}}, "null": nil}
	copied := object.Copy(original)
	require.True(t, object.Equal(original, copied))
	copied["list"].([]any)[0].(map[string]any)["a"] = int64(2)
	require.False(t, object.Equal(original, copied))
	require.True(t, object.Equal(int64(1), 1.0))
	require.False(t, object.Equal(nil, false))
}

func TestReadWritesQuantitiesInCanonicalForm(t *testing.T) {
	for written, want := range map[string]string{
		`"1024Mi"`: "1Gi", `"0.5"`: "500m", `"1000m"`: "1", `1`: "1", `1.5`: "1500m", `"1e3"`: "1e3", `"100k"`: "100k",
		`"1000k"`: "1M",
		`"0"`:     "0", `"-1"`: "-1", `"0.0000000001"`: "1n", `"1.5Gi"`: "1536Mi", `"512"`: "512", `"2048"`: "2048",
		`"1E"`: "1E", `".5Gi"`: "512Mi", `"1000Ki"`: "1000Ki", `"0.5Ki"`: "512",
	} {
		body := `{"spec":{"containers":[{"name":"a","image":"i","resources":{"limits":{"x":` + written + `}}}]}}`
		pod, problems, err := object.Lookup("v1", "Pod").Read([]byte(body))
		require.NoError(t, err, written)
		require.Empty(t, problems)
		container := pod["spec"].(map[string]any)["containers"].([]any)[0].(map[string]any)
		require.Equal(t, map[string]any{"x": want}, container["resources"].(map[string]any)["limits"], written)
	}
}

func TestTheSchemaHasEveryServedKind(t *testing.T) {
	for _, kind := range [][2]string{
		{"v1", "Pod"}, {"v1", "Namespace"}, {"v1", "Node"}, {"v1", "Event"}, {"v1", "ConfigMap"}, {"v1", "Secret"}, {
			"v1",
			"ServiceAccount",
		},
		{"v1", "Status"}, {"v1", "DeleteOptions"}, {"apps/v1", "Deployment"}, {"apps/v1", "StatefulSet"}, {
			"apps/v1",
			"ReplicaSet",
		},
		{"autoscaling/v1", "Scale"}, {"policy/v1", "Eviction"}, {"authorization.k8s.io/v1", "SelfSubjectAccessReview"},
	} {
		require.NotNil(t, object.Lookup(kind[0], kind[1]), kind)
	}
	require.Nil(t, object.Lookup("v1", "Pot"))
}

// FuzzRead checks that the result of Read is stable: reading it again changes nothing and reports
// nothing.
func FuzzRead(f *testing.F) {
	f.Add([]byte(
		`{"kind":"Pod","metadata":{"name":"a","labels":{"x":"1","x":"2"}},"spec":{"foo":1,` +
			`"containers":[{"name":"a","image":"i","resources":{"limits":{"cpu":"1.5"}}},null]}}`,
	))
	f.Add([]byte(
		`{"metadata":{"managedFields":[],"creationTimestamp":"2020-01-01T01:00:00+01:00"},` +
			`"status":{"podIPs":[{}]}}`,
	))
	f.Add([]byte(`{"metadata":{"creationTimestamp":"0000-01-01T00:00:00+01:00"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		kind := object.Lookup("v1", "Pod")
		pod, _, err := kind.Read(body)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		prunedAgain, problems, err := kind.Prune(pod)
		require.NoError(t, err)
		require.Empty(t, problems)
		require.True(t, object.Equal(pod, prunedAgain), "%v\n%v", pod, prunedAgain)
	})
}
