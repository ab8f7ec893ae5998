package resources_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// aggregated writes the aggregated discovery of these groups.
func aggregated(w http.ResponseWriter, items ...string) {
	w.Header().Set("Content-Type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
	_, _ = io.WriteString(w, `{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[`+
		strings.Join(items, ",")+`]}`)
}

// discoveryServer serves aggregated discovery and counts its requests.
type discoveryServer struct {
	mu    sync.Mutex
	core  string   // the core group
	named []string // the other groups
	asked []string // the path of each request
}

func (s *discoveryServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.Path)
	switch r.URL.Path {
	case "/api":
		aggregated(w, s.core)
	case "/apis":
		aggregated(w, s.named...)
	default:
		http.NotFound(w, r)
	}
}

func (s *discoveryServer) requests() (asked []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, s.asked = s.asked, nil
	return asked
}

func (s *discoveryServer) add(group string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.named = append(s.named, group)
}

const (
	coreGroup = `{"metadata":{},"versions":[{"version":"v1","freshness":"Current","resources":[
		{"resource":"pods","responseKind":{"group":"","version":"","kind":"Pod"},"scope":"Namespaced","singularResource":"pod",
			"verbs":["get","list"],"shortNames":["po"],"categories":["all"],"subresources":[
			{"subresource":"log","responseKind":{"group":"","version":"","kind":"Pod"},"verbs":["get"]},
			{"subresource":"eviction","responseKind":{"group":"policy","version":"v1","kind":"Eviction"},"verbs":["create"]}]},
		{"resource":"events","responseKind":{"kind":"Event"},"scope":"Namespaced","singularResource":"event","verbs":["list"],"shortNames":["ev"]},
		{"resource":"nodes","responseKind":{"kind":"Node"},"scope":"Cluster","singularResource":"node","verbs":["list"],"shortNames":["no"]}]}]}`
	eventsGroup = `{"metadata":{"name":"events.k8s.io"},"versions":[{"version":"v1","freshness":"Current","resources":[
		{"resource":"events","responseKind":{"kind":"Event"},"scope":"Namespaced","singularResource":"event","verbs":["list"],"shortNames":["ev"]}]}]}`
	exampleGroup = `{"metadata":{"name":"example.com"},"versions":[
		{"version":"v2","freshness":"Current","resources":[
			{"resource":"widgets","responseKind":{"kind":"Widget"},"scope":"Namespaced","singularResource":"widget","verbs":["list"],"shortNames":["wd","po"],
				"categories":["all","shop"],"subresources":[{"subresource":"scale","responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"},"verbs":["get"]}]}]},
		{"version":"v1","freshness":"Current","resources":[
			{"resource":"widgets","responseKind":{"kind":"Widget"},"scope":"Namespaced","singularResource":"widget","verbs":["list"],"categories":["all","old"]},
			{"resource":"gadgets","responseKind":{"kind":"Gadget"},"scope":"Cluster","singularResource":"gadget","verbs":["list"],"categories":["shop"]}]}]}`
	otherGroup = `{"metadata":{"name":"other.example.com"},"versions":[{"version":"v1","freshness":"Current","resources":[
		{"resource":"no","responseKind":{"kind":"No"},"scope":"Namespaced","singularResource":"none","verbs":["list"]},
		{"resource":"plates","responseKind":{"kind":"Gadget"},"scope":"Namespaced","singularResource":"plate","verbs":["list"]}]}]}`
	staleGroup = `{"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale","resources":[
		{"resource":"nodes","responseKind":{"kind":"NodeMetrics"},"scope":"Cluster","singularResource":"","verbs":["list"],"categories":["all"]}]}]}`
)

