package printer

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/jsonpath"
	"github.com/kx-k8s/kx/resources"
)

func TestEachPrinterThatHoldsAListHoldsItUpToALimit(t *testing.T) {
	const tooLarge = "the list is larger than 1024 MiB: select fewer objects, or use -o name or -o json without --sort-by"
	require.NoError(t, CheckHeld(MaxHeldBytes))
	require.EqualError(t, CheckHeld(MaxHeldBytes+1), tooLarge)

	path, err := jsonpath.Parse("{.items}")
	require.NoError(t, err)
	by, err := ParseSortPath(".metadata.name")
	require.NoError(t, err)
	columns := NewColumns(io.Discard, nil, true).(*columnsPrinter)
	template := NewJSONPath(io.Discard, path, jsonpath.MissingMember).(*jsonPathPrinter)
	sorted := Sorted(New(io.Discard, FormatName, false), by).(*sortingPrinter)
	for name, test := range map[string]struct {
		Printer
		held *int
	}{
		"custom columns": {columns, &columns.table.held},
		"a template":     {template, &template.size},
		"a sorted list":  {sorted, &sorted.held.size},
	} {
		t.Run(name, func(t *testing.T) {
			kind, object := new(resources.Pod).APIKind(), &resources.Object{}
			require.NoError(t, test.OpenList())
			require.NoError(t, test.Print(kind, "a", object))
			size := *test.held
			require.Positive(t, size)
			*test.held = MaxHeldBytes - size
			require.NoError(t, test.Print(kind, "a", object))
			require.EqualError(t, test.Print(kind, "a", object), tooLarge)
		})
	}
}
