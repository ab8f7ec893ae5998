package resources_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

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
		s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, `{"kind":"PodList","apiVersion":"v1","items":[]}`)}}
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
	remove(t, server, "a")
	runStore(t, store)
	require.Equal(t, []string{"delete a:"}, seen.take(t, 1))
}

// A function that takes long would make the server give up the list.
func TestNoFunctionIsCalledBeforeTheListIsComplete(t *testing.T) {
	page := `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"more"},"items":[{"metadata":{"name":"a","uid":"1","resourceVersion":"2"}}]}`
	s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, page), answers(404, failing(404, "NotFound"))}}
	store := resources.NewStore(s.pods(t), resources.StoreOptions[resources.Pod]{
		OnAdd: func(pod *resources.Pod) { require.Fail(t, "called for "+pod.Metadata.Name) },
	})
	require.ErrorIs(t, store.Run(t.Context()), transport.ErrNotFound)
	_, ok := store.Get("", "a")
	require.False(t, ok)
}
