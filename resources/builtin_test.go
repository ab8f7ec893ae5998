package resources_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestBuiltInKnowsEachFormOfAKindsName(t *testing.T) {
	ingress := resources.Kind{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress", Resource: "ingresses", Namespaced: true}
	volume := resources.Kind{Version: "v1", Kind: "PersistentVolume", Resource: "persistentvolumes"}
	definition := resources.Kind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition", Resource: "customresourcedefinitions"}
	for kind, names := range map[resources.Kind][]string{
		ingress:                          {"ingresses", "ingress", "Ingress", "ing", "ING", "ingresses.networking.k8s.io", "ing.networking.k8s.io", "ingress.v1.networking.k8s.io"},
		volume:                           {"persistentvolumes", "PersistentVolume", "pv"},
		definition:                       {"crd", "crds", "crds.apiextensions.k8s.io"},
		(*resources.Pod)(nil).APIKind():  {"pods", "po"},
		(*resources.Node)(nil).APIKind(): {"no"},
	} {
		for _, name := range names {
			found, ok := resources.BuiltIn(name)
			require.True(t, ok, name)
			require.Equal(t, kind, found, name)
		}
	}
	for _, name := range []string{"", "v1", "ingresses!", "persistentvolumes!", "pv.", "pv.v1", "persistentvolumes.v1.", "ingresses.v1", "ingresses.networking", "ingresses.v1beta1.networking.k8s.io", "ingresses.example.com", "networking.k8s.io/v1", "ingresses networking", "all"} {
		_, ok := resources.BuiltIn(name)
		require.False(t, ok, name)
	}
}
