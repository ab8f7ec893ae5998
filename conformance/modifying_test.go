package conformance_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// settings creates a config map for the test, and returns its name.
func (w *world) settings(t *testing.T, maps *resources.API[resources.ConfigMap]) string {
	t.Helper()
	name := w.name()
	_, err := maps.Create(t.Context(), &resources.ConfigMap{Metadata: resources.ObjectMeta{Name: name}, Data: map[string]string{"n": "0"}})
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = maps.Delete(atEnd(t), name) })
	return name
}

func increment(m *resources.ConfigMap) error {
	n, err := strconv.Atoi(m.Data["n"])
	m.Data["n"] = strconv.Itoa(n + 1)
	return err
}

func modifying() []behaviour {
	return []behaviour{
		{"a modification by many writers at once loses no change", func(t *testing.T, w *world) {
			maps := resources.New[resources.ConfigMap](w.client)
			name := w.settings(t, maps)
			var group sync.WaitGroup
			for range 5 {
				group.Go(func() {
					for range 3 {
						_, err := maps.Modify(within(t, waitLimit), name, increment)
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			stored, err := maps.Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, "15", stored.Data["n"])
		}},
		{"a modification that changes nothing writes nothing", func(t *testing.T, w *world) {
			maps := resources.New[resources.ConfigMap](w.client)
			name := w.settings(t, maps)
			before, err := maps.Get(t.Context(), name)
			require.NoError(t, err)
			same, err := maps.Modify(t.Context(), name, func(*resources.ConfigMap) error { return nil })
			require.NoError(t, err)
			require.Equal(t, before, same)
		}},
		{"a modification leaves an object alone that was created anew", func(t *testing.T, w *world) {
			maps := resources.New[resources.ConfigMap](w.client)
			name := w.settings(t, maps)
			_, err := maps.Modify(within(t, waitLimit), name, func(m *resources.ConfigMap) error {
				_, err := maps.Delete(t.Context(), name)
				require.NoError(t, err)
				_, err = maps.Create(t.Context(), &resources.ConfigMap{Metadata: resources.ObjectMeta{Name: name}, Data: map[string]string{"n": "7"}})
				require.NoError(t, err)
				return increment(m)
			})
			require.ErrorIs(t, err, resources.ErrRecreated)
			require.ErrorIs(t, err, transport.ErrConflict)
			stored, err := maps.Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, "7", stored.Data["n"])
		}},
		{"a modification of the status changes nothing else", func(t *testing.T, w *world) {
			name := w.pod(t)
			pod, err := subresource.Status(w.pods).Modify(within(t, waitLimit), name, func(p *resources.Pod) error {
				p.Status.Message = "seen"
				p.Spec.NodeName = "elsewhere"
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, "seen", pod.Status.Message)
			require.Empty(t, pod.Spec.NodeName)
		}},
		{"a modification of the scale sets the replicas", func(t *testing.T, w *world) {
			load := w.workload(t, "ReplicaSet", 0)
			sets := resources.New[resources.ReplicaSet](w.client)
			scale, err := subresource.Scale(sets).Modify(within(t, waitLimit), load.name, func(s *resources.Scale) error {
				s.Kind, s.APIVersion = "", ""
				s.Spec.Replicas = 1
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, int32(1), scale.Spec.Replicas)
		}},
	}
}
