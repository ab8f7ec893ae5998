package parity_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// kubectlNames resolves the names of kinds as kubectl does: with the builder that its commands use.
type kubectlNames struct {
	mapper     meta.RESTMapper
	categories restmapper.CategoryExpander
}

func newKubectlNames(t *testing.T, url string) *kubectlNames {
	client, err := discovery.NewDiscoveryClientForConfig(&rest.Config{Host: url, QPS: -1})
	require.NoError(t, err)
	cached := memory.NewMemCacheClient(client)
	return &kubectlNames{
		restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil),
		restmapper.NewDiscoveryCategoryExpander(cached),
	}
}

func (k *kubectlNames) builder() *resource.Builder {
	return resource.NewFakeBuilder(
		func(version schema.GroupVersion) (resource.RESTClient, error) { return nil, nil },
		func() (meta.RESTMapper, error) { return k.mapper, nil },
		func() (restmapper.CategoryExpander, error) { return k.categories, nil },
	)
}

// find returns the kind of a name, or "" if there is none.
func (k *kubectlNames) find(name string) string {
	mapping, err := k.builder().Unstructured().ResourceTypes(name).SelectAllParam(true).Do().ResourceMapping()
	if err != nil {
		return ""
	}
	return fmt.Sprint(mapping.Resource.GroupVersion(), " ", mapping.Resource.Resource, " ", mapping.GroupVersionKind.Kind)
}

// findAll returns the kinds of a category.
func (k *kubectlNames) findAll(name string) (found []string) {
	for part := range strings.SplitSeq(k.builder().ReplaceAliases(name), ",") {
		found = append(found, k.find(part))
	}
	slices.Sort(found) // kubectl's order is that of a map
	return slices.Compact(found)
}

func kindText(k resources.Kind) string {
	return fmt.Sprint(k.APIVersion(), " ", k.Resource, " ", k.Kind)
}

// discoveryDocument is an APIGroupDiscoveryList of apidiscovery.k8s.io/v2, as far as names go.
type discoveryDocument struct {
	Items []discoveredGroup `json:"items"`
}

type discoveredGroup struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Versions []discoveredVersion `json:"versions"`
}

type discoveredVersion struct {
	Version   string               `json:"version"`
	Resources []discoveredResource `json:"resources"`
}

type discoveredResource struct {
	Resource     string `json:"resource"`
	ResponseKind struct {
		Kind string `json:"kind"`
	} `json:"responseKind"`
	SingularResource string   `json:"singularResource"`
	ShortNames       []string `json:"shortNames"`
	Categories       []string `json:"categories"`
}

// names returns each form of each name in the documents, and the categories.
func (d *discoveryDocument) names() (names, categories []string) {
	for _, g := range d.Items {
		group := g.Metadata.Name
		for _, v := range g.Versions {
			for _, r := range v.Resources {
				categories = append(categories, r.Categories...)
				for _, name := range append([]string{r.Resource, r.SingularResource, r.ResponseKind.Kind}, r.ShortNames...) {
					forms := []string{name, name + ".nothing", name + "." + v.Version}
					if group != "" {
						start, _, _ := strings.Cut(group, ".")
						forms = append(forms, name+"."+group, name+"."+start, name+"."+v.Version+"."+group, name+".v9."+group)
					}
					for _, form := range forms {
						names = append(names, form, strings.ToUpper(form), strings.ToUpper(form[:1])+form[1:])
					}
				}
			}
		}
	}
	slices.Sort(names)
	slices.Sort(categories)
	return slices.Compact(names), slices.Compact(categories)
}

// difference says why kubectl may take another kind than kx for a name, and returns a name that
// means to kubectl what the name means to kx.
func (d *discoveryDocument) difference(text string) (reason, plain string) {
	plain = strings.ToLower(text)
	if plain != text {
		reason = "in kubectl, short names and groups have lower case"
	}
	name, rest, _ := strings.Cut(plain, ".")
	version, group, hasVersion := strings.Cut(rest, ".")
	if !hasVersion || !strings.HasPrefix(version, "v") {
		version, group = "", rest
	}
	for _, inGroup := range []func(string) bool{
		func(g string) bool { return group == "" || g == group },
		func(g string) bool { return strings.HasPrefix(g, group) },
	} {
		var short, kinds []string // as NAME.GROUP
		for _, g := range d.Items {
			for _, v := range g.Versions {
				for _, r := range v.Resources {
					full := strings.TrimSuffix(r.Resource+"."+g.Metadata.Name, ".")
					switch {
					case !inGroup(g.Metadata.Name):
					case r.Resource == name || r.SingularResource == name:
						return reason, plain
					case slices.Contains(r.ShortNames, name):
						short = append(short, full)
					case strings.EqualFold(r.ResponseKind.Kind, name):
						kinds = append(kinds, full)
					}
				}
			}
		}
		switch {
		case len(short) > 0:
			plain = short[0]
			slices.Sort(short)
			if len(slices.Compact(short)) > 1 {
				reason = "kubectl takes any kind with the short name"
			}
			if version != "" {
				reason = "kubectl drops the version after a short name"
				plain = strings.Replace(plain, ".", "."+version+".", 1)
			}
			return reason, plain
		case len(kinds) > 0:
			if group != "" && !strings.HasSuffix(kinds[0], "."+group) {
				reason = "in kubectl, a kind has the whole group"
			}
			return reason, strings.Replace(kinds[0], ".", "."+strings.TrimPrefix(version+".", "."), 1)
		}
	}
	return reason, plain
}

