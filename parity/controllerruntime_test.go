package parity_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/kx-k8s/kx/kxtest"
)

func TestTheCacheOfControllerRuntimeFollowsTheServer(t *testing.T) {
	srv, config := startKxtest(t)
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	direct, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	require.NoError(t, err)
	cached, err := cache.New(config, cache.Options{Scheme: scheme.Scheme})
	require.NoError(t, err)
	byValue := func(object client.Object) []string { return []string{object.(*corev1.ConfigMap).Data["key"]} }
	require.NoError(t, cached.IndexField(ctx, &corev1.ConfigMap{}, "data.key", byValue))
	first := configMap("first", "1")
	first.Namespace, first.Labels = "default", map[string]string{"a": "b"}
	require.NoError(t, direct.Create(ctx, first))
	stopped := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() { stopped <- cached.Start(running) }()
	defer func() {
		stop()
		require.NoError(t, <-stopped)
	}()

	require.True(t, cached.WaitForCacheSync(ctx))
	var got corev1.ConfigMap
	require.NoError(t, cached.Get(ctx, client.ObjectKeyFromObject(first), &got))
	require.Equal(t, first.Data, got.Data)

	events := make(recordedEvents, 100)
	informer, err := cached.GetInformer(ctx, &corev1.ConfigMap{})
	require.NoError(t, err)
	_, err = informer.AddEventHandler(events.handler())
	require.NoError(t, err)
	second := configMap("second", "2")
	second.Namespace = "default"
	require.NoError(t, direct.Create(ctx, second))
	first.Data["key"] = "changed"
	require.NoError(t, direct.Update(ctx, first))
	events.expect(t, "add first 1", "add second 2", "update first changed")
	srv.Restart()
	// The first client has a connection that the restart broke.
	direct, err = client.New(config, client.Options{Scheme: scheme.Scheme})
	require.NoError(t, err)
	require.NoError(t, direct.Delete(ctx, second))
	events.expect(t, "delete second 2")

	var list corev1.ConfigMapList
	require.NoError(t, cached.List(ctx, &list, client.InNamespace("default"), client.MatchingFields{"data.key": "changed"}))
	require.Len(t, list.Items, 1)
	require.NoError(t, cached.List(ctx, &list, client.MatchingLabels{"a": "none"}))
	require.Empty(t, list.Items)
	err = cached.Get(ctx, client.ObjectKeyFromObject(second), &got)
	require.True(t, apierrors.IsNotFound(err), err)
}

func TestTheCacheOfControllerRuntimeKeepsMetadataOnly(t *testing.T) {
	srv, config := startKxtest(t, kxtest.WithDemo())
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	cached, err := cache.New(config, cache.Options{Scheme: scheme.Scheme})
	require.NoError(t, err)
	stopped := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() { stopped <- cached.Start(running) }()
	defer func() {
		stop()
		require.NoError(t, <-stopped)
	}()
	require.True(t, cached.WaitForCacheSync(ctx))
	pods := &metav1.PartialObjectMetadataList{}
	pods.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	require.NoError(t, cached.List(ctx, pods, client.InNamespace("default")))
	require.Len(t, pods.Items, 2)

	pod := &metav1.PartialObjectMetadata{}
	pod.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Pod"))
	informer, err := cached.GetInformer(ctx, pod)
	require.NoError(t, err)
	deleted := make(chan string, 10)
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{DeleteFunc: func(object any) {
		deleted <- object.(*metav1.PartialObjectMetadata).Name
	}})
	require.NoError(t, err)
	direct, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	require.NoError(t, err)
	require.NoError(t, direct.Delete(ctx, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: pods.Items[0].Name}}, client.GracePeriodSeconds(0)))
	select {
	case name := <-deleted:
		require.Equal(t, pods.Items[0].Name, name)
	case <-time.After(waitLimit):
		require.Fail(t, "no event", "%d requests", len(srv.Requests()))
	}
}

func TestTheClientOfControllerRuntimeWrites(t *testing.T) {
	_, config := startKxtest(t)
	ctx := t.Context()
	c, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	require.NoError(t, err)
	object := configMap("c", "1")
	object.Namespace = "default"
	require.NoError(t, c.Create(ctx, object, client.FieldOwner("m")))
	stale := object.DeepCopy()
	before := object.DeepCopy()
	object.Data["key"] = "2"
	require.NoError(t, c.Patch(ctx, object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})))
	require.Equal(t, "2", object.Data["key"])
	stale.Data["key"] = "3"
	require.True(t, apierrors.IsConflict(c.Update(ctx, stale)))
	require.NoError(t, c.Apply(ctx, applycorev1.ConfigMap("c", "default").WithData(map[string]string{"mine": "yes"}), client.FieldOwner("a")))
	require.NoError(t, c.Get(ctx, client.ObjectKeyFromObject(object), object))
	require.Equal(t, map[string]string{"key": "2", "mine": "yes"}, object.Data)
	require.NoError(t, c.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace("default")))
	require.True(t, apierrors.IsNotFound(c.Get(ctx, client.ObjectKeyFromObject(object), object)))

	pod := sleepingPod("web")
	pod.Namespace = "default"
	require.NoError(t, c.Create(ctx, pod))
	base := pod.DeepCopy()
	pod.Status.Message = "written by a controller"
	require.NoError(t, c.Status().Patch(ctx, pod, client.MergeFrom(base)))
	require.Equal(t, "written by a controller", pod.Status.Message)
}
