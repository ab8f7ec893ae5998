package conformance_test

import (
	"slices"
	"strings"
	"testing"

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
