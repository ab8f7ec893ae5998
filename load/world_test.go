package load_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// world is a namespace of a server.
type world struct {
	server *server // nil for a real cluster
	cfg    *kubeconfig.Config
}

// newWorld starts a server or takes that of $KUBECONFIG, and creates a namespace in it.
func newWorld(t *testing.T) *world {
	w := new(world)
	if *e2e {
		require.NotEmpty(t, os.Getenv("KUBECONFIG"), "-e2e needs $KUBECONFIG")
		cfg, err := kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
		w.cfg = cfg
	} else {
		w.server = startServer(t)
		w.cfg = w.server.cfg
	}
	client := w.connect(t)
	defer client.Close()
	namespaces := resources.New[resources.Namespace](client)
	made, err := namespaces.Create(t.Context(),
		&resources.Namespace{Metadata: resources.ObjectMeta{GenerateName: "kx-load-"}})
	require.NoError(t, err)
	w.cfg.Namespace = made.Metadata.Name
	if *e2e {
		t.Cleanup(func() {
			client := w.connect(t)
			defer client.Close()
			_, err := resources.New[resources.Namespace](client).Delete(
				context.WithoutCancel(t.Context()), w.cfg.Namespace)
			require.NoError(t, err)
		})
		require.NoError(t, resources.WaitFor(t.Context(), resources.New[resources.ServiceAccount](
			client, resources.InNamespace(w.cfg.Namespace)), "default", resources.Added))
	}
	return w
}

// connect returns a client, which the caller closes.
func (w *world) connect(t *testing.T, options ...transport.Option) *transport.Client {
	client, err := transport.New(w.cfg, options...)
	require.NoError(t, err)
	return client
}

// createPod creates a pod that runs a script, and waits until it runs.
func createPod(ctx context.Context, pods *resources.API[resources.Pod], name, script string) error {
	_, err := pods.CreateRaw(ctx, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod",
		"metadata":{"name":%q},"spec":{"restartPolicy":"Never",
		"automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,
		"containers":[{"name":"main","image":%q,"imagePullPolicy":"Never",
		"command":["sh","-c",%q]}]}}`, name, kxtest.BusyboxImage, script))
	if err != nil {
		return err
	}
	return resources.WaitFor(ctx, pods, name, hasStarted)
}

// hasStarted is the condition that a pod runs, or has ended.
func hasStarted(pod *resources.Pod) (bool, error) {
	return pod.Status.Phase == "Running" || resources.PhaseEnded(pod.Status.Phase), nil
}

// within returns a context that ends after the limit of a load.
func within(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
