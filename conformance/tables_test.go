package conformance_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func tables() []behaviour {
	columns := func(name, want string) behaviour {
		return behaviour{"a table of " + name + " has the columns that kubectl prints", func(t *testing.T, w *world) {
			kind, ok := resources.Lookup(name)
			require.True(t, ok)
			table, err := resources.ForKind(w.client, kind).ListTable(t.Context(), resources.ListOptions{Limit: 1})
			require.NoError(t, err)
			require.Equal(t, want, columnsOf(table))
		}}
	}
	return []behaviour{
		columns("pods", "Name:string:name Ready:string Status:string Restarts:string Age:string IP:string:1 Node:string:1 Nominated Node:string:1 Readiness Gates:string:1"),
		columns("namespaces", "Name:string:name Status:string Age:string"),
		columns("nodes", "Name:string:name Status:string Roles:string Age:string Version:string Internal-IP:string:1 External-IP:string:1 OS-Image:string:1 Kernel-Version:string:1 Container-Runtime:string:1"),
		columns("deployments", "Name:string:name Ready:string Up-to-date:string Available:string Age:string Containers:string:1 Images:string:1 Selector:string:1"),
		columns("statefulsets", "Name:string:name Ready:string Age:string Containers:string:1 Images:string:1"),
		columns("replicasets", "Name:string:name Desired:integer Current:integer Ready:integer Age:string Containers:string:1 Images:string:1 Selector:string:1"),
		columns("daemonsets", "Name:string:name Desired:integer Current:integer Ready:integer Up-to-date:integer Available:integer Node Selector:string Age:string Containers:string:1 Images:string:1 Selector:string:1"),
		columns("jobs", "Name:string:name Status:string Completions:string Duration:string Age:string Containers:string:1 Images:string:1 Selector:string:1"),
		columns("events", "Last Seen:string Type:string Reason:string Object:string Subobject:string:1 Source:string:1 Message:string First Seen:string:1 Count:string:1 Name:string:name:1"),
		columns("cronjobs", "Name:string:name Schedule:string Timezone:string Suspend:boolean Active:integer Last Schedule:string Age:string Containers:string:1 Images:string:1 Selector:string:1"),
		columns("services", "Name:string:name Type:string Cluster-IP:string External-IP:string Port(s):string Age:string Selector:string:1"),
		columns("configmaps", "Name:string:name Data:string Age:string"),
		columns("secrets", "Name:string:name Type:string Data:string Age:string"),
		columns("serviceaccounts", "Name:string:name Age:string"),
		columns("persistentvolumeclaims", "Name:string:name Status:string Volume:string Capacity:string Access Modes:string StorageClass:string VolumeAttributesClass:string Age:string VolumeMode:string:1"),
		columns("endpoints", "Name:string:name Endpoints:string Age:string"),
		columns("endpointslices", "Name:string:name AddressType:string Ports:string Endpoints:string Age:string"),
		columns("events.events.k8s.io", "Last Seen:string Type:string Reason:string Object:string Subobject:string:1 Source:string:1 Message:string First Seen:string:1 Count:string:1 Name:string:name:1"),
		{"a row of a table has the state of a pod", func(t *testing.T, w *world) {
			name := w.running(t)
			table, err := w.pods.ListTable(t.Context(), resources.ListOptions{FieldSelector: "metadata.name=" + name})
			require.NoError(t, err)
			require.Len(t, table.Rows, 1)
			var cells []string
			for _, cell := range table.Rows[0].Cells[:4] {
				cells = append(cells, string(cell))
			}
			require.Equal(t, []string{`"` + name + `"`, `"1/1"`, `"Running"`, `"0"`}, cells)
		}},
		{"the rows of a list come page after page, each with the columns", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			api := resources.New[resources.ConfigMap](w.client)
			table, err := api.ListTable(t.Context(), resources.ListOptions{LabelSelector: label})
			require.NoError(t, err)
			require.Greater(t, len(table.Rows), 1)
			var rows []resources.TableRow
			for page, err := range api.AllRows(t.Context(), resources.ListOptions{LabelSelector: label, Limit: 1}) {
				require.NoError(t, err)
				require.Equal(t, table.ColumnDefinitions, page.ColumnDefinitions)
				rows = append(rows, page.Rows...)
			}
			require.Len(t, rows, len(table.Rows))
			for i, row := range rows {
				require.Equal(t, table.Rows[i].Cells[:2], row.Cells[:2])
			}
		}},
		{"a row over all namespaces has the namespace", func(t *testing.T, w *world) {
			name := w.pod(t)
			table, err := resources.New[resources.Pod](w.client, resources.AllNamespaces()).ListTable(t.Context(), resources.ListOptions{FieldSelector: "metadata.name=" + name})
			require.NoError(t, err)
			require.Len(t, table.Rows, 1)
			require.Contains(t, string(table.Rows[0].Object), `"namespace":"`+w.config.Namespace+`"`)
			require.NotContains(t, string(table.Rows[0].Object), `"spec"`)
		}},
	}
}

// columnsOf gives each column as NAME:TYPE, with the format and the priority where there is one.
func columnsOf(table *resources.Table) string {
	var columns []string
	for _, c := range table.ColumnDefinitions {
		column := c.Name + ":" + c.Type
		if c.Format != "" {
			column += ":" + c.Format
		}
		if c.Priority != 0 {
			column += ":1"
		}
		columns = append(columns, column)
	}
	return strings.Join(columns, " ")
}

func joinWords(words []string) string { return strings.Join(words, " ") }
