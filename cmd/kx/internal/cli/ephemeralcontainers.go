package cli

import (
	"cmp"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// ephemeralContainersTable returns a row for each ephemeral container of a pod. The server
// returns no table for this subresource.
func ephemeralContainersTable(object *resources.Object) (*resources.Table, error) {
	var pod resources.PodOutline
	if err := object.Decode(&pod); err != nil {
		return nil, err
	}
	columns := []string{"Name", "Container", "Image", "Target", "State", "Exit"}
	var rows [][]string
	for _, c := range debug.EphemeralContainersOf(&pod) {
		exit := ""
		if c.ExitCode != nil {
			exit = strconv.Itoa(int(*c.ExitCode))
		}
		rows = append(rows, []string{c.Name, c.Image, c.Target, cmp.Or(c.Reason, c.State), exit})
	}
	if len(rows) == 0 {
		rows = append(rows, make([]string, len(columns)-1))
	}
	return containersTable(pod.Metadata.Name, columns, rows), nil
}

// containersTable returns a table of a pod's containers. Its first column is the pod's name.
func containersTable(pod string, columns []string, rows [][]string) *resources.Table {
	table := &resources.Table{}
	for _, name := range columns {
		table.ColumnDefinitions = append(table.ColumnDefinitions,
			resources.TableColumnDefinition{Name: name})
	}
	for _, row := range rows {
		var cells []jsontext.Value
		for _, cell := range append([]string{pod}, row...) {
			cells = append(cells, jsontext.Value(strconv.Quote(cmp.Or(cell, "<none>"))))
		}
		table.Rows = append(table.Rows, resources.TableRow{Cells: cells})
	}
	return table
}
