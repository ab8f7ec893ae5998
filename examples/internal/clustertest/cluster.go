// Package clustertest gives the test of an example a cluster: kxtest, or with -args -e2e a
// namespace of its own on the cluster that $KUBECONFIG names.
package clustertest

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// Image is an image with a shell, which the nodes of both clusters have.
const Image = kxtest.BusyboxImage

// WaitLimit is far above what a busy machine needs: only a fault reaches it.
const WaitLimit = 3 * time.Minute

var e2e = flag.Bool("e2e", false, "run on the cluster that $KUBECONFIG names")

// A Cluster is what a test writes to. Server is nil if the cluster is a real one.
type Cluster struct {
	Config *kubeconfig.Config
	Client *transport.Client
	Pods   *resources.API[resources.Pod]
	Server *kxtest.Server
}

// Start returns a cluster without pods. What the test creates in its namespace goes with the test.
func Start(t *testing.T) *Cluster {
	t.Helper()
	c := &Cluster{}
	if *e2e {
		cfg, err := kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
		c.Config = cfg
	} else {
		c.Server = kxtest.Start(t)
		c.Config = c.Server.Config()
	}
	client, err := transport.New(c.Config)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	c.Client = client
	if *e2e {
		c.Config.Namespace = newNamespace(t, client)
	}
	c.Pods = resources.New[resources.Pod](client, resources.InNamespace(c.Config.Namespace))
	return c
}

// newNamespace creates a namespace, waits until pods may be created in it, and deletes it with the
// test.
func newNamespace(t *testing.T, client *transport.Client) string {
	namespaces := resources.New[resources.Namespace](client)
	name := fmt.Sprintf("kx-examples-%d", time.Now().UnixNano())
	_, err := namespaces.Create(t.Context(), &resources.Namespace{
		Metadata: resources.ObjectMeta{Name: name},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), WaitLimit)
		defer cancel()
		_, err := namespaces.Delete(ctx, name)
		require.NoError(t, err)
	})
	accounts := resources.New[resources.ServiceAccount](client, resources.InNamespace(name))
	require.NoError(t, resources.WaitFor(Within(t), accounts, "default", resources.Added))
	return name
}

// Within returns a context that limits a wait.
func Within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), WaitLimit)
	t.Cleanup(cancel)
	return ctx
}

// CreatePod creates a pod of these containers, as JSON objects.
func (c *Cluster) CreatePod(t *testing.T, name string, containers ...string) {
	t.Helper()
	_, err := c.Pods.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion": "v1", "kind": "Pod",
		"metadata": {"name": %q, "labels": {"app": %q}},
		"spec": {"automountServiceAccountToken": false, "terminationGracePeriodSeconds": 0,
		"containers": [%s]}}`,
		name, strings.TrimRight(name, "-0123456789"), strings.Join(containers, ",")))
	require.NoError(t, err)
}

// RunPod creates a pod whose container app runs this shell command, and waits until it is ready.
func (c *Cluster) RunPod(t *testing.T, name, command string) {
	t.Helper()
	c.CreatePod(t, name, Container(command))
	require.NoError(t, resources.WaitFor(Within(t), c.Pods, name, resources.Ready))
}

// Container returns a container called app that runs this shell command.
func Container(command string) string {
	return fmt.Sprintf(`{"name": "app", "image": %q, "imagePullPolicy": "Never",
		"command": ["sh", "-c", %q]}`, Image, command)
}
