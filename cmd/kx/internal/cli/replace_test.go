package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReplaceStoresTheObjectsOfFiles(t *testing.T) {
	c := start(t)
	file := c.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\n")
	require.Equal(t, `error: `+file+`: PUT /k8s/clusters/c-1/api/v1/namespaces/default/configmaps/m: configmaps "m" not found (404)`, c.kx("replace", "-f", file).fails(t, 1))
	c.done("create", "-f", file)
	c.ForgetRequests()
	require.Equal(t, "configmap/m replaced (dry run)\n", c.done("replace", "-f", file, "--dry-run=client"))
	require.NotContains(t, methods(c), "PUT")
	require.Equal(t, "configmap/m replaced (server dry run)\n", c.done("replace", "-f", file, "--dry-run=server"))
	require.Equal(t, "configmap/m replaced\n", c.done("replace", "-f", file, "--field-manager", "me"))
	require.Equal(t, "me", c.request("PUT").Query.Get("fieldManager"))
	require.Equal(t, "Strict", c.request("PUT").Query.Get("fieldValidation"))
}

func methods(c *cluster) (all []string) {
	for _, r := range c.Requests() {
		all = append(all, r.Method)
	}
	return all
}

func TestReplaceOfAnObjectThatHasChangedIsAConflict(t *testing.T) {
	c := start(t)
	text := c.done("get", "pod", "shell", "-o", "json")
	c.done("patch", "pod", "shell", "-p", "metadata: {labels: {a: b}}")
	require.Regexp(t, `^error: stdin: PUT \S+: Operation cannot be fulfilled on pods "shell": the object has been modified; .* \(409\)$`, c.pipe(text, "replace", "-f", "-").fails(t, 1))
}

const debuggerJSON = `"ephemeralContainers": [{"name": "tools", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "60"]}], `

func TestReplaceOfEphemeralContainers(t *testing.T) {
	c := start(t)
	sub := []string{"replace", "-f", "-", "--subresource", "ephemeralcontainers"}
	read := func() string { // of any version, since the node writes to the pod as well
		return regexp.MustCompile(`"resourceVersion": "\d+",`).ReplaceAllString(c.done("get", "pod", "shell", "-o", "json"), "")
	}
	before := read()
	with := strings.Replace(before, `"spec": {`, `"spec": {`+debuggerJSON, 1)
	require.Equal(t, result{0, "pod/shell replaced\n", ""}, c.pipe(with, sub...))
	require.Equal(t, "/api/v1/namespaces/default/pods/shell/ephemeralcontainers", c.request("PUT").Path)

	now := read()
	elsewhere := strings.Replace(now, `"app": "shell"`, `"app": "bash"`, 1)
	r := c.pipe(elsewhere, sub...)
	require.Equal(t, 0, r.code)
	require.Equal(t, "pod/shell replaced\n", r.out)
	require.Regexp(t, `^Warning: pod "shell": .*metadata\.labels\.app.* dropped.*\n$`, r.err)

	without := strings.Replace(now, `"name": "tools"`, `"name": "other"`, 1)
	require.Regexp(t, `^error: stdin: PUT \S+/ephemeralcontainers: Pod "shell" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "tools" may not be removed \(422\)$`,
		c.pipe(without, sub...).fails(t, 1))
}

func TestReplaceNeedsANameAndASubresourceThatThereIs(t *testing.T) {
	c := start(t)
	require.Equal(t, "error: stdin: metadata.name is missing: the object to write must be named", c.pipe("apiVersion: v1\nkind: Pod\n", "replace", "-f", "-").fails(t, 1))
	require.Equal(t, "error: stdin: deployments.apps have no subresource ephemeralcontainers: only pods have it",
		c.pipe("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n", "replace", "-f", "-", "--subresource", "ephemeralcontainers").fails(t, 1))
	require.Regexp(t, `^error: no file is given: use -f FILE`, c.kx("replace").fails(t, 2))
}
