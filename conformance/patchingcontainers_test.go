package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func patchingContainers() []behaviour {
	add := func(v any) patch.Patch { return patch.JSON().Add("/spec/ephemeralContainers/-", v) }
	return []behaviour{
		{"a merge patch adds a container to a pod without any", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, patch.Merge(list(container("debugger"))))
			w.has(t, name, "debugger")
		}},
		{"a merge patch with the new container alone is refused on a pod that has some", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(t, name, patch.Merge(list(container("debugger"))))
			refused(
				t, err, transport.ErrInvalid,
				removedMessage(name, "first"),
				"spec.ephemeralContainers FieldValueForbidden",
			)
			require.ErrorContains(
				t,
				err,
				"a merge patch replaces the whole list, which would remove the containers that are there: use a "+
					"strategic patch",
			)
		}},
		{"a merge patch with all containers adds a container to the existing ones", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			w.patched(t, name, patch.Merge(list(w.get(t, name).Spec.EphemeralContainers[0], container("debugger"))))
			w.has(t, name, "first", "debugger")
		}},
		{"a merge patch that deletes the list is refused on a pod that has some", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(t, name, patch.Merge(`{"spec":{"ephemeralContainers":null}}`))
			refused(t, err, transport.ErrInvalid, removedMessage(name, "first"))
		}},
		{"a JSON patch that appends is refused on a pod without any", func(t *testing.T, w *world) {
			name := w.pod(t)
			err := w.refusedPatch(t, name, add(container("debugger")))
			refused(t, err, transport.ErrInvalid, `the server rejected our request due to an error in our request`)
			require.ErrorContains(t, err, "use a strategic patch")
		}},
		{"a JSON patch that appends adds a container to the existing ones", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			w.patched(t, name, add(container("debugger")))
			w.has(t, name, "first", "debugger")
		}},
		{"a JSON patch that sets the list adds a container to a pod without any", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, patch.JSON().Add("/spec/ephemeralContainers", []any{container("debugger")}))
			w.has(t, name, "debugger")
		}},
		{"a JSON patch whose test fails is refused", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(
				t,
				name,
				patch.JSON().
					Test("/spec/ephemeralContainers/0/name", "other").
					Add("/spec/ephemeralContainers/-", container("debugger")),
			)
			refused(t, err, transport.ErrInvalid, `the server rejected our request due to an error in our request`)
		}},
		{"a JSON patch that removes a container is refused", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(t, name, patch.JSON().Remove("/spec/ephemeralContainers/0"))
			refused(t, err, transport.ErrInvalid, removedMessage(name, "first"))
		}},
		{"a JSON patch that changes a container is refused", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(t, name, patch.JSON().Replace("/spec/ephemeralContainers/0/image", "other"))
			requireChanged(t, err, name, "first")
		}},
		{"a JSON patch of other fields changes nothing", func(t *testing.T, w *world) {
			name := w.pod(t)
			before := w.get(t, name)
			w.patched(t, name, patch.JSON().Add("/metadata/labels/b", "2"))
			after := w.get(t, name)
			require.Equal(t, before.Metadata.Labels, after.Metadata.Labels)
			require.Equal(t, encode(t, before.Spec), encode(t, after.Spec))
		}},
		{"a strategic patch adds a container to a pod without any", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.patched(t, name, patch.Strategic(list(container("debugger"))))
			w.has(t, name, "debugger")
		}},
		{"a strategic patch adds a container to the existing ones", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			w.patched(t, name, patch.Strategic(list(container("debugger"))))
			w.has(t, name, "debugger", "first") // the new one comes first
		}},
		{"a strategic patch of an existing container is refused as a change", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(t, name, patch.Strategic(list(raw("first", `"command":["sh"]`))))
			requireChanged(t, err, name, "first")
		}},
		{"a strategic patch that deletes a container is refused", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(
				t,
				name,
				patch.Strategic(`{"spec":{"ephemeralContainers":[{"name":"first","$patch":"delete"}]}}`),
			)
			refused(t, err, transport.ErrInvalid, removedMessage(name, "first"))
		}},
		{"a patch with an outdated resourceVersion is a conflict", func(t *testing.T, w *world) {
			name := w.pod(t)
			stale := w.get(t, name).Metadata.ResourceVersion
			_, err := w.ec.Add(t.Context(), name, container("first"))
			require.NoError(t, err)
			p := list(container("debugger"))
			p["metadata"] = map[string]any{"resourceVersion": stale}
			err = w.refusedPatch(t, name, patch.Strategic(p))
			refused(t, err, transport.ErrConflict, conflictMessage(name))
		}},
		{"a patch of a pod that does not exist is refused", func(t *testing.T, w *world) {
			_, err := w.ec.Patch(t.Context(), "no-such", patch.Strategic(list(container("debugger"))))
			refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
		}},
	}
}

func (w *world) patched(t *testing.T, name string, p patch.Patch, opts ...subresource.PatchOption) {
	t.Helper()
	pod, err := w.ec.Patch(t.Context(), name, p, opts...)
	require.NoError(t, err)
	require.Equal(t, encode(t, w.get(t, name)), encode(t, pod), "the answer is what is stored")
}

// refusedPatch returns the error of a patch that must not have changed anything.
func (w *world) refusedPatch(t *testing.T, name string, p patch.Patch, opts ...subresource.PatchOption) (err error) {
	t.Helper()
	w.unchanged(t, name, func() { _, err = w.ec.Patch(t.Context(), name, p, opts...) })
	require.Error(t, err)
	return err
}
