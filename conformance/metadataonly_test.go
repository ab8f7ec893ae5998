package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

func metadataOnly() []behaviour {
	return []behaviour{
		{"each verb that is served for metadata alone answers with it", func(t *testing.T, w *world) {
			name := w.name()
			metadata := resources.Metadata(resources.New[resources.Pod](w.client))
			selected := resources.ListOptions{FieldSelector: "metadata.name=" + name}
			isMetadata := func(object *resources.PartialObjectMetadata) {
				t.Helper()
				require.NotNil(t, object)
				require.Equal(t, "PartialObjectMetadata meta.k8s.io/v1 "+name, object.Kind+" "+object.APIVersion+" "+object.Metadata.Name)
				require.Empty(t, object.Unknown)
			}
			made, err := metadata.CreateRaw(t.Context(), podNamed(name))
			require.NoError(t, err)
			t.Cleanup(func() { _, _ = metadata.Delete(atEnd(t), name, resources.GracePeriod(0)) })
			isMetadata(made)
			read, err := metadata.Get(t.Context(), name)
			require.NoError(t, err)
			isMetadata(read)
			list, err := metadata.List(t.Context(), selected)
			require.NoError(t, err)
			require.Len(t, list.Items, 1)
			isMetadata(&list.Items[0])
			for object, err := range metadata.All(t.Context(), selected) {
				require.NoError(t, err)
				isMetadata(object)
			}
			patched, err := metadata.Patch(t.Context(), name, patch.Merge(map[string]any{"metadata": map[string]any{"labels": map[string]any{"a": "b"}}}))
			require.NoError(t, err)
			isMetadata(patched)
			require.Equal(t, "b", patched.Metadata.Labels["a"])
			selected.ResourceVersion = made.Metadata.ResourceVersion
			for event, err := range metadata.Watch(within(t, waitLimit), selected) {
				require.NoError(t, err)
				isMetadata(event.Object)
				break
			}
			deleted, err := metadata.Delete(t.Context(), name)
			require.NoError(t, err)
			isMetadata(deleted)
		}},
	}
}
