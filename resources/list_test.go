package resources_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("map-%d", i)
	}
	return names
}

// collect returns the names that a list yields before its error.
func collect(objects func(func(*resources.Object, error) bool)) (names []string, err error) {
	for object, err := range objects {
		if err != nil {
			return names, err
		}
		names = append(names, object.Metadata.Name)
	}
	return names, nil
}

// queries returns the queries of the requests, in order. A star replaces each continue token.
func queries(server *kxtest.Server) []string {
	var list []string
	for _, r := range server.Requests() {
		if r.Query.Has("continue") {
			r.Query.Set("continue", "*")
		}
		list = append(list, r.Query.Encode())
	}
	return list
}

func TestAllReadsPageAfterPage(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(5)...)
	api := configMaps(t, server)
	names, err := collect(api.All(t.Context(), resources.ListOptions{Limit: 2, LabelSelector: "app=web", ResourceVersion: "1", ResourceVersionMatch: "NotOlderThan"}))
	require.NoError(t, err)
	require.Equal(t, numbered(5), names)
	require.Equal(t, []string{
		"labelSelector=app%3Dweb&limit=2&resourceVersion=1&resourceVersionMatch=NotOlderThan",
		"continue=%2A&labelSelector=app%3Dweb&limit=2", // the token includes the resourceVersion
		"continue=%2A&labelSelector=app%3Dweb&limit=2",
	}, queries(server))

	server.ForgetRequests()
	_, err = collect(api.All(t.Context(), resources.ListOptions{}))
	require.NoError(t, err)
	require.Equal(t, []string{"limit=500"}, queries(server))
}

func TestAllCanBeUsedTwice(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(3)...)
	all := configMaps(t, server).All(t.Context(), resources.ListOptions{Limit: 2, LabelSelector: "app=web"})
	for range 2 {
		names, err := collect(all)
		require.NoError(t, err)
		require.Equal(t, numbered(3), names)
	}
}

func TestAllStopsWhenTheLoopEnds(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(5)...)
	for object, err := range configMaps(t, server).All(t.Context(), resources.ListOptions{Limit: 2, LabelSelector: "app=web"}) {
		require.NoError(t, err)
		require.Equal(t, "map-0", object.Metadata.Name)
		break
	}
	require.Len(t, server.Requests(), 1)
}

func TestLeavingAListFreesItsConnection(t *testing.T) {
	left := make(chan struct{})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"}},`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // the rest never arrives
		close(left)
	})
	for pod, err := range resources.New[resources.Pod](client).All(t.Context(), resources.ListOptions{}) {
		require.NoError(t, err)
		require.Equal(t, "a", pod.Metadata.Name)
		break
	}
	<-left
}

func TestAnItemIsYieldedBeforeThePageHasArrived(t *testing.T) {
	next := make(chan struct{})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"kind":"PodList","apiVersion":"v1","items":[`)
		for i := range 3 {
			if i > 0 {
				_, _ = io.WriteString(w, ",")
			}
			_, _ = fmt.Fprintf(w, `{"metadata":{"name":"web-%d"}}`, i)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-next: // the client has received it
			case <-r.Context().Done():
				return
			}
		}
		_, _ = io.WriteString(w, `],"metadata":{}}`)
	})
	var names []string
	for pod, err := range resources.New[resources.Pod](client).All(t.Context(), resources.ListOptions{}) {
		require.NoError(t, err)
		names = append(names, pod.Metadata.Name)
		next <- struct{}{}
	}
	require.Equal(t, []string{"web-0", "web-1", "web-2"}, names)
}

func TestAnHTTP1ConnectionServesAllPages(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		meta := `{"continue":"more"}`
		if r.URL.Query().Has("continue") {
			meta = `{}`
		}
		_, _ = io.WriteString(w, `{"kind":"PodList","apiVersion":"v1","metadata":`+meta+`,"items":[{"metadata":{"name":"a"}}]}`)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "\n")
	})
	var connections struct{ opened, reused int }
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if info.Reused {
			connections.reused++
		} else {
			connections.opened++
		}
	}})
	for _, err := range resources.New[resources.Pod](client).All(ctx, resources.ListOptions{}) {
		require.NoError(t, err)
	}
	require.Equal(t, 1, connections.opened)
	require.Equal(t, 1, connections.reused)
}

func TestAListIsDecodedInEachForm(t *testing.T) {
	for name, test := range map[string]struct {
		body  string
		names []string
		err   string
	}{
		"metadata after the items":        {`{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"}}],"metadata":{"resourceVersion":"7"}}`, []string{"a"}, ""},
		"items null":                      {`{"kind":"PodList","apiVersion":"v1","metadata":{},"items":null}`, nil, ""},
		"no items":                        {`{"kind":"PodList","apiVersion":"v1","metadata":{}}`, nil, ""},
		"unknown members":                 {`{"kind":"PodList","apiVersion":"v1","later":{"items":[1]},"items":[{"metadata":{"name":"a"}}],"more":[]}`, []string{"a"}, ""},
		"items that are an object":        {`{"items":{"a":1}}`, nil, "GET pods: the answer cannot be read: the items of the response are not a list"},
		"a response that is a list":       {`[]`, nil, "GET pods: the answer cannot be read: the response is not a list"},
		"an item that cannot be read":     {`{"items":[{"metadata":{"name":"a"}},{"metadata":7}]}`, []string{"a"}, "GET pods: the answer cannot be read: "},
		"an answer that ends in the item": {`{"items":[{"metadata":{"name":"a"}},{"metadata":`, []string{"a"}, "GET pods: the answer cannot be read: "},
		"an answer that ends after one":   {`{"items":[{"metadata":{"name":"a"}}`, []string{"a"}, "GET pods: the answer cannot be read: "},
		"an answer that lacks its end":    {`{"items":[{"metadata":{"name":"a"}}]`, []string{"a"}, "GET pods: the answer cannot be read: "},
		"nothing":                         {``, nil, "GET pods: the answer cannot be read: "},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, test.body) })
			var names []string
			var failure error
			for pod, err := range resources.New[resources.Pod](client).All(t.Context(), resources.ListOptions{}) {
				if err != nil {
					require.Nil(t, pod)
					failure = err
					continue // nothing follows an error
				}
				names = append(names, pod.Metadata.Name)
			}
			require.Equal(t, test.names, names)
			if test.err == "" {
				require.NoError(t, failure)
				return
			}
			require.ErrorContains(t, failure, test.err)
			var unreadable *transport.AnswerError
			require.ErrorAs(t, failure, &unreadable)
			require.Error(t, unreadable.Err)
		})
	}
}

