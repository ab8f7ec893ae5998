package debugcmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestFlagsInheritRightsMountsAndVariables(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"rich","namespace":"default"},"spec":{"schedulerName":"none","automountServiceAccountToken":false,"volumes":[{"name":"data","emptyDir":{}}],
		"containers":[{"name":"app","image":"x","securityContext":{"runAsUser":1000},"env":[{"name":"A","value":"1"}],"volumeMounts":[{"name":"data","mountPath":"/data"},{"name":"data","mountPath":"/part","subPath":"p"}]}]}}`)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "custom.yaml")
	require.NoError(t, os.WriteFile(file, []byte("workingDir: /tmp\nsecurityContext: {readOnlyRootFilesystem: true}\n"), 0o600))
	for name, test := range map[string]struct {
		flags string
		want  []string
	}{
		"the rights of a container":                  {"--security-context-from app", []string{"securityContext:\n      runAsUser: 1000 # container app of the pod\n    term"}},
		"the rights of a container and of a profile": {"--security-context-from app --profile general", []string{"add: # profile general\n", "runAsUser: 1000 # container app of the pod\n"}},
		"mounts": {"--mounts-from app", []string{"volumeMounts:\n    - mountPath: /data\n      name: data\n"}},
		"the variables of a container and of --env": {"--env-from app --env B=2 --env A=3", []string{"env:\n    - name: A\n      value: \"3\"\n    - name: B\n      value: \"2\"\n"}},
		"a user":             {"--run-as 5", []string{"      runAsUser: 5 # --run-as\n"}},
		"a user and a group": {"--run-as 0:7", []string{"      runAsGroup: 7 # --run-as\n      runAsUser: 0 # --run-as\n"}},
		"a custom part":      {"--profile baseline --custom " + file, []string{"securityContext:\n      readOnlyRootFilesystem: true # --custom\n", "workingDir: /tmp\n"}},
		"the first profile that the server admits": {"--profile auto", []string{"add: # profile general\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := c.Kx(append([]string{"debug", "rich", "-c", "tools", "--image", kxtest.BusyboxImage, "--dry-run=server", "-o", "yaml"}, strings.Fields(test.flags)...)...)
			require.Equal(t, 0, out.Code, out.Err)
			for _, want := range test.want {
				require.Contains(t, out.Out, want)
			}
		})
	}
	require.Equal(t, "Warning: leaving out the mounts of container app at /part: an ephemeral container cannot mount a part of a volume (subPath)\n",
		c.Kx("debug", "rich", "-c", "tools", "--image", "x", "--mounts-from", "app", "--dry-run=server").Err)
}

func TestCustomIsReadFromStdin(t *testing.T) {
	c := clitest.Start(t)
	r := c.Pipe("workingDir: /tmp\n", "debug", "shell", "-c", "tools", "--image", "x", "--custom", "-", "--dry-run=client", "-o", "yaml")
	require.Equal(t, 0, r.Code, r.Err)
	require.Contains(t, r.Out, "workingDir: /tmp\n")
}

func TestDebugRefusesInvalidFlagValues(t *testing.T) {
	c := clitest.Start(t)
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("env:\n- {name: A, value: 5}\n"), 0o600))
	for _, test := range []struct {
		code  int
		flags string
		want  string
	}{
		{2, "--run-as root", `must be numbers, such as 1000 or 1000:1000`},
		{2, "--run-as -1", `must be numbers`},
		{2, "--run-as 2147483648", `must be numbers`},
		{2, "--run-as 1:", `must be numbers`},
		{2, "--run-as 1:2:3", `must be numbers`},
		{2, "--profile admin", `must be general, baseline, restricted, netadmin, sysadmin, legacy or auto`},
		{2, "-i --custom -", `--custom - and -i exclude each other: stdin can be read only once`},
		{1, "--custom " + filepath.Join(dir, "none"), `no such file`},
		{1, "--custom " + bad, bad + `: debug: custom: env\[0\].value: it must be a string$`},
		{1, "--mounts-from none", `^error: debug: pod shell has no container "none": it has main, echo$`},
	} {
		require.Regexp(t, test.want, c.Kx(append([]string{"debug", "shell", "--image", "x", "--dry-run=client"}, strings.Fields(test.flags)...)...).RequireError(t, test.code), test.flags)
	}
}

func TestCompletionOffersTheContainersOfAPod(t *testing.T) {
	c := clitest.Start(t)
	for _, flag := range []string{"--target", "--security-context-from", "--mounts-from", "--env-from"} {
		require.Equal(t, []string{"main", "echo"}, clitest.Complete(c, "debug", "shell", flag, ""), flag)
	}
}
