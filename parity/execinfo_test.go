package parity_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"encoding/pem"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// A credential plugin is another vendor's program: kx must pass it the same information as
// client-go.
func TestACredentialPluginReceivesTheSameInformationAsFromClientGo(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer made-by-a-plugin" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	for name, row := range map[string]struct{ version, cluster, exec string }{
		"no cluster is passed unless provideClusterInfo is set": {"v1", "certificate-authority: " + ca, "interactiveMode: Never"},
		"a CA file is passed in-line":                           {"v1", "certificate-authority: " + ca, "interactiveMode: Never, provideClusterInfo: true"},
		"v1beta1 is sent in its own version":                    {"v1beta1", "certificate-authority: " + ca, "provideClusterInfo: true"},
		"insecure, with the name to verify":                     {"v1", "insecure-skip-tls-verify: true, tls-server-name: example.com", "interactiveMode: IfAvailable, provideClusterInfo: true"},
		"compression":                                           {"v1", "disable-compression: true, certificate-authority: " + ca, "interactiveMode: IfAvailable, provideClusterInfo: true"},
		"the extension is passed as it is": {"v1", "certificate-authority: " + ca + `, extensions: [{name: other, extension: {a: 1}}, {name: client.authentication.k8s.io/exec, extension: {audience: "x", number: 12345678901, f: 1.5, b: true, z: null, l: [1, "2"], o: {k: v}}}]`,
			"interactiveMode: Never, provideClusterInfo: true"},
		"the environment is the process's, then the config's": {"v1", "certificate-authority: " + ca, "interactiveMode: Never, env: [{name: PLUGIN_A, value: one}, {name: HOME, value: /elsewhere}, {name: KUBERNETES_EXEC_INFO, value: none}, {name: PLUGIN_A, value: two}]"},
		"arguments go as they are":                            {"v1", "certificate-authority: " + ca, `interactiveMode: Never, args: ["a b", "", "$HOME", "--x=y"]`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			plugin := filepath.Join(dir, "plugin")
			apiVersion := "client.authentication.k8s.io/" + row.version
			require.NoError(t, os.WriteFile(plugin, fmt.Appendf(nil, `#!/bin/sh
printf '%%s\n' "$#" "$@" "$HOME" "$PLUGIN_A" "$OUTER" > "$SEEN/words"
printf %%s "$KUBERNETES_EXEC_INFO" > "$SEEN/info"
echo '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"made-by-a-plugin"}}'
`, apiVersion), 0o700))
			file := filepath.Join(dir, "kubeconfig")
			require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `
clusters: [{name: c, cluster: {server: %q, %s}}]
users: [{name: u, user: {exec: {apiVersion: %s, command: %q, %s}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`, server.URL+"/prefix", row.cluster, apiVersion, plugin, row.exec), 0o600))
			t.Setenv("OUTER", "outer")

			theirs, ours := t.TempDir(), t.TempDir()
			t.Setenv("SEEN", theirs)
			cfg, err := clientcmd.BuildConfigFromFlags("", file)
			require.NoError(t, err)
			hc, err := rest.HTTPClientFor(cfg)
			require.NoError(t, err)
			resp, err := hc.Get(server.URL + "/prefix/api")
			require.NoError(t, err)
			resp.Body.Close()
			require.Equal(t, http.StatusOK, resp.StatusCode)

			t.Setenv("SEEN", ours)
			loaded, err := kubeconfig.Load(kubeconfig.Options{Path: file})
			require.NoError(t, err)
			client, err := transport.New(loaded)
			require.NoError(t, err)
			defer client.Close()
			_, err = client.Fetch(t.Context(), &transport.Request{Method: http.MethodGet, Path: []string{"api"}})
			require.NoError(t, err)

			require.Equal(t, read(t, theirs, "words"), read(t, ours, "words"))
			require.Empty(t, cmp.Diff(info(t, theirs), info(t, ours)))
		})
	}
}

func read(t *testing.T, dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(text)
}

// info returns the information that a plugin received, with the literals of its numbers.
func info(t *testing.T, dir string) (told any) {
	require.NoError(t, json.Unmarshal([]byte(read(t, dir, "info")), &told))
	return told
}
