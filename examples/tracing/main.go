// Command tracing runs a program in a pod, and traces its requests to the API server:
//
//	tracing POD COMMAND [ARG…]
//
// It prints a span for each attempt, and sends the span's id to the server, which continues the
// trace if it is configured to (https://kubernetes.io/docs/concepts/cluster-administration/
// system-traces/). OpenTelemetry's wrapper stands in the same place, and needs no code of its own:
//
//	transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
//		return otelhttp.NewTransport(next)
//	})
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: tracing POD COMMAND [ARG…]")
		os.Exit(2)
	}
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	if err == nil {
		err = run(context.Background(), cfg, os.Args[1], os.Args[2:], os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tracing:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *kubeconfig.Config, pod string, command []string,
	out, spans io.Writer) error {
	t := &tracer{spans: spans, trace: randomHex(16)}
	client, err := transport.New(cfg, transport.WithRoundTripper(t.wrap))
	if err != nil {
		return err
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	_, err = pods.Get(ctx, pod)
	if err != nil {
		return err
	}
	res, err := subresource.Exec(pods).Run(ctx, pod, subresource.ExecOptions{Command: command})
	if err != nil {
		return err
	}
	_, err = out.Write(res.Stdout)
	return err
}

// tracer is a RoundTripper of the shape that OpenTelemetry's has: it adds a header to a copy of the
// request, and its span ends with the body of the answer.
type tracer struct {
	next  http.RoundTripper
	trace string // the trace's id

	mu    sync.Mutex
	spans io.Writer
}

func (t *tracer) wrap(next http.RoundTripper) http.RoundTripper {
	t.next = next
	return t
}

func (t *tracer) RoundTrip(req *http.Request) (*http.Response, error) {
	span, start := randomHex(8), time.Now()
	end := func(outcome string) {
		t.mu.Lock()
		defer t.mu.Unlock()
		fmt.Fprintf(t.spans, "span %s: %s %s: %s in %v\n", span, req.Method, req.URL.Path, outcome,
			time.Since(start))
	}
	req = req.Clone(req.Context())
	// W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header
	req.Header.Set("Traceparent", "00-"+t.trace+"-"+span+"-01")
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		end(err.Error())
		return resp, err
	}
	body := tracedBody{resp.Body, sync.OnceFunc(func() { end(resp.Status) })}
	// The body of a 101 answer is the connection of an exec. It must stay an io.Writer.
	conn, ok := resp.Body.(io.ReadWriteCloser)
	if ok {
		resp.Body = tracedConn{body, conn}
	} else {
		resp.Body = body
	}
	return resp, nil
}

// tracedBody ends its span when it is closed.
type tracedBody struct {
	io.ReadCloser
	end func()
}

func (b tracedBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

type tracedConn struct {
	tracedBody
	io.Writer
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return fmt.Sprintf("%x", b)
}
