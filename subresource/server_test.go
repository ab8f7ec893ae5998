package subresource_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const (
	pods                = "/api/v1/namespaces/*/pods/*"
	ephemeralContainers = "/api/v1/namespaces/*/pods/*/ephemeralcontainers"
)

// start starts a server below a path, like Rancher's, with two running pods: distroless and shell.
func start(t *testing.T, options ...kxtest.Option) *kxtest.Server {
	t.Helper()
	server := kxtest.Start(t, append([]kxtest.Option{kxtest.WithPathPrefix("/k8s/clusters/c-1"), kxtest.WithDemo()}, options...)...)
	require.NoError(t, awaitPods(server))
	return server
}

// awaitPods returns once the pods run, and the node writes to them no more.
func awaitPods(server *kxtest.Server) error {
	client, err := transport.New(server.Config())
	if err != nil {
		return err
	}
	defer client.Close()
	ready := map[string]bool{}
	for event, err := range resources.New[resources.Pod](client).Watch(context.Background(), resources.ListOptions{}) {
		if err != nil {
			return err
		}
		for _, condition := range event.Object.Status.Conditions {
			if condition.Type == "Ready" && condition.Status == "True" {
				ready[event.Object.Metadata.Name] = true
			}
		}
		if len(ready) == 2 {
			break
		}
	}
	server.ForgetRequests()
	return nil
}

func connect(t *testing.T, cfg *kubeconfig.Config, options ...transport.Option) *transport.Client {
	t.Helper()
	client, err := transport.New(cfg, options...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func podsOf(t *testing.T, server *kxtest.Server, options ...transport.Option) *resources.API[resources.Pod] {
	t.Helper()
	return resources.New[resources.Pod](connect(t, server.Config(), options...))
}

func debugger(name string) resources.EphemeralContainer {
	return resources.EphemeralContainer{Name: name, Image: kxtest.BusyboxImage, Command: []string{"sleep", "3600"}, ImagePullPolicy: "Never"}
}

func names(containers []resources.EphemeralContainer) []string {
	list := make([]string, len(containers))
	for i, c := range containers {
		list[i] = c.Name
	}
	return list
}

// stored returns the ephemeral containers of a pod, as the server stores them.
func stored(t *testing.T, server *kxtest.Server, namespace, name string) []resources.EphemeralContainer {
	t.Helper()
	var pod resources.Pod
	require.NoError(t, json.Unmarshal(server.Pod(namespace, name), &pod))
	return pod.Spec.EphemeralContainers
}

// sent returns the methods of the requests, in order.
func sent(server *kxtest.Server) []string {
	var methods []string
	for _, r := range server.Requests() {
		methods = append(methods, r.Method)
	}
	return methods
}

// last returns the last request.
func last(t *testing.T, server *kxtest.Server) kxtest.Request {
	t.Helper()
	requests := server.Requests()
	require.NotEmpty(t, requests)
	return requests[len(requests)-1]
}

// before calls do before each request.
func before(do func(*http.Request)) transport.Option {
	return transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			do(r)
			return next.RoundTrip(r)
		})
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
