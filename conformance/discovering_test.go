package conformance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func discovering() []behaviour {
	return []behaviour{
		{"aggregated discovery has each kind of a group with its subresources", describesKinds},
		{"the category all has the pods and the workloads", func(t *testing.T, w *world) {
			found, err := resources.NewDiscovery(w.client).FindAll(t.Context(), "all")
			require.NoError(t, err)
			var kinds []string
			for _, r := range found {
				require.Contains(t, r.Verbs, "list")
				kinds = append(kinds, r.Kind.String())
			}
			require.Subset(t, kinds, []string{"pods", "deployments.apps", "statefulsets.apps", "replicasets.apps", "daemonsets.apps", "jobs.batch"})
			require.NotContains(t, kinds, "configmaps")
			require.Less(t, slices.Index(kinds, "pods"), slices.Index(kinds, "deployments.apps"), "the core group is first")
			require.Less(t, slices.Index(kinds, "deployments.apps"), slices.Index(kinds, "jobs.batch"))
		}},
		{"each kind of Kubernetes is known by its names without discovery", knowsBuiltIns},
		{"kx get lists the kinds of a category", func(t *testing.T, w *world) {
			name := w.pod(t)
			done := w.kx(t, "", "get", "all", "-o", "name")
			require.Equal(t, 0, done.code, done.stderr)
			require.Contains(t, strings.Fields(done.stdout), "pod/"+name)
		}},
	}
}

// describesKinds compares both forms of discovery, because Discovery reads both.
func describesKinds(t *testing.T, w *world) {
	discovery := resources.NewDiscovery(w.client)
	deployments, err := discovery.Find(t.Context(), "deploy")
	require.NoError(t, err)
	scale, ok := deployments.Subresource("scale")
	require.True(t, ok)
	require.Equal(t, resources.APISubresource{Name: "scale", Group: "autoscaling", Version: "v1", Kind: "Scale", Verbs: []string{"get", "patch", "update"}}, scale)
	require.Equal(t, []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}, deployments.Verbs)

	pods, err := discovery.Find(t.Context(), "pods/exec")
	require.NoError(t, err)
	exec, _ := pods.Subresource("exec")
	require.Equal(t, "PodExecOptions", exec.Kind)
	_, err = discovery.Find(t.Context(), "pods/scale")
	require.ErrorAs(t, err, new(*resources.UnknownKindError))

	answer, err := w.client.Fetch(t.Context(), &transport.Request{Method: "GET", Path: []string{"api", "v1"}})
	require.NoError(t, err)
	for _, s := range pods.Subresources {
		require.Contains(t, string(answer), `"pods/`+s.Name+`"`)
	}
}

// knowsBuiltIns compares resources.BuiltIn with the preferred version of each group.
func knowsBuiltIns(t *testing.T, w *world) {
	read := func(into any, path ...string) {
		answer, err := w.client.Fetch(t.Context(), &transport.Request{Method: "GET", Path: path})
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(answer, into))
	}
	type groupVersion struct {
		Version string `json:"version"`
	}
	type group struct {
		Name             string       `json:"name"`
		PreferredVersion groupVersion `json:"preferredVersion"`
	}
	var groups struct {
		Groups []group `json:"groups"`
	}
	read(&groups, "apis")
	groups.Groups = append(groups.Groups, group{})
	compared := 0
	for _, g := range groups.Groups {
		path, suffix := []string{"apis", g.Name, g.PreferredVersion.Version}, "."+g.Name
		isBuiltIn := strings.HasSuffix(g.Name, ".k8s.io") || !strings.Contains(g.Name, ".")
		if g.Name == "" {
			path, suffix = []string{"api", "v1"}, ""
			g.PreferredVersion.Version = "v1"
		}
		if !isBuiltIn {
			continue
		}
		var list struct {
			Resources []struct {
				Name         string   `json:"name"`
				Kind         string   `json:"kind"`
				SingularName string   `json:"singularName"`
				ShortNames   []string `json:"shortNames"`
				Namespaced   bool     `json:"namespaced"`
			} `json:"resources"`
		}
		read(&list, path...)
		for _, r := range list.Resources {
			if strings.Contains(r.Name, "/") {
				continue
			}
			compared++
			want := resources.Kind{Group: g.Name, Version: g.PreferredVersion.Version, Kind: r.Kind, Resource: r.Name, Namespaced: r.Namespaced}
			for _, name := range append(r.ShortNames, r.Name, r.SingularName, r.Kind) {
				found, ok := resources.BuiltIn(name + suffix)
				require.True(t, ok, name+suffix)
				require.Equal(t, want, found, name+suffix)
			}
		}
	}
	require.Greater(t, compared, 15)
}
