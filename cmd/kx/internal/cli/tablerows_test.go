package cli

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
)

func TestTheSizeOfRowsIsThatOfTheirTextsAndOfTheObjectsThatSortThem(t *testing.T) {
	by, err := printer.ParseSortPath(".metadata.name")
	require.NoError(t, err)
	text, object := strings.Repeat("a", 1000), `{"metadata":{"name":"`+strings.Repeat("b", 2000)+`"}}`
	for name, test := range map[string]struct {
		sortBy *printer.SortPath
		least  int
	}{
		"as they come": {nil, len(text)},
		"sorted":       {by, len(text) + len(object)},
	} {
		t.Run(name, func(t *testing.T) {
			rows := tableRows{sortBy: test.sortBy}
			for count := 1; count <= 3; count++ {
				require.NoError(t, rows.add(&resources.Table{
					ColumnDefinitions: []resources.TableColumnDefinition{{Name: "Name"}},
					Rows:              []resources.TableRow{{Cells: []jsontext.Value{jsontext.Value(`"` + text + `"`)}, Object: jsontext.Value(object)}},
				}))
				require.Greater(t, rows.size(), count*test.least)
				require.Less(t, rows.size(), count*test.least+1000)
			}
		})
	}
}
