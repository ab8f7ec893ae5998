package parity_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/restmapper"
)

func TestTheDynamicClientWritesAndReads(t *testing.T) {
	_, config := startKxtest(t)
	client, err := dynamic.NewForConfig(config)
	require.NoError(t, err)
	ctx, maps := t.Context(), client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("default")
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "c", "labels": map[string]any{"a": "b"}},
		"data":     map[string]any{"key": "1"},
	}}

	created, err := maps.Create(ctx, object, metav1.CreateOptions{})
	require.NoError(t, err)
	require.Equal(t, object.Object["data"], created.Object["data"])
	require.NoError(t, unstructured.SetNestedField(created.Object, "2", "data", "key"))
	updated, err := maps.Update(ctx, created, metav1.UpdateOptions{})
	require.NoError(t, err)
	require.NotEqual(t, created.GetResourceVersion(), updated.GetResourceVersion())
	_, err = maps.Update(ctx, created, metav1.UpdateOptions{})
	require.True(t, apierrors.IsConflict(err), err)

	object.Object["data"] = map[string]any{"other": "3"}
	_, err = maps.Apply(ctx, "c", object, metav1.ApplyOptions{FieldManager: "a"})
	require.NoError(t, err)
	got, err := maps.Get(ctx, "c", metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"key": "2", "other": "3"}, got.Object["data"])
	list, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "a=b"})
	require.NoError(t, err)
	require.Equal(t, []unstructured.Unstructured{*got}, list.Items)
	require.NoError(t, maps.Delete(ctx, "c", metav1.DeleteOptions{}))
	_, err = maps.Get(ctx, "c", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), err)
}

func TestTheMetadataClientReadsMetadataOnly(t *testing.T) {
	srv, config := startKxtest(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","labels":{"a":"b"}},"data":{"key":"1"}}`)
	require.NoError(t, err)
	client, err := metadata.NewForConfig(config)
	require.NoError(t, err)
	maps := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("default")
	got, err := maps.Get(t.Context(), "c", metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "b"}, got.Labels)
	list, err := maps.List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	require.Equal(t, got.UID, list.Items[0].UID)
	require.NoError(t, maps.Delete(t.Context(), "c", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &got.UID}}))
}

func TestTheDiscoveryClientFindsKindsByShortNames(t *testing.T) {
	_, config := startKxtest(t)
	client, err := discovery.NewDiscoveryClientForConfig(config)
	require.NoError(t, err)
	cached := memory.NewMemCacheClient(client)
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	for name, want := range map[string]schema.GroupVersionKind{
		"po":               {Version: "v1", Kind: "Pod"},
		"deploy":           {Group: "apps", Version: "v1", Kind: "Deployment"},
		"statefulset.apps": {Group: "apps", Version: "v1", Kind: "StatefulSet"},
		"jobs":             {Group: "batch", Version: "v1", Kind: "Job"},
	} {
		resource, group := schema.ParseResourceArg(name)
		if resource == nil {
			resource = &schema.GroupVersionResource{Resource: group.Resource, Group: group.Group}
		}
		got, err := mapper.KindFor(*resource)
		require.NoError(t, err, name)
		require.Equal(t, want, got)
	}
	version, err := client.ServerVersion()
	require.NoError(t, err)
	require.Equal(t, "1", version.Major)
	documents, err := client.OpenAPIV3().Paths()
	require.NoError(t, err)
	require.Contains(t, documents, "apis/apps/v1")
}
