package conformance_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
	"github.com/kx-k8s/kx/subresource"
)

// command are behaviours as a person sees them, through the program kx.
func command() []behaviour {
	return []behaviour{
		{"kx debug adds a running container, and prints only its name", func(t *testing.T, w *world) {
			name := w.running(t)
			done := w.kx(t, "", "debug", name, "--image", image, "--image-pull-policy", "Never", "--target", "app", "-q", "--", "sleep", "60")
			require.Equal(t, 0, done.code, done.stderr)
			require.Regexp(t, "^pod/"+name+`: debugger-\w{5}\n$`, done.stdout)
			require.Empty(t, done.stderr)
			require.NotNil(t, w.get(t, name).Status.EphemeralContainerStatuses[0].State.Running)
		}},
		{"kx debug fails at once if the image does not exist", func(t *testing.T, w *world) {
			name := w.running(t)
			done := w.kx(t, "", "debug", name, "--image", "kx.local/no-such:1", "--image-pull-policy", "Never", "-c", "debugger")
			require.Equal(t, 1, done.code)
			require.Empty(t, done.stdout)
			require.Contains(t, done.stderr, `ErrImageNeverPull: Container image "kx.local/no-such:1" is not present with pull policy of Never`)
		}},
		{"kx patch adds a container by each kind of patch", func(t *testing.T, w *world) {
			merge := `{"spec":{"ephemeralContainers":[{"name":"debugger","image":"kx.local/busybox:1"}]}}`
			for kind, p := range map[string]string{
				"merge": merge, "strategic": merge,
				"apply": `{"apiVersion":"v1","kind":"Pod",` + merge[1:],
				"json":  `[{"op":"add","path":"/spec/ephemeralContainers","value":[{"name":"debugger","image":"kx.local/busybox:1"}]}]`,
			} {
				name := w.pod(t)
				done := w.kx(t, "", "patch", "pod", name, "--subresource", "ephemeralcontainers", "--type", kind, "-p", p)
				require.Equal(t, 0, done.code, done.stderr)
				require.Equal(t, "pod/"+name+" patched\n", done.stdout)
				w.has(t, name, "debugger")
			}
		}},
		{"kx patch prints the server's refusal of a removal, and fails", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			done := w.kx(t, "", "patch", "pod/"+name, "--subresource", "ephemeralcontainers", "--type", "merge", "-p", `{"spec":{"ephemeralContainers":[{"name":"debugger","image":"a"}]}}`)
			require.Equal(t, 1, done.code)
			require.Empty(t, done.stdout)
			require.Contains(t, done.stderr, `existing ephemeral containers "first" may not be removed`)
			require.Equal(t, 1, strings.Count(done.stderr, "\n"), done.stderr)
		}},
		{"kx replace adds a container to the pod that kx get printed", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			got := w.kx(t, "", "get", "pod", name, "--subresource", "ephemeralcontainers", "-o", "json")
			require.Equal(t, 0, got.code, got.stderr)
			document := strings.Replace(got.stdout, `"ephemeralContainers": [`, `"ephemeralContainers": [{"name":"debugger","image":"kx.local/busybox:1"},`, 1)
			require.NotEqual(t, got.stdout, document)
			done := w.kx(t, document, "replace", "--subresource", "ephemeralcontainers", "-f", "-")
			require.Equal(t, 0, done.code, done.stderr)
			require.Equal(t, "pod/"+name+" replaced\n", done.stdout)
			w.has(t, name, "debugger", "first")
		}},
		{"kx creates, gets and deletes a pod", func(t *testing.T, w *world) {
			name := w.name()
			done := w.kx(t, string(podNamed(name)), "create", "-f", "-")
			require.Equal(t, result{stdout: "pod/" + name + " created\n"}, done)
			done = w.kx(t, "", "get", "pods", name, "-o", "name")
			require.Equal(t, result{stdout: "pod/" + name + "\n"}, done)
			done = w.kx(t, "", "delete", "pod", name, "--now")
			require.Equal(t, 0, done.code, done.stderr)
			done = w.kx(t, "", "get", "pod", name)
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, `pods "`+name+`" not found`)
		}},
		{"kx get of several kinds prints those that the user may list, and names each of the others", func(t *testing.T, w *world) {
			name := w.pod(t)
			_, user := w.addUser(t, "podlister", right{verbs: []string{"list"}, resources: []string{"pods"}})
			done := w.kx(t, "", "get", "secrets,pods,configmaps", "--as", user, "--field-selector", "metadata.name="+name, "-o", "name")
			require.Equal(t, result{code: 1, stdout: "pod/" + name + "\n", stderr: done.stderr}, done)
			lines := strings.Split(strings.TrimSuffix(done.stderr, "\n"), "\n")
			require.Len(t, lines, 2, done.stderr)
			for i, resource := range []string{"secrets", "configmaps"} {
				require.Contains(t, lines[i], fmt.Sprintf(` is forbidden: User %q cannot list resource %q`, user, resource))
			}
		}},
		{"kx refuses ephemeral containers of a deployment, and names the kind that has them", func(t *testing.T, w *world) {
			done := w.kx(t, "", "get", "deployment", "a", "--subresource", "ephemeralcontainers")
			require.NotEqual(t, 0, done.code)
			var unsupported error = &subresource.UnsupportedError{Kind: "deployments.apps", Subresource: "ephemeralcontainers", Kinds: []string{"pods"}}
			require.Contains(t, done.stderr, unsupported.Error())
		}},
	}
}

// result is what a program did.
type result struct {
	stdout, stderr string
	code           int
}

// kx runs the program in the run's namespace.
func (w *world) kx(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return w.run(t, w.kxProgram, stdin, args...)
}

func (w *world) run(t *testing.T, program, stdin string, args ...string) result {
	t.Helper()
	ctx := within(t, commandLimit)
	cmd := exec.CommandContext(ctx, program, append([]string{"--kubeconfig", w.kubeconfig, "-n", w.config.Namespace}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Env = append(os.Environ(), "KX_CONFIG="+os.DevNull, "KX_DEBUG_IMAGE=", "KX_COMPLETION_TIMEOUT="+commandLimit.String())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	require.NoError(t, ctx.Err(), "%s %s did not end within %s", program, args, commandLimit)
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// buildCommand builds the program kx, static, so that it runs in a container too.
func buildCommand(t *testing.T) string {
	program := filepath.Join(t.TempDir(), "kx")
	require.NoError(t, os.Rename(buildtest.Build(t, "../cmd/kx"), program))
	return program
}