func TestDiscoveryFindsAKindByEachFormOfItsName(t *testing.T) {
	server := &discoveryServer{core: coreGroup, named: []string{eventsGroup, exampleGroup, otherGroup}}
	discovery := resources.NewDiscovery(serve(t, server.serve))
	for want, names := range map[string][]string{
		"v1/pods":                 {"pods", "pod", "po", "Pods", "POD", "v1/pods", "pods.v1.", "v1/Pod", "pods/log", "v1/pods/log", "pods/eviction", "pods."},
		"v1/nodes":                {"nodes", "node", "nodes.v1."},
		"v1/events":               {"events", "event", "ev", "Event", "v1/events"},
		"events.k8s.io/v1/events": {"events.events.k8s.io", "ev.events.k8s.io", "events.v1.events.k8s.io", "events.k8s.io/v1/events", "events.events", "Event.events.k8s.io"},
		"example.com/v2/widgets":  {"widgets", "widget", "wd", "Widget", "widgets.example.com", "widgets.example", "widgets.v2.example.com", "example.com/v2/widgets", "po.example.com", "widgets/scale", "widgets.example.com/scale", "example.com/v2/wd/scale"},
		"example.com/v1/widgets":  {"widgets.v1.example.com", "example.com/v1/widgets", "Widget.v1.example.com"},
		"example.com/v1/gadgets":  {"gadgets", "gadget", "Gadget", "gadgets.example.com"},
		// a plural comes before a short name, even that of a core kind
		"other.example.com/v1/no":     {"no", "none"},
		"other.example.com/v1/plates": {"plates", "Gadget.other.example.com"},
	} {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				found, err := discovery.Find(t.Context(), name)
				require.NoError(t, err)
				require.Equal(t, want, found.Kind.APIVersion()+"/"+found.Kind.Resource)
			})
		}
	}
	require.Equal(t, 1, count(server.requests(), "/apis"))
	for _, name := range []string{"", "/", "pods/", "/pods", "podz", "pods/exec", "pods.apps", "widgets.v3.example.com", "v2/pods",
		"example.com/v2/gadgets", "a/b/c/d/e", ".example.com", "widgets.example.com.", "widgets.xample.com"} {
		t.Run("not "+name, func(t *testing.T) {
			_, err := discovery.Find(t.Context(), name)
			var unknown *resources.UnknownKindError
			require.ErrorAs(t, err, &unknown)
			require.Equal(t, name, unknown.Name)
		})
	}
}

func count(paths []string, path string) (n int) {
	for _, p := range paths {
		if p == path {
			n++
		}
	}
	return n
}

func TestDiscoveryDescribesAKind(t *testing.T) {
	server := &discoveryServer{core: coreGroup}
	found, err := resources.NewDiscovery(serve(t, server.serve)).Find(t.Context(), "po")
	require.NoError(t, err)
	require.Equal(t, resources.APIResource{
		Kind:     resources.Kind{Version: "v1", Kind: "Pod", Resource: "pods", Namespaced: true},
		Singular: "pod", ShortNames: []string{"po"}, Categories: []string{"all"}, Verbs: []string{"get", "list"},
		Subresources: []resources.APISubresource{
			{Name: "log", Kind: "Pod", Verbs: []string{"get"}},
			{Name: "eviction", Group: "policy", Version: "v1", Kind: "Eviction", Verbs: []string{"create"}},
		},
	}, found)
	log, ok := found.Subresource("log")
	require.True(t, ok)
	require.Equal(t, []string{"get"}, log.Verbs)
	_, ok = found.Subresource("exec")
	require.False(t, ok)
}

func TestDiscoveryReadsEachDocumentOnceUntilAKindIsNew(t *testing.T) {
	server := &discoveryServer{core: coreGroup, named: []string{eventsGroup}}
	discovery := resources.NewDiscovery(serve(t, server.serve))
	find := func(name string) error { return second(discovery.Find(t.Context(), name)) }

	require.NoError(t, find("pods"))
	require.Equal(t, []string{"/api"}, server.requests(), "a plural of the core group needs no other")
	require.NoError(t, find("ev.events.k8s.io"))
	require.Equal(t, []string{"/apis"}, server.requests())
	for range 3 {
		require.NoError(t, find("pods"))
		require.NoError(t, find("events.events.k8s.io"))
	}
	require.Empty(t, server.requests())

	require.Error(t, find("widgets"))
	require.Equal(t, []string{"/api", "/apis"}, server.requests(), "once more, and no more")
	server.add(exampleGroup)
	require.NoError(t, find("widgets"))
	require.Equal(t, []string{"/api", "/apis"}, server.requests())
	discovery.Invalidate()
	require.NoError(t, find("widgets.example.com"))
	require.Equal(t, []string{"/apis"}, server.requests())

	require.Error(t, second(resources.NewDiscovery(serve(t, server.serve)).Find(t.Context(), "x")))
	require.Equal(t, []string{"/api", "/apis"}, server.requests(), "documents of the same call are new")
}

func TestDiscoveryFindsTheKindsOfACategory(t *testing.T) {
	server := &discoveryServer{core: coreGroup, named: []string{eventsGroup, exampleGroup, otherGroup}}
	discovery := resources.NewDiscovery(serve(t, server.serve))
	for name, want := range map[string]string{
		"all":                 "pods widgets.example.com",
		"ALL":                 "pods widgets.example.com",
		"shop":                "widgets.example.com gadgets.example.com",
		"pods":                "pods",
		"wd":                  "widgets.example.com",
		"gadgets.example.com": "gadgets.example.com",
		"widgets/scale":       "widgets.example.com",
	} {
		t.Run(name, func(t *testing.T) {
			found, err := discovery.FindAll(t.Context(), name)
			require.NoError(t, err)
			var kinds []string
			for _, r := range found {
				kinds = append(kinds, r.Kind.String())
			}
			require.Equal(t, want, strings.Join(kinds, " "))
		})
	}
	// old is a category of a version that is not preferred
	for _, name := range []string{"old", "nonsense", "all.example.com", ""} {
		t.Run("not "+name, func(t *testing.T) {
			require.ErrorAs(t, second(discovery.FindAll(t.Context(), name)), new(*resources.UnknownKindError))
		})
	}
}

