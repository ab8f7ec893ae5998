package printer

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

func TestValuesAreSortedByAmount(t *testing.T) {
	for want, values := range map[string][]string{
		`"500m" "1" "2Gi"`: {`"2Gi"`, `"500m"`, `"1"`},
		`"a" "b" "c"`:      {`"c"`, `"a"`, `"b"`},
		`9 10 1e3`:         {`1e3`, `10`, `9`},
		`- - null "a"`:     {`"a"`, `null`, `-`, `-`},
		`false true`:       {`true`, `false`},
		`"2026-01-01T00:00:00Z" "2026-02-01T00:00:00Z"`: {`"2026-02-01T00:00:00Z"`, `"2026-01-01T00:00:00Z"`},
	} {
		var documents []jsontext.Value
		for _, value := range values {
			document := `{"v":` + value + `}`
			if value == "-" {
				document = `{}`
			}
			documents = append(documents, jsontext.Value(document))
		}
		by, err := ParseSortPath(".v")
		require.NoError(t, err)
		order, err := by.Order(documents)
		require.NoError(t, err)
		var got []string
		for _, i := range order {
			got = append(got, values[i])
		}
		require.Equal(t, want, strings.Join(got, " "))
	}
}

func TestValuesOfTwoTypesCannotBeSorted(t *testing.T) {
	by, err := ParseSortPath("v")
	require.NoError(t, err)
	_, err = by.Order([]jsontext.Value{jsontext.Value(`{"v":1}`), jsontext.Value(`{"v":"a"}`)})
	require.ErrorContains(t, err, `cannot sort by "v": the values are `)
}
