package load_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestEachOfManyDebugRunsOnOnePodAtOnceAddsItsOwnContainer(t *testing.T) {
	w, n := newWorld(t), size(100, 10)
	ctx := within(t, limit)
	client := w.connect(t)
	require.NoError(t, createPod(ctx, resources.New[resources.Pod](client), "shared", "sleep 3600"))
	client.Close()

	load := begin()
	var counts requestCounts
	client = w.connect(t, transport.WithMetrics(counts.add))
	pods := resources.New[resources.Pod](client)
	names := make([]string, n)
	stored := newBarrier(n)
	var added time.Duration // until the last container was stored
	err := atOnce(ctx, n, func(ctx context.Context, i int) error {
		got, err := debug.Run(ctx, pods, "shared", debug.Options{
			Image: kxtest.BusyboxImage, ImagePullPolicy: "Never", Profile: debug.Baseline,
			Command: []string{"sh", "-c", fmt.Sprintf("echo run %d; exit %d", i, i%100)},
			Timeout: limit,
			Added: func(*debug.Result) {
				if stored.count() {
					added = time.Since(load.began)
				}
			},
		})
		if got != nil {
			names[i] = got.Container
		}
		return err
	})
	require.NoError(t, err)
	require.NoError(t, resources.WaitFor(ctx, pods, "shared", haveEnded))
	text := counts.String()
	pod, err := pods.Get(ctx, "shared")
	require.NoError(t, err)
	require.NoError(t, atOnce(ctx, n, func(ctx context.Context, i int) error {
		return checkRun(ctx, pod, subresource.Log(pods), names[i], i)
	}))
	client.Close()
	require.ElementsMatch(t, names, containerNames(pod))
	slices.Sort(names)
	require.Len(t, slices.Compact(names), n)
	load.end(t, "%d debug containers on one pod at once; all stored after %v; %s", n,
		added.Round(10*time.Millisecond), text)
}

// haveEnded is the condition that all ephemeral containers of a pod have ended.
func haveEnded(pod *resources.Pod) (bool, error) {
	running := slices.ContainsFunc(pod.Status.EphemeralContainerStatuses,
		func(s resources.ContainerStatus) bool { return s.State.Terminated == nil })
	return !running && len(pod.Status.EphemeralContainerStatuses) ==
		len(pod.Spec.EphemeralContainers), nil
}

// checkRun checks the exit code and the log of one container.
func checkRun(ctx context.Context, pod *resources.Pod, logs *subresource.LogEndpoint, name string,
	i int) error {
	at := slices.IndexFunc(pod.Status.EphemeralContainerStatuses,
		func(s resources.ContainerStatus) bool { return s.Name == name })
	if at < 0 {
		return fmt.Errorf("container %s has no status", name)
	}
	text, err := logs.Get(ctx, "shared", subresource.LogOptions{Container: name})
	if err != nil {
		return err
	}
	code := pod.Status.EphemeralContainerStatuses[at].State.Terminated.ExitCode
	return equal(fmt.Sprint(string(text), code), fmt.Sprintf("run %d\n%d", i, i%100))
}

// requestCounts counts the requests that add containers.
type requestCounts struct {
	mu                          sync.Mutex
	requests, writes, conflicts int
}

func (c *requestCounts) add(m transport.RequestMetrics) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if m.Method == http.MethodPatch {
		c.writes++
		if m.Code == http.StatusConflict {
			c.conflicts++
		}
	}
}

func (c *requestCounts) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%d requests, %d of them PATCH, %d of these with a conflict", c.requests,
		c.writes, c.conflicts)
}
