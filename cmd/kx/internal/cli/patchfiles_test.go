package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestApplyOfAFileCreatesAndChangesItsObjects(t *testing.T) {
	c := clitest.Start(t)
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "sub"), 0o700))
	for name, text := range map[string]string{"a.yaml": clitest.PodYAML + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: one}\n",
		"sub/b.json": `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b"}}`} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	apply := func(args ...string) string {
		return c.MustRun(append([]string{"patch", "--type", "apply", "-f", folder, "-R"}, args...)...)
	}
	require.Equal(t, "pod/web-0 serverside-applied (server dry run)\nconfigmap/a serverside-applied (server dry run)\nnamespace/b serverside-applied (server dry run)\n", apply("--dry-run=server"))
	require.Nil(t, c.Object("configmaps", "default", "a"))
	c.ForgetRequests()
	require.Equal(t, "pod/web-0 serverside-applied\nconfigmap/a serverside-applied\nnamespace/b serverside-applied\n", apply())
	require.Equal(t, []string{"PATCH", "PATCH", "PATCH"}, clitest.Methods(c))
	sent := c.Request("PATCH")
	require.Equal(t, "application/apply-patch+yaml", sent.Header.Get("Content-Type"))
	require.Equal(t, "Strict", sent.Query.Get("fieldValidation"))
	require.Equal(t, "kx", sent.Query.Get("fieldManager"))
	require.NotContains(t, sent.Query, "force")
	applied := string(c.Object("configmaps", "default", "a"))
	require.Equal(t, "pod/web-0\nconfigmap/a\nnamespace/b\n", apply("-o", "name", "--validate=ignore"))
	require.Equal(t, "Ignore", c.Request("PATCH").Query.Get("fieldValidation"))
	require.Equal(t, applied, string(c.Object("configmaps", "default", "a")))
	r := c.Kx("patch", "--type", "apply", "--subresource", "status", "-f", c.Write("pod.yaml", clitest.PodYAML))
	require.Equal(t, clitest.Result{Out: "pod/web-0 serverside-applied\n"}, r)
	require.Equal(t, "/api/v1/namespaces/default/pods/web-0/status", c.Request("PATCH").Path)
}

func TestApplyGoesOnAfterAnObjectThatFails(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, clitest.Result{Code: 1, Out: "configmap/a serverside-applied\nconfigmap/d serverside-applied\n",
		Err: `error: stdin, document 2: the server has no resource type "example.com/v1 Widget": check its spelling, and its group when it is from a custom resource
error: stdin, document 3: metadata.name is missing
error: stdin, document 4: apply patch: metadata.managedFields must be left out: the server fills it in
`}, c.Pipe(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
{"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "b"}}
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "c"}}
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d", "managedFields": [{}]}}
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d"}}`, "patch", "--type", "apply", "-f", "-"))
	require.Equal(t, clitest.Result{Out: "customresourcedefinition.apiextensions.k8s.io/gadgets.example.com serverside-applied\ngadget.example.com/g serverside-applied\ngadget.example.com/h serverside-applied\n"},
		c.Pipe(definition, "patch", "--type", "apply", "-f", "-"))
}

func TestAPatchChangesTheObjectsOfAFile(t *testing.T) {
	c := clitest.Start(t)
	// A pod would change by itself.
	file := c.Write("a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
	c.MustRun("create", "-f", file)
	require.Equal(t, "configmap/a patched\n", c.MustRun("patch", "-f", file, "-p", "metadata: {labels: {a: b}}"))
	require.Contains(t, string(c.Object("configmaps", "default", "a")), `"a":"b"`)
	require.Equal(t, "configmap/a patched (no change)\n", c.MustRun("patch", "-f", file, "--type=merge", "-p", "metadata: {labels: {a: b}}"))
}

func TestPatchOfFilesRefusesInvalidArguments(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-f", "x", "pod", "a", "-p", "{}"}, "give the objects by -f or by their names, not both"},
		{[]string{"-f", "x"}, "give one of -p and --patch-file"},
		{[]string{"-f", "x", "--type=apply", "-p", "{}"}, "--type apply -f takes the patches from the files: leave out -p and --patch-file"},
		{[]string{"-f", "x", "--type=apply", "--dry-run=client"}, "only the server can apply a patch of type apply: give --dry-run=server"},
		{[]string{"-f", "https://example.com/x.yaml", "--type=apply"},
			"-f takes no URL: download the file, read it, and give its name"},
	} {
		r := clitest.Execute(t.Context(), "", append([]string{"patch"}, test.args...)...)
		require.Equal(t, "error: "+test.want+"; see kx patch --help", r.RequireError(t, 2))
	}
}
