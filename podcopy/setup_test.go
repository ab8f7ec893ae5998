package podcopy_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// limit is how long a test waits for one event, and how long one copy may take.
const limit = 2 * time.Minute

// within returns a context that ends after limit.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// start starts a server whose two pods, shell and distroless, are running.
func start(t testing.TB, options ...kxtest.Option) (*kxtest.Server, *resources.API[resources.Pod]) {
	t.Helper()
	server := kxtest.Start(t, append([]kxtest.Option{kxtest.WithDemo()}, options...)...)
	pods := podsAs(t, server, "kx-admin")
	awaitRunning(t, pods, "shell")
	awaitRunning(t, pods, "distroless")
	return server, pods
}

func podsAs(t testing.TB, server *kxtest.Server, user string) *resources.API[resources.Pod] {
	t.Helper()
	client, err := transport.New(server.ConfigOf(user))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return resources.New[resources.Pod](client)
}

func awaitRunning(t testing.TB, pods *resources.API[resources.Pod], name string) {
	t.Helper()
	require.Eventually(t, func() bool {
		pod, err := pods.Get(within(t), name)
		return err == nil && pod.Status.Phase == "Running"
	}, limit, time.Millisecond, "pod %s runs", name)
}

// createPod creates a pod whose container app sleeps, and waits until it runs.
func createPod(t *testing.T, server *kxtest.Server, pods *resources.API[resources.Pod], name, spec string) {
	t.Helper()
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{` + spec + `
		"containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}]}}`)
	require.NoError(t, err)
	awaitRunning(t, pods, name)
}

// folder returns a temporary directory with these files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return dir
}

// tree returns the mode of each file in a directory, followed by its contents or its target.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		name, err := filepath.Rel(dir, file)
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		what := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			what += " " + string(text)
		case info.Mode()&fs.ModeSymlink != 0:
			link, err := os.Readlink(file)
			require.NoError(t, err)
			what += " " + link
		}
		found[name] = what
		return nil
	}))
	delete(found, ".")
	return found
}

// shell runs a script in a container and returns its output.
func shell(t *testing.T, pods *resources.API[resources.Pod], pod, container, script string) string {
	t.Helper()
	res, err := subresource.Exec(pods).Run(within(t), pod, subresource.ExecOptions{
		Container: container, Command: []string{"sh", "-c", script},
	})
	require.NoError(t, err)
	require.Zero(t, res.ExitCode, "%s", res.Stderr)
	return string(res.Stdout)
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}
