package debug_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// createPods creates the pods web-0, web-1 and so on, and returns their names once they run.
func createPods(t *testing.T, server *kxtest.Server, pods *resources.API[resources.Pod], n int) (names []string) {
	t.Helper()
	for i := range n {
		names = append(names, fmt.Sprintf("web-%d", i))
		_, err := server.Create(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"labels":{"app":"web"}},
			"spec":{"nodeName":"kx-node","terminationGracePeriodSeconds":0,"containers":[{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never"}]}}`, names[i]))
		require.NoError(t, err)
	}
	running := map[string]bool{}
	for event, err := range pods.Watch(within(t), resources.ListOptions{LabelSelector: "app=web"}) {
		require.NoError(t, err)
		if event.Object.Status.Phase == "Running" {
			running[event.Object.Metadata.Name] = true
		}
		if len(running) == n {
			return names
		}
	}
	return nil
}

func TestRunAllReportsThePodsInOrder(t *testing.T) {
	server, pods := start(t)
	names := createPods(t, server, pods, 25)
	names = append(names, "no-such")
	var reported []string
	debug.RunAll(within(t), pods, names, func(i int) debug.Options {
		o := options("sleep", "60")
		o.Name = "in-" + names[i]
		return o
	}, func(i int, res *debug.Result, err error) {
		pod := names[i]
		reported = append(reported, pod)
		if pod == "no-such" {
			require.ErrorIs(t, err, transport.ErrNotFound)
			require.Nil(t, res)
			return
		}
		require.NoError(t, err)
		require.Equal(t, pod, res.Pod)
		require.Equal(t, "in-"+pod, res.Container)
		require.True(t, res.Running)
	})
	require.Equal(t, names, reported)
}

func TestRunAllWorksOnTenPodsAtOnce(t *testing.T) {
	server, pods := start(t, kxtest.WithRegistryImage(slowImage, time.Hour))
	names := createPods(t, server, pods, 12)
	ctx, cancel := context.WithCancelCause(within(t))
	var mu sync.Mutex
	added := 0
	o := debug.Options{Name: "tools", Image: slowImage, Added: func(*debug.Result) {
		mu.Lock()
		defer mu.Unlock()
		added++
		if added == 10 {
			cancel(fmt.Errorf("enough"))
		}
	}}
	left := 0
	debug.RunAll(ctx, pods, names, func(int) debug.Options { return o }, func(i int, res *debug.Result, err error) {
		pod := names[i]
		require.Error(t, err, pod)
		if res == nil {
			require.EqualError(t, err, "enough")
			require.NotContains(t, string(server.Pod("default", pod)), "tools", "nothing was added")
			return
		}
		left++
		require.Equal(t, "tools", res.Container)
		require.True(t, strings.Contains(string(server.Pod("default", pod)), "tools"))
	})
	require.Equal(t, 10, left, "the eleventh pod waits for one of the ten")
}

func TestRunAllOfNoPodsReportsNothing(t *testing.T) {
	debug.RunAll(within(t), nil, nil, nil, func(int, *debug.Result, error) { t.Error("reported") })
}
