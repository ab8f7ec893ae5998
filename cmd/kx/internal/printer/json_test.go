package printer

import (
	stdjson "encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestJSONIsIndentedAndSortedAsEncodingJSONDoes(t *testing.T) {
	items := []string{
		`{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a","labels":{"b":"<","a":""}},"type":"Opaque","data":{}}`,
		`{"kind":"Secret","apiVersion":"v1","metadata":{"name":"b"}}`,
		`{"kind":"Secret","apiVersion":"v1","metadata":{"name":"c"},"z": [ 1 , {"\u0062":"\u003c","a":[]}],"data":null}`,
	}
	for _, count := range []int{0, 1, len(items)} {
		var single, list, wantSingle strings.Builder
		singlePrinter, listPrinter := New(&single, FormatJSON, true), New(&list, FormatJSON, true)
		require.NoError(t, listPrinter.OpenList())
		for _, item := range items[:count] {
			object := &resources.Object{}
			require.NoError(t, json.Unmarshal([]byte(item), object))
			require.NoError(t, singlePrinter.Print(resources.Kind{}, "", object))
			require.NoError(t, listPrinter.Print(resources.Kind{}, "", object))
			wantSingle.WriteString(indented(t, item))
		}
		require.NoError(t, listPrinter.CloseList())
		require.Equal(t, wantSingle.String(), single.String())
		require.Equal(t, indented(t, `{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":""},"items":[`+
			strings.Join(items[:count], ",")+`]}`), list.String())
	}
}

func indented(t *testing.T, document string) string {
	var value any
	require.NoError(t, stdjson.Unmarshal([]byte(document), &value))
	text, err := stdjson.MarshalIndent(value, "", "    ")
	require.NoError(t, err)
	return string(text) + "\n"
}
