package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func applying() []behaviour {
	me, other := subresource.FieldManager("me"), subresource.FieldManager("other")
	return []behaviour{
		{"an apply adds a container to a pod without any", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, applied(container("debugger")), me)
			w.has(t, name, "debugger")
		}},
		{"an apply adds a container to those of other managers", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			w.patched(t, name, applied(container("debugger")), me)
			w.has(t, name, "first", "debugger")
		}},
		{"a second apply with both containers adds the new one", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, applied(container("first")), me)
			w.patched(t, name, applied(container("first"), container("debugger")), me)
			w.has(t, name, "first", "debugger")
		}},
		{"a second apply with the new container alone is refused", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, applied(container("first")), me)
			err := w.refusedPatch(t, name, applied(container("debugger")), me)
			refused(
				t, err, transport.ErrInvalid,
				removedMessage(name, "first"),
				"spec.ephemeralContainers FieldValueForbidden",
			)
			require.ErrorContains(
				t, err,
				"server-side apply would remove a container that this field manager applied before",
			)
		}},
		{"a second apply with the new container alone by another manager adds it", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, applied(container("first")), me)
			w.patched(t, name, applied(container("debugger")), other)
			w.has(t, name, "first", "debugger")
		}},
		{"the same apply again changes nothing", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, applied(container("first")), me)
			w.unchanged(t, name, func() { w.patched(t, name, applied(container("first")), me) })
		}},
		{"an apply that changes a container of another manager conflicts and names both", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, applied(container("first")), me)
			c := container("first")
			c.Image = "other"
			err := w.refusedPatch(t, name, applied(c), other)
			refused(
				t, err, transport.ErrConflict,
				`Apply failed with 1 conflict: conflict with "me" with subresource "ephemeralcontainers": `+
					`.spec.ephemeralContainers[name="first"].image`,
				`.spec.ephemeralContainers[name="first"].image FieldManagerConflict`,
			)
			require.Equal(
				t,
				`conflict with "me" with subresource "ephemeralcontainers"`,
				statusOf(t, err).Status.Details.Causes[0].Message,
			)
		}},
		{"a forced apply that changes a container is refused too", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, applied(container("first")), me)
			c := container("first")
			c.Image = "other"
			requireChanged(t, w.refusedPatch(t, name, applied(c), other, subresource.Force()), name, "first")
		}},
		{"an apply of what another manager applied shares its fields", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, applied(container("first")), me)
			w.patched(t, name, applied(container("first")), other)
			fields := `{"f:spec":{"f:ephemeralContainers":{"k:{\"name\":\"first\"}":{".":{},"f:image":{},` +
				`"f:name":{}}}}}`
			require.Equal(
				t,
				map[string]string{"me Apply ephemeralcontainers": fields, "other Apply ephemeralcontainers": fields},
				owners(w.get(t, name), "me", "other"),
			)
		}},
		{"an apply without a field manager is refused before it is sent", func(t *testing.T, w *world) {
			_, err := w.ec.Patch(t.Context(), w.pod(t), applied(container("debugger")))
			var option *resources.OptionError
			require.ErrorAs(t, err, &option)
			require.Equal(t, "FieldManager", option.Option)
		}},
		{"an apply with an outdated resourceVersion is a conflict", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			p := list(container("debugger"))
			p["apiVersion"], p["kind"], p["metadata"] = "v1", "Pod", map[string]any{"resourceVersion": "1"}
			err := w.refusedPatch(t, name, patch.Apply(p), me)
			refused(t, err, transport.ErrConflict, conflictMessage(name))
		}},
	}
}

// owners returns the fields that these managers own, by manager, operation and subresource.
func owners(pod *resources.Pod, managers ...string) map[string]string {
	owned := map[string]string{}
	for _, entry := range pod.Metadata.ManagedFields {
		for _, manager := range managers {
			if entry.Manager == manager {
				owned[manager+" "+entry.Operation+" "+entry.Subresource] = string(entry.FieldsV1)
			}
		}
	}
	return owned
}
