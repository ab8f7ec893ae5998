package imagearchive_test

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/imagearchive"
	"github.com/kx-k8s/kx/internal/leaktest"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// start starts a server, and returns it with its pods.
func start(t *testing.T, o ...kxtest.Option) (*kxtest.Server, *resources.API[resources.Pod]) {
	server := kxtest.Start(t, o...)
	client, err := transport.New(server.Config())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return server, resources.New[resources.Pod](client)
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// archive returns an archive with an image for a machine.
func archive(t *testing.T, name string, machine uint16) *imagearchive.Archive {
	folder := write(t, map[string]string{"kx": string(elf(machine, ""))})
	text := pack(t, imagearchive.PackOptions{Name: name, Paths: []string{filepath.Join(folder, "kx")}})
	opened, err := imagearchive.Open(bytes.NewReader(text))
	require.NoError(t, err)
	return opened
}

// options are those of a pod with an image that the node has.
func options() imagearchive.LoadOptions {
	return imagearchive.LoadOptions{Pod: debug.Options{Image: kxtest.BusyboxImage, ImagePullPolicy: "Never", Timeout: time.Minute}}
}

// requireNoPods requires that each pod is gone, or on its way.
func requireNoPods(t *testing.T, pods *resources.API[resources.Pod]) {
	t.Helper()
	for pod, err := range pods.All(within(t), resources.ListOptions{LabelSelector: debug.DebugPods}) {
		require.NoError(t, err)
		require.NotNil(t, pod.Metadata.DeletionTimestamp)
	}
}

func TestLoadBringsAnImageToANode(t *testing.T) {
	_, pods := start(t)
	o := options()
	var done, total int64
	o.Progress = func(sent, of int64) { done, total = sent, of }
	a := archive(t, "kx.local/tools:1", amd64)
	for range 2 { // the second time the node has it
		images, err := a.Load(within(t), pods, "kx-node", o)
		require.NoError(t, err)
		require.Equal(t, []imagearchive.Image{{Name: "kx.local/tools:1", OS: "linux", Architecture: "amd64"}}, images)
		require.Positive(t, total)
		require.Equal(t, total, done)
	}
	requireNoPods(t, pods)
	var out bytes.Buffer
	res, err := debug.RunOnNode(within(t), pods, "kx-node", debug.NodeOptions{Options: debug.Options{
		Image: "kx.local/tools:1", ImagePullPolicy: "Never", Command: []string{"echo", "hi"}, Stdout: &out}})
	require.NoError(t, err)
	require.Zero(t, res.ExitCode)
	require.Equal(t, "hi\n", out.String())
}

func TestLoadRefusesAnArchiveForAnotherArchitectureBeforeItCreatesAPod(t *testing.T) {
	server, pods := start(t)
	server.ForgetRequests()
	_, err := archive(t, "kx.local/tools:1", arm64).Load(within(t), pods, "kx-node", options())
	var refused *imagearchive.PlatformError
	require.ErrorAs(t, err, &refused)
	require.EqualError(t, err, "node kx-node runs linux/amd64, and the archive has kx.local/tools:1 for linux/arm64")
	_, err = archive(t, "kx.local/tools:1", amd64).Load(within(t), pods, "no-such", options())
	require.ErrorIs(t, err, transport.ErrNotFound)
	for _, r := range server.Requests() {
		require.Equal(t, http.MethodGet, r.Method)
	}
}

func TestLoadRefusesAnArchiveWithoutAName(t *testing.T) {
	_, pods := start(t)
	unnamed, err := imagearchive.Open(bytes.NewReader(archiveOf(file{"c.json", configText}, file{"l/layer.tar", ""}, docker("null"))))
	require.NoError(t, err)
	_, err = unnamed.Load(within(t), pods, "kx-node", options())
	require.EqualError(t, err, "node kx-node runs linux/amd64, and the archive has one without a name for linux/amd64")
}

func TestLoadWorksWithoutTheRightToReadNodes(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: "/api/v1/nodes/kx-node", Times: -1,
		Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "may not read nodes", 0)})
	images, err := archive(t, "kx.local/tools:1", amd64).Load(within(t), pods, "kx-node", options())
	require.NoError(t, err)
	require.Len(t, images, 1)
}

func TestLoadSaysWhatTheNodeSaysAndRemovesThePod(t *testing.T) {
	_, pods := start(t)
	// kxtest's ctr wants manifest.json, which the OCI layout does not need
	other, err := imagearchive.Open(bytes.NewReader(archiveOf(file{"", configText}, file{"", layerText}, file{"", manifestText},
		file{"index.json", index(descriptor(manifestText, named(containerd, "a.b/c:1")))})))
	require.NoError(t, err)
	_, err = other.Load(within(t), pods, "kx-node", options())
	var refused *imagearchive.LoadError
	require.ErrorAs(t, err, &refused)
	require.EqualError(t, err, "node kx-node did not take the images: ctr: unrecognized image format")
	require.Equal(t, 1, refused.Code)
	requireNoPods(t, pods)
}

func TestLoadSaysWhichNamespaceItNeeds(t *testing.T) {
	_, all := start(t)
	namespace, err := resources.New[resources.Namespace](all.Client()).CreateRaw(within(t), []byte(`{"apiVersion":"v1",`+
		`"kind":"Namespace","metadata":{"name":"secured","labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}`))
	require.NoError(t, err)
	pods := resources.New[resources.Pod](all.Client(), resources.InNamespace(namespace.Metadata.Name))
	_, err = archive(t, "kx.local/tools:1", amd64).Load(within(t), pods, "kx-node", options())
	require.ErrorAs(t, err, new(*debug.PodSecurityError))
	require.ErrorContains(t, err, "a node takes images from a privileged pod: choose a namespace that enforces privileged or none")
}

func TestLoadRemovesThePodOfALostSession(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Query: map[string]string{"stdin": "true"}, Times: -1, Then: kxtest.CutStream(0)})
	_, err := archive(t, "kx.local/tools:1", amd64).Load(within(t), pods, "kx-node", options())
	require.Error(t, err)
	requireNoPods(t, pods)
}
