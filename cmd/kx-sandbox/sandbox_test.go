package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// role is the variable that makes the test binary the command of "run", or the program itself.
const role = "KX_SANDBOX_TEST_ROLE"

func TestMain(m *testing.M) {
	name, argument, _ := strings.Cut(os.Getenv(role), " ")
	switch name {
	case "exit":
		code, _ := strconv.Atoi(argument)
		os.Exit(code)
	case "echo":
		_, _ = os.Stdout.WriteString(os.Getenv("KUBECONFIG") + "\n")
		_, _ = io.Copy(os.Stdout, os.Stdin)
		os.Exit(0)
	case "list":
		os.Exit(list(os.Getenv("KUBECONFIG")))
	case "killed":
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Signal(os.Kill)
		select {}
	case "program":
		os.Exit(sandbox(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// list prints the pods of a sandbox.
func list(path string) int {
	config, err := kubeconfig.Load(kubeconfig.Options{Path: path})
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		return 1
	}
	client, err := transport.New(config)
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		return 1
	}
	body, err := client.Fetch(context.Background(), &transport.Request{Method: http.MethodGet, Path: []string{"api", "v1", "namespaces", "default", "pods"}})
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		return 1
	}
	_, _ = os.Stdout.Write(body)
	return 0
}

func self(t *testing.T) string {
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

func TestRunRunsTheCommandAgainstAFreshSandbox(t *testing.T) {
	t.Setenv(role, "list")
	var out, errs bytes.Buffer
	require.Zero(t, sandbox([]string{"run", "--", self(t)}, strings.NewReader(""), &out, &errs), "%s", &errs)
	require.Contains(t, out.String(), `"name":"distroless"`)
	require.Contains(t, out.String(), `"name":"shell"`)
	require.Contains(t, out.String(), `"name":"web-6d4cf56db6-9kqzr"`)
	require.Equal(t, 5, strings.Count(out.String(), `"ready":true`), "the containers are ready")
	require.NotContains(t, out.String(), `"ready":false`)
}

func TestRunPassesStreamsOnAndRemovesItsKubeconfig(t *testing.T) {
	t.Setenv(role, "echo")
	var out, errs bytes.Buffer
	require.Zero(t, sandbox([]string{"run", "--", self(t)}, strings.NewReader("typed"), &out, &errs), "%s", &errs)
	path, rest, _ := strings.Cut(out.String(), "\n")
	require.Equal(t, "typed", rest)
	require.NoFileExists(t, path)
	require.NoDirExists(t, filepath.Dir(path))
}

func TestRunExitsWithTheStatusOfTheCommand(t *testing.T) {
	for _, code := range []int{0, 1, 7, 255} {
		t.Setenv(role, "exit "+strconv.Itoa(code))
		require.Equal(t, code, sandbox([]string{"run", "--", self(t), "-x"}, nil, io.Discard, io.Discard))
	}
	t.Setenv(role, "killed")
	require.Equal(t, 128+9, sandbox([]string{"run", self(t)}, nil, io.Discard, io.Discard))
	require.Equal(t, 127, sandbox([]string{"run", "--", "no-such-command-anywhere"}, nil, io.Discard, io.Discard))
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "plain"), nil, 0o600))
	require.Equal(t, 126, sandbox([]string{"run", "--", filepath.Join(folder, "plain")}, nil, io.Discard, io.Discard))
}

func TestWrongUsageExits2AndPrintsTheUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"run"}, {"run", "--"}, {"run", "-x"}, {"serve", "x"}, {"serve", "--nope"}, {"nope"}} {
		var out, errs bytes.Buffer
		require.Equal(t, 2, sandbox(args, nil, &out, &errs), "%q", args)
		require.Contains(t, errs.String(), "usage: kx-sandbox run")
		require.Empty(t, out.String())
	}
	for _, args := range [][]string{{"help"}, {"--help"}, {"run", "--help"}, {"serve", "-h"}} {
		var out bytes.Buffer
		require.Zero(t, sandbox(args, nil, &out, io.Discard))
		require.Equal(t, usage, out.String())
	}
}

func TestServeServesUntilSIGTERMAndPrintsHowToUseIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "it's a kubeconfig")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Chmod(path, 0o644))
	command := exec.Command(self(t), "serve", "--kubeconfig", path)
	command.Env = append(os.Environ(), role+"=program")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "export KUBECONFIG='"+strings.ReplaceAll(path, "'", `'\''`)+"'\n", line)

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode(), "whatever the file's mode was")
	config, err := kubeconfig.Load(kubeconfig.Options{Path: path})
	require.NoError(t, err)
	client, err := transport.New(config)
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Fetch(t.Context(), &transport.Request{Method: http.MethodGet, Path: []string{"version"}})
	require.NoError(t, err)

	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait(), "it ends by itself, with status 0")
	require.FileExists(t, path, "a file that the user named stays")
}

func TestServeFailsWhenTheFileCannotBeWritten(t *testing.T) {
	var errs bytes.Buffer
	require.Equal(t, 1, sandbox([]string{"serve", "--kubeconfig", filepath.Join(t.TempDir(), "no", "such", "folder")}, nil, io.Discard, &errs))
	require.Contains(t, errs.String(), "no such file or directory")

	target := filepath.Join(t.TempDir(), "target")
	require.NoError(t, os.WriteFile(target, nil, 0o600))
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(target, link))
	errs.Reset()
	require.Equal(t, 1, sandbox([]string{"serve", "--kubeconfig", link}, nil, io.Discard, &errs))
	require.Equal(t, "kx-sandbox: kxtest: write kubeconfig: "+link+" is a link or no regular file: name another\n", errs.String())
	content, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Empty(t, content)
}
