package resources_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
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

func relabel(t *testing.T, api *resources.API[object], name, value string) {
	t.Helper()
	_, err := api.Patch(t.Context(), name, patch.Merge(`{"metadata":{"labels":{"v":"`+value+`"}}}`))
	require.NoError(t, err)
}

func remove(t *testing.T, api *resources.API[object], name string) {
	t.Helper()
	_, err := api.Delete(t.Context(), name)
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
	admin := configMaps(t, server)
	create(t, server, "default", "b", "a")
	seen := make(calls, 100)
	options := seen.options()
	options.LabelSelector = "app=web"
	store := resources.NewStore(storeUser(t, server), options)
	require.Empty(t, names(store))
	runStore(t, store)
	require.Equal(t, []string{"add a:", "add b:"}, seen.take(t, 2))
	require.Equal(t, []string{"a", "b"}, names(store))

	relabel(t, admin, "b", "2")
	require.Equal(t, []string{"update b: to b:2"}, seen.take(t, 1))
	stored, ok := store.Get("default", "b")
	require.True(t, ok)
	require.Equal(t, "2", stored.Metadata.Labels["v"])

	create(t, server, "default", "c")
	remove(t, admin, "b")
	_, err := admin.Patch(t.Context(), "a", patch.Merge(`{"metadata":{"labels":{"app":"other"}}}`))
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
	admin := configMaps(t, server)
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
	relabel(t, admin, "a", "2")
	require.Equal(t, []string{"transform a:", "add a:", "transform a:2", "update a: to a:2"}, seen.take(t, 4))
	stored, ok := store.Get("default", "a")
	require.True(t, ok, "it is found by its real namespace")
	require.Empty(t, stored.Unknown)

	server.Compact()
	server.Restart()
	create(t, server, "default", "b")
	require.Equal(t, []string{"transform b:", "add b:"}, seen.take(t, 2), "an unchanged object of the next list is not transformed")
	remove(t, admin, "a")
	require.Equal(t, []string{"transform a:2", "delete a:2"}, seen.take(t, 2))
}

// While the store is cut off, the server loses the history of what happens meanwhile.
func TestAStoreReportsWhatItMissed(t *testing.T) {
	server := start(t)
	admin := configMaps(t, server)
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
	relabel(t, admin, "changed", "2")
	relabel(t, admin, "deleted", "2")
	remove(t, admin, "deleted")
	remove(t, admin, "replaced")
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

func TestRunReturnsAnErrorBeforeTheServerHasAcceptedAListAndAWatch(t *testing.T) {

	for name, test := range map[string]struct {
		rules kxtest.Rule
		fault kxtest.Fault
		want  error
	}{
		"no right to list":        {rules: kxtest.Allow("watch", "configmaps"), want: transport.ErrForbidden},
		"no right to watch":       {rules: kxtest.Allow("list", "configmaps"), want: transport.ErrForbidden},
		"an invalid selector":     {rules: kxtest.Allow("list,watch", "configmaps"), fault: kxtest.Fault{User: "reader", Then: kxtest.AnswerStatus(400, "BadRequest", "no", 0)}, want: transport.ErrBadRequest},
		"a kind that is not here": {rules: kxtest.Allow("list,watch", "configmaps"), fault: kxtest.Fault{User: "reader", Then: kxtest.AnswerStatus(404, "NotFound", "no", 0)}, want: transport.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			user := server.User("reader", test.rules)
			if test.fault.Then != nil {
				server.Fault(test.fault)
			}
			store := resources.NewStore(resources.ForKind(connect(t, user), configMapKind), resources.StoreOptions[object]{})
			require.ErrorIs(t, store.Run(t.Context()), test.want)
		})
	}
	t.Run("a server that cannot be reached", func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") }}}
		var lost *transport.ConnectionError
		require.ErrorAs(t, resources.NewStore(s.pods(t), resources.StoreOptions[resources.Pod]{}).Run(t.Context()), &lost)
	})
	t.Run("a list without a version", func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, `{"items":[]}`)}}
		require.ErrorContains(t, resources.NewStore(s.pods(t), resources.StoreOptions[resources.Pod]{}).Run(t.Context()), "the server's list has no resourceVersion")
	})
}

func TestAStoreThatWasServedTriesAgainAfterEveryError(t *testing.T) {
	for _, code := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusInternalServerError} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			server := start(t)
			create(t, server, "default", "a")
			seen := make(calls, 100)
			options := seen.options()
			options.LabelSelector = "app=web"
			store := resources.NewStore(storeUser(t, server), options)
			runStore(t, store)
			create(t, server, "default", "b") // the watch has begun when its event arrives
			require.Equal(t, []string{"add a:", "add b:"}, seen.take(t, 2))
			starting := server.Fault(kxtest.Fault{User: "store", Times: 2, Then: kxtest.AnswerStatus(code, "", "starting", 0)})
			server.Restart()
			create(t, server, "default", "c")
			for {
				call := seen.take(t, 1)[0]
				if call == "add c:" {
					break
				}
				require.Equal(t, "error", call)
			}
			require.Equal(t, 2, starting.Hits())
			require.Equal(t, []string{"a", "b", "c"}, names(store))
		})
	}
}

func TestRunCanBeCalledAgainButNotTwiceAtOnce(t *testing.T) {
	server := start(t)
	create(t, server, "default", "a", "b")
	seen := make(calls, 100)
	options := seen.options()
	options.LabelSelector = "app=web"
	store := resources.NewStore(storeUser(t, server), options)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	<-store.Synced()
	require.EqualError(t, store.Run(t.Context()), "store of configmaps: Run is already called")
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	seen.take(t, 2)
	remove(t, configMaps(t, server), "a")
	runStore(t, store)
	require.Equal(t, []string{"delete a:"}, seen.take(t, 1))
}

func TestAStoreWithoutAServerKeepsItsObjects(t *testing.T) {
	server := start(t)
	create(t, server, "default", "a")
	store := resources.NewStore(storeUser(t, server), resources.StoreOptions[object]{LabelSelector: "app=web"})
	runStore(t, store)
	server.Stop()
	require.Equal(t, []string{"a"}, names(store))
}
