package conformance_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// storing are the behaviours of a store.
func storing() []behaviour {
	return []behaviour{
		{"a store holds what its selectors select, and reports changes", storesSelected},
		{"a store of metadata holds no spec", func(t *testing.T, w *world) {
			name := w.pod(t)
			store := resources.NewStore(resources.Metadata(w.pods), resources.StoreOptions[resources.PartialObjectMetadata]{
				FieldSelector: "metadata.name=" + name,
			})
			runStore(t, store)
			stored, ok := store.Get(w.config.Namespace, name)
			require.True(t, ok)
			require.Equal(t, "PartialObjectMetadata", stored.Kind)
			require.Equal(t, "web", stored.Metadata.Labels["app"])
			require.Empty(t, stored.Unknown)
		}},
		{"a store misses nothing while its watches are cut and their versions expire", storesWhileCut},
		{"a store whose user may not watch ends with the refusal", func(t *testing.T, w *world) {
			config, _ := w.addUser(t, w.name(), right{verbs: []string{"list"}, resources: []string{"pods"}})
			pods := resources.New[resources.Pod](connect(t, config))
			store := resources.NewStore(pods, resources.StoreOptions[resources.Pod]{FieldSelector: "metadata.name=none"})
			require.ErrorContains(t, store.Run(within(t, waitLimit)), `cannot watch resource "pods"`)
		}},
	}
}

// runStore runs a store until the test ends, and returns when it is synced.
func runStore[T any](t *testing.T, store *resources.Store[T]) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
	select {
	case <-store.Synced():
	case <-time.After(waitLimit):
		require.FailNow(t, "the store is not synced")
	}
}

// take returns the next values of a channel.
func take(t *testing.T, from <-chan string, count int) (list []string) {
	t.Helper()
	limit := time.After(waitLimit)
	for range count {
		select {
		case value := <-from:
			list = append(list, value)
		case <-limit:
			require.FailNow(t, "a value is missing", "got %q", list)
		}
	}
	return list
}

// newConfigMap creates a config map of a group. The run's namespace is deleted with it.
func (w *world) newConfigMap(t *testing.T, group, name string) {
	t.Helper()
	api := resources.New[resources.ConfigMap](w.client)
	made := &resources.ConfigMap{Data: map[string]string{"n": "0"}}
	made.Metadata.Name, made.Metadata.Labels = name, map[string]string{"group": group}
	_, err := api.Create(t.Context(), made)
	require.NoError(t, err)
}

func (w *world) setConfigMap(t *testing.T, name, value string) {
	t.Helper()
	_, err := resources.New[resources.ConfigMap](w.client).Patch(t.Context(), name, patch.Merge(`{"data":{"n":"`+value+`"}}`))
	require.NoError(t, err)
}

func storesSelected(t *testing.T, w *world) {
	api := resources.New[resources.ConfigMap](w.client)
	group := w.name()
	first, second := group+"-a", group+"-b"
	w.newConfigMap(t, group, first)
	w.newConfigMap(t, "other", group+"-other")
	seen := make(chan string, 100)
	state := func(m *resources.ConfigMap) string { return m.Metadata.Name + ":" + m.Data["n"] }
	store := resources.NewStore(api, resources.StoreOptions[resources.ConfigMap]{
		LabelSelector: "group=" + group,
		OnAdd:         func(m *resources.ConfigMap) { seen <- "add " + state(m) },
		OnUpdate:      func(previous, m *resources.ConfigMap) { seen <- "update " + state(previous) + " " + state(m) },
		OnDelete:      func(m *resources.ConfigMap) { seen <- "delete " + state(m) },
	})
	runStore(t, store)
	w.newConfigMap(t, group, second)
	w.setConfigMap(t, first, "1")
	_, err := api.Delete(t.Context(), first)
	require.NoError(t, err)
	_, err = api.Patch(t.Context(), second, patch.Merge(`{"metadata":{"labels":{"group":"other"}}}`))
	require.NoError(t, err)
	require.Equal(
		t,
		[]string{
			"add " + first + ":0", "add " + second + ":0", "update " + first + ":0 " + first + ":1",
			"delete " + first + ":1", "delete " + second + ":0",
		},
		take(t, seen, 5),
	)
	for m := range store.All() {
		require.Fail(t, "the store is not empty", m.Metadata.Name)
	}
}

// storeMirror repeats the calls of a store's functions, and records calls that contradict others.
type storeMirror struct {
	mu      sync.Mutex
	objects map[string]string // the resourceVersion by name
	faults  []string
	markers chan string
}

func (m *storeMirror) options(group, marker string) resources.StoreOptions[resources.ConfigMap] {
	replace := func(before, after *resources.ConfigMap) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if before != nil {
			_, known := m.objects[before.Metadata.Name]
			if !known {
				m.faults = append(m.faults, "unknown: "+before.Metadata.Name)
			}
			delete(m.objects, before.Metadata.Name)
		}
		if after != nil {
			_, known := m.objects[after.Metadata.Name]
			if known {
				m.faults = append(m.faults, "added twice: "+after.Metadata.Name)
			}
			m.objects[after.Metadata.Name] = after.Metadata.ResourceVersion
		}
	}
	return resources.StoreOptions[resources.ConfigMap]{
		LabelSelector: "group=" + group,
		OnAdd: func(o *resources.ConfigMap) {
			replace(nil, o)
			if o.Metadata.Name == marker+"-1" || o.Metadata.Name == marker+"-2" {
				m.markers <- o.Metadata.Name
			}
		},
		OnUpdate: replace,
		OnDelete: func(o *resources.ConfigMap) { replace(o, nil) },
	}
}

func storesWhileCut(t *testing.T, w *world) {
	group := w.name()
	marker := group + "-marker"
	api, cutter := w.cutConfigMaps(t, true)
	mirror := &storeMirror{objects: map[string]string{}, markers: make(chan string, 2)}
	store := resources.NewStore(api, mirror.options(group, marker))
	runStore(t, store)
	admin := resources.New[resources.ConfigMap](w.client)
	exists := map[string]bool{}
	random := rand.New(rand.NewPCG(1, 2))
	for step := range 60 {
		name := fmt.Sprintf("%s-%d", group, random.IntN(6))
		switch {
		case !exists[name]:
			w.newConfigMap(t, group, name)
		case random.IntN(3) == 0:
			_, err := admin.Delete(t.Context(), name)
			require.NoError(t, err)
		default:
			w.setConfigMap(t, name, fmt.Sprint(step+1))
			continue
		}
		exists[name] = !exists[name]
	}
	// The first marker may come with a list, whose deletions are reported at its end. The second
	// comes with the watch after it.
	for _, suffix := range []string{"-1", "-2"} {
		w.newConfigMap(t, group, marker+suffix)
		require.Equal(t, []string{marker + suffix}, take(t, mirror.markers, 1))
	}
	want := map[string]string{}
	for o, err := range admin.All(t.Context(), resources.ListOptions{LabelSelector: "group=" + group}) {
		require.NoError(t, err)
		want[o.Metadata.Name] = o.Metadata.ResourceVersion
	}
	mirror.mu.Lock()
	defer mirror.mu.Unlock()
	require.Empty(t, mirror.faults)
	require.Equal(t, want, mirror.objects)
	for o := range store.All() {
		require.Equal(t, want[o.Metadata.Name], o.Metadata.ResourceVersion)
		delete(want, o.Metadata.Name)
	}
	require.Empty(t, want)
	require.GreaterOrEqual(t, cutter.count(), 5)
}
