package resources_test

import (
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// collectNames returns the names that are yielded, and the error.
func collectNames(t *testing.T, all iter.Seq2[string, error]) (names []string, err error) {
	t.Helper()
	for name, failed := range all {
		require.NoError(t, err, "nothing follows an error")
		if failed != nil {
			require.Empty(t, name)
			err = failed
			continue
		}
		names = append(names, name)
	}
	return names, err
}

func TestAllNamesYieldsTheNamesInRowsOrThoseInMetadata(t *testing.T) {
	type page = func(*http.Request) (*http.Response, error)
	const (
		named    = `"columnDefinitions":[{"name":"Name","type":"string","format":"name"}]`
		nameless = `"columnDefinitions":[{"name":"Name","type":"string"}]`
		more     = `"metadata":{"continue":"next"}`
		noName   = "GET pods: the answer cannot be read: the server sent an object without a name; a proxy may have sent it"
	)
	table := func(members ...string) page {
		return answers(200, "{"+strings.Join(append([]string{tableHead}, members...), ",")+"}")
	}
	rows := func(cells ...string) string {
		for i, cell := range cells {
			cells[i] = `{"cells":[` + cell + `]}`
		}
		return `"rows":[` + strings.Join(cells, ",") + "]"
	}
	metadata := func(members string) page {
		return answers(200, `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1",`+members+`}`)
	}
	const items = `"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]`
	unacceptable := answers(406, failing(406, "NotAcceptable"))
	for name, test := range map[string]struct {
		pages []page
		want  []string
		err   string
	}{
		"of one page":                   {[]page{table(named, rows(`"a"`, `"b"`))}, []string{"a", "b"}, ""},
		"of two pages":                  {[]page{table(more, named, rows(`"a"`)), table(named, rows(`"b"`))}, []string{"a", "b"}, ""},
		"of a page without columns":     {[]page{table(more, named, rows(`"a"`)), table(rows(`"b"`))}, []string{"a", "b"}, ""},
		"after an empty page":           {[]page{table(more, nameless, rows()), table(named, rows(`"b"`))}, []string{"b"}, ""},
		"before their columns":          {[]page{table(rows(`"a"`, `"b"`), named)}, []string{"a", "b"}, ""},
		"behind another column":         {[]page{table(`"columnDefinitions":[{"name":"Name"},{"name":"Object","format":"name"}]`, rows(`"x","a"`, `"x","b"`))}, []string{"a", "b"}, ""},
		"in a column that moves":        {[]page{table(more, named, rows(`"a"`)), table(`"columnDefinitions":[{"name":"Age"},{"name":"Name","format":"name"}]`, rows(`"1d","b"`))}, []string{"a", "b"}, ""},
		"with escapes":                  {[]page{table(named, rows(`"\u0061:\"b\""`))}, []string{`a:"b"`}, ""},
		"of objects in the rows":        {[]page{table(nameless, `"rows":[{"cells":["x"],"object":{"metadata":{"name":"a"}}}]`)}, []string{"a"}, ""},
		"of a table without rows":       {[]page{table(nameless, `"rows":null`)}, nil, ""},
		"of a table without a column":   {[]page{table(nameless, rows(`"x"`)), metadata(items)}, []string{"a", "b"}, ""},
		"of a table with null columns":  {[]page{table(`"columnDefinitions":null`, rows(`"x"`)), metadata(items)}, []string{"a", "b"}, ""},
		"of a table without a cell":     {[]page{table(named, rows("")), metadata(items)}, []string{"a", "b"}, ""},
		"of no table":                   {[]page{unacceptable, metadata(items)}, []string{"a", "b"}, ""},
		"in two pages of metadata":      {[]page{unacceptable, metadata(more + "," + items), metadata(items)}, []string{"a", "b", "a", "b"}, ""},
		"once a column appears":         {[]page{table(more, nameless, rows(`"x"`)), metadata(items)}, []string{"a", "b"}, ""},
		"of neither":                    {[]page{unacceptable, unacceptable}, nil, "it failed"},
		"in metadata that fails":        {[]page{table(nameless, rows(`"x"`)), answers(403, failing(403, "Forbidden"))}, nil, "it failed"},
		"until metadata has none":       {[]page{unacceptable, metadata(`"items":[{"metadata":{"name":"a"}},{"metadata":{}},{"metadata":{"name":"b"}}]`)}, []string{"a"}, noName},
		"that the user may not list":    {[]page{answers(403, failing(403, "Forbidden"))}, nil, "it failed"},
		"of a list that is no table":    {[]page{metadata(items)}, nil, "GET pods: the answer is meta.k8s.io/v1 PartialObjectMetadataList and not meta.k8s.io/v1 Table; a proxy may have sent it"},
		"until the column disappears":   {[]page{table(more, named, rows(`"a"`)), table(nameless, rows(`"b"`))}, []string{"a"}, noName},
		"until the table disappears":    {[]page{table(more, named, rows(`"a"`)), unacceptable}, []string{"a"}, "it failed"},
		"until a row has no cell":       {[]page{table(named, rows(`"a"`, "", `"b"`))}, []string{"a"}, noName},
		"until a cell is empty":         {[]page{table(named, rows(`"a"`, `""`, `"b"`))}, []string{"a"}, noName},
		"until a cell is a number":      {[]page{table(named, rows(`"a"`, `1`, `"b"`))}, []string{"a"}, noName},
		"unless the first is a number":  {[]page{table(named, rows(`1`, `"b"`))}, nil, noName},
		"unless the first is null":      {[]page{table(named, rows(`null`, `"b"`))}, nil, noName},
		"unless the first is a list":    {[]page{table(named, rows(`["a"]`, `"b"`))}, nil, noName},
		"unless the first is an object": {[]page{table(named, rows(`{"name":"a"}`, `"b"`))}, nil, noName},
		"before more than a table":      {[]page{answers(200, "{"+tableHead+","+named+","+rows(`"a"`)+"} more")}, []string{"a"}, "the answer cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: test.pages}
			all := s.pods(t).AllNames(t.Context(), resources.ListOptions{})
			names, err := collectNames(t, all)
			require.Equal(t, test.want, names)
			require.Len(t, s.at, len(test.pages))
			if test.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.err)
			if test.err == noName {
				require.EqualError(t, err, noName)
				require.ErrorAs(t, err, new(*transport.AnswerError))
			}
		})
	}
}

