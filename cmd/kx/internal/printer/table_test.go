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
