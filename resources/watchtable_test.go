package resources_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
)

// rowLine returns the type of an event, the number of columns and the first cell.
func rowLine(event resources.WatchEvent[resources.Table]) string {
	line := fmt.Sprint(event.Type, " ", len(event.Object.ColumnDefinitions))
	for _, row := range event.Object.Rows {
		switch {
		case event.FinalStateUnknown:
			line += " missed " + string(row.Object)
		case len(row.Cells) > 0:
			line += " " + string(row.Cells[0])
		}
	}
	return line
}

func TestATableWatchYieldsRowsAndWhatItMissed(t *testing.T) {
	server := start(t)
	create(t, server, "default", "changed", "deleted")
	next, stop := iter.Pull2(storeUser(t, server).WatchTable(limited(t), resources.ListOptions{LabelSelector: "app=web", AllowWatchBookmarks: true}))
	defer stop()
	var version string
	take := func(count int) (lines []string) {
		for range count {
			event, err, ok := next()
			require.True(t, ok)
			require.NoError(t, err)
			lines = append(lines, rowLine(event))
			version = event.Object.Metadata.ResourceVersion
		}
		return lines
	}
	require.Equal(t, []string{`ADDED 3 "changed"`, `ADDED 3 "deleted"`, "BOOKMARK 3"}, take(3))
	require.NotEmpty(t, version)
	relabel(t, server, "changed", "1")
	require.Equal(t, []string{`MODIFIED 3 "changed"`}, take(1))
	relabel(t, server, "deleted", "1")
	require.Equal(t, []string{`MODIFIED 3 "deleted"`}, take(1))
	deleted, err := configMaps(t, server).Get(t.Context(), "deleted")
	require.NoError(t, err)
	require.Equal(t, version, deleted.Metadata.ResourceVersion)

	cutOff := server.Fault(kxtest.Fault{User: "store", Then: kxtest.Reset(), Times: -1})
	server.Restart()
	relabel(t, server, "changed", "2")
	remove(t, server, "deleted")
	create(t, server, "default", "new")
	server.Compact()
	cutOff.Remove()
	got := take(4)
	slices.Sort(got)
	require.Equal(t, []string{
		`ADDED 3 "new"`, "BOOKMARK 3",
		`DELETED 3 missed {"metadata":{"name":"deleted","namespace":"default","uid":"` + deleted.Metadata.UID + `","resourceVersion":"` + deleted.Metadata.ResourceVersion + `"}}`,
		`MODIFIED 3 "changed"`,
	}, got)
	remove(t, server, "changed")
	require.Equal(t, []string{`DELETED 3 "changed"`}, take(1))
}

func TestBookmarksAreYieldedIfTheCallerAllowsThem(t *testing.T) {
	server := start(t)
	create(t, server, "default", "a")
	watch := startWatch(t, storeUser(t, server), resources.ListOptions{LabelSelector: "app=web", AllowWatchBookmarks: true})
	require.Equal(t, []string{"ADDED a:", "BOOKMARK :"}, watch.take(t, 2))
}

func TestATableWatchRefusesEventsThatAreNoRow(t *testing.T) {
	const metadata = `"metadata":{"resourceVersion":"6"}`
	for document, want := range map[string]string{
		`{"kind":"Table",` + metadata + `,"rows":[{"cells":["a"]},{"cells":["b"]}]}`:            "an event has 2 rows",
		`{"kind":"Table",` + metadata + `,"rows":[{"cells":["a"]}]}`:                            "an event of an object without a name",
		`{"kind":"Table",` + metadata + `,"rows":[{"cells":["a"],"object":[]}]}`:                "cannot be read",
		`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"6"}}`:        "an event of an object without a name",
		`{"kind":"Table","rows":[{"cells":["a"],"object":{"metadata":{"name":"a"},"kind":1}}]}`: "cannot be read",
	} {
		s := &script{}
		s.answers = append(s.answers, answers(200, `{"type":"ADDED","object":`+document+`}`))
		var got error
		for _, err := range s.pods(t).WatchTable(t.Context(), resources.ListOptions{ResourceVersion: "5"}) {
			got = err
		}
		require.ErrorContains(t, got, want, document)
	}
}
