package conformance_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func reading() []behaviour {
	return []behaviour{
		{"a pod is read as it was created, with the server's defaults", readsDefaults},
		{"the ephemeralcontainers subresource reads as the whole pod", readsWholePod},
		{"a pod that does not exist is named in the refusal", func(t *testing.T, w *world) {
			_, err := w.pods.Get(t.Context(), "no-such")
			refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
			require.Equal(t, "no-such", statusOf(t, err).Status.Details.Name)
			require.Equal(t, "pods", statusOf(t, err).Status.Details.Kind)
		}},
		{
			"the ephemeral containers of a pod that does not exist are reported as not found",
			func(t *testing.T, w *world) {
				_, err := w.ec.Get(t.Context(), "no-such")
				refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
			},
		},
		{"a pod in a namespace that does not exist is reported as not found", func(t *testing.T, w *world) {
			_, err := w.pods.Get(t.Context(), "no-such", resources.InNamespace("kx-no-such"))
			refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
		}},
		{"a namespace that does not exist is named in the refusal", func(t *testing.T, w *world) {
			_, err := resources.New[resources.Namespace](w.client).Get(t.Context(), "kx-no-such")
			refused(t, err, transport.ErrNotFound, `namespaces "kx-no-such" not found`)
		}},
		{"a deployment that does not exist is named with its group", func(t *testing.T, w *world) {
			_, err := resources.New[resources.Deployment](w.client).Get(t.Context(), "no-such")
			refused(t, err, transport.ErrNotFound, `deployments.apps "no-such" not found`)
			require.Equal(t, "apps", statusOf(t, err).Status.Details.Group)
		}},
		{"a kind without a model is read by discovery", func(t *testing.T, w *world) {
			for _, name := range []string{"configmaps", "cm", "configmap"} {
				kind, err := resources.Discover(t.Context(), w.client, name)
				require.NoError(t, err)
				require.Equal(
					t,
					resources.Kind{Version: "v1", Kind: "ConfigMap", Resource: "configmaps", Namespaced: true},
					kind,
				)
				_, err = resources.ForKind(w.client, kind).Get(t.Context(), "no-such")
				refused(t, err, transport.ErrNotFound, `configmaps "no-such" not found`)
			}
		}},
		{"an unknown kind is refused by name", func(t *testing.T, w *world) {
			_, err := resources.Discover(t.Context(), w.client, "gadgets.kx.example.com")
			var unknown *resources.UnknownKindError
			require.ErrorAs(t, err, &unknown)
			require.Equal(t, "gadgets.kx.example.com", unknown.Name)
		}},
		{"a node lists its version and its images", func(t *testing.T, w *world) {
			// Other behaviours create nodes without a kubelet meanwhile: those are never ready.
			var ready int
			for node, err := range resources.New[resources.Node](w.client).All(t.Context(), resources.ListOptions{}) {
				require.NoError(t, err)
				if !slices.ContainsFunc(node.Status.Conditions, func(c resources.NodeCondition) bool {
					return c.Type == "Ready" && c.Status == "True"
				}) {
					continue
				}
				ready++
				require.Regexp(t, `^v1\.\d+\.\d+`, node.Status.NodeInfo.KubeletVersion)
				require.NotEmpty(t, node.Status.Images)
			}
			require.Positive(t, ready)
		}},
	}
}

func readsDefaults(t *testing.T, w *world) {
	pod := w.get(t, w.pod(t, "first"))
	require.Equal(t, "Pod", pod.Kind)
	require.Equal(t, "v1", pod.APIVersion)
	require.Equal(t, w.config.Namespace, pod.Metadata.Namespace)
	require.NotEmpty(t, pod.Metadata.UID)
	require.NotEmpty(t, pod.Metadata.ResourceVersion)
	require.EqualValues(t, 2, pod.Metadata.Generation, "one for the pod, and one for its ephemeral container")
	require.Equal(t, "Pending", pod.Status.Phase)
	require.Equal(t, "BestEffort", pod.Status.QOSClass)
	require.Equal(t, "Always", pod.Spec.RestartPolicy)
	require.Equal(t, "ClusterFirst", pod.Spec.DNSPolicy)
	require.Equal(t, "default", pod.Spec.ServiceAccountName)
	require.EqualValues(t, 30, *pod.Spec.TerminationGracePeriodSeconds)
	require.Equal(
		t,
		`{"name":"app","image":"kx.local/busybox:1","command":["sleep","3600"],"resources":{},`+
			`"volumeMounts":[{"name":"data","mountPath":"/data"}],`+
			`"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",`+
			`"imagePullPolicy":"IfNotPresent"}`,
		encode(t, pod.Spec.Containers[0]),
	)
	require.Equal(t, `{"name":"first","image":"kx.local/busybox:1","resources":{},`+
		`"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",`+
		`"imagePullPolicy":"IfNotPresent"}`, encode(t, pod.Spec.EphemeralContainers[0]))
}

func readsWholePod(t *testing.T, w *world) {
	name := w.pod(t, "first")
	pod, err := w.ec.Get(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, encode(t, w.get(t, name)), encode(t, pod))
	require.Equal(t, []string{"first"}, containerNames(pod))
	require.Equal(t, "app", pod.Spec.Containers[0].Name)
}
