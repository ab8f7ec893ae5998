package resources_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// start starts a server below a path, like Rancher's.
func start(t *testing.T, options ...kxtest.Option) *kxtest.Server {
	t.Helper()
	return kxtest.Start(t, append([]kxtest.Option{kxtest.WithPathPrefix("/k8s/clusters/c-1")}, options...)...)
}

func connect(t testing.TB, cfg *kubeconfig.Config, options ...transport.Option) *transport.Client {
	t.Helper()
	client, err := transport.New(cfg, options...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// serve returns a client of a server that answers every request with handle.
func serve(t testing.TB, handle http.HandlerFunc) *transport.Client {
	t.Helper()
	return connectTo(t, handle)
}

// connectTo is serve with options for the client.
func connectTo(t testing.TB, handle http.HandlerFunc, options ...transport.Option) *transport.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return connect(t, &kubeconfig.Config{Server: server.URL}, options...)
}

// create stores config maps. Only the test changes them.
func create(t *testing.T, server *kxtest.Server, namespace string, names ...string) {
	t.Helper()
	if namespace != "default" {
		_, err := server.Create(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"` + namespace + `"}}`)
		require.NoError(t, err)
	}
	for _, name := range names {
		_, err := server.Create(fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q,"namespace":%q,"labels":{"app":"web"}},"data":{"k":"v"}}`, name, namespace))
		require.NoError(t, err)
	}
}

var configMapKind = resources.Kind{Version: "v1", Kind: "ConfigMap", Resource: "configmaps", Namespaced: true}

func configMaps(t *testing.T, server *kxtest.Server, options ...resources.APIOption) *resources.API[resources.Object] {
	t.Helper()
	return resources.ForKind(connect(t, server.Config()), configMapKind, options...)
}

func configMap(namespace, name string) *resources.Object {
	return &resources.Object{APIVersion: "v1", Kind: "ConfigMap", Metadata: resources.ObjectMeta{Name: name, Namespace: namespace}}
}

// last returns the last request.
func last(t *testing.T, server *kxtest.Server) kxtest.Request {
	t.Helper()
	requests := server.Requests()
	require.NotEmpty(t, requests)
	return requests[len(requests)-1]
}

func second[T any](_ T, err error) error { return err }

// canceled returns a context that has ended.
func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
