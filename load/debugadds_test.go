package load_test

import (
	"bytes"
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
		var output bytes.Buffer
		got, err := debug.Run(ctx, pods, "shared", debug.Options{
			Image: kxtest.BusyboxImage, ImagePullPolicy: "Never", Profile: debug.Baseline,
			Command: []string{"sh", "-c", fmt.Sprintf("echo run %d; exit %d", i, i%100)},
			Stdout:  &output, Timeout: limit,
			Added: func(*debug.Result) {
				if stored.count() {
					added = time.Since(load.began)
				}
			},
		})
		if err != nil {
			return err
		}
		names[i] = got.Container
		result := fmt.Sprintf("%s%d", output.String(), got.ExitCode)
		wanted := fmt.Sprintf("run %d\n%d", i, i%100)
		if result != wanted {
			return fmt.Errorf("container %s: got %q, not %q", got.Container, result, wanted)
		}
		return nil
	})
	require.NoError(t, err)
	pod, err := pods.Get(ctx, "shared")
	require.NoError(t, err)
	var inPod []string
	for _, container := range pod.Spec.EphemeralContainers {
		inPod = append(inPod, container.Name)
	}
	client.Close()
	slices.Sort(names)
	slices.Sort(inPod)
	require.Equal(t, names, inPod)
	require.Len(t, slices.Compact(inPod), n)
	load.end(t, "%d debug containers on one pod at once; all stored after %v; %s", n,
		added.Round(10*time.Millisecond), counts.String())
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