func TestAPageThatIsCutOffYieldsItsItemsAndAnError(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(3)...)
	options := resources.ListOptions{LabelSelector: "app=web"}
	objects, err := configMaps(t, server).List(t.Context(), options)
	require.NoError(t, err)
	whole, err := json.Marshal(objects)
	require.NoError(t, err)
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/configmaps", Then: kxtest.CutAnswer(len(whole) - 10)})
	names, err := collect(configMaps(t, server).All(t.Context(), options))
	require.Equal(t, numbered(2), names)
	var lost *transport.ConnectionError
	require.ErrorAs(t, err, &lost)
	require.ErrorContains(t, err, "list configmaps: ")
}

func TestAListHandlesAnExpiredContinueToken(t *testing.T) {
	t.Run("the list continues with the token that the server offers", func(t *testing.T) {
		server := start(t)
		create(t, server, "default", numbered(5)...)
		api := configMaps(t, server)
		var names []string
		for object, err := range api.All(t.Context(), resources.ListOptions{Limit: 2, LabelSelector: "app=web"}) {
			require.NoError(t, err)
			names = append(names, object.Metadata.Name)
			if len(names) == 2 {
				create(t, server, "default", "map-9")
				server.Compact()
			}
		}
		require.Equal(t, append(numbered(5), "map-9"), names, "what came in between comes too")
	})
	t.Run("the list fails if the server offers no token", func(t *testing.T) {
		server := start(t)
		create(t, server, "default", numbered(5)...)
		server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/configmaps", Skip: 1, Then: kxtest.AnswerStatus(http.StatusGone, "Expired", "too old", 0)})
		names, err := collect(configMaps(t, server).All(t.Context(), resources.ListOptions{Limit: 2, LabelSelector: "app=web"}))
		require.Equal(t, numbered(2), names)
		require.ErrorIs(t, err, transport.ErrGone)
		require.Len(t, server.Requests(), 2)
	})
	t.Run("the list fails if the server offers the same token again", func(t *testing.T) {
		requests := 0
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			requests++
			if requests == 1 {
				_, _ = io.WriteString(w, `{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"old"},"items":[]}`)
				return
			}
			w.WriteHeader(http.StatusGone)
			_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","metadata":{"continue":"old"},"status":"Failure","reason":"Expired","code":410}`)
		})
		for _, err := range resources.New[resources.Pod](client).All(t.Context(), resources.ListOptions{}) {
			require.ErrorIs(t, err, transport.ErrGone)
		}
		require.Equal(t, 2, requests)
	})
}

func TestAnErrorOfALaterPageEndsTheList(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(5)...)
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/configmaps", Skip: 1, Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "no more", 0)})
	names, err := collect(configMaps(t, server).All(t.Context(), resources.ListOptions{Limit: 2, LabelSelector: "app=web"}))
	require.Equal(t, numbered(2), names)
	require.ErrorIs(t, err, transport.ErrForbidden)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	names = nil
	for object, err := range configMaps(t, server).All(ctx, resources.ListOptions{Limit: 2, LabelSelector: "app=web"}) {
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			break
		}
		names = append(names, object.Metadata.Name)
		cancel()
	}
	require.Less(t, len(names), 5)
}

