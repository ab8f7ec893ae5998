package conformance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func allNames() []behaviour {
	return []behaviour{
		{"the names of the objects of each kind are those of their metadata", namesEachKind},
	}
}

// namesEachKind reads a namespace of its own, because other tests change theirs.
func namesEachKind(t *testing.T, w *world) {
	namespace := w.namespaceOfNames(t)
	kinds, err := resources.NewDiscovery(w.client).All(t.Context())
	require.NoError(t, err)
	named := map[string][]string{}
	for _, r := range kinds {
		// The kinds of other tests come and go.
		if !slices.Contains(r.Verbs, "list") || strings.HasSuffix(r.Kind.Group, ".example.com") {
			continue
		}
		api := resources.ForKind(w.client, r.Kind, resources.InNamespace(namespace))
		var want, got []string
		eventually(t, "no "+r.Kind.String()+" come or go", func() bool {
			want, got = metadataNames(t, api), nil
			for name, err := range api.AllNames(t.Context(), resources.ListOptions{}) {
				require.NoError(t, err)
				got = append(got, name)
			}
			slices.Sort(got) // componentstatuses come in any order
			return slices.Equal(want, metadataNames(t, api))
		})
		require.Equal(t, want, got, r.Kind)
		named[r.Kind.String()] = got
	}
	for _, kind := range []string{"configmaps", "namespaces"} {
		require.Contains(t, named[kind], namespace)
	}
}

// namespaceOfNames creates a namespace with objects of its name. It has one of each kind if there
// is a kubectl to create them.
func (w *world) namespaceOfNames(t *testing.T) (namespace string) {
	t.Helper()
	if w.kubectl != "" {
		return w.createOneOfEach(t)
	}
	namespace = w.config.Namespace + "-" + w.name()
	namespaces := resources.New[resources.Namespace](w.client)
	_, err := namespaces.Create(t.Context(), &resources.Namespace{Metadata: resources.ObjectMeta{Name: namespace}})
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = namespaces.Delete(atEnd(t), namespace) })
	_, err = resources.New[resources.ConfigMap](w.client, resources.InNamespace(namespace)).Create(t.Context(), &resources.ConfigMap{Metadata: resources.ObjectMeta{Name: namespace}})
	require.NoError(t, err)
	return namespace
}

// metadataNames returns the names in the metadata of all objects, sorted.
func metadataNames(t *testing.T, api *resources.API[resources.Object]) (names []string) {
	t.Helper()
	for object, err := range api.AllMetadata(t.Context(), resources.ListOptions{}) {
		require.NoError(t, err)
		names = append(names, object.Metadata.Name)
	}
	slices.Sort(names)
	return names
}
