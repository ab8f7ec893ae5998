//go:build unix

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// TestMain makes the test's own binary the kx of the examples, and keeps the settings of whoever runs the tests out of them.
func TestMain(m *testing.M) {
	os.Setenv("KX_CONFIG", os.DevNull)
	os.Unsetenv("KX_DEBUG_IMAGE")
	if filepath.Base(os.Args[0]) == "kx" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// debugged is the pod of pod.yaml with an ephemeral container, as in the example of replace.
const debugged = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "app", "image": "kx.local/busybox:1"}],
	"ephemeralContainers": [{"name": "tools", "image": "kx.local/busybox:1"}]}}`

const deployment = `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "web"}},
	"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "kx.local/busybox:1"}]}}}}`

func TestTheExamplesWorkAsWritten(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		// Those of completion are for four shells, and those of port-forward go on until they are interrupted: they have tests of their own.
		if cmd.Example != "" && cmd.Name() != "completion" && cmd.Name() != "port-forward" {
			t.Run(cmd.CommandPath(), func(t *testing.T) { runExamples(t, cmd) })
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(&kx{}))
}

func runExamples(t *testing.T, cmd *cobra.Command) {
	c := start(t)
	folder := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(folder, "kx")))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pod.yaml"), []byte(podYAML), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pod-with-debugger.json"), []byte(debugged), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "deployment.yaml"), []byte(deployment), 0o600))
	_, err = c.Create(deployment)
	require.NoError(t, err)
	if cmd.Name() == "delete" || cmd.Name() == "replace" {
		_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
			{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "600"]}]}}`)
		require.NoError(t, err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-e", "-c", cmd.Example)
	shell.Dir = folder
	shell.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", // or each run of the race detector ends a second late
		"KUBECONFIG="+c.kubeconfig, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := shell.CombinedOutput()
	require.NoError(t, err, string(out))
	require.NotContains(t, string(out), "error: ")
}
