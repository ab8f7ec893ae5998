package resources_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

const (
	objectMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	listMetadata   = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

func TestMetadataIsReadInItsOwnForm(t *testing.T) {
	server := start(t, kxtest.WithDemo())
	pods := resources.Metadata(resources.New[resources.Pod](connect(t, server.Config())))
	require.Equal(t, "pods", pods.Kind().String())
	accepted := func() string { return last(t, server).Header.Get("Accept") }
	isMetadata := func(t *testing.T, object *resources.PartialObjectMetadata) {
		t.Helper()
		require.Equal(t, "PartialObjectMetadata", object.Kind)
		require.Equal(t, "meta.k8s.io/v1", object.APIVersion)
		require.NotEmpty(t, object.Metadata.UID)
		require.Empty(t, object.Unknown, "the server sends neither spec nor status")
	}

	pod, err := pods.Get(t.Context(), "shell")
	require.NoError(t, err)
	require.Equal(t, objectMetadata, accepted())
	isMetadata(t, pod)

	list, err := pods.List(t.Context(), resources.ListOptions{})
	require.NoError(t, err)
	require.Equal(t, listMetadata, accepted())
	require.Equal(t, "PartialObjectMetadataList", list.Kind)
	require.Len(t, list.Items, 2)
	isMetadata(t, &list.Items[0])

	for object, err := range pods.All(t.Context(), resources.ListOptions{Limit: 1}) {
		require.NoError(t, err)
		require.Equal(t, listMetadata, accepted())
		isMetadata(t, object)
	}

	patched, err := pods.Patch(t.Context(), "shell", patch.Merge(map[string]any{"metadata": map[string]any{"labels": map[string]any{"a": "b"}}}))
	require.NoError(t, err)
	require.Equal(t, objectMetadata, accepted())
	require.Equal(t, "b", patched.Metadata.Labels["a"])
	isMetadata(t, patched)

	for event, err := range pods.Watch(limited(t), resources.ListOptions{ResourceVersion: pod.Metadata.ResourceVersion, FieldSelector: "metadata.name=shell"}) {
		require.NoError(t, err)
		require.Equal(t, resources.Modified, event.Type)
		isMetadata(t, event.Object)
		break
	}

	table, err := pods.GetTable(t.Context(), "shell")
	require.NoError(t, err)
	require.Equal(t, "Table", table.Kind)

	deleting, err := pods.Delete(t.Context(), "shell")
	require.NoError(t, err)
	require.Equal(t, objectMetadata, accepted())
	isMetadata(t, deleting)
}

func TestMetadataOfAnObjectThatIsGoneAtOnceIsNil(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	gone, err := resources.Metadata(configMaps(t, server)).Delete(t.Context(), "one")
	require.NoError(t, err)
	require.Nil(t, gone)
}

func TestMetadataAloneIsNotWritten(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	maps := resources.Metadata(configMaps(t, server))
	object, err := maps.Get(t.Context(), "one")
	require.NoError(t, err)
	server.ForgetRequests()
	for name, err := range map[string]error{
		"Create":  second(maps.Create(t.Context(), object)),
		"Update":  second(maps.Update(t.Context(), object)),
		"Replace": second(maps.Replace(t.Context(), "one", object)),
		"Modify":  second(maps.Modify(t.Context(), "one", func(*resources.PartialObjectMetadata) error { return nil })),
	} {
		require.ErrorIs(t, err, resources.ErrMetadataOnly, name)
	}
	require.Empty(t, server.Requests())

	made, err := maps.CreateRaw(t.Context(), []byte(`{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"two"},"data":{"k":"v"}}`))
	require.NoError(t, err)
	require.Equal(t, "two", made.Metadata.Name)
	require.Equal(t, "PartialObjectMetadata", made.Kind)
}

func TestASubresourceOfAMetadataAPIHasItsOwnForm(t *testing.T) {
	server := start(t, kxtest.WithDemo())
	pods := resources.Metadata(resources.New[resources.Pod](connect(t, server.Config())))
	pod, err := resources.Sub[resources.Pod](pods, "status").Get(t.Context(), "shell")
	require.NoError(t, err)
	require.Equal(t, "Pod", pod.Kind)
	require.NotEmpty(t, pod.Status.Phase)
	require.Equal(t, http.MethodGet, last(t, server).Method)
}
