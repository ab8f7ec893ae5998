package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestReplaceStoresTheObjectsOfFiles(t *testing.T) {
	c := clitest.Start(t)
	file := c.Write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\n")
	require.Equal(t, `error: `+file+`: PUT /k8s/clusters/c-1/api/v1/namespaces/default/configmaps/m: configmaps "m" not found (404)`, c.Kx("replace", "-f", file).RequireError(t, 1))
	c.MustRun("create", "-f", file)
	c.ForgetRequests()
	require.Equal(t, "configmap/m replaced (dry run)\n", c.MustRun("replace", "-f", file, "--dry-run=client"))
	require.NotContains(t, clitest.Methods(c), "PUT")
	require.Equal(t, "configmap/m replaced (server dry run)\n", c.MustRun("replace", "-f", file, "--dry-run=server"))
	require.Equal(t, "configmap/m replaced\n", c.MustRun("replace", "-f", file, "--field-manager", "me"))
	require.Equal(t, "me", c.Request("PUT").Query.Get("fieldManager"))
	require.Equal(t, "Strict", c.Request("PUT").Query.Get("fieldValidation"))
}

func TestReplaceOfAnObjectThatHasChangedIsAConflict(t *testing.T) {
	c := clitest.Start(t)
	text := c.MustRun("get", "pod", "shell", "-o", "json")
	c.MustRun("patch", "pod", "shell", "-p", "metadata: {labels: {a: b}}")
	require.Regexp(t, `^error: stdin: PUT \S+: Operation cannot be fulfilled on pods "shell": the object has been modified; .* \(409\)$`, c.Pipe(text, "replace", "-f", "-").RequireError(t, 1))
}

func TestReplaceOfEphemeralContainers(t *testing.T) {
	c := clitest.Start(t)
	sub := []string{"replace", "-f", "-", "--subresource", "ephemeralcontainers"}
	read := func() string { // of any version, since the node writes to the pod as well
		return regexp.MustCompile(`"resourceVersion": "\d+",`).ReplaceAllString(c.MustRun("get", "pod", "shell", "-o", "json"), "")
	}
	before := read()
	with := strings.Replace(before, `"spec": {`, `"spec": {`+clitest.DebuggerJSON, 1)
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell replaced\n", Err: ""}, c.Pipe(with, sub...))
	require.Equal(t, "/api/v1/namespaces/default/pods/shell/ephemeralcontainers", c.Request("PUT").Path)

	now := read()
	elsewhere := strings.Replace(now, `"app": "shell"`, `"app": "bash"`, 1)
	r := c.Pipe(elsewhere, sub...)
	require.Equal(t, 0, r.Code)
	require.Equal(t, "pod/shell replaced\n", r.Out)
	require.Regexp(t, `^Warning: pod shell: dropped the changes of metadata\.labels\.app: .*\n$`, r.Err)

	without := strings.Replace(now, `"name": "tools"`, `"name": "other"`, 1)
	require.Regexp(t, `^error: stdin: PUT \S+/ephemeralcontainers: Pod "shell" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "tools" may not be removed \(422\)$`,
		c.Pipe(without, sub...).RequireError(t, 1))
}

func TestReplaceNeedsANameAndAKnownSubresource(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "error: stdin: metadata.name is missing", c.Pipe("apiVersion: v1\nkind: Pod\n", "replace", "-f", "-").RequireError(t, 1))
	require.Equal(t, "error: stdin: deployments.apps have no subresource ephemeralcontainers: only pods have it",
		c.Pipe("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n", "replace", "-f", "-", "--subresource", "ephemeralcontainers").RequireError(t, 1))
	require.Regexp(t, `^error: no file is given: use -f FILE`, c.Kx("replace").RequireError(t, 2))
}
