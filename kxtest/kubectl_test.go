package kxtest_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

var recordKubectl = flag.Bool(
	"record", false, "record what kubectl prints on the cluster of $KUBECONFIG into testdata/kubectl.txt",
)

// recordedKubectl has what kubectl 1.35.4 printed on a real cluster, for each command.
const recordedKubectl = "testdata/kubectl.txt"

// kubectlCommand is a command of kubectl. The commands run in order, in one namespace.
type kubectlCommand struct {
	args string
	// differs is why kubectl prints something else than on a real cluster, as docs/kxtest.md says,
	// and want is a pattern of that.
	differs, want string
	endless       bool // on a real cluster, so that it is not recorded
}

// skippedCommands is how many commands did not run. TestMain reports it.
var skippedCommands int

// kubectlPath returns kubectl's file, or "" if there is none.
func kubectlPath() string {
	path := filepath.Join(os.Getenv("KX_CLUSTER_BIN"), "kubectl")
	if _, err := os.Stat(path); err != nil || os.Getenv("KX_CLUSTER_BIN") == "" {
		return ""
	}
	return path
}

func TestKubectlPrintsWhatItPrintsOnARealCluster(t *testing.T) {
	if kubectlPath() == "" {
		skippedCommands = len(kubectlCommands)
		t.Skip("there is no $KX_CLUSTER_BIN/kubectl")
	}
	if *recordKubectl {
		recordCommands(t, os.Getenv("KUBECONFIG"))
	}
	recorded := readRecorded(t)
	config := filepath.Join(t.TempDir(), "config")
	require.NoError(t, kxtest.Start(t).WriteKubeconfig(config))
	run := newKubectl(t, config)
	for i, command := range kubectlCommands {
		t.Run(command.args, func(t *testing.T) {
			want, got := recorded[i], run.output(t, command.args)
			if command.differs == "" {
				require.Equal(t, want, got)
				return
			}
			require.Regexp(t, command.want, got)
			require.NotEqual(t, want, got, "the command no longer differs: drop it in docs/kxtest.md")
		})
	}
}

// The table in docs/kxtest.md has each command that differs, and why.
func TestThePageOfKxtestListsWhatDiffersInKubectl(t *testing.T) {
	page, err := os.ReadFile("../docs/kxtest.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "| kubectl | why |\n|---|---|\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	var want []string
	for _, command := range kubectlCommands {
		if command.differs != "" {
			want = append(want, fmt.Sprintf("| `%s` | %s |", command.args, command.differs))
		}
	}
	require.Equal(t, want, strings.Split(strings.TrimSpace(table), "\n"))
	require.GreaterOrEqual(t, len(kubectlCommands)-len(want), 40, "commands that print the same")
}

// kubectl runs commands in a namespace, with files of its own.
type kubectl struct {
	path, config, folder string
}

func newKubectl(t *testing.T, config string) kubectl {
	folder := t.TempDir()
	for name, text := range kubectlFiles {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return kubectl{kubectlPath(), config, folder}
}

// kubectlLimit is the longest run of a command. Most take a tenth of a second.
const kubectlLimit = 5 * time.Minute

// output returns what a command prints, without what differs in each run, and its exit code.
func (k kubectl) output(t *testing.T, args string) string {
	ctx, cancel := context.WithTimeout(t.Context(), kubectlLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, k.path, append([]string{"--namespace=kx-kubectl"}, splitArgs(args)...)...)
	cmd.Dir = k.folder
	cmd.Env = []string{"HOME=" + k.folder, "PATH=" + os.Getenv("PATH"), "KUBECONFIG=" + k.config,
		"KUBE_EDITOR=sed -i 's/edited: .*/edited: by-kubectl/'", "KUBECTL_EXTERNAL_DIFF=diff -U0 --label=live --label=merged"}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		fmt.Fprintf(&output, "exit %d\n", exit.ExitCode())
		err = nil
	}
	require.NoError(t, err, output.String())
	text := output.String()
	for _, change := range kubectlChanges {
		text = change.pattern.ReplaceAllString(text, change.replacement)
	}
	return strings.TrimRight(text, "\n")
}

// splitArgs splits at spaces, but not within single quotes.
func splitArgs(line string) (args []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			args = append(args, part)
			continue
		}
		args = append(args, strings.Fields(part)...)
	}
	return args
}

// kubectlChanges replace what differs in each run: times, addresses, versions and generated names.
var kubectlChanges = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`https://[\w.]+:\d+`), "SERVER"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}`), "TIME"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UID"},
	{regexp.MustCompile(`(containerd://|sha256:)[0-9a-f]{64}`), "ID"},
	{regexp.MustCompile(`kube-api-access-\w{5}`), "kube-api-access"},
	{regexp.MustCompile(`resourceVersion: "\d+"`), `resourceVersion: "N"`},
	{regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+(/[\w.]+)?\b`), "IP"},
	{regexp.MustCompile(`([ (])(\d+[smhd]){1,2}( |\n|\))`), "${1}AGE${3}"},
	{regexp.MustCompile(` {2,}`), "  "},
	{regexp.MustCompile(` +\n`), "\n"},
}

// recordCommands runs the commands on a real cluster, in a namespace that the last one removes.
func recordCommands(t *testing.T, config string) {
	run := newKubectl(t, config)
	var text strings.Builder
	for _, command := range kubectlCommands {
		output := ""
		if !command.endless {
			output = run.output(t, command.args)
		}
		fmt.Fprintf(&text, "$ kubectl %s\n%s\n\n", command.args, output)
	}
	require.NoError(t, os.WriteFile(recordedKubectl, []byte(text.String()), 0o600))
}

// readRecorded returns the recorded output of each command.
func readRecorded(t *testing.T) (outputs []string) {
	text, err := os.ReadFile(recordedKubectl)
	require.NoError(t, err)
	parts := strings.Split("\n"+string(text), "\n$ kubectl ")[1:]
	require.Len(t, parts, len(kubectlCommands), "go test ./kxtest -run Kubectl -record")
	for i, part := range parts {
		args, output, _ := strings.Cut(strings.TrimRight(part, "\n"), "\n")
		require.Equal(t, kubectlCommands[i].args, args, "go test ./kxtest -run Kubectl -record")
		outputs = append(outputs, output)
	}
	return outputs
}
