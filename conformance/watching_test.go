package conformance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func watching() []behaviour {
	return []behaviour{
		{"a watch reports objects that are created, changed and deleted", watchesChanges},
		{"a watch from a list's resourceVersion reports the changes after it", func(t *testing.T, w *world) {
			name := w.pod(t)
			page, err := w.pods.List(t.Context(), resources.ListOptions{FieldSelector: "metadata.name=" + name})
			require.NoError(t, err)
			_, err = w.ec.Add(t.Context(), name, container("first"))
			require.NoError(t, err)
			selected := resources.ListOptions{
				FieldSelector: "metadata.name=" + name, ResourceVersion: page.Metadata.ResourceVersion,
			}
			for event, err := range w.pods.Watch(within(t, waitLimit), selected) {
				require.NoError(t, err)
				require.Equal(t, resources.Modified, event.Type)
				require.Equal(t, []string{"first"}, containerNames(event.Object))
				return
			}
		}},
		{"a watch without a resourceVersion begins with the existing objects", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			selected := resources.ListOptions{FieldSelector: "metadata.name=" + name}
			for event, err := range w.pods.Watch(within(t, waitLimit), selected) {
				require.NoError(t, err)
				require.Equal(t, resources.Added, event.Type)
				require.Equal(t, []string{"first"}, containerNames(event.Object))
				return
			}
		}},
		{"a watch reports an object that no longer matches its selector as deleted", leavesSelector},
		{"a watch that is cut again and again loses and repeats nothing", watchesWhileCut},
		{"a watch from an invalid resourceVersion is refused", func(t *testing.T, w *world) {
			for _, err := range w.pods.Watch(within(t, waitLimit), resources.ListOptions{ResourceVersion: "yesterday"}) {
				refused(
					t, err, transport.ErrInternal,
					`resourceVersion: Invalid value: "yesterday": strconv.ParseUint: parsing "yesterday": invalid `+
						`syntax`,
				)
				return
			}
		}},
	}
}

func watchesChanges(t *testing.T, w *world) {
	name := w.name()
	page, err := w.pods.List(t.Context(), resources.ListOptions{Limit: 1})
	require.NoError(t, err)
	var seen []string
	watch := resources.ListOptions{
		FieldSelector:   "metadata.name=" + name,
		ResourceVersion: page.Metadata.ResourceVersion,
	}
	steps := []func(){
		func() {
			_, err := w.ec.Add(t.Context(), name, container("first"))
			require.NoError(t, err)
		},
		func() {
			_, err := w.pods.Patch(t.Context(), name, patch.JSON().Add("/metadata/labels", map[string]string{"a": "b"}))
			require.NoError(t, err)
		},
		func() {
			_, err := w.pods.Delete(t.Context(), name, resources.GracePeriod(0))
			require.NoError(t, err)
		},
	}
	w.create(
		t,
		fmt.Sprintf(
			`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"schedulerName":"none",`+
				`"containers":[{"name":"app","image":"kx.local/busybox:1"}]}}`,
			name,
		),
	)
	for event, err := range w.pods.Watch(within(t, waitLimit), watch) {
		require.NoError(t, err)
		line := fmt.Sprint(event.Type, containerNames(event.Object), event.Object.Metadata.Labels)
		if event.Object.Metadata.DeletionTimestamp != nil {
			line += " ends"
		}
		seen = append(seen, line)
		if event.Type == resources.Deleted {
			break
		}
		if len(steps) > 0 {
			steps[0]()
			steps = steps[1:]
		}
	}
	require.Equal(
		t,
		[]string{
			"ADDED[] map[]", "MODIFIED[first] map[]", "MODIFIED[first] map[a:b]",
			"MODIFIED[first] map[a:b] ends", "DELETED[first] map[a:b] ends",
		},
		seen,
	)
}

func leavesSelector(t *testing.T, w *world) {
	name := w.pod(t)
	watch := resources.ListOptions{FieldSelector: "metadata.name=" + name, LabelSelector: "app=web"}
	var seen []resources.WatchEventType
	for event, err := range w.pods.Watch(within(t, waitLimit), watch) {
		require.NoError(t, err)
		seen = append(seen, event.Type)
		if event.Type == resources.Deleted {
			break
		}
		_, err := w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"labels":{"app":"other"}}}`))
		require.NoError(t, err)
	}
	require.Equal(t, []resources.WatchEventType{resources.Added, resources.Deleted}, seen)
	w.get(t, name)
}

func watchesWhileCut(t *testing.T, w *world) {
	name := w.name()
	w.newConfigMap(t, name, name)
	api, cutter := w.cutConfigMaps(t, false)
	page, err := api.List(t.Context(), resources.ListOptions{FieldSelector: "metadata.name=" + name})
	require.NoError(t, err)
	var want, seen []string
	for i := range 30 {
		want = append(want, fmt.Sprint(i+1))
		w.setConfigMap(t, name, fmt.Sprint(i+1))
	}
	from := resources.ListOptions{
		FieldSelector: "metadata.name=" + name, ResourceVersion: page.Metadata.ResourceVersion,
	}
	for event, err := range api.Watch(within(t, waitLimit), from) {
		require.NoError(t, err)
		require.Equal(t, resources.Modified, event.Type)
		seen = append(seen, event.Object.Data["n"])
		if len(seen) == len(want) {
			break
		}
	}
	require.Equal(t, want, seen)
	require.GreaterOrEqual(t, cutter.count(), 4)
}