func TestAllNamesAsksForPagesOfRowsWithoutObjects(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(5)...)
	all := configMaps(t, server, resources.AllNamespaces())
	for limit, want := range map[int64][]string{
		0: {"includeObject=None&labelSelector=app%3Dweb&limit=2500"},
		3: {"includeObject=None&labelSelector=app%3Dweb&limit=3", "continue=%2A&includeObject=None&labelSelector=app%3Dweb&limit=3"},
	} {
		names := all.AllNames(t.Context(), resources.ListOptions{Limit: limit, LabelSelector: "app=web"}, resources.IncludeInRows(resources.IncludeObject))
		for range 2 { // an iterator can be used again
			server.ForgetRequests()
			found, err := collectNames(t, names)
			require.NoError(t, err)
			require.Equal(t, numbered(5), found)
			require.Equal(t, want, queries(server))
		}
	}
}

func TestAllNamesAsksForPagesOfMetadataIfThereIsNoTable(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(5)...)
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/configmaps", Then: kxtest.AnswerStatus(406, "NotAcceptable", "no tables", 0)})
	server.ForgetRequests()
	found, err := collectNames(t, configMaps(t, server).AllNames(t.Context(), resources.ListOptions{LabelSelector: "app=web"}))
	require.NoError(t, err)
	require.Equal(t, numbered(5), found)
	require.Equal(t, []string{"includeObject=None&labelSelector=app%3Dweb&limit=2500", "labelSelector=app%3Dweb&limit=500"}, queries(server))
	require.Contains(t, last(t, server).Header.Get("Accept"), "as=PartialObjectMetadataList")
}

func TestAllNamesStopsWhenTheLoopEnds(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(5)...)
	for range configMaps(t, server).AllNames(t.Context(), resources.ListOptions{Limit: 2}) {
		break
	}
	require.Len(t, server.Requests(), 1)
	s := &script{answers: []func(*http.Request) (*http.Response, error){
		answers(406, failing(406, "NotAcceptable")),
		answers(200, `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"continue":"next"},"items":[{"metadata":{"name":"a"}}]}`),
	}}
	for range s.pods(t).AllNames(t.Context(), resources.ListOptions{}) {
		break
	}
	require.Len(t, s.at, 2)
}
