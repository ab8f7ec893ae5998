package conformance_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// identity is how kx learns the server and the user.
type identity struct {
	file  string   // the kubeconfig
	flags []string // connection flags
	env   []string
	pod   string // in the namespace default, instead of one of this run's pods
}

// as runs kx with an identity, in the test's environment without variables that select another.
func (w *world) as(t *testing.T, id identity, args ...string) result {
	t.Helper()
	namespace := w.config.Namespace
	if id.pod != "" {
		namespace = "default"
	}
	cmd := exec.CommandContext(
		within(t, commandLimit),
		w.kxProgram,
		append(append([]string{"--kubeconfig", id.file, "-n", namespace}, id.flags...), args...)...)
	cmd.Env = append(append(os.Environ(), "KX_CONFIG="+os.DevNull, "KX_DEBUG_IMAGE="), id.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// call performs a read, a write or a stream. The write is unique to this run.
func (w *world) call(name, pod string) []string {
	switch name {
	case "get":
		return []string{"get", "pod", pod, "-o", "name"}
	case "patch":
		return []string{
			"patch", "pod", pod, "--type", "merge", "-p",
			`{"metadata":{"labels":{"` + patchedLabel + `":"` + w.config.Namespace + `"}}}`,
		}
	}
	return []string{"exec", pod, "-q", "--", "echo", "here"}
}

const patchedLabel = "kx-patched"

// unlabel removes the label from a pod that this run did not create.
func (w *world) unlabel(t *testing.T, pod string) {
	_, err := resources.New[resources.Pod](w.client, resources.InNamespace("default")).Patch(atEnd(t), pod,
		patch.Merge(map[string]any{"metadata": map[string]any{"labels": map[string]any{patchedLabel: nil}}}))
	require.NoError(t, err)
}

// used requires these calls, or all of them, to succeed with the identity and to print only their
// results.
func (w *world) used(t *testing.T, id identity, names ...string) {
	t.Helper()
	pod := id.pod
	if pod == "" {
		pod = w.running(t)
	} else {
		t.Cleanup(func() { w.unlabel(t, pod) })
	}
	if len(names) == 0 {
		names = []string{"get", "patch", "exec"}
	}
	says := map[string]string{"get": "pod/" + pod + "\n", "patch": "pod/" + pod + " patched\n", "exec": "here\n"}
	for _, name := range names {
		if name == "port-forward" {
			f := w.forward(t, id, 1, "--address", "127.0.0.1", pod, ":8089")
			f.resets(t, 0) // nothing listens there
			eventually(t, "the node has said so", func() bool {
				return strings.HasSuffix(f.stderr.String(), "connection refused: nothing in the pod listens there\n")
			})
			continue
		}
		require.Equal(t, result{stdout: says[name]}, w.as(t, id, w.call(name, pod)...), name)
	}
}

// refusedAs requires the server to forbid these calls, and kx to suggest the command that lists the
// rights.
func (w *world) refusedAs(t *testing.T, id identity, names ...string) {
	t.Helper()
	pod := id.pod
	if pod == "" {
		pod = w.pod(t)
	}
	for _, name := range names {
		done := w.as(t, id, w.call(name, pod)...)
		require.Contains(t, []int{1, 125}, done.code, name)
		require.Empty(t, done.stdout)
		require.Contains(t, done.stderr, "forbidden")
		require.Contains(t, done.stderr, "kx auth check")
	}
}

// whoAmI returns the server's name for a kubeconfig's user.
func (w *world) whoAmI(t *testing.T, file string) string {
	t.Helper()
	done := w.as(t, identity{file: file}, "auth", "whoami", "-o", "json")
	require.Equal(t, 0, done.code, done.stderr)
	var review struct {
		Status struct {
			UserInfo struct {
				Username string `json:"username"`
			} `json:"userInfo"`
		} `json:"status"`
	}
	require.NoError(t, json.Unmarshal([]byte(done.stdout), &review))
	return review.Status.UserInfo.Username
}

// write writes a kubeconfig for cfg's cluster with these fields of the user.
func (w *world) write(t *testing.T, cfg *kubeconfig.Config, user string) string {
	t.Helper()
	cluster := fmt.Sprintf("server: %q, certificate-authority: %q", cfg.Server, w.caFile(t))
	if cfg.TLS.ServerName != "" {
		cluster += ", tls-server-name: " + cfg.TLS.ServerName
	}
	if cfg.ProxyURL != "" {
		cluster += fmt.Sprintf(", proxy-url: %q", cfg.ProxyURL)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {%s}}]
users: [{name: u, user: {%s}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`, cluster, user), 0o600))
	return file
}

// caFile writes the cluster's certificate authority to a file.
func (w *world) caFile(t *testing.T) string {
	t.Helper()
	if w.config.TLS.CAFile != "" {
		return w.config.TLS.CAFile
	}
	file := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(file, w.config.TLS.CAData, 0o600))
	return file
}

// administrator returns the fields of the administrator's user.
func (w *world) administrator(t *testing.T) string {
	if w.config.BearerToken != "" {
		return "token: " + w.config.BearerToken
	}
	cert, key := w.clientCertificate(t)
	encode := base64.StdEncoding.EncodeToString
	return "client-certificate-data: " + encode(cert) + ", client-key-data: " + encode(key)
}

// plugin is a credential plugin: a shell script that prints prepared answers in turn, and repeats
// the last one.
type plugin struct{ dir, path string }

const execV1 = "client.authentication.k8s.io/v1"

// answer returns a plugin's output.
func answer(status map[string]any) string {
	text, err := json.Marshal(map[string]any{"apiVersion": execV1, "kind": "ExecCredential", "status": status})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func newPlugin(t *testing.T, answers ...string) *plugin {
	t.Helper()
	p := &plugin{dir: t.TempDir()}
	p.path = filepath.Join(p.dir, "get-credential")
	for i, text := range answers {
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, fmt.Sprintf("answer.%d", i+1)), []byte(text), 0o600))
	}
	require.NoError(t, os.WriteFile(p.path, []byte(`#!/bin/sh
cd "$ANSWERS" || exit 1
echo run >> runs
printf %s "$KUBERNETES_EXEC_INFO" > info
n=$(wc -l < runs)
while [ ! -e "answer.$((n))" ]; do n=$((n - 1)); done
cat "answer.$((n))"
`), 0o700))
	return p
}

// entry returns the fields of a user with the plugin.
func (p *plugin) entry(apiVersion string) string {
	return fmt.Sprintf(
		"exec: {apiVersion: %s, command: %q, env: [{name: ANSWERS, value: %q}], interactiveMode: IfAvailable, "+
			"provideClusterInfo: true}",
		apiVersion,
		p.path,
		p.dir,
	)
}

// runs returns how often the plugin ran.
func (p *plugin) runs(t *testing.T) int {
	text, err := os.ReadFile(filepath.Join(p.dir, "runs"))
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	return strings.Count(string(text), "run\n")
}

// execInfo is the input of a plugin.
type execInfo struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       struct {
		Interactive bool `json:"interactive"`
		Cluster     struct {
			Server string `json:"server"`
			CA     []byte `json:"certificate-authority-data"`
		} `json:"cluster"`
	} `json:"spec"`
}

// info returns the last input of the plugin.
func (p *plugin) info(t *testing.T) (info execInfo) {
	text, err := os.ReadFile(filepath.Join(p.dir, "info"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &info))
	return info
}
