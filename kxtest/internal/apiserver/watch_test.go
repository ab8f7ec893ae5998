package apiserver_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAWatchSendsTheChangesAfterItsVersion(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a")
	w := c.Watch("resourceVersion=" + c.Version())
	_, err := srv.Create(wiretest.UnscheduledPod("b", ""))
	require.NoError(t, err)
	c.With("Content-Type", wiretest.MergePatch).Do("PATCH", wiretest.Pods+"/b",
		`{"metadata":{"labels":{"x":"1"}}}`).Is(200)
	c.With("Content-Type", wiretest.MergePatch).Do("PATCH", wiretest.Pods+"/b",
		`{"metadata":{"labels":{"x":"1"}}}`).Is(200) // changes nothing
	c.Do("DELETE", wiretest.Pods+"/b", "").Is(200)
	w.Expect("ADDED b", "MODIFIED b", "MODIFIED b", "DELETED b") // marked for deletion, then gone
}

func TestAWatchWithoutAVersionBeginsWithTheExistingObjects(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a", "b")
	for _, query := range []string{"", "resourceVersion=0"} {
		w := c.Watch(query)
		w.Expect("ADDED a", "ADDED b")
	}
	w := c.Watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")
	w.Expect("ADDED a", "ADDED b")
	kind, object := w.Next()
	require.Equal(t, "BOOKMARK", kind)
	require.Equal(t, "true", wiretest.Follow(object, "metadata", "annotations", "k8s.io/initial-events-end"))
	_, err := srv.Create(wiretest.UnscheduledPod("c", ""))
	require.NoError(t, err)
	w.Expect("ADDED c")
}

func TestAnObjectThatNoLongerMatchesTheSelectorIsDeletedToThisWatch(t *testing.T) {
	srv, c := wiretest.StartWithPods(t)
	w := c.Watch("labelSelector=x%3D1&resourceVersion=" + c.Version())
	_, err := srv.Create(wiretest.UnscheduledPod("a", `"x":"1"`))
	require.NoError(t, err)
	merge := c.With("Content-Type", wiretest.MergePatch)
	for _, value := range []string{"2", "1"} {
		merge.Do("PATCH", wiretest.Pods+"/a", `{"metadata":{"labels":{"x":"`+value+`"}}}`).Is(200)
	}
	w.Expect("ADDED a", "DELETED a", "ADDED a")
}

func TestAWatchFromACompactedVersionEndsWithAnErrorEvent(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a")
	version := c.Version()
	srv.Compact()
	w := c.Watch("resourceVersion=" + version)
	kind, object := w.Next()
	require.Equal(t, "ERROR", kind)
	require.EqualValues(t, 410, wiretest.Follow(object, "code"))
	require.Equal(t, "Expired", wiretest.Follow(object, "reason"))
	require.Contains(t, wiretest.Follow(object, "message"), "too old resource version: "+version+" (")
	_, err := w.Lines.ReadByte()
	require.Error(t, err, "and then the stream ends")
}

func TestBookmarksAreSentToWatchesThatAllowThem(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithBookmarkInterval(time.Millisecond))
	c := wiretest.NewClient(t, srv.Config())
	version := c.Version()
	w := c.Watch("allowWatchBookmarks=true&resourceVersion=" + version)
	kind, object := w.Next()
	require.Equal(t, "BOOKMARK", kind)
	require.Equal(t, "Pod", wiretest.Follow(object, "kind"))
	require.GreaterOrEqual(t, wiretest.Follow(object, "metadata", "resourceVersion"), version)

	plain := c.Watch("resourceVersion=" + version)
	_, err := srv.Create(wiretest.UnscheduledPod("a", ""))
	require.NoError(t, err)
	plain.Expect("ADDED a")
}

func TestAWatchEndsAfterItsTimeout(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	w := c.Watch("timeoutSeconds=1&resourceVersion=" + c.Version())
	_, err := w.Lines.ReadByte()
	require.ErrorContains(t, err, "EOF")
}

func TestAWatchCanBeATableOrMetadata(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a")
	w := c.With("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1").Watch("includeObject=None")
	_, first := w.Next()
	require.Equal(t, "a", wiretest.Follow(first, "rows", 0, "cells", 0))
	require.Nil(t, wiretest.Follow(first, "rows", 0, "object"))
	require.NotEmpty(t, wiretest.Follow(first, "columnDefinitions"))
	_, err := srv.Create(wiretest.UnscheduledPod("b", ""))
	require.NoError(t, err)
	_, second := w.Next()
	require.Equal(t, "b", wiretest.Follow(second, "rows", 0, "cells", 0))
	require.Nil(t, wiretest.Follow(second, "columnDefinitions"), "the columns come once")

	m := c.With("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1").Watch("")
	_, object := m.Next()
	require.Equal(t, "PartialObjectMetadata", wiretest.Follow(object, "kind"))
	require.Nil(t, wiretest.Follow(object, "spec"))
}

func TestCloseEndsWatches(t *testing.T) {
	srv, c := wiretest.StartWithPods(t)
	w := c.Watch("resourceVersion=" + c.Version())
	srv.Close()
	_, err := w.Lines.ReadByte()
	require.Error(t, err)
	srv.Close() // a second Close does nothing
}
