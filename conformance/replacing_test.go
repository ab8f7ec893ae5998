package conformance_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func replacing() []behaviour {
	return []behaviour{
		{"a replace adds a container to a pod without any", func(t *testing.T, w *world) {
			name := w.pod(t)
			require.Equal(t, []string{"debugger"}, containerNames(w.replaceWith(t, name, func(pod *resources.Pod) {
				pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, container("debugger"))
			})))
			w.has(t, name, "debugger")
			w.requireWarnings(t)
		}},
		{"a replace adds a container to the existing ones", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			w.replaceWith(t, name, func(pod *resources.Pod) {
				pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, container("debugger"))
			})
			w.has(t, name, "first", "debugger")
			w.requireWarnings(t)
		}},
		{"a replace may reorder the containers", func(t *testing.T, w *world) {
			name := w.pod(t, "first", "second")
			before := containerNames(w.get(t, name))
			w.replaceWith(t, name, func(pod *resources.Pod) { slices.Reverse(pod.Spec.EphemeralContainers) })
			w.has(t, name, before[1], before[0])
		}},
		{"a replace with the same containers changes nothing", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			w.unchanged(t, name, func() { w.replaceWith(t, name, func(*resources.Pod) {}) })
			w.requireWarnings(t)
		}},
		{"a replace without the existing containers is refused", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			w.unchanged(t, name, func() {
				pod := w.get(t, name)
				pod.Spec.EphemeralContainers = []resources.EphemeralContainer{container("debugger")}
				_, err := w.ec.Replace(t.Context(), name, pod)
				refused(
					t, err, transport.ErrInvalid,
					removedMessage(name, "first"),
					"spec.ephemeralContainers FieldValueForbidden",
				)
			})
		}},
		{"a replace with a changed container is refused", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			w.unchanged(t, name, func() {
				pod := w.get(t, name)
				pod.Spec.EphemeralContainers[0].Command = []string{"sh"}
				_, err := w.ec.Replace(t.Context(), name, pod)
				requireChanged(t, err, name, "first")
			})
		}},
		{"a replace drops other changes, and the client warns of their paths", func(t *testing.T, w *world) {
			name := w.pod(t)
			stored := w.replaceWith(t, name, func(pod *resources.Pod) {
				pod.Metadata.Annotations["example.com/b"] = "2"
				pod.Metadata.Labels["app"] = "other"
				pod.Spec.Containers[0].Image = "other"
				pod.Spec.EphemeralContainers = []resources.EphemeralContainer{container("debugger")}
			})
			require.Equal(t, []string{"debugger"}, containerNames(stored))
			pod := w.get(t, name)
			require.Equal(t, map[string]string{"example.com/a": "1"}, pod.Metadata.Annotations)
			require.Equal(t, map[string]string{"app": "web"}, pod.Metadata.Labels)
			require.Equal(t, image, pod.Spec.Containers[0].Image)
			w.requireWarnings(
				t,
				`pod `+name+`: dropped the changes of metadata.annotations["example.com/b"], metadata.labels.app, `+
					`spec.containers[0].image: the ephemeralcontainers subresource stores only `+
					`spec.ephemeralContainers; change the rest by an update of the pod`,
			)
		}},
		{"a replace with an outdated resourceVersion is a conflict", func(t *testing.T, w *world) {
			name := w.pod(t)
			stale := w.get(t, name)
			_, err := w.ec.Add(t.Context(), name, container("first"))
			require.NoError(t, err)
			stale.Spec.EphemeralContainers = []resources.EphemeralContainer{container("debugger")}
			w.unchanged(t, name, func() {
				_, err := w.ec.Replace(t.Context(), name, stale)
				refused(t, err, transport.ErrConflict, conflictMessage(name))
			})
		}},
		{"a replace without a resourceVersion replaces the latest version", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.replaceWith(t, name, func(pod *resources.Pod) {
				pod.Metadata.ResourceVersion = ""
				pod.Spec.EphemeralContainers = []resources.EphemeralContainer{container("debugger")}
			})
			w.has(t, name, "debugger")
		}},
		{"a replace of a pod that does not exist is refused", func(t *testing.T, w *world) {
			pod := w.get(t, w.pod(t))
			pod.Metadata.Name, pod.Metadata.UID, pod.Metadata.ResourceVersion = "no-such", "", ""
			_, err := w.ec.Replace(t.Context(), "no-such", pod)
			refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
		}},
		{"a replace of a pod with another name in its body is refused", func(t *testing.T, w *world) {
			name := w.pod(t)
			pod := w.get(t, name)
			pod.Metadata.Name = "other"
			_, err := w.ec.Replace(t.Context(), name, pod)
			refused(
				t, err, transport.ErrBadRequest,
				"the name of the object (other) does not match the name on the URL ("+name+")",
			)
		}},
	}
}

// replaceWith replaces a pod through the subresource with the pod that change edits.
func (w *world) replaceWith(t *testing.T, name string, change func(*resources.Pod)) *resources.Pod {
	t.Helper()
	pod, err := w.ec.Get(t.Context(), name)
	require.NoError(t, err)
	change(pod)
	stored, err := w.ec.Replace(t.Context(), name, pod)
	require.NoError(t, err)
	return stored
}

// removedMessage returns the server's message for a write without an existing container.
func removedMessage(pod, container string) string {
	return `Pod "` + pod + `" is invalid: spec.ephemeralContainers: Forbidden: ` +
		`existing ephemeral containers "` + container + `" may not be removed` + "\n"
}

// conflictMessage returns the server's message for a write with an outdated resourceVersion.
func conflictMessage(pod string) string {
	return `Operation cannot be fulfilled on pods "` + pod + `": the object has been modified; ` +
		`please apply your changes to the latest version and try again`
}

// requireChanged requires the refusal of a change to an existing container. After its first line,
// the message is a difference in Go's notation, on which clients must not depend.
func requireChanged(t *testing.T, err error, pod, container string) {
	t.Helper()
	require.ErrorIs(t, err, transport.ErrInvalid)
	status := statusOf(t, err)
	require.Equal(t, []string{"spec.ephemeralContainers FieldValueForbidden"}, causesOf(status))
	require.Contains(
		t,
		status.Status.Message,
		`Pod "`+pod+`" is invalid: spec.ephemeralContainers: Forbidden: `+
			`existing ephemeral containers "`+container+`" may not be changed`+"\n",
	)
}
