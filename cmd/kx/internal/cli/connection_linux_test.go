package cli

import (
	"bytes"
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACredentialPluginHasTheTerminalUnlessTheCommandReadsFromThere(t *testing.T) {
	c := start(t)
	cfg := c.ConfigOf("kx-editor")
	asking := c.write("asking", `#!/bin/sh
case $KUBERNETES_EXEC_INFO in
*'"interactive":true'*) test -t 0 && echo with the terminal >&2 ;;
*) echo without >&2 ;;
esac
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "`+cfg.BearerToken+`"}}'
`)
	require.NoError(t, os.Chmod(asking, 0o700))
	kubeconfig := kubeconfigFor(t, cfg.Server, ", certificate-authority-data: "+base64.StdEncoding.EncodeToString(cfg.TLS.CAData),
		`exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: "`+asking+`"}`)
	pod := c.write("pod.yaml", podYAML)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"get", "pod", "shell"}, "with the terminal"},
		{[]string{"auth", "check"}, "with the terminal"},
		{[]string{"exec", "shell", "-c", "main", "--", "true"}, "with the terminal"},
		{[]string{"create", "-f", pod, "--dry-run=server"}, "with the terminal"},
		{[]string{"exec", "-i", "shell", "-c", "main", "--", "true"}, "without"},
		{[]string{"attach", "-i", "shell", "-c", "nope"}, "without"},
		{[]string{"debug", "-i", "shell", "--image", "kx.local/no-such:1", "--image-pull-policy", "Never"}, "without"},
		{[]string{"patch", "pod", "shell", "--patch-file", "-"}, "without"},
		{[]string{"create", "-f", pod, "-f", "-", "--dry-run=server"}, "without"},
		{[]string{"__complete", "get", "pods", ""}, "without"},
	} {
		w := newWindow(t)
		_, err := w.master.WriteString(strings.Replace(podYAML, "web-0", "web-1", 1) + "\x04\x04") // for those who read it
		require.NoError(t, err)
		var out, messages bytes.Buffer
		run(t.Context(), streams{in: w.slave, out: &out, err: &messages}, append([]string{"--kubeconfig", kubeconfig}, test.args...))
		first, _, _ := strings.Cut(messages.String(), "\n")
		require.Equal(t, test.want, first, "%v: %s", test.args, &messages)
	}
}