func TestDiscoveryListsAllKindsInTheirPreferredVersions(t *testing.T) {
	server := &discoveryServer{core: coreGroup, named: []string{eventsGroup, staleGroup, exampleGroup}}
	found, err := resources.NewDiscovery(serve(t, server.serve)).All(t.Context())
	require.NoError(t, err)
	var kinds []string
	for _, r := range found {
		kinds = append(kinds, r.Kind.APIVersion()+" "+r.Kind.Kind)
	}
	require.Equal(t, "v1 Pod, v1 Event, v1 Node, events.k8s.io/v1 Event, example.com/v2 Widget, example.com/v1 Gadget", strings.Join(kinds, ", "))
	require.Equal(t, []string{"/api", "/apis"}, server.requests())
	_, err = resources.NewDiscovery(serve(t, http.NotFound)).All(t.Context())
	require.Error(t, err)
}

func TestDiscoveryFindsTheKindOfAnObject(t *testing.T) {
	server := &discoveryServer{core: coreGroup, named: []string{eventsGroup, exampleGroup}}
	discovery := resources.NewDiscovery(serve(t, server.serve))
	for _, want := range []string{"v1 Event", "events.k8s.io/v1 Event", "example.com/v1 Widget", "example.com/v2 Widget"} {
		apiVersion, kind, _ := strings.Cut(want, " ")
		found, err := discovery.FindObject(t.Context(), apiVersion, kind)
		require.NoError(t, err)
		require.Equal(t, want, found.Kind.APIVersion()+" "+found.Kind.Kind)
	}
	require.Equal(t, []string{"/api", "/apis"}, server.requests())
	for _, missing := range []string{"v2 Event", "example.com/v2 Gadget", "v1 event", "example.com/v1 widgets"} {
		apiVersion, kind, _ := strings.Cut(missing, " ")
		_, err := discovery.FindObject(t.Context(), apiVersion, kind)
		var unknown *resources.UnknownKindError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, missing, unknown.Name)
	}
}

func TestDiscoveryReportsAGroupWhoseListIsStale(t *testing.T) {
	server := &discoveryServer{core: coreGroup, named: []string{staleGroup, exampleGroup}}
	api := http.HandlerFunc(server.serve)
	var warnings []string
	client := serve(t, api)
	discovery := resources.NewDiscovery(client)
	_, err := discovery.Find(t.Context(), "nodemetrics")
	var partial *resources.PartialDiscoveryError
	require.ErrorAs(t, err, &partial)
	require.Equal(t, []string{"metrics.k8s.io/v1beta1"}, partial.Groups)
	require.EqualError(t, err, `resource type "nodemetrics" is in none of the groups that could be asked: the server has no current list of `+
		`metrics.k8s.io/v1beta1: try again later, or check the APIService of the group`)
	require.ErrorAs(t, second(discovery.Find(t.Context(), "nodes.metrics.k8s.io")), &partial)
	require.NoError(t, second(discovery.Find(t.Context(), "wd")), "the other groups")
	require.ErrorAs(t, second(discovery.Find(t.Context(), "nonsense.example.com")), new(*resources.UnknownKindError))

	warned := connectTo(t, api, transport.WithWarningHandler(func(w transport.Warning) { warnings = append(warnings, w.Text) }))
	found, err := resources.NewDiscovery(warned).FindAll(t.Context(), "all")
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, []string{"the server has no current list of the kinds in metrics.k8s.io/v1beta1: they are not in category all"}, warnings)
}

func TestDiscoveryReadsTheDocumentsOfAnOlderServer(t *testing.T) {
	var asked []string
	client := unaggregated(t, &asked)
	discovery := resources.NewDiscovery(client)
	found, err := discovery.Find(t.Context(), "widgets.example.com/scale")
	require.NoError(t, err)
	require.Equal(t, []resources.APISubresource{{Name: "scale", Group: "autoscaling", Version: "v1", Kind: "Scale"}}, found.Subresources)
	require.Equal(t, []string{"/apis", "/apis/example.com/v2"}, asked)
	for range 2 {
		require.NoError(t, second(discovery.Find(t.Context(), "gadgets.example.com")))
		require.NoError(t, second(discovery.Find(t.Context(), "rc")))
	}
	require.Len(t, asked, 6, "each document once: %s", asked)
	_, err = discovery.Find(t.Context(), "nonsense")
	var partial *resources.PartialDiscoveryError
	require.ErrorAs(t, err, &partial)
	require.Equal(t, []string{"down.test/v1"}, partial.Groups)
	require.ErrorIs(t, err, transport.ErrInternal)
}

