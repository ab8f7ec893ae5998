package resources_test

import (
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// ListTable reads a Table as it arrives. It must read what a decoder of the whole text reads.
func FuzzATableOfAStreamIsTheWholeTable(f *testing.F) {
	for _, text := range []string{
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"7"},` +
			`"columnDefinitions":[{"name":"Name","type":"string","format":"name","description":"d","priority":0}],` +
			`"rows":[{"cells":["web",1,1.5,null,true,{"a":[1]}],"object":{"kind":"PartialObjectMetadata","metadata":{"name":"web"}}}]}`,
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":null,"columnDefinitions":null}`,
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[{"cells":["a"]},{"cells":[]},{}],"columnDefinitions":[{"name":"A"}]}`,
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[{"name":"A"}],"rows":[{"cells":["a"]}],"rows":[]}`,
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"continue":"x"},"rows":[]}`,
		`{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[{"cells":["` + "\xff" + `"]}]}`,
		`{"kind":"Table"`, `[]`, `{}`, `{"rows":{}}`,
	} {
		f.Add(text)
	}
	var mu sync.Mutex
	document, asked := "", 0
	client := serve(f, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		asked++
		if asked > 1 { // the list ends after its second page
			_, _ = io.WriteString(w, `{"kind":"Table","apiVersion":"meta.k8s.io/v1"}`)
			return
		}
		_, _ = io.WriteString(w, document)
	})
	f.Fuzz(func(t *testing.T, text string) {
		mu.Lock()
		document, asked = text, 0
		mu.Unlock()
		table, err := resources.New[resources.Pod](client).ListTable(t.Context(), resources.ListOptions{})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		var whole resources.Table
		if err := json.Unmarshal([]byte(text), &whole); err != nil {
			return // bytes behind the end of the object are not read
		}
		require.Len(t, table.Rows, len(whole.Rows))
		for i, row := range whole.Rows {
			require.Equal(t, row, table.Rows[i])
		}
		require.Equal(t, len(whole.ColumnDefinitions), len(table.ColumnDefinitions))
		for i, column := range whole.ColumnDefinitions {
			require.Equal(t, column, table.ColumnDefinitions[i])
		}
	})
}
