package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestPatchOfEachType(t *testing.T) {
	for _, test := range []struct {
		typ, patch, contentType, manager string
	}{
		{"strategic", `{"metadata": {"labels": {"a": "b"}}}`, "application/strategic-merge-patch+json", "kx"},
		{"merge", `metadata: {labels: {a: b}}`, "application/merge-patch+json", "kx"},
		{"json", `[{"op": "add", "path": "/metadata/labels/a", "value": "b"}]`, "application/json-patch+json", "kx"},
		{"apply", `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell", "labels": {"a": "b"}}}`, "application/apply-patch+yaml", "kx"},
	} {
		t.Run(test.typ, func(t *testing.T) {
			c := clitest.Start(t)
			args := []string{"patch", "pod", "shell", "--type", test.typ, "-p", test.patch}
			require.Equal(t, "pod/shell patched (server dry run)\n", c.MustRun(append(args, "--dry-run=server")...))
			require.NotContains(t, string(c.Pod("default", "shell")), `"a":"b"`)
			require.Equal(t, "pod/shell patched\n", c.MustRun(args...))
			require.Contains(t, string(c.Pod("default", "shell")), `"a":"b"`)
			sent := c.Request("PATCH")
			require.Equal(t, test.contentType, sent.Header.Get("Content-Type"))
			require.Equal(t, test.manager, sent.Query.Get("fieldManager"))
			require.NotContains(t, sent.Query, "fieldValidation")
			require.Equal(t, "pod/shell patched (no change)\n", c.MustRun(args...))
			require.Equal(t, "pod/shell patched (no change)\n", c.MustRun("patch", "pod/shell", "--type", test.typ, "--patch-file", c.Write("p", test.patch)))
			require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell patched (no change) (server dry run)\n", Err: ""}, c.Pipe(test.patch, "patch", "po", "shell", "--type", test.typ, "--patch-file", "-", "--dry-run=server"))
		})
	}
}

func TestPatchIsStrategicByDefault(t *testing.T) {
	c := clitest.Start(t)
	c.MustRun("patch", "pod", "shell", "-p", "{}", "--validate=warn")
	require.Equal(t, "application/strategic-merge-patch+json", c.Request("PATCH").Header.Get("Content-Type"))
	require.Equal(t, "Warn", c.Request("PATCH").Query.Get("fieldValidation"))
}

func TestAClientDryRunAppliesThePatchLocally(t *testing.T) {
	c := clitest.Start(t)
	for typ, text := range map[string]string{"merge": "metadata: {labels: {a: b}}", "json": "[{op: add, path: /metadata/labels/a, value: b}]"} {
		args := []string{"patch", "pod", "shell", "--type", typ, "-p", text, "--dry-run=client"}
		require.Equal(t, "pod/shell patched (dry run)\n", c.MustRun(args...))
		require.Contains(t, c.MustRun(append(args, "-o", "yaml")...), "    a: b\n")
	}
	require.NotContains(t, clitest.Methods(c), "PATCH")
	for _, typ := range []string{"strategic", "apply"} {
		require.Regexp(t, `give --dry-run=server; see kx patch --help$`, c.Kx("patch", "pod", "shell", "--type", typ, "-p", "{}", "--dry-run=client").RequireError(t, 2))
	}
}

func TestPatchOfSeveralObjects(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("patch", "pod", "shell", "nope", "distroless", "-p", "metadata: {labels: {a: b}}")
	require.Equal(t, clitest.Result{Code: 1, Out: "pod/shell patched\npod/distroless patched\n",
		Err: "error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods/nope: pods \"nope\" not found (404)\n"}, r)
}

func TestApplyCreatesAMissingObject(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "pod/web-0 created\n", c.MustRun("patch", "pod", "web-0", "--type", "apply", "--patch-file", c.Write("pod.yaml", clitest.PodYAML)))
	require.NotNil(t, c.Pod("default", "web-0"))
}

