package resources_test

import (
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const (
	tableHead = `"kind":"Table","apiVersion":"meta.k8s.io/v1"`
	columns   = `"columnDefinitions":[{"name":"Name"}]`
)

// firstCells returns the columns and the first cell of each row that is yielded, and the error.
func firstCells(rows iter.Seq2[*resources.Table, error]) (cells []string, err error) {
	for table, failed := range rows {
		if failed != nil {
			err = failed
			continue
		}
		for _, row := range table.Rows {
			cells = append(cells, fmt.Sprintf("%d %s", len(table.ColumnDefinitions), strings.Trim(string(row.Cells[0]), `"`)))
		}
	}
	return cells, err
}

func TestAllRowsYieldsEachRowWithItsColumns(t *testing.T) {
	row := func(name string) string { return `{"cells":["` + name + `"]}` }
	page := func(members ...string) func(*http.Request) (*http.Response, error) {
		return answers(200, "{"+strings.Join(append([]string{tableHead}, members...), ",")+"}")
	}
	for name, test := range map[string]struct {
		pages []func(*http.Request) (*http.Response, error)
		want  []string
		err   string
	}{
		"of one page":  {pages: []func(*http.Request) (*http.Response, error){page(columns, `"rows":[`+row("a")+","+row("b")+"]")}, want: []string{"1 a", "1 b"}},
		"of two pages": {pages: []func(*http.Request) (*http.Response, error){page(`"metadata":{"continue":"next"}`, columns, `"rows":[`+row("a")+"]"), page(`"rows":[` + row("b") + "]")}, want: []string{"1 a", "1 b"}},
		"that come before the columns": {
			pages: []func(*http.Request) (*http.Response, error){page(`"rows":[`+row("a")+","+row("b")+"]", columns)}, want: []string{"1 a", "1 b"},
		},
		"that come before the columns of the next page": {
			pages: []func(*http.Request) (*http.Response, error){page(`"metadata":{"continue":"next"}`, `"rows":[`+row("a")+"]"), page(columns, `"rows":[`+row("b")+"]")},
			want:  []string{"1 a", "1 b"},
		},
		"of a page whose columns are null": {
			pages: []func(*http.Request) (*http.Response, error){page(`"metadata":{"continue":"next"}`, columns, `"rows":[`+row("a")+"]"), page(`"columnDefinitions":null`, `"rows":[`+row("b")+"]")},
			want:  []string{"1 a", "1 b"},
		},
		"before more than a table": {pages: []func(*http.Request) (*http.Response, error){answers(200, "{"+tableHead+","+columns+`,"rows":[`+row("a")+"]} more")}, want: []string{"1 a"}, err: "the answer cannot be read"},
		"without columns":          {pages: []func(*http.Request) (*http.Response, error){page(`"rows":[` + row("a") + "]")}, want: []string{"0 a"}},
		"of no rows":               {pages: []func(*http.Request) (*http.Response, error){page(columns, `"rows":null`)}},
		"before a row of too many cells": {
			pages: []func(*http.Request) (*http.Response, error){page(columns, `"rows":[`+row("a")+`,{"cells":[0`+strings.Repeat(",0", resources.MaxColumns)+"]}]")},
			want:  []string{"1 a"}, err: "more than 10000 cells (resources.MaxColumns)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: test.pages}
			cells, err := firstCells(s.pods(t).AllRows(t.Context(), resources.ListOptions{}))
			require.Equal(t, test.want, cells)
			if test.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.err)
			}
			require.Len(t, s.at, len(test.pages))
		})
	}
}

func TestAllRowsAsksForAllRowsAtOnceUnlessThereIsALimit(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(5)...)
	for limit, want := range map[int64][]string{
		0: {"includeObject=None&labelSelector=app%3Dweb"},
		3: {"includeObject=None&labelSelector=app%3Dweb&limit=3", "continue=%2A&includeObject=None&labelSelector=app%3Dweb&limit=3"},
	} {
		server.ForgetRequests()
		rows, err := firstCells(configMaps(t, server).AllRows(t.Context(), resources.ListOptions{Limit: limit, LabelSelector: "app=web"}))
		require.NoError(t, err)
		require.Len(t, rows, 5)
		require.Equal(t, want, queries(server))
	}
}

func TestATableOfAllRowsKeepsItsColumns(t *testing.T) {
	s := &script{answers: []func(*http.Request) (*http.Response, error){
		answers(200, "{"+tableHead+`,"metadata":{"continue":"next"},"columnDefinitions":[{"name":"A"},{"name":"B"}],"rows":[{"cells":["a","b"]}]}`),
		answers(200, "{"+tableHead+`,"columnDefinitions":[{"name":"C"}],"rows":[{"cells":["c"]}]}`),
	}}
	var tables []*resources.Table
	for table, err := range s.pods(t).AllRows(t.Context(), resources.ListOptions{}) {
		require.NoError(t, err)
		tables = append(tables, table)
	}
	require.Equal(t, []string{"A", "B", "C"}, []string{
		tables[0].ColumnDefinitions[0].Name, tables[0].ColumnDefinitions[1].Name, tables[1].ColumnDefinitions[0].Name,
	})
}

func TestAllRowsAsksNoMoreOnceALoopHasEndedThatHeldRows(t *testing.T) {
	empty := answers(200, "{"+tableHead+`,"metadata":{"continue":"more"},"rows":[]}`)
	s := &script{answers: []func(*http.Request) (*http.Response, error){
		answers(200, "{"+tableHead+`,"metadata":{"continue":"next"},"rows":[{"cells":["a"]}],`+columns+"}"), empty, empty,
	}}
	for _, err := range s.pods(t).AllRows(t.Context(), resources.ListOptions{}) {
		require.NoError(t, err)
		break
	}
	require.Len(t, s.at, 2)
}

func TestAllRowsStopsWhenTheLoopEnds(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(5)...)
	for range configMaps(t, server).AllRows(t.Context(), resources.ListOptions{Limit: 2}) {
		break
	}
	require.Len(t, server.Requests(), 1)
}

func TestAListThatIsCutOffBeforeItsFirstItemIsReadAgain(t *testing.T) {
	for name, read := range map[string]func(*resources.API[resources.Object]) (int, error){
		"rows": func(api *resources.API[resources.Object]) (int, error) {
			rows, err := firstCells(api.AllRows(t.Context(), resources.ListOptions{LabelSelector: "app=web"}))
			return len(rows), err
		},
		"objects": func(api *resources.API[resources.Object]) (int, error) {
			names, err := collect(api.All(t.Context(), resources.ListOptions{LabelSelector: "app=web"}))
			return len(names), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			create(t, server, "default", numbered(3)...)
			server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/configmaps", Then: kxtest.CutAnswer(20)})
			n, err := read(configMaps(t, server))
			require.NoError(t, err)
			require.Equal(t, 3, n)
			require.Len(t, server.Requests(), 2)

			server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/configmaps", Times: 9, Then: kxtest.CutAnswer(20)})
			server.ForgetRequests()
			_, err = read(configMaps(t, server))
			require.ErrorAs(t, err, new(*transport.ConnectionError))
			require.Len(t, server.Requests(), 2)
		})
	}
}
