package subresource_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func kindOf(t *testing.T, name string) resources.Kind {
	t.Helper()
	kind, ok := resources.Lookup(name)
	require.True(t, ok, name)
	return kind
}

var widgets = resources.Kind{Group: "example.com", Version: "v1", Kind: "Widget", Resource: "widgets", Namespaced: true}

func TestDispatchReturnsTheSubresourcesOfAKind(t *testing.T) {
	server := start(t)
	client := connect(t, server.Config())
	scaled := []string{"deployments.apps", "replicasets.apps", "statefulsets.apps"}
	withStatus := []string{"cronjobs.batch", "daemonsets.apps", "deployments.apps", "jobs.batch", "namespaces", "nodes", "persistentvolumeclaims",
		"pods", "replicasets.apps", "services", "statefulsets.apps"}
	for _, kind := range []string{"pods", "namespaces", "nodes", "events", "deployments", "replicasets", "statefulsets", "jobs", "configmaps"} {
		for name, kinds := range map[string][]string{"ephemeralcontainers": {"pods"}, "resize": {"pods"}, "scale": scaled, "status": withStatus, "exec": nil, "": nil} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				k := kindOf(t, kind)
				endpoint, err := subresource.Dispatch(resources.ForKind(client, k), name)
				for _, has := range kinds {
					if has == k.String() {
						require.NoError(t, err)
						require.NotNil(t, endpoint)
						return
					}
				}
				var unsupported *subresource.UnsupportedError
				require.ErrorAs(t, err, &unsupported)
				require.Equal(t, subresource.UnsupportedError{Kind: k.String(), Subresource: name, Kinds: kinds}, *unsupported)
				require.Nil(t, endpoint)
			})
		}
	}
	_, err := subresource.Dispatch(resources.ForKind(client, kindOf(t, "deployments")), "ephemeralcontainers")
	require.EqualError(t, err, "deployments.apps have no subresource ephemeralcontainers: only pods have it")
	_, err = subresource.Dispatch(resources.ForKind(client, kindOf(t, "pods")), "exec")
	require.EqualError(t, err, `pods: there is no subresource "exec" here: use one of ephemeralcontainers, resize, scale, status`)
	require.Empty(t, server.Requests())
}

func TestDispatchKnowsEachKindWithAModel(t *testing.T) {
	client := connect(t, &kubeconfig.Config{Server: "https://kx.invalid"})
	for _, model := range []resources.Model{
		(*resources.Deployment)(nil), (*resources.Event)(nil), (*resources.Namespace)(nil), (*resources.Node)(nil),
		(*resources.PersistentVolumeClaim)(nil), (*resources.Pod)(nil), (*resources.ReplicaSet)(nil), (*resources.StatefulSet)(nil),
		(*resources.DaemonSet)(nil), (*resources.Job)(nil), (*resources.CronJob)(nil), (*resources.Service)(nil), (*resources.ConfigMap)(nil),
		(*resources.Secret)(nil), (*resources.ServiceAccount)(nil), (*resources.Endpoints)(nil), (*resources.EndpointSlice)(nil), (*resources.EventsV1Event)(nil),
	} {
		kind := model.APIKind()
		t.Run(kind.String(), func(t *testing.T) {
			_, hasScale := model.(resources.HasScale)
			_, hasStatus := model.(resources.HasStatus)
			_, hasContainers := model.(resources.HasEphemeralContainers)
			_, hasResize := model.(resources.HasResize)
			for name, has := range map[string]bool{"resize": hasResize, "scale": hasScale, "status": hasStatus, "ephemeralcontainers": hasContainers} {
				_, err := subresource.Dispatch(resources.ForKind(client, kind), name)
				if has {
					require.NoError(t, err, name)
					continue
				}
				require.ErrorAs(t, err, new(*subresource.UnsupportedError), name)
			}
		})
	}
}

func TestDispatchLeavesCustomResourcesToTheServer(t *testing.T) {
	server := start(t)
	custom := resources.ForKind(connect(t, server.Config()), widgets)
	for _, name := range []string{"scale", "status"} {
		endpoint, err := subresource.Dispatch(custom, name)
		require.NoError(t, err)
		_, err = endpoint.Get(t.Context(), "one")
		require.ErrorIs(t, err, transport.ErrNotFound)
		require.Equal(t, "/apis/example.com/v1/namespaces/default/widgets/one/"+name, last(t, server).Path)
	}
	for _, name := range []string{"ephemeralcontainers", "resize"} {
		_, err := subresource.Dispatch(custom, name)
		require.EqualError(t, err, "widgets.example.com have no subresource "+name+": only pods have it")
	}
}