// serveDiscovery serves the documents of /api and /apis.
func serveDiscovery(t *testing.T, core, named string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		document, ok := map[string]string{"/api": core, "/apis": named}[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
		_, _ = w.Write([]byte(document))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// customGroups are groups whose names collide with each other and with those of Kubernetes.
const customGroups = `
{"metadata":{"name":"a.example.com"},"versions":[
 {"version":"v1","resources":[
  {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","singularResource":"pod","verbs":["get","list"],"shortNames":["po"]},
  {"resource":"gadgets","responseKind":{"kind":"Gadget"},"scope":"Namespaced","singularResource":"gadget","verbs":["get","list"],"shortNames":["deploy","ga"],"categories":["all"]}]},
 {"version":"v1alpha1","resources":[
  {"resource":"widgets","responseKind":{"kind":"Widget"},"scope":"Namespaced","singularResource":"widget","verbs":["get","list"],"shortNames":["wi"]},
  {"resource":"gadgets","responseKind":{"kind":"Gadget"},"scope":"Namespaced","singularResource":"gadget","verbs":["get","list"],"shortNames":["ga"],"categories":["all"]}]}]},
{"metadata":{"name":"b.example.com"},"versions":[
 {"version":"v1","resources":[
  {"resource":"widgets","responseKind":{"kind":"Widget"},"scope":"Cluster","singularResource":"widget","verbs":["get","list"],"shortNames":["wi","ga"]},
  {"resource":"po","responseKind":{"kind":"River"},"scope":"Namespaced","singularResource":"svc","verbs":["get","list"]},
  {"resource":"deployers","responseKind":{"kind":"Deployment"},"scope":"Namespaced","singularResource":"deployer","verbs":["get","list"],"shortNames":["configmaps","gadgets","dp"]},
  {"resource":"things","responseKind":{"kind":"Gadgets"},"scope":"Namespaced","singularResource":"thing","verbs":["get","list"]}]}]},
{"metadata":{"name":"extensions"},"versions":[
 {"version":"v1beta1","resources":[
  {"resource":"ingresses","responseKind":{"kind":"Ingress"},"scope":"Namespaced","singularResource":"ingress","verbs":["get","list"],"shortNames":["ing"]}]}]}
`

func TestAllNamesOfKindsMeanWhatTheyMeanToKubectl(t *testing.T) {
	core, err := os.ReadFile("testdata/discovery/api.json")
	require.NoError(t, err)
	named, err := os.ReadFile("testdata/discovery/apis.json")
	require.NoError(t, err)
	before, after, ok := strings.Cut(string(named), `"items":[`)
	require.True(t, ok)
	for name, apis := range map[string]string{
		"Kubernetes 1.35.4":              string(named),
		"custom groups after the others": strings.TrimSuffix(strings.TrimSpace(string(named)), "]}") + "," + customGroups + "]}",
		"custom groups before others":    before + `"items":[` + customGroups + "," + after,
	} {
		t.Run(name, func(t *testing.T) {
			url := serveDiscovery(t, string(core), apis)
			kubectl := newKubectlNames(t, url)
			client, err := transport.New(&kubeconfig.Config{Server: url})
			require.NoError(t, err)
			kx := resources.NewDiscovery(client)
			var documents, more discoveryDocument
			require.NoError(t, json.Unmarshal(core, &documents))
			require.NoError(t, json.Unmarshal([]byte(apis), &more))
			documents.Items = append(documents.Items, more.Items...)
			names, categories := documents.names()
			differences := map[string]int{}
			for _, name := range names {
				got := ""
				if found, err := kx.Find(t.Context(), name); err == nil {
					got = kindText(found.Kind)
				}
				want := kubectl.find(name)
				if want == got {
					continue
				}
				reason, plain := documents.difference(name)
				require.NotEmpty(t, reason, "%s: kubectl %q, kx %q", name, want, got)
				require.Equal(t, kubectl.find(plain), got, "%s, like %s", name, plain)
				differences[reason]++
			}
			for _, name := range categories {
				found, err := kx.FindAll(t.Context(), name)
				require.NoError(t, err)
				var got []string
				for _, r := range found {
					got = append(got, kindText(r.Kind))
				}
				require.Equal(t, kubectl.findAll(name), slices.Sorted(slices.Values(got)), name)
			}
			t.Logf("%d names, %d categories; %v", len(names), len(categories), differences)
		})
	}
}
