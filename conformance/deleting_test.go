package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func deleting() []behaviour {
	return []behaviour{
		{"a pod that is not scheduled is removed at once", func(t *testing.T, w *world) {
			name := w.pod(t)
			_, err := w.pods.Delete(t.Context(), name)
			require.NoError(t, err)
			_, err = w.pods.Get(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrNotFound)
		}},
		{"a running pod ends within its grace period", func(t *testing.T, w *world) {
			name := w.running(t)
			ended, err := w.pods.Delete(t.Context(), name, resources.GracePeriod(1))
			require.NoError(t, err)
			require.NotNil(t, ended.Metadata.DeletionTimestamp)
			require.EqualValues(t, 1, *ended.Metadata.DeletionGracePeriodSeconds)
			eventually(t, "the pod is gone", func() bool {
				_, err := w.pods.Get(t.Context(), name)
				return err != nil
			})
		}},
		{"a deletion with grace period 0 is immediate", func(t *testing.T, w *world) {
			name := w.running(t)
			_, err := w.pods.Delete(t.Context(), name, resources.GracePeriod(0))
			require.NoError(t, err)
			_, err = w.pods.Get(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrNotFound)
		}},
		{"a deletion of another uid is a conflict", func(t *testing.T, w *world) {
			name := w.pod(t)
			uid := w.get(t, name).Metadata.UID
			w.unchanged(t, name, func() {
				_, err := w.pods.Delete(t.Context(), name, resources.IfUID("00000000-0000-0000-0000-000000000000"))
				refused(
					t, err, transport.ErrConflict,
					`Operation cannot be fulfilled on Pod "`+name+`": the UID in the precondition `+
						`(00000000-0000-0000-0000-000000000000) does not match the UID in record (`+uid+`). The `+
						`object might have been deleted and then recreated`,
				)
			})
		}},
		{"a deletion with an outdated resourceVersion is a conflict", func(t *testing.T, w *world) {
			name := w.pod(t)
			version := w.get(t, name).Metadata.ResourceVersion
			w.unchanged(t, name, func() {
				_, err := w.pods.Delete(t.Context(), name, resources.IfResourceVersion("1"))
				refused(
					t, err, transport.ErrConflict,
					`Operation cannot be fulfilled on Pod "`+name+`": the ResourceVersion in the precondition (1) `+
						`does not match the ResourceVersion in record (`+version+`). The object might have been `+
						`modified`,
				)
			})
		}},
		{"a dry run of a deletion deletes nothing", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.unchanged(t, name, func() {
				_, err := w.pods.Delete(t.Context(), name, resources.DryRun())
				require.NoError(t, err)
			})
		}},
		{"a deletion of an object that does not exist is refused", func(t *testing.T, w *world) {
			_, err := w.pods.Delete(t.Context(), "no-such")
			refused(t, err, transport.ErrNotFound, `pods "no-such" not found`)
		}},
		{"an object with a finalizer stays until the finalizer is removed", func(t *testing.T, w *world) {
			name := w.pod(t)
			_, err := w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"finalizers":["example.com/wait"]}}`))
			require.NoError(t, err)
			_, err = w.pods.Delete(t.Context(), name, resources.GracePeriod(0))
			require.NoError(t, err)
			require.NotNil(t, w.get(t, name).Metadata.DeletionTimestamp)
			_, err = w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"finalizers":null}}`))
			require.NoError(t, err)
			_, err = w.pods.Get(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrNotFound)
		}},
	}
}