func TestForceConflictsTakesOverFields(t *testing.T) {
	c := clitest.Start(t)
	apply := func(manager, value string, more ...string) clitest.Result {
		text := `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell", "labels": {"a": "` + value + `"}}}`
		return c.Kx(append([]string{"patch", "pod", "shell", "--type", "apply", "-p", text, "--field-manager", manager}, more...)...)
	}
	require.Equal(t, 0, apply("one", "1").Code)
	require.Equal(t, clitest.Result{Code: 1, Err: `error: PATCH /k8s/clusters/c-1/api/v1/namespaces/default/pods/shell: Apply failed with 1 conflict: conflict with "one": .metadata.labels.a (409)
  manager "one" has applied:
  - .metadata.labels.a: the object has "1", the patch has "2"
  to leave the fields to their managers, remove them from the patch
  to take the fields over, add --force-conflicts
  to change the fields as their manager, add --field-manager one
`}, apply("two", "2"))
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell patched\n", Err: ""}, apply("two", "2", "--force-conflicts"))
	require.Equal(t, "true", c.Request("PATCH").Query.Get("force"))
}

const toolsPatch = `{"spec": {"ephemeralContainers": [{"name": "tools", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "60"]}]}}`

func TestPatchOfEphemeralContainers(t *testing.T) {
	c := clitest.Start(t)
	patch := func(pod, typ, text string) clitest.Result {
		return c.Kx("patch", "pod", pod, "--subresource", "ephemeralcontainers", "--type", typ, "-p", text)
	}
	for _, pod := range []string{"shell", "distroless"} {
		typ := map[string]string{"shell": "merge", "distroless": "strategic"}[pod]
		require.Equal(t, clitest.Result{Code: 0, Out: "pod/" + pod + " patched\n", Err: ""}, patch(pod, typ, toolsPatch))
	}
	require.Equal(t, "/api/v1/namespaces/default/pods/distroless/ephemeralcontainers", c.Request("PATCH").Path)
	add := `[{"op": "add", "path": "/spec/ephemeralContainers/-", "value": {"name": "more", "image": "kx.local/busybox:1", "imagePullPolicy": "Never"}}]`
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell patched\n", Err: ""}, patch("shell", "json", add))
	applied := `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell"}, "spec": {"ephemeralContainers": [{"name": "applied", "image": "kx.local/busybox:1"}]}}`
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell patched\n", Err: ""}, patch("shell", "apply", applied))
	require.Regexp(t, `^error: PATCH \S+/ephemeralcontainers: Pod "shell" is invalid: .*Forbidden: existing ephemeral containers "tools" may not be removed.*\(422\); a merge patch replaces the whole list`,
		patch("shell", "merge", `{"spec": {"ephemeralContainers": []}}`).RequireError(t, 1))
}

func TestAnInvalidPatchIsRefusedBeforeAnythingIsSent(t *testing.T) {
	c := clitest.Start(t)
	c.ForgetRequests()
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"pod", "shell", "-p", `{"a": }`}, 1, `^error: --patch: strategic patch: invalid JSON at line 1, column 7: `},
		{[]string{"pod", "shell", "-p", "a: b\n c: d"}, 1, `^error: --patch: strategic patch: invalid YAML at line 2, column \d+: `},
		{[]string{"pod", "shell", "--type", "json", "-p", `{"a": 1}`}, 1, `^error: --patch: json patch: `},
		{[]string{"pod", "shell", "--type", "apply", "-p", `{"kind": "Pod"}`}, 1, `^error: --patch: apply patch: apiVersion is required`},
		{[]string{"pod", "shell", "--patch-file", t.TempDir() + "/nope"}, 1, `^error: open .*/nope: no such file`},
		{[]string{"pod", "shell"}, 2, `give one of -p and --patch-file`},
		{[]string{"pod", "shell", "-p", "{}", "--patch-file", "x"}, 2, `give one of -p and --patch-file`},
		{[]string{"pod", "shell", "-p", "{}", "--type", "smart"}, 2, `must be merge, json, strategic or apply`},
		{[]string{"pod", "shell", "-p", "{}", "--force-conflicts"}, 2, `--force-conflicts needs --type apply`},
		{[]string{"pod", "-p", "{}"}, 2, `no name is given`},
		{[]string{"-p", "{}"}, 2, `no kind of resource is given`},
	} {
		require.Regexp(t, test.want, c.Kx(append([]string{"patch"}, test.args...)...).RequireError(t, test.code), test.args)
	}
	require.Empty(t, c.Requests())
}

func TestAUserWhoMayNotReadCanPatch(t *testing.T) {
	c := clitest.Start(t)
	c.User("writer", kxtest.Allow("patch", "pods"))
	require.Equal(t, "pod/shell patched\n", c.As("writer").MustRun("patch", "pod", "shell", "-p", "metadata: {labels: {a: b}}"))
}
