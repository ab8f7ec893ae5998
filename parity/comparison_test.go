package parity_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"k8s.io/client-go/util/retry"

	"github.com/kx-k8s/kx/kxtest"
)

// It and the tests below hold cells of client-go in the comparison of docs/library.md.
func TestAWatchOfClientGoEndsWithItsConnection(t *testing.T) {
	srv, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	changes, err := client.CoreV1().ConfigMaps("default").Watch(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	defer changes.Stop()
	srv.Restart()
	requireEnd(t, changes.ResultChan())
}

func TestTheRetryWatcherOfClientGoResumesAndEndsAt410(t *testing.T) {
	srv, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	maps := client.CoreV1().ConfigMaps("default")
	list, err := maps.List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	changes, err := watchtools.NewRetryWatcherWithContext(t.Context(), list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return maps.Watch(ctx, options)
		},
	})
	require.NoError(t, err)
	defer changes.Stop()
	next := func() watch.Event {
		select {
		case event := <-changes.ResultChan():
			return event
		case <-time.After(waitLimit):
			require.FailNow(t, "the event is missing")
			return watch.Event{}
		}
	}
	_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`)
	require.NoError(t, err)
	require.Equal(t, watch.Added, next().Type)
	srv.Restart()
	_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}`)
	require.NoError(t, err)
	require.Equal(t, watch.Added, next().Type, "it has resumed")

	cutOff := srv.Fault(kxtest.Fault{Query: map[string]string{"watch": "true"}, Then: kxtest.Reset(), Times: -1})
	srv.Restart()
	_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`)
	require.NoError(t, err)
	srv.Compact()
	cutOff.Remove()
	last := next()
	require.Equal(t, watch.Error, last.Type)
	require.True(t, apierrors.IsResourceExpired(apierrors.FromObject(last.Object)), last)
	requireEnd(t, changes.ResultChan())
}

// requireEnd waits until a watch has ended.
func requireEnd(t *testing.T, events <-chan watch.Event) {
	t.Helper()
	limit := time.After(waitLimit)
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		case <-limit:
			require.FailNow(t, "the watch has not ended")
		}
	}
}

func TestRetryOnConflictOfClientGoCallsTheCaller4Or5Times(t *testing.T) {
	conflict := apierrors.NewConflict(metav1.Unversioned.WithResource("a").GroupResource(), "a", nil)
	for _, test := range []struct {
		backoff wait.Backoff
		calls   int
	}{{retry.DefaultBackoff, 4}, {retry.DefaultRetry, 5}} {
		calls := 0
		err := retry.RetryOnConflict(test.backoff, func() error { calls++; return conflict })
		require.True(t, apierrors.IsConflict(err), err)
		require.Equal(t, test.calls, calls)
	}
}
