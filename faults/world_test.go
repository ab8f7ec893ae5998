package faults_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/imagearchive"
	"github.com/kx-k8s/kx/internal/buildtest"
	"github.com/kx-k8s/kx/internal/faultproxy"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// image is on the node, with a shell, nc, tar and the usual commands.
const image = kxtest.BusyboxImage

// world is a server with the objects that the cells read, and the program kx.
type world struct {
	upstream   *faultproxy.Upstream
	client     *transport.Client // without a proxy
	kxProgram  string
	node       string // on which the shared pod runs
	namespace  string
	pods       *resources.API[resources.Pod]
	configMaps *resources.API[resources.ConfigMap]
	made       atomic.Int64
	folder     string
	archive    string // of an image, which stays on the node
}

// container is the JSON of a container of the image.
func container(name, script, members string) string {
	return fmt.Sprintf(`{"name":%q,"image":%q,"imagePullPolicy":"Never","command":["sh","-c",%q]%s}`,
		name, image, script, members)
}

// The programs of the pods. The shared pod prints five lines and echoes on port 8080.
const (
	sharedScript = "for i in 1 2 3 4 5; do echo line $i; done; nc -ll -p 8080 -e cat"
	doneScript   = "for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done"
	sleepScript  = "sleep 3600"
	endingScript = "trap 'exit 0' TERM; while true; do sleep 0.1; done"
	readerScript = "read -r line; echo \"echo: $line\"; read -r line"
)

// newWorld connects to a server, creates a namespace in it, and the objects that cells share.
func newWorld(t *testing.T) *world {
	var cfg *kubeconfig.Config
	if *e2e {
		var err error
		require.NotEmpty(t, os.Getenv("KUBECONFIG"), "-e2e needs $KUBECONFIG")
		cfg, err = kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
	} else {
		cfg = kxtest.Start(t, kxtest.WithPathPrefix("/k8s/clusters/c-1")).Config()
	}
	client, err := transport.New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	namespaces := resources.New[resources.Namespace](client)
	made, err := namespaces.Create(t.Context(),
		&resources.Namespace{Metadata: resources.ObjectMeta{GenerateName: "kx-faults-"}})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := namespaces.Delete(context.WithoutCancel(t.Context()), made.Metadata.Name)
		require.NoError(t, err)
	})
	cfg.Namespace = made.Metadata.Name
	w := &world{client: client, namespace: cfg.Namespace, folder: t.TempDir()}
	w.pods = resources.New[resources.Pod](client, resources.InNamespace(w.namespace))
	w.configMaps = resources.New[resources.ConfigMap](client, resources.InNamespace(w.namespace))
	w.upstream, err = faultproxy.NewUpstream(cfg)
	require.NoError(t, err)
	t.Cleanup(w.upstream.Close)
	w.kxProgram = filepath.Join(t.TempDir(), "kx")
	require.NoError(t, os.Rename(buildtest.Build(t, "../cmd/kx"), w.kxProgram))
	w.archive = packed(t, w.kxProgram)
	w.share(t)
	return w
}

// packed returns an archive with a small image for the architecture of a program.
func packed(t *testing.T, program string) string {
	text, err := os.ReadFile(program)
	require.NoError(t, err)
	head := filepath.Join(t.TempDir(), "head")
	require.NoError(t, os.WriteFile(head, text[:64<<10], 0o600))
	file, err := os.Create(filepath.Join(t.TempDir(), "image.tar"))
	require.NoError(t, err)
	_, err = imagearchive.Pack(t.Context(), file, imagearchive.PackOptions{
		Name: "kx.local/faults:1", Paths: []string{head}})
	require.NoError(t, errors.Join(err, file.Close()))
	return file.Name()
}

