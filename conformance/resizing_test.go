package conformance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// resizing returns the behaviours of the resize subresource. Its pods are never scheduled: whether
// a kubelet carries out a resize depends on its node's cgroups.
func resizing() []behaviour {
	const usual = `{"requests":{"cpu":"10m","memory":"16Mi"},"limits":{"cpu":"20m"}}`
	return []behaviour{
		{"a resize changes the requests and limits of a container by each kind of patch", func(t *testing.T, w *world) {
			name := w.sized(t, usual)
			for _, step := range []struct {
				patch patch.Patch
				want  string
			}{
				{patch.Strategic(resourcesOf(`{"requests":{"cpu":"15m"}}`)), `{"limits":{"cpu":"20m"},"requests":{"cpu":"15m","memory":"16Mi"}}`},
				{patch.Strategic(resourcesOf(`{"limits":{"memory":"64Mi"}}`)), `{"limits":{"cpu":"20m","memory":"64Mi"},"requests":{"cpu":"15m","memory":"16Mi"}}`},
				{patch.JSON().Replace("/spec/containers/0/resources/limits/memory", "32Mi"), `{"limits":{"cpu":"20m","memory":"32Mi"},"requests":{"cpu":"15m","memory":"16Mi"}}`},
				{patch.Merge(fmt.Sprintf(`{"spec":{"containers":[{"name":"app","image":%q,"resources":{"requests":{"cpu":"11m","memory":"16Mi"},"limits":{"cpu":"30m","memory":"32Mi"}}}]}}`, image)),
					`{"limits":{"cpu":"30m","memory":"32Mi"},"requests":{"cpu":"11m","memory":"16Mi"}}`},
			} {
				before := w.get(t, name).Metadata.Generation
				pod, err := w.resize().Patch(t.Context(), name, step.patch)
				require.NoError(t, err)
				require.Equal(t, step.want, encode(t, pod.Spec.Containers[0].Resources))
				require.Equal(t, before+1, pod.Metadata.Generation)
				stored, err := w.resize().Get(t.Context(), name)
				require.NoError(t, err)
				require.Equal(t, encode(t, pod), encode(t, stored))
			}
			applied := func(cpu string) patch.Patch {
				return patch.Apply(`{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"` + cpu + `"}}}]}}`)
			}
			_, err := w.resize().Patch(t.Context(), name, applied("12m"), subresource.FieldManager("applier"))
			require.ErrorIs(t, err, transport.ErrConflict)
			pod, err := w.resize().Patch(t.Context(), name, applied("12m"), subresource.FieldManager("applier"), subresource.Force())
			require.NoError(t, err)
			require.Equal(t, `{"limits":{"cpu":"30m","memory":"32Mi"},"requests":{"cpu":"12m","memory":"16Mi"}}`, encode(t, pod.Spec.Containers[0].Resources))
		}},
		{"a PUT of a resize stores the resources alone, and Replace names what was dropped", func(t *testing.T, w *world) {
			name := w.sized(t, usual)
			pod := w.get(t, name)
			require.NoError(t, decode(`{"requests":{"cpu":"12m","memory":"16Mi"},"limits":{"cpu":"20m"}}`, &pod.Spec.Containers[0].Resources))
			pod.Spec.Containers[0].Image = "other:1"
			pod.Metadata.Labels = map[string]string{"added": "yes"}
			stored, err := w.resize().Replace(t.Context(), name, pod)
			require.NoError(t, err)
			require.Equal(t, image, stored.Spec.Containers[0].Image)
			require.Equal(t, `{"limits":{"cpu":"20m"},"requests":{"cpu":"12m","memory":"16Mi"}}`, encode(t, stored.Spec.Containers[0].Resources))
			w.requireWarnings(t, "pod "+name+": dropped the changes of metadata.labels, spec.containers[0].image: the resize subresource stores only the resources of containers; "+
				"change the rest by an update of the pod")
			_, err = w.resize().Replace(t.Context(), name, pod)
			require.ErrorIs(t, err, transport.ErrConflict, "the pod has changed since it was read")
		}},
		{"a dry run of a resize stores nothing", func(t *testing.T, w *world) {
			name := w.sized(t, usual)
			w.unchanged(t, name, func() {
				pod, err := w.resize().Patch(t.Context(), name, patch.Strategic(resourcesOf(`{"requests":{"cpu":"15m"}}`)), subresource.DryRun())
				require.NoError(t, err)
				require.Equal(t, `{"limits":{"cpu":"20m"},"requests":{"cpu":"15m","memory":"16Mi"}}`, encode(t, pod.Spec.Containers[0].Resources))
			})
		}},
		{"a resize that the pod's class, its limits or its containers forbid is refused with the reasons", func(t *testing.T, w *world) {
			name, bare := w.sized(t, usual), w.sized(t, "{}")
			for _, tc := range []struct {
				sentence, pod, patch, says string
			}{
				{"a request above its limit", name, `{"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"30m"}}}]}}`,
					`spec.containers[0].resources.requests: Invalid value: "30m": must be less than or equal to cpu limit of 20m`},
				{"removed requests and limits", name, `{"spec":{"containers":[{"name":"app","resources":{"requests":null,"limits":null}}]}}`,
					`[spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing, spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed, ` +
						`spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed]`},
				{"a guaranteed class", name, `{"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"20m","memory":"32Mi"},"limits":{"cpu":"20m","memory":"32Mi"}}}]}}`,
					`spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing`},
				{"resources for a pod without any", bare, `{"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"15m"}}}]}}`,
					`spec: Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing`},
				{"another container", name, `{"spec":{"containers":[{"name":"new","image":"x"}]}}`,
					`spec.containers: Forbidden: containers may not be added or removed on resize`},
				{"another resource", name, `{"spec":{"containers":[{"name":"app","resources":{"requests":{"ephemeral-storage":"1Gi"}}}]}}`,
					`spec: Forbidden: only cpu and memory resources are mutable`},
				{"a resize policy", name, `{"spec":{"containers":[{"name":"app","resizePolicy":[{"resourceName":"cpu","restartPolicy":"RestartContainer"}]}]}}`,
					`spec: Forbidden: only cpu and memory resources are mutable`},
			} {
				w.unchanged(t, tc.pod, func() {
					_, err := w.resize().Patch(t.Context(), tc.pod, patch.Strategic(tc.patch))
					require.ErrorIs(t, err, transport.ErrInvalid, tc.sentence)
					refused(t, err, transport.ErrInvalid, `Pod "`+tc.pod+`" is invalid: `+tc.says)
				})
			}
			_, err := w.resize().Patch(t.Context(), name, patch.Merge(`{"spec":{"containers":[{"name":"other","image":"x"}]}}`))
			require.ErrorIs(t, err, transport.ErrInvalid)
			require.ErrorContains(t, err, "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize")
		}},
		{"a resize of a pod that does not exist is refused, and the server makes no table of it", func(t *testing.T, w *world) {
			_, err := w.resize().Patch(t.Context(), "no-such", patch.Strategic(resourcesOf(`{"requests":{"cpu":"15m"}}`)))
			refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
			require.NotErrorIs(t, err, subresource.ErrNotServed)
			name := w.sized(t, usual)
			_, err = resources.Sub[resources.Pod](w.pods, "resize").GetTable(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrNotAcceptable)
			_, err = resources.Sub[resources.Pod](w.pods, "ephemeralcontainers").GetTable(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrNotAcceptable)
		}},
		{"an update of the pod itself may not change its resources", func(t *testing.T, w *world) {
			name := w.sized(t, usual)
			w.unchanged(t, name, func() {
				_, err := w.pods.Patch(t.Context(), name, patch.Strategic(resourcesOf(`{"requests":{"cpu":"15m"}}`)))
				require.ErrorIs(t, err, transport.ErrInvalid)
				require.ErrorContains(t, err, "pod updates may not change fields other than")
			})
		}},
		{"kx get and kx patch accept --subresource resize", func(t *testing.T, w *world) {
			name := w.sized(t, usual)
			out := w.kx(t, "", "patch", "pod", name, "--subresource", "resize", "--type", "strategic", "-p",
				`{"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"15m"}}}]}}`)
			require.Equal(t, result{stdout: "pod/" + name + " patched\n"}, out)
			lines := strings.Split(w.kx(t, "", "get", "pod", name, "--subresource", "resize").stdout, "\n")
			require.Equal(t, []string{"NAME", "CONTAINER", "REQUESTS", "LIMITS"}, strings.Fields(lines[0]))
			require.Equal(t, []string{name, "app", "cpu=15m,memory=16Mi", "cpu=20m"}, strings.Fields(lines[1]))
		}},
	}
}

func (w *world) resize() *subresource.ResizeEndpoint[resources.Pod] {
	return subresource.Resize(w.pods)
}

// sized creates a pod whose container has these resources. It is never scheduled.
func (w *world) sized(t *testing.T, resources string) string {
	t.Helper()
	name := w.name()
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"schedulerName":"none","automountServiceAccountToken":false,
		"containers":[{"name":"app","image":%q,"command":["sleep","3600"],"resources":%s}]}}`, name, image, resources))
	return name
}

// resourcesOf returns a strategic patch of the container's resources.
func resourcesOf(resources string) string {
	return `{"spec":{"containers":[{"name":"app","resources":` + resources + `}]}}`
}

func decode(document string, into any) error { return json.Unmarshal([]byte(document), into) }
