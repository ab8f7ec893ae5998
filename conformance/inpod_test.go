package conformance_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// inPod are the behaviours of kx in a pod. They need a cluster whose node is this machine, so that
// containers can run the program.
func inPod() []behaviour {
	return []behaviour{
		{
			"kx in a pod uses its service account, its namespace and the server of its environment",
			func(t *testing.T, w *world) {
				_, user := w.addUser(t, "in-pod", editing...)
				run := w.kxInPod(t, "in-pod")
				require.Contains(t, run("", "auth", "whoami").stdout, user)
				require.Contains(t, run("", "get", "pods", "-o", "name").stdout, "pod/")
				elsewhere := run("POD_NAMESPACE=default", "get", "pods")
				require.Equal(t, 1, elsewhere.code)
				require.Contains(t, elsewhere.stderr, `in the namespace "default"`)
				lost := run("KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=1", "get", "pods")
				require.Equal(t, 1, lost.code)
				require.Contains(t, lost.stderr, "127.0.0.1:1")
			},
		},
		{"flags override the service account of a pod", func(t *testing.T, w *world) {
			_, own := w.addUser(t, "in-pod-own", editing...)
			other, name := w.addUser(t, "in-pod-other", editing...)
			run := w.kxInPod(t, "in-pod-own")
			require.Contains(t, run("", "auth", "whoami", "--token", other.BearerToken).stdout, name)
			require.Contains(
				t,
				run("KUBERNETES_SERVICE_PORT=1", "auth", "whoami", "--server", w.config.Server).stdout,
				own,
			)
			require.Contains(t, run("", "auth", "whoami", "-n", "elsewhere").stdout, own)
			refused := run("", "get", "pods", "--as", "kx-somebody")
			require.Equal(t, 1, refused.code)
			// from 1.37 on, the server names the constrained verb
			require.Contains(t, refused.stderr, "cannot impersonate")
			unsafe := run("", "get", "pods", "--certificate-authority", "/etc/passwd")
			require.Equal(t, 1, unsafe.code)
			require.Contains(t, unsafe.stderr, "/etc/passwd holds no PEM certificate")
		}},
	}
}

// kxInPod starts a pod with a service account. It returns a function that runs kx there, with
// variables such as A=B C=D.
func (w *world) kxInPod(t *testing.T, account string) func(variables string, args ...string) result {
	t.Helper()
	server, err := url.Parse(w.config.Server)
	require.NoError(t, err)
	name := w.name()
	made := w.create(
		t,
		fmt.Sprintf(
			`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"serviceAccountName":%q,"hostNetwork":true,
				"terminationGracePeriodSeconds":0,
		"volumes":[{"name":"kx","hostPath":{"path":%q}}],"containers":[{"name":"app","image":"kx.local/busybox:1",
		"imagePullPolicy":"Never","command":["sleep","600"],
		"volumeMounts":[{"name":"kx","mountPath":"/kx","readOnly":true}],
		"env":[{"name":"KUBERNETES_SERVICE_HOST","value":%q},{"name":"KUBERNETES_SERVICE_PORT","value":%q}]}]}}`,
			name,
			account,
			filepath.Dir(w.kxProgram),
			server.Hostname(),
			server.Port(),
		),
	)
	selected := resources.ListOptions{
		FieldSelector: "metadata.name=" + name, ResourceVersion: made.Metadata.ResourceVersion,
	}
	for event, err := range w.pods.Watch(within(t, waitLimit), selected) {
		require.NoError(t, err)
		if event.Object.Status.Phase == "Running" {
			break
		}
	}
	return func(variables string, args ...string) result {
		command := append(
			append([]string{"env"}, strings.Fields(variables)...),
			append([]string{"/kx/" + filepath.Base(w.kxProgram)}, args...)...)
		done, err := subresource.Exec(w.pods).Run(t.Context(), name, subresource.ExecOptions{Command: command})
		require.NoError(t, err)
		return result{string(done.Stdout), string(done.Stderr), done.ExitCode}
	}
}
