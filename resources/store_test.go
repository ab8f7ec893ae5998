package resources_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// storeLimit is how long a test waits for the store on a busy machine.
const storeLimit = 5 * time.Minute

type object = resources.Object

// calls records the calls of a store's functions, in order.
type calls chan string

func (c calls) options() resources.StoreOptions[object] {
	return resources.StoreOptions[object]{
		OnAdd:    func(o *object) { c <- "add " + state(o) },
		OnUpdate: func(previous, o *object) { c <- "update " + state(previous) + " to " + state(o) },
		OnDelete: func(o *object) { c <- "delete " + state(o) },
		OnError:  func(err error) { c <- "error" },
	}
}

func state(o *object) string { return o.Metadata.Name + ":" + o.Metadata.Labels["v"] }

// take returns the next calls.
func (c calls) take(t *testing.T, count int) (list []string) {
	t.Helper()
	timer := time.NewTimer(storeLimit)
	defer timer.Stop()
	for range count {
		select {
		case call := <-c:
			list = append(list, call)
		case <-timer.C:
			require.FailNow(t, "a call is missing", "got %q", list)
		}
	}
	return list
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
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(storeLimit):
		require.FailNow(t, "the store is not synced")
	}
}

// storeUser returns an API for a store, whose requests alone are hit by faults of the user "store".
func storeUser(t *testing.T, server *kxtest.Server) *resources.API[object] {
	t.Helper()
	user := server.User("store", kxtest.Allow("list,watch", "configmaps"))
	return resources.ForKind(connect(t, user), configMapKind)
}

// relabel changes an object, over a connection that no restart has broken.
func relabel(t *testing.T, server *kxtest.Server, name, value string) {
	t.Helper()
	_, err := configMaps(t, server).Patch(t.Context(), name, patch.Merge(`{"metadata":{"labels":{"v":"`+value+`"}}}`))
	require.NoError(t, err)
}

// remove deletes an object, over a connection that no restart has broken.
func remove(t *testing.T, server *kxtest.Server, name string) {
	t.Helper()
	_, err := configMaps(t, server).Delete(t.Context(), name)
	require.NoError(t, err)
}

func names(store *resources.Store[object]) (list []string) {
	for o := range store.All() {
		list = append(list, o.Metadata.Name)
	}
	return list
}

func TestAStoreHoldsTheObjectsAndReportsTheirChanges(t *testing.T) {
	server := start(t)
	create(t, server, "default", "b", "a")
	seen := make(calls, 100)
	options := seen.options()
	options.LabelSelector = "app=web"
	store := resources.NewStore(storeUser(t, server), options)
	require.Empty(t, names(store))
	runStore(t, store)
	require.Equal(t, []string{"add a:", "add b:"}, seen.take(t, 2))
	require.Equal(t, []string{"a", "b"}, names(store))

	relabel(t, server, "b", "2")
	require.Equal(t, []string{"update b: to b:2"}, seen.take(t, 1))
	stored, ok := store.Get("default", "b")
	require.True(t, ok)
	require.Equal(t, "2", stored.Metadata.Labels["v"])

	create(t, server, "default", "c")
	remove(t, server, "b")
	_, err := configMaps(t, server).Patch(t.Context(), "a", patch.Merge(`{"metadata":{"labels":{"app":"other"}}}`))
	require.NoError(t, err)
	require.Equal(t, []string{"add c:", "delete b:2", "delete a:"}, seen.take(t, 3))
	require.Equal(t, []string{"c"}, names(store))
	_, ok = store.Get("default", "b")
	require.False(t, ok)
	_, ok = store.Get("other", "c")
	require.False(t, ok)
}

func TestAStoreOfAllNamespacesTellsObjectsOfTheSameNameApart(t *testing.T) {
	server := start(t)
	create(t, server, "default", "same")
	create(t, server, "other", "same")
	store := resources.NewStore(configMaps(t, server, resources.AllNamespaces()), resources.StoreOptions[object]{FieldSelector: "metadata.name=same"})
	runStore(t, store)
	var found []string
	for o := range store.All() {
		found = append(found, o.Metadata.Namespace)
	}
	require.Equal(t, []string{"default", "other"}, found)
	o, ok := store.Get("other", "same")
	require.True(t, ok)
	require.Equal(t, "other", o.Metadata.Namespace)
}

