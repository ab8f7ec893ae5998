//go:build unix

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/imagearchive"
	"github.com/kx-k8s/kx/kxtest"
)

// The objects that the examples name are those of kx-sandbox. Only delete and replace need a pod
// that an example of kx create has made.
func TestTheExamplesWorkInASandboxAsWritten(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		// The examples of completion need four shells. Those of port-forward run until they are
		// interrupted, and have a test of their own.
		if cmd.Example != "" && cmd.Name() != "completion" && cmd.Name() != "port-forward" {
			t.Run(cmd.CommandPath(), func(t *testing.T) { runExamples(t, cmd) })
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(NewRoot(&command.Invocation{}))
}

// deploymentFile is the deployment of the sandbox without its optional fields.
const deploymentFile = `{"apiVersion": "apps/v1", "kind": "Deployment",
	"metadata": {"name": "web"}, "spec": {
	"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
	"template": {"metadata": {"labels": {"app": "web"}},
		"spec": {"containers": [{"name": "app", "image": "kx.local/busybox:1"}]}}}}`

// startSandbox starts a server with the objects of kx-sandbox, and waits until its pods are ready.
func startSandbox(t *testing.T) *clitest.Cluster {
	c := clitest.Start(t, kxtest.WithSandbox())
	c.MustRun("wait", "pods", "-l", "app=web", "--for", "condition=Ready")
	return c
}

// exampleSandbox starts a sandbox, and returns it with a folder of the files that examples name.
func exampleSandbox(t *testing.T) (*clitest.Cluster, string) {
	c := startSandbox(t)
	folder := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(folder, "kx")))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pod.yaml"), []byte(clitest.PodYAML), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pod-with-debugger.json"), []byte(clitest.Debugged), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "deployment.yaml"), []byte(deploymentFile), 0o600))
	kubeconfig, err := os.ReadFile(c.KubeconfigFile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "standalone.kubeconfig"), kubeconfig, 0o600))
	return c, folder
}

func runExamples(t *testing.T, cmd *cobra.Command) {
	c, folder := exampleSandbox(t)
	if cmd.Name() == "delete" || cmd.Name() == "replace" {
		c.MustRun("create", "-f", filepath.Join(folder, "pod.yaml"))
	}
	if cmd.Name() == "play" || cmd.Name() == "html" {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "s.cast"), []byte(`{"version":3,"term":{"cols":80,"rows":24}}`), 0o600))
	}
	if strings.HasPrefix(cmd.CommandPath(), "kx image") {
		writePrograms(t, folder)
	}
	// A watch goes on until its limit.
	script := strings.ReplaceAll(cmd.Example, "--watch", "--watch --request-timeout 1s")
	out, err := exampleShell(t, c, folder, script)
	require.NoError(t, err, out)
	require.NotContains(t, out, "error: ")
}

// writePrograms writes the programs and the directory of the examples of kx image.
func writePrograms(t *testing.T, folder string) {
	program := clitest.StaticProgram()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "strace"), program, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "busybox"), append(program, "\x00ls\x00sh\x00"...), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "root"), 0o700))
	archive, err := os.Create(filepath.Join(folder, "tools.tar"))
	require.NoError(t, err)
	_, err = imagearchive.Pack(t.Context(), archive, imagearchive.PackOptions{Name: "kx.local/tools:1", Paths: []string{filepath.Join(folder, "strace")}})
	require.NoError(t, err)
	require.NoError(t, archive.Close())
}

// exampleShell runs a script in which kx is this tree's.
func exampleShell(t *testing.T, c *clitest.Cluster, folder, script string) (string, error) {
	shell := exec.CommandContext(clitest.WithLimit(t), "sh", "-e", "-c", script)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	shell.Dir = folder
	shell.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0",
		"KUBECONFIG="+c.KubeconfigFile, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := shell.CombinedOutput()
	return string(out), err
}
