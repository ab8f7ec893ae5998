package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestCpCopiesOutAndIn(t *testing.T) {
	c := clitest.Start(t)
	here := c.Write("file", "hello\n")
	require.Empty(t, c.MustRun("cp", here, "shell:/tmp/there", "-c", "main"))
	require.Equal(t, "hello\n", c.MustRun("exec", "shell", "-c", "main", "--", "cat", "/tmp/there"))
	for _, place := range []string{"shell:/tmp/there", "pod/shell:/tmp/there", "default/shell:/tmp/there", "shell:tmp/there"} {
		back := filepath.Join(t.TempDir(), "back")
		require.Empty(t, c.MustRun("cp", place, back, "-c", "main"))
		text, err := os.ReadFile(back)
		require.NoError(t, err)
		require.Equal(t, "hello\n", string(text))
	}
	r := c.Kx("cp", "shell:/tmp/there", t.TempDir())
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "Defaulted container \"main\" out of: main, echo\n"}, r)
}

func TestCpTakesAPathWithAColonWhereItBeginsAsOne(t *testing.T) {
	c := clitest.Start(t)
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.WriteFile("a:b", []byte("x"), 0o600))
	require.Empty(t, c.MustRun("cp", "./a:b", "shell:/tmp/", "-c", "main"))
	require.Empty(t, c.MustRun("cp", dir+"/a:b", "shell:/tmp/c", "-c", "main"))
	require.Equal(t, "a:b\nc\n", c.MustRun("exec", "shell", "-c", "main", "--", "ls", "/tmp"))
}

func TestCpOfAContainerWithoutTarSaysWhatToDo(t *testing.T) {
	c := clitest.Start(t)
	dir := t.TempDir()
	require.Equal(t, "error: copy distroless:/etc/hosts: the container has no tar: use --via-debug, whose image must have tar, sh and readlink",
		c.Kx("cp", "distroless:/etc/hosts", dir).RequireError(t, 1))
	viaDebug := []string{"cp", "distroless:/etc/hosts", filepath.Join(dir, "auto"), "--via-debug", "-q"}
	notice := "Using image kx.local/busybox:1 from node kx-node (shell and common tools)\n"
	require.Equal(t, clitest.Result{Err: notice}, c.Kx(viaDebug...), "-q does not silence the choice of an image")
	require.FileExists(t, filepath.Join(dir, "auto"))
	viaDebug[2] = filepath.Join(dir, "own")
	require.Equal(t, clitest.Result{}, c.Kx(append(viaDebug, "--image", kxtest.BusyboxImage)...))
	require.FileExists(t, filepath.Join(dir, "own"))
}

func TestCpRefusesWhatItDoesNotUnderstand(t *testing.T) {
	c := clitest.Start(t)
	for says, args := range map[string][]string{
		"cp takes two paths, one of them POD:PATH":                                 {"shell:/x"},
		"both paths are in pods: one must be here":                                 {"a:/x", "b:/y"},
		"neither path is in a pod: one must be POD:PATH":                           {"a", "b"},
		"a path in a pod is POD:PATH, and neither is empty":                        {"shell:", "b"},
		"the namespaces one of the path and two of --namespace exclude each other": {"one/shell:/x", "b", "-n", "two"},
		`"x" is relative to the container's working directory, which --via-debug`:  {"shell:x", "b", "--via-debug"},
		"--image is for --via-debug":                                               {"shell:/x", "b", "--image", "i"},
		"and neither is empty":                                                     {":/x", "b"},
		`invalid argument "nope" for "--profile" flag`:                             {"shell:/x", "b", "--profile", "nope"},
	} {
		require.Contains(t, c.Kx(append([]string{"cp"}, args...)...).RequireError(t, 2), says)
	}
}
