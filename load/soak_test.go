package load_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const (
	// soakWorkers is how many jobs run at once.
	soakWorkers = 8
	// shortestRound and longestRound limit how long jobs are started before the next quiet point.
	// Between them a soak has 30 quiet points.
	shortestRound = 500 * time.Millisecond
	longestRound  = time.Minute
	// jobInterval is the time between two starts of jobs. A steady rate makes the quiet points
	// comparable.
	jobInterval = 100 * time.Millisecond
	// heapGrowth is how much the heap may grow from the first half of a soak to the second, and
	// from before the soak to after it. One more tenth is allowed between the halves.
	heapGrowth = 1 << 20
	// restedSoak is the shortest soak whose heap is compared with that before it, and comparedSoak
	// the shortest one whose halves are compared.
	restedSoak   = 30 * time.Second
	comparedSoak = 10 * time.Minute
	// restLimit is how long the heap may take to become as small as before. net/http holds a
	// closed connection of HTTP/2 until its idle timer ends, 90 s after the last stream.
	restLimit = 3 * time.Minute
)

// At each quiet point, when no job runs, the program has the goroutines and descriptors that it
// had before the first job. One client lives through the whole soak.
func TestMixedWorkLeavesNoGoroutineNoDescriptorAndNoMemory(t *testing.T) {
	if *e2e {
		t.Skip("a soak needs a server whose tokens it can rotate")
	}
	w := newWorld(t)
	client := w.connect(t)
	defer client.Close()
	s := &soaking{world: w, client: client, counts: map[string]int{}, folder: t.TempDir(),
		pods:       resources.New[resources.Pod](client),
		configMaps: resources.New[resources.ConfigMap](client)}
	s.exec = subresource.Exec(s.pods)
	// The shared pod also brings the client's one connection, which then stays.
	require.NoError(t, createPod(t.Context(), s.pods, "shared", echoScript))
	before := measure()
	var samples []usage
	round := min(max(*soak/30, shortestRound), longestRound)
	for end := time.Now().Add(*soak); time.Now().Before(end) || len(s.counts) < len(s.jobs()); {
		require.NoError(t, s.run(t.Context(), round))
		require.NoError(t, s.forgetEvents(t.Context()))
		ended := time.Now()
		now := settled(t, before)
		samples = append(samples, now)
		server, err := w.server.usage()
		require.NoError(t, err)
		t.Logf("%4d jobs, settled after %v: %v; the server: %s", s.total(),
			time.Since(ended).Round(time.Millisecond), now, server)
	}
	t.Logf("%d jobs of these kinds: %v; CPU %v, peak memory %s", s.total(), s.counts,
		cpuTime().Round(time.Second), peakMemory())
	if *soak < restedSoak {
		return
	}
	rest(t, before)
	if *soak < comparedSoak {
		return
	}
	first, second := medianHeap(samples[:len(samples)/2]), medianHeap(samples[len(samples)/2:])
	t.Logf("median heap of the first half: %d KiB, of the second: %d KiB", first>>10, second>>10)
	require.LessOrEqual(t, second, first+first/10+heapGrowth)
}

// rest waits until the heap is as small as before the first job.
func rest(t *testing.T, before usage) {
	began := time.Now()
	now := measure()
	for now.heap > before.heap+heapGrowth && time.Since(began) < restLimit {
		time.Sleep(time.Second)
		now = measure()
	}
	t.Logf("before: %v; after a rest of %v: %v", before, time.Since(began).Round(time.Second), now)
	require.LessOrEqual(t, now.heap, before.heap+heapGrowth)
}

func medianHeap(samples []usage) uint64 {
	var heaps []uint64
	for _, sample := range samples {
		heaps = append(heaps, sample.heap)
	}
	slices.Sort(heaps)
	return heaps[len(heaps)/2]
}

// soaking is a soak in progress.
type soaking struct {
	world      *world
	client     *transport.Client
	pods       *resources.API[resources.Pod]
	configMaps *resources.API[resources.ConfigMap]
	exec       *subresource.ExecEndpoint
	folder     string

	mu     sync.Mutex // guards what follows
	counts map[string]int
	made   int
	queue  []job
}

// job is one piece of work, whose name is new: its objects and files have that name.
type job struct {
	name string
	run  func(ctx context.Context, name string) error
}

// jobLimit is how long one job may take.
const jobLimit = 2 * time.Minute

// run runs jobs for some time, and waits until all of them have ended.
func (s *soaking) run(ctx context.Context, duration time.Duration) error {
	starts := time.NewTicker(jobInterval)
	defer starts.Stop()
	over := make(chan struct{})
	defer time.AfterFunc(duration, func() { close(over) }).Stop()
	return atOnce(ctx, soakWorkers, func(ctx context.Context, _ int) error {
		for {
			select {
			case <-starts.C:
			case <-over:
				return nil
			case <-ctx.Done():
				return nil
			}
			err := s.runJob(ctx)
			if err != nil {
				return err
			}
		}
	})
}

// runJob runs the next job.
func (s *soaking) runJob(ctx context.Context) error {
	next, number := s.next()
	ctx, cancel := context.WithTimeout(ctx, jobLimit)
	defer cancel()
	err := next.run(ctx, fmt.Sprintf("job-%d", number))
	if err != nil {
		return fmt.Errorf("%s, job-%d: %w", next.name, number, err)
	}
	return nil
}

// next returns the next job. The kinds of jobs come equally often, in a random order.
func (s *soaking) next() (job, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.queue = s.jobs()
		rand.Shuffle(len(s.queue), func(i, j int) { s.queue[i], s.queue[j] = s.queue[j], s.queue[i] })
	}
	next := s.queue[0]
	s.queue = s.queue[1:]
	s.counts[next.name]++
	s.made++
	return next, s.made
}

func (s *soaking) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made
}

// forgetEvents deletes the events of the pods that are gone, so that the server does not grow.
func (s *soaking) forgetEvents(ctx context.Context) error {
	_, err := s.client.Fetch(ctx, &transport.Request{Method: http.MethodDelete,
		Path: []string{"api", "v1", "namespaces", s.world.cfg.Namespace, "events"}})
	return err
}