// share creates the objects that several cells read.
func (w *world) share(t *testing.T) {
	if *e2e {
		require.NoError(t, resources.WaitFor(t.Context(),
			resources.New[resources.ServiceAccount](w.client, resources.InNamespace(w.namespace)),
			"default", resources.Added))
	}
	for i := range 5 {
		_, err := w.configMaps.Create(t.Context(), &resources.ConfigMap{
			Metadata: resources.ObjectMeta{Name: fmt.Sprintf("shared-%d", i),
				Labels: map[string]string{"app": "shared"}},
			Data: map[string]string{"text": strings.Repeat("0123456789", 200)},
		})
		require.NoError(t, err)
	}
	require.NoError(t, w.createPod(t.Context(), "shared", container("main", sharedScript, "")))
	require.NoError(t, w.createPod(t.Context(), "done", container("main", doneScript, "")))
	require.NoError(t, resources.WaitFor(t.Context(), w.pods, "shared", resources.Ready))
	pod, err := w.pods.Get(t.Context(), "shared")
	require.NoError(t, err)
	w.node = pod.Spec.NodeName
	require.NoError(t, resources.WaitFor(t.Context(), w.pods, "done",
		resources.JSONPath("{.status.phase}", "Succeeded")))
	_, err = resources.New[resources.Deployment](w.client, resources.InNamespace(w.namespace)).
		CreateRaw(t.Context(), []byte(`{"apiVersion":"apps/v1","kind":"Deployment",
			"metadata":{"name":"shared"},"spec":{"replicas":0,
			"selector":{"matchLabels":{"app":"none"}},"template":{
			"metadata":{"labels":{"app":"none"}},"spec":{"containers":[`+
			container("main", sleepScript, "")+`]}}}}`))
	require.NoError(t, err)
}

// createPod creates a pod with these containers, whose label app is its name.
func (w *world) createPod(ctx context.Context, name string, containers ...string) error {
	_, err := w.pods.CreateRaw(ctx, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod",
		"metadata":{"name":%[1]q,"labels":{"app":%[1]q}},"spec":{"restartPolicy":"Never",
		"automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,
		"containers":[%[2]s]}}`, name, strings.Join(containers, ",")))
	return err
}

// needs says what a subject needs besides the shared objects, under its own name.
type needs int

const (
	nothing   needs = iota
	configMap       // a config map
	parked          // a pod that no node takes
	running         // a running pod
	reading         // a running pod that echoes one line of its stdin
	debugged        // a running pod with the debug container "tools", which ends at SIGTERM
	copied          // a running pod, of which a copy may be made
	onNode          // nothing, but a pod on the node may be made
)

// provide creates what a subject needs.
func (w *world) provide(ctx context.Context, n needs, name string) error {
	switch n {
	case configMap:
		_, err := w.configMaps.Create(ctx, &resources.ConfigMap{
			Metadata: resources.ObjectMeta{Name: name}, Data: map[string]string{"a": "1"}})
		return err
	case parked:
		// A resize changes the requests. It is tried on a pod that no node takes: it kills the
		// kubelet of 1.35.4 on a node without cgroups for pods, if the pod has no limit.
		_, err := w.pods.CreateRaw(ctx, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod",
			"metadata":{"name":%q},"spec":{"schedulerName":"none","containers":[%s]}}`, name,
			container("main", sleepScript, `,"resources":{"requests":{"cpu":"1m"}}`)))
		return err
	case running, reading, debugged, copied:
		script, members := sleepScript, ""
		if n == reading { // without stdinOnce, EOF would end the session and not the program
			script, members = readerScript, `,"stdin":true,"stdinOnce":true`
		}
		err := w.createPod(ctx, name, container("main", script, members))
		if err != nil {
			return err
		}
		err = resources.WaitFor(ctx, w.pods, name, resources.Ready)
		if n != debugged || err != nil {
			return err
		}
		_, err = debug.Run(ctx, w.pods, name, debug.Options{Name: "tools", Image: image,
			ImagePullPolicy: "Never", Profile: debug.Baseline, Timeout: cellLimit,
			Command: []string{"sh", "-c", endingScript}})
		return err
	}
	return nil
}

// remove deletes what provide and the subject have created.
func (w *world) remove(n needs, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	switch n {
	case configMap:
		_, _ = w.configMaps.Delete(ctx, name)
	case parked, running, reading, debugged, copied:
		_, _ = w.pods.Delete(ctx, name, resources.GracePeriod(0))
	}
	switch n {
	case copied:
		_, _ = w.pods.Delete(ctx, name+"-copy", resources.GracePeriod(0))
	case onNode:
		w.removeNodePods(ctx, name)
	}
}

// removeNodePods deletes the pods on a node whose program has the name of a cell among its words.
func (w *world) removeNodePods(ctx context.Context, name string) {
	pods, err := w.pods.List(ctx, resources.ListOptions{LabelSelector: "app.kubernetes.io/managed-by=kx-debug"})
	if err != nil {
		return
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if slices.Contains(pod.Spec.Containers[0].Command, name) {
			_, _ = w.pods.Delete(ctx, pod.Metadata.Name, resources.GracePeriod(0))
		}
	}
}

// name returns a new name of an object.
func (w *world) name() string { return fmt.Sprintf("cell-%05d", w.made.Add(1)) }
