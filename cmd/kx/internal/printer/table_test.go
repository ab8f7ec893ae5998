package printer

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestTableAlignsAsKubectlDoes(t *testing.T) {
	var b strings.Builder
	require.NoError(t, WriteTable(&b, [][]string{{"NAME", "É", "LAST"}, {"a", "éé", "x"}, {"longer-name", "", "yy"}}))
	require.Equal(t, "NAME          É     LAST\na             éé    x\nlonger-name         yy\n", b.String())
}

func TestTextsOfATableAreOneLineAndCannotDriveATerminal(t *testing.T) {
	write := func(text string) string {
		var b strings.Builder
		require.NoError(t, WriteTable(&b, [][]string{{text}}))
		return strings.TrimSuffix(b.String(), "\n")
	}
	for value, want := range map[string]string{
		`"a"`: "a", `12`: "12", `null`: "", `true`: "true", `"a\nb"`: "a...", `"\u001b[31mred"`: "\ufffd[31mred", `"a\u202eb"`: "a\ufffdb",
	} {
		require.Equal(t, want, write(cellText(jsontext.Value(value))))
	}
}

func TestATableOfRowsWithoutNamespacesIsAnError(t *testing.T) {
	table := &resources.Table{ColumnDefinitions: []resources.TableColumnDefinition{{Name: "Name"}}, Rows: []resources.TableRow{{Cells: []jsontext.Value{jsontext.Value(`"a"`)}}}}
	_, err := TableLayout{Namespaces: true}.Rows(table)
	require.ErrorContains(t, err, "cannot read the metadata of the server's table")
	rows, err := TableLayout{Prefix: "pod/"}.Rows(table)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"NAME"}, {"pod/a"}}, rows)
}

func TestATableHoldsNoMoreThanTheTextOfItsRows(t *testing.T) {
	var table TableWriter
	var want, got strings.Builder
	for i := range 20_000 {
		name := "pod-" + strings.Repeat("x", i%7)
		table.Add([]string{name, "1/1", "Running", "4d"})
		want.WriteString(name + strings.Repeat(" ", 13-len(name)) + "1/1   Running   4d\n")
	}
	held, capacity := table.Held(), 0
	for _, block := range table.blocks {
		capacity += cap(block)
	}
	require.NoError(t, table.Flush(&got))
	require.True(t, want.String() == got.String())
	require.Less(t, held, got.Len())
	require.Less(t, capacity, held+2*blockSize)
	require.Zero(t, table.Held())

	long := strings.Repeat("long", blockSize)
	got.Reset()
	require.NoError(t, table.Write(&got, [][]string{{"a"}, {long}, {"b"}}))
	require.True(t, "a\n"+long+"\nb\n" == got.String())
}