func TestDiscoveryRefusesADocumentWithoutEnd(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"items":[`)
		space := []byte(strings.Repeat(" ", 1<<20))
		for {
			if _, err := w.Write(space); err != nil {
				return
			}
		}
	})
	require.EqualError(t, second(resources.NewDiscovery(client).Find(t.Context(), "widgets")),
		"GET /api: the server sent a document of discovery of more than 16 MiB (resources.MaxObjectBytes)")
}

func TestDiscoveryReadsAServerWithoutGroups(t *testing.T) {
	client := serve(t, http.NotFound)
	require.ErrorAs(t, second(resources.NewDiscovery(client).Find(t.Context(), "widgets")), new(*resources.UnknownKindError))
	forbidden := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	require.ErrorIs(t, second(resources.NewDiscovery(forbidden).Find(t.Context(), "widgets")), transport.ErrForbidden)
}

func TestDiscoveryFailsWhereTheServerForbidsTheGroups(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/apis" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		aggregated(w, coreGroup)
	})
	discovery := resources.NewDiscovery(client)
	require.NoError(t, second(discovery.Find(t.Context(), "v1/pods")), "the core group is readable")
	for range 2 { // a failure is not kept as an answer
		for _, name := range []string{"widgets", "widgets.example.com"} {
			err := second(discovery.Find(t.Context(), name))
			require.ErrorIs(t, err, transport.ErrForbidden)
			require.NotErrorAs(t, err, new(*resources.UnknownKindError))
		}
		require.ErrorIs(t, second(discovery.All(t.Context())), transport.ErrForbidden)
	}
}

func TestADiscoveryDocumentIsCheckedAgainstTheQuestion(t *testing.T) {
	for name, test := range map[string]struct{ body, got string }{
		"an empty object":       {`{}`, "an object without a kind"},
		"a Status with Failure": {answeredFailure, "a Status (Failure: no healthy upstream)"},
		"another document":      {`{"kind":"APIResourceList","groupVersion":"v1","resources":[]}`, "APIResourceList"},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, test.body) })
			require.EqualError(t, second(resources.Discover(t.Context(), client, "widgets")),
				"GET /api: the answer is "+test.got+" and not an APIVersions; a proxy may have sent it")
			require.EqualError(t, second(resources.Discover(t.Context(), client, "widgets.example.com")),
				"GET /apis: the answer is "+test.got+" and not an APIGroupList; a proxy may have sent it")
			require.EqualError(t, second(resources.DiscoverObject(t.Context(), client, "example.com/v1", "Widget")),
				"GET /apis/example.com/v1: the answer is "+test.got+" and not an APIResourceList; a proxy may have sent it")
		})
	}
}

func TestDiscoveryServesGoroutinesAtOnce(t *testing.T) {
	server := &discoveryServer{core: coreGroup, named: []string{exampleGroup}}
	discovery := resources.NewDiscovery(serve(t, server.serve))
	var calls sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		calls.Go(func() { _, errs[i] = discovery.Find(t.Context(), []string{"po", "wd"}[i%2]) })
	}
	calls.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, server.requests(), 2)
}

func TestAnEndedContextEndsDiscovery(t *testing.T) {
	server := &discoveryServer{core: coreGroup}
	discovery := resources.NewDiscovery(serve(t, server.serve))
	require.ErrorIs(t, second(discovery.Find(canceled(), "widgets")), context.Canceled)
}

func FuzzDiscovery(f *testing.F) {
	for _, group := range []string{coreGroup, exampleGroup, staleGroup, `{}`, `null`} {
		f.Add(fmt.Sprintf(`{"kind":"APIGroupDiscoveryList","items":[%s]}`, group))
	}
	f.Add(`{"kind":"APIVersions","versions":["v1",".."],"groups":[{"name":"a","versions":[{"version":"v1"}]}]}`)
	f.Add(`{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"widgets","kind":"Widget"},{"name":"widgets/scale"}]}`)
	var mu sync.Mutex
	document := ""
	client := serve(f, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = io.WriteString(w, document)
	})
	f.Fuzz(func(t *testing.T, text string) {
		mu.Lock()
		document = text
		mu.Unlock()
		for _, name := range []string{"widgets", "wd", "all", "pods/log"} {
			found, err := resources.NewDiscovery(client).FindAll(t.Context(), name)
			require.Equal(t, err == nil, len(found) > 0)
			for _, r := range found {
				require.Regexp(t, `^[a-z0-9-]{1,63}$`, r.Kind.Resource)
				require.Regexp(t, `^[a-z0-9-]{1,63}$`, r.Kind.Version)
			}
		}
	})
}
