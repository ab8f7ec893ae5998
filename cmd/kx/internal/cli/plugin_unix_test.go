//go:build unix

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

// runAs runs a command line in a process whose program has this name.
func runAs(t *testing.T, c *clitest.Cluster, program string, args ...string) clitest.Result {
	self, err := os.Executable()
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), program)
	require.NoError(t, os.Symlink(self, link))
	cmd := exec.CommandContext(clitest.WithLimit(t), link, args...)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "KUBECONFIG="+c.KubeconfigFile)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	_ = cmd.Run()
	return clitest.Result{Code: cmd.ProcessState.ExitCode(), Out: out.String(), Err: stderr.String()}
}

func TestAPluginOfKubectlSaysKubectlKx(t *testing.T) {
	c := clitest.Start(t)
	tests := []struct {
		place string
		args  []string
		code  int
		// asKx and asPlugin are parts of the output.
		asKx, asPlugin string
	}{
		{"usage", []string{"exec", "--help"}, 0, "USAGE\n  kx exec POD", "USAGE\n  kubectl kx exec POD"},
		{"usage of kx", []string{"--help"}, 0, "\n  kx COMMAND [flags]\n", "\n  kubectl kx COMMAND [flags]\n"},
		{"examples", []string{"exec", "--help"}, 0, "\n  echo hello | kx exec shell", "\n  echo hello | kubectl kx exec shell"},
		{"other commands", []string{"exec", "--help"}, 0, "\n  kx attach, kx debug;", "\n  kubectl kx attach, kubectl kx debug;"},
		{"global flags", []string{"exec", "--help"}, 0, `"kx options"`, `"kubectl kx options"`},
		{"prose about kx", []string{"exec", "--help"}, 0, "  kx failed, or", "  kx failed, or"},
		{"an unknown command", []string{"nope"}, 2, `for "kx"; see kx --help`, `for "kubectl kx"; see kubectl kx --help`},
		{"a command of kubectl", []string{"rollout"}, 2, "use kx wait KIND", "use kubectl kx wait KIND"},
		{"an unknown flag", []string{"get", "--nope"}, 2, "see kx get --help", "see kubectl kx get --help"},
		{"the program that is not there", []string{"exec", "distroless", "--", "ls"}, 127,
			`"kx debug distroless -it --target app`, `"kubectl kx debug distroless -it --target app`},
		{"a page", []string{"describe", "pod", "shell"}, 0, "\n    kx logs shell", "\n    kubectl kx logs shell"},
	}
	for _, test := range tests {
		t.Run(test.place, func(t *testing.T) {
			asKx, asPlugin := runAs(t, c, "kx", test.args...), runAs(t, c, command.PluginProgram, test.args...)
			require.Equal(t, test.code, asKx.Code, asKx.Err)
			require.Equal(t, test.code, asPlugin.Code, asPlugin.Err)
			require.Contains(t, asKx.Out+asKx.Err, test.asKx)
			require.Contains(t, asPlugin.Out+asPlugin.Err, test.asPlugin)
			require.NotContains(t, asKx.Out+asKx.Err, "kubectl kx")
			require.NotContains(t, asPlugin.Out+asPlugin.Err, "kubectl kubectl")
		})
	}
}

// kubectl runs kubectl_complete-kx with the words after "kubectl kx".
func TestKubectlCompletesAPlugin(t *testing.T) {
	c := clitest.Start(t)
	asKx := runAs(t, c, "kx", "__complete", "exec", "sh")
	require.Equal(t, 0, asKx.Code)
	require.Contains(t, asKx.Out, "shell\n")
	require.Equal(t, asKx, runAs(t, c, command.CompletionProgram, "exec", "sh"))

	r := runAs(t, c, command.PluginProgram, "completion", "bash")
	require.Equal(t, clitest.Result{Code: 2, Err: "error: kubectl completes kx by the program kubectl_complete-kx: " +
		"link it to kubectl-kx, in a folder of $PATH; see kubectl kx completion --help\n"}, r)
}
