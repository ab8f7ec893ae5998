// Command metrics prints the pods of a namespace, and then the metrics of its requests in the text
// format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/):
//
//	metrics NAMESPACE
//
// With Prometheus' own library, counters.report sets a CounterVec and a HistogramVec instead.
package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: metrics NAMESPACE")
		os.Exit(2)
	}
	cfg, err := kubeconfig.Load(kubeconfig.Options{Namespace: os.Args[1]})
	if err == nil {
		err = run(context.Background(), cfg, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "metrics:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *kubeconfig.Config, out io.Writer) error {
	var requests counters
	client, err := transport.New(cfg, transport.WithMetrics(requests.report))
	if err != nil {
		return err
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	for pod, err := range pods.All(ctx, resources.ListOptions{}) {
		if err != nil {
			return err
		}
		fmt.Fprintln(out, pod.Metadata.Name)
	}
	requests.write(out)
	return nil
}

// labels tell series apart. The path is none: it has a value for each object.
type labels struct {
	verb, resource, subresource string
	code                        int
}

// counters counts requests. Several goroutines may report at once.
type counters struct {
	mu     sync.Mutex
	series map[labels]counter
}

type counter struct {
	requests, retries int
	seconds           float64
	received          int64
}

func (c *counters) report(m transport.RequestMetrics) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.series == nil {
		c.series = map[labels]counter{}
	}
	key := labels{m.Verb, m.Resource, m.Subresource, m.Code}
	counted := c.series[key]
	counted.requests++
	counted.retries += max(m.Attempts-1, 0)
	counted.seconds += m.Latency.Seconds()
	counted.received += m.BytesReceived
	c.series[key] = counted
}

func (c *counters) write(w io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	order := slices.SortedFunc(maps.Keys(c.series), func(a, b labels) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	for _, key := range order {
		text := fmt.Sprintf("{verb=%q,resource=%q,subresource=%q,code=\"%d\"}", key.verb,
			key.resource, key.subresource, key.code)
		counted := c.series[key]
		fmt.Fprintf(w, "kubernetes_requests_total%s %d\n", text, counted.requests)
		fmt.Fprintf(w, "kubernetes_request_retries_total%s %d\n", text, counted.retries)
		fmt.Fprintf(w, "kubernetes_request_seconds_total%s %g\n", text, counted.seconds)
		fmt.Fprintf(w, "kubernetes_received_bytes_total%s %d\n", text, counted.received)
	}
}
