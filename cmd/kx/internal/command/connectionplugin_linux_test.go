package command

import (
	"bytes"
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestACredentialPluginUsesTheTerminalUnlessTheCommandReadsStdin(t *testing.T) {
	c := clitest.Start(t)
	cfg := c.ConfigOf("kx-editor")
	asking := c.Write("asking", `#!/bin/sh
case $KUBERNETES_EXEC_INFO in
*'"interactive":true'*) test -t 0 && echo with the terminal ;;
*) echo without ;;
esac >"$0.input"
cat "$0.input" >&2
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "`+cfg.BearerToken+`"}}'
`)
	require.NoError(t, os.Chmod(asking, 0o700))
	kubeconfig := clitest.KubeconfigFor(t, cfg.Server, ", certificate-authority-data: "+base64.StdEncoding.EncodeToString(cfg.TLS.CAData),
		`exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: "`+asking+`"}`)
	pod := c.Write("pod.yaml", clitest.PodYAML)
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
		w := clitest.NewTerminal(t)
		_, err := w.Master.WriteString(strings.Replace(clitest.PodYAML, "web-0", "web-1", 1) + "\x04\x04")
		require.NoError(t, err)
		var out, messages bytes.Buffer
		clitest.Run(clitest.WithLimit(t), w.Slave, &out, &messages, append([]string{"--kubeconfig", kubeconfig}, test.args...))
		first, _, _ := strings.Cut(messages.String(), "\n")
		input, err := os.ReadFile(asking + ".input")
		require.NoError(t, err)
		require.Equal(t, test.want+"\n", string(input), "%v: %s", test.args, &messages)
		if test.args[0] == "__complete" {
			require.Empty(t, first)
			continue
		}
		require.Equal(t, test.want, first, "%v: %s", test.args, &messages)
	}
}
