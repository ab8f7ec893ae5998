package debug_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestTimeoutBoundsEverythingUntilTheProgramRuns(t *testing.T) {
	silent := roundTripper(func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	type run = func(context.Context, *resources.API[resources.Pod], debug.Options) (*debug.Result, error)
	for name, run := range map[string]run{
		"a pod": func(ctx context.Context, pods *resources.API[resources.Pod], o debug.Options) (*debug.Result, error) {
			return debug.Run(ctx, pods, "web-0", o)
		},
		"a node": func(ctx context.Context, pods *resources.API[resources.Pod], o debug.Options) (*debug.Result, error) {
			return debug.RunOnNode(ctx, pods, "n1", debug.NodeOptions{Options: o})
		},
		"a claim": func(ctx context.Context, pods *resources.API[resources.Pod], o debug.Options) (*debug.Result, error) {
			return debug.RunOnClaim(ctx, pods, "data", debug.ClaimOptions{Options: o})
		},
		"a copy": func(ctx context.Context, pods *resources.API[resources.Pod], o debug.Options) (*debug.Result, error) {
			return debug.RunCopy(ctx, pods, "web-0", debug.CopyOptions{Options: o, To: "copy"})
		},
	} {
		for limit, want := range map[time.Duration]time.Duration{
			0: time.Minute, 30 * time.Second: 30 * time.Second, time.Second: 10 * time.Second,
		} {
			t.Run(name+" within "+limit.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, err := transport.New(&kubeconfig.Config{Server: "https://kx.invalid"},
						transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return silent }))
					require.NoError(t, err)
					pods := resources.New[resources.Pod](client)
					begin := time.Now()
					res, err := run(t.Context(), pods, debug.Options{Image: "kx.local/busybox:1", Timeout: limit, Stdout: io.Discard})
					require.Nil(t, res)
					require.Equal(t, want, time.Since(begin))
					require.ErrorContains(t, err, "the container was not added within "+want.String()+": wait longer, or look at the server's load")
				})
			})
		}
	}
}