func TestAStoreListsInPages(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(501)...)
	server.ForgetRequests()
	store := resources.NewStore(storeUser(t, server), resources.StoreOptions[object]{LabelSelector: "app=web"})
	runStore(t, store)
	require.Equal(t, slices.Sorted(slices.Values(numbered(501))), names(store))
	lists := slices.DeleteFunc(server.Requests(), func(r kxtest.Request) bool { return r.Query.Has("watch") })
	require.Len(t, lists, 2)
	require.Equal(t, "500", lists[0].Query.Get("limit"))
}

func TestTransformGetsEachStoredObjectOnce(t *testing.T) {
	server := start(t)
	create(t, server, "default", "a")
	seen := make(calls, 100)
	options := seen.options()
	options.LabelSelector = "app=web"
	options.Transform = func(o *object) {
		seen <- "transform " + state(o)
		o.Metadata = resources.ObjectMeta{Name: o.Metadata.Name, Labels: o.Metadata.Labels}
		o.Unknown = nil
	}
	store := resources.NewStore(storeUser(t, server), options)
	runStore(t, store)
	relabel(t, server, "a", "2")
	require.Equal(t, []string{"transform a:", "add a:", "transform a:2", "update a: to a:2"}, seen.take(t, 4))
	stored, ok := store.Get("default", "a")
	require.True(t, ok, "it is found by its real namespace")
	require.Empty(t, stored.Unknown)

	server.Compact()
	server.Restart()
	create(t, server, "default", "b")
	require.Equal(t, []string{"transform b:", "add b:"}, seen.take(t, 2), "an unchanged object of the next list is not transformed")
	remove(t, server, "a")
	require.Equal(t, []string{"transform a:2", "delete a:2"}, seen.take(t, 2))
}

// While the store is cut off, the server loses the history of what happens meanwhile.
func TestAStoreReportsWhatItMissed(t *testing.T) {
	server := start(t)
	create(t, server, "default", "changed", "deleted", "kept", "replaced")
	seen := make(calls, 100)
	options := seen.options()
	options.LabelSelector = "app=web"
	options.OnError = nil
	store := resources.NewStore(storeUser(t, server), options)
	runStore(t, store)
	seen.take(t, 4)

	cutOff := server.Fault(kxtest.Fault{User: "store", Then: kxtest.Reset(), Times: -1})
	server.Restart()
	relabel(t, server, "changed", "2")
	relabel(t, server, "deleted", "2")
	remove(t, server, "deleted")
	remove(t, server, "replaced")
	create(t, server, "default", "replaced", "new")
	server.Compact()
	cutOff.Remove()
	got := seen.take(t, 5)
	slices.Sort(got)
	require.Equal(t, []string{"add new:", "add replaced:", "delete deleted:", "delete replaced:", "update changed: to changed:2"}, got)
	require.Equal(t, []string{"changed", "kept", "new", "replaced"}, names(store))
	require.Empty(t, seen)
}

func TestASlowFunctionDelaysTheStoreAndLosesNoObject(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(3)...)
	release := make(chan struct{})
	var added []string
	store := resources.NewStore(storeUser(t, server), resources.StoreOptions[object]{LabelSelector: "app=web", OnAdd: func(o *object) {
		<-release
		added = append(added, o.Metadata.Name)
	}})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = store.Run(ctx) })
	defer running.Wait()
	defer cancel()
	select {
	case <-store.Synced():
		require.Fail(t, "synced before OnAdd has returned")
	case release <- struct{}{}:
	}
	close(release)
	<-store.Synced()
	require.Equal(t, numbered(3), added)
}

func TestAStoreWithoutAServerKeepsItsObjects(t *testing.T) {
	server := start(t)
	create(t, server, "default", "a")
	store := resources.NewStore(storeUser(t, server), resources.StoreOptions[object]{LabelSelector: "app=web"})
	runStore(t, store)
	server.Stop()
	require.Equal(t, []string{"a"}, names(store))
}