func TestListReturnsOnePageAndItsToken(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(3)...)
	api := configMaps(t, server)
	first, err := api.List(t.Context(), resources.ListOptions{Limit: 2})
	require.NoError(t, err)
	require.Len(t, first.Items, 2)
	require.NotEmpty(t, first.Metadata.Continue)
	rest, err := api.List(t.Context(), resources.ListOptions{Continue: first.Metadata.Continue, LabelSelector: "app=web"})
	require.NoError(t, err)
	require.Empty(t, rest.Metadata.Continue)
	require.Equal(t, first.Metadata.Continue, last(t, server).Query.Get("continue"))
	require.False(t, last(t, server).Query.Has("limit"), "List asks for all unless told otherwise")
	for _, object := range rest.Items {
		require.NotContains(t, []string{first.Items[0].Metadata.Name, first.Items[1].Metadata.Name}, object.Metadata.Name)
	}
}

func TestAllMetadataRequestsTheMetadataOnly(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(3)...)
	var names []string
	for object, err := range configMaps(t, server).AllMetadata(t.Context(), resources.ListOptions{Limit: 2, LabelSelector: "app=web"}) {
		require.NoError(t, err)
		require.Empty(t, object.Unknown)
		require.Equal(t, "web", object.Metadata.Labels["app"])
		names = append(names, object.Metadata.Name)
	}
	require.Equal(t, numbered(3), names)
	require.Equal(t, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", last(t, server).Header.Get("Accept"))
}

func TestTablesOmitTheObjects(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	client := connect(t, server.Config())
	const accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
	for name, test := range map[string]struct {
		read    func() (*resources.Table, error)
		include string
	}{
		"of a namespace": {func() (*resources.Table, error) {
			return resources.ForKind(client, configMapKind).ListTable(t.Context(), resources.ListOptions{LabelSelector: "app=web"})
		}, "None"},
		"over all namespaces, with metadata that has the namespace": {func() (*resources.Table, error) {
			return resources.ForKind(client, configMapKind, resources.AllNamespaces()).ListTable(t.Context(), resources.ListOptions{LabelSelector: "app=web"})
		}, "Metadata"},
		"over all namespaces, with a namespace for the call": {func() (*resources.Table, error) {
			return resources.ForKind(client, configMapKind, resources.AllNamespaces()).ListTable(t.Context(), resources.ListOptions{LabelSelector: "app=web"}, resources.InNamespace("default"))
		}, "None"},
		"of a kind without namespaces": {func() (*resources.Table, error) {
			return resources.New[resources.Node](client, resources.AllNamespaces()).ListTable(t.Context(), resources.ListOptions{})
		}, "None"},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := test.read()
			require.NoError(t, err)
			require.Equal(t, "Table", table.Kind)
			require.Len(t, table.Rows, 1)
			require.Len(t, table.Rows[0].Cells, len(table.ColumnDefinitions))
			require.Equal(t, accept, last(t, server).Header.Get("Accept"))
			require.Equal(t, test.include, last(t, server).Query.Get("includeObject"))
			require.Equal(t, test.include == "Metadata", strings.Contains(string(table.Rows[0].Object), `"PartialObjectMetadata"`))
		})
	}
}

func TestOneObjectIsReadAsATable(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	table, err := configMaps(t, server).GetTable(t.Context(), "one")
	require.NoError(t, err)
	require.Len(t, table.Rows, 1)
	require.Equal(t, `"one"`, string(table.Rows[0].Cells[0]))
	require.Equal(t, "/api/v1/namespaces/default/configmaps/one", last(t, server).Path)
	require.Equal(t, "includeObject=None", last(t, server).Query.Encode())
	require.ErrorIs(t, second(configMaps(t, server).GetTable(t.Context(), "missing")), transport.ErrNotFound)
}

// BenchmarkAll reads 5,000 pods in ten pages, from memory.
func BenchmarkAll(b *testing.B) {
	const pods, page = 5000, 500
	list := podList(b, page)
	first := []byte(strings.Replace(string(list), `"metadata":{"resourceVersion":"1"`, `"metadata":{"resourceVersion":"1","continue":"more"`, 1))
	requests := 0
	client := serve(b, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		if requests%(pods/page) == 0 {
			_, _ = w.Write(list)
			return
		}
		_, _ = w.Write(first)
	})
	api := resources.New[resources.Pod](client)
	b.ReportAllocs()
	b.SetBytes(int64(len(list)) * pods / page)
	for b.Loop() {
		n := 0
		for _, err := range api.All(context.Background(), resources.ListOptions{}) {
			require.NoError(b, err)
			n++
		}
		require.Equal(b, pods, n)
	}
}