func TestAnUnsupportedErrorIsACopy(t *testing.T) {
	custom := resources.ForKind(connect(t, start(t).Config()), widgets)
	for range 2 {
		_, err := subresource.Dispatch(custom, "ephemeralcontainers")
		var unsupported *subresource.UnsupportedError
		require.ErrorAs(t, err, &unsupported)
		require.Equal(t, []string{"pods"}, unsupported.Kinds)
		unsupported.Kinds[0] = "changed"
	}
}

func TestAnObjectGoesThroughEachSubresourceAndBack(t *testing.T) {
	server := start(t)
	_, err := server.Create(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},
		"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"nginx"}]}}}}`)
	require.NoError(t, err)
	client := connect(t, server.Config())
	for name, test := range map[string]struct {
		kind, object, subresource string
		change                    string // the path of a JSON Patch
		value                     any
		want                      string
	}{
		"ephemeralcontainers": {"pods", "distroless", "ephemeralcontainers", "/spec/ephemeralContainers", []resources.EphemeralContainer{debugger("one")}, `"name":"one"`},
		"scale":               {"deployments", "web", "scale", "/spec/replicas", 5, `"replicas":5`},
		"status":              {"deployments", "web", "status", "/status/observedGeneration", 7, `"observedGeneration":7`},
	} {
		t.Run(name, func(t *testing.T) {
			endpoint, err := subresource.Dispatch(resources.ForKind(client, kindOf(t, test.kind)), test.subresource)
			require.NoError(t, err)
			object, err := endpoint.Get(t.Context(), test.object)
			require.NoError(t, err)
			require.Equal(t, test.object, object.Metadata.Name)

			document, err := json.Marshal(object)
			require.NoError(t, err)
			edited, err := patch.JSON().Add(test.change, test.value).ApplyTo(document)
			require.NoError(t, err)
			var next resources.Object
			require.NoError(t, json.Unmarshal(edited, &next))
			next.Metadata.ResourceVersion = "" // the node may write meanwhile
			replaced, err := endpoint.Replace(t.Context(), test.object, &next)
			require.NoError(t, err)
			require.Contains(t, string(replaced.Unknown), test.want)
			require.Equal(t, string(mustJSON(t, next)), string(last(t, server).Body))

			replaced.Metadata.ResourceVersion = ""
			raw, err := endpoint.ReplaceRaw(t.Context(), test.object, mustJSON(t, replaced))
			require.NoError(t, err)
			require.Contains(t, string(raw.Unknown), test.want)
			patched, err := endpoint.Patch(t.Context(), test.object, patch.Merge(map[string]any{"metadata": map[string]any{}}))
			require.NoError(t, err)
			require.Contains(t, string(patched.Unknown), test.want)
		})
	}
}

func mustJSON(t *testing.T, value any) jsontext.Value {
	t.Helper()
	document, err := json.Marshal(value)
	require.NoError(t, err)
	return document
}

func TestScaleAndStatusOfATypedKind(t *testing.T) {
	server := start(t)
	_, err := server.Create(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},
		"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"nginx"}]}}}}`)
	require.NoError(t, err)
	deployments := resources.New[resources.Deployment](connect(t, server.Config()))
	scale, err := subresource.Scale(deployments).Get(t.Context(), "web")
	require.NoError(t, err)
	require.EqualValues(t, 2, scale.Spec.Replicas)
	require.Equal(t, "app=web", scale.Status.Selector)
	scale.Spec.Replicas = 0
	scale, err = subresource.Scale(deployments).Replace(t.Context(), "web", scale)
	require.NoError(t, err)
	require.Zero(t, scale.Spec.Replicas)

	deployment, err := subresource.Status(deployments).Get(t.Context(), "web")
	require.NoError(t, err)
	require.NotNil(t, deployment.Spec.Replicas)
	require.Zero(t, *deployment.Spec.Replicas)
}
