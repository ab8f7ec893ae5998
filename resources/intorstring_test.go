package resources_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestAnIntOrStringKeepsItsType(t *testing.T) {
	for raw, want := range map[string]struct {
		text  string
		i     int32
		isInt bool
	}{
		`8080`:        {"8080", 8080, true},
		`0`:           {"0", 0, true},
		`-1`:          {"-1", -1, true},
		`"8080"`:      {"8080", 0, false},
		`"25%"`:       {"25%", 0, false},
		`"web"`:       {"web", 0, false},
		`""`:          {"", 0, false},
		`2147483648`:  {"2147483648", 0, false},
		`1.0`:         {"1.0", 0, false},
		`null`:        {"", 0, false},
		`"\u00e9\n<"`: {"é\n<", 0, false},
	} {
		var v resources.IntOrString
		require.NoError(t, json.Unmarshal([]byte(raw), &v), raw)
		require.Equal(t, want.text, v.String(), raw)
		i, ok := v.Int()
		require.Equal(t, want.isInt, ok, raw)
		if ok {
			require.Equal(t, want.i, i, raw)
		}
		out, err := json.Marshal(v)
		require.NoError(t, err)
		require.JSONEq(t, raw, string(out))
	}
	var v resources.IntOrString
	require.Error(t, json.Unmarshal([]byte(`true`), &v))
	require.Error(t, json.Unmarshal([]byte(`{}`), &v))
}

func TestAnIntOrStringIsMadeFromAnIntOrAString(t *testing.T) {
	out, err := json.Marshal([]resources.IntOrString{resources.FromInt(80), resources.FromString(`a"b`), {}})
	require.NoError(t, err)
	require.Equal(t, `[80,"a\"b",0]`, string(out))
	require.Equal(t, resources.FromInt(80), resources.FromInt(80))
}
