package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestCpCopiesAFileIntoAContainerAndOutAgain(t *testing.T) {
	c := clitest.Start(t)
	local := c.Write("file", "hello\n")
	require.Empty(t, c.MustRun("cp", local, "shell:/tmp/there", "-c", "main"))
	require.Equal(t, "hello\n", c.MustRun("exec", "shell", "-c", "main", "--", "cat", "/tmp/there"))
	for _, place := range []string{
		"shell:/tmp/there", "pod/shell:/tmp/there", "default/shell:/tmp/there", "shell:tmp/there",
	} {
		back := filepath.Join(t.TempDir(), "back")
		require.Empty(t, c.MustRun("cp", place, back, "-c", "main"))
		text, err := os.ReadFile(back)
		require.NoError(t, err)
		require.Equal(t, "hello\n", string(text))
	}
	r := c.Kx("cp", "shell:/tmp/there", t.TempDir())
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "Defaulted container \"main\" out of: main, echo\n"}, r)
}

func TestALocalPathWithAColonBeginsWithASlashOrADot(t *testing.T) {
	c := clitest.Start(t)
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.WriteFile("a:b", []byte("x"), 0o600))
	require.Empty(t, c.MustRun("cp", "./a:b", "shell:/tmp/", "-c", "main"))
	require.Empty(t, c.MustRun("cp", dir+"/a:b", "shell:/tmp/c", "-c", "main"))
	require.Equal(t, "a:b\nc\n", c.MustRun("exec", "shell", "-c", "main", "--", "ls", "/tmp"))
}

func TestCpSuggestsViaDebugForAContainerWithoutTar(t *testing.T) {
	c := clitest.Start(t)
	dir := t.TempDir()
	require.Equal(t, "error: copy distroless:/etc/hosts: the container has no tar: "+
		"use --via-debug, with an image that has tar, sh and readlink",
		c.Kx("cp", "distroless:/etc/hosts", dir).RequireError(t, 1))
	viaDebug := []string{"cp", "distroless:/etc/hosts", filepath.Join(dir, "auto"), "--via-debug", "-q"}
	notice := "Using image kx.local/busybox:1 from node kx-node (shell and common tools)\n"
	require.Equal(t, clitest.Result{Err: notice}, c.Kx(viaDebug...), "-q does not silence the choice of an image")
	require.FileExists(t, filepath.Join(dir, "auto"))
	viaDebug[2] = filepath.Join(dir, "own")
	require.Equal(t, clitest.Result{}, c.Kx(append(viaDebug, "--image", kxtest.BusyboxImage)...))
	require.FileExists(t, filepath.Join(dir, "own"))
}

func TestCpPreserveAndLimit(t *testing.T) {
	c := clitest.Start(t)
	c.MustRun("exec", "shell", "-c", "main", "--", "sh", "-c", "echo hello >/tmp/file; chmod 707 /tmp/file")
	back := filepath.Join(t.TempDir(), "back")
	require.Empty(t, c.MustRun("cp", "shell:/tmp/file", back, "-c", "main", "--preserve", "--limit", "6"))
	info, err := os.Stat(back)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o707), info.Mode())
	require.Contains(t, c.Kx("cp", "shell:/tmp/file", back, "-c", "main", "--limit", "5").RequireError(t, 1),
		"the contents exceed the limit of 5 bytes")
}

func TestCpPrintsTheTargetOfALocalLink(t *testing.T) {
	c := clitest.Start(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/real", nil, 0o600))
	require.NoError(t, os.Symlink("real", dir+"/link"))
	r := c.Kx("cp", "shell:/etc/hostname", dir+"/link", "-c", "main")
	require.Equal(t, clitest.Result{Err: dir + "/link is a symbolic link: writing to " + dir + "/real\n"}, r)
}

func TestCpRefusesInvalidArguments(t *testing.T) {
	c := clitest.Start(t)
	for message, args := range map[string][]string{
		"cp takes two paths, one of them POD:PATH":                     {"shell:/x"},
		"both paths are in pods: one must be local":                    {"a:/x", "b:/y"},
		"neither path is in a pod: one must be POD:PATH":               {"a", "b"},
		"a path in a pod is POD:PATH, and neither part may be empty":   {"shell:", "b"},
		"and neither part may be empty":                                {":/x", "b"},
		"the path names namespace one, and --namespace names two":      {"one/shell:/x", "b", "-n", "two"},
		`with --via-debug a path in a pod begins with /, and "x" does`: {"shell:x", "b", "--via-debug"},
		"--image needs --via-debug":                                    {"shell:/x", "b", "--image", "i"},
		"--preserve and --no-preserve exclude each other":              {"shell:/x", "b", "--preserve", "--no-preserve"},
		`--limit "many" is not a number of bytes, such as 500M or 2Gi`: {"shell:/x", "b", "--limit", "many"},
		`--limit "-1" is not a number of bytes, such as 500M or 2Gi`:   {"shell:/x", "b", "--limit", "-1"},
		`--limit "0" is not a number of bytes, such as 500M or 2Gi`:    {"shell:/x", "b", "--limit", "0"},
		`invalid argument "nope" for "--profile" flag`:                 {"shell:/x", "b", "--profile", "nope"},
	} {
		require.Contains(t, c.Kx(append([]string{"cp"}, args...)...).RequireError(t, 2), message)
	}
}
