package examples_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	// registers -e2e, which go test gives to all
	_ "github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/internal/buildtest"
)

// names returns the folders of the examples.
func names(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, entry := range entries {
		if entry.IsDir() && entry.Name() != "internal" {
			names = append(names, entry.Name())
		}
	}
	require.NotEmpty(t, names)
	return names
}

// The example of a test has no program.
func isProgram(name string) bool { return name != "forwardtest" }

func TestTheIndexListsEachExampleWithItsCommand(t *testing.T) {
	index, err := os.ReadFile("README.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| \\[(\\w+)\\]\\((.*?)\\) \\| .+ \\| `go (?:run|test) \\./(\\w+) .*` \\|$").FindAllStringSubmatch(string(index), -1)
	var listed []string
	for _, row := range rows {
		require.Equal(t, row[1], row[3], "the row's command runs another example")
		require.FileExists(t, row[2])
		listed = append(listed, row[1])
	}
	slices.Sort(listed)
	require.Equal(t, names(t), listed)
}

func TestEachExampleIsShortEnoughToCopy(t *testing.T) {
	const limit = 120
	limits := map[string]int{
		"smoke":        60,
		"browsershell": 260, // files for the program, the page, the token and the shell
	}
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(name, "*.go"))
			require.NoError(t, err)
			total := 0
			for _, file := range files {
				if isProgram(name) == strings.HasSuffix(file, "_test.go") {
					continue
				}
				lines := codeLines(t, file)
				require.LessOrEqual(t, lines, limit, file)
				total += lines
			}
			most, ok := limits[name]
			if !ok {
				most = limit
			}
			require.LessOrEqual(t, total, most)
			require.GreaterOrEqual(t, total, 30)
		})
	}
}

// codeLines counts the lines that are neither empty nor a comment.
func codeLines(t *testing.T, file string) (lines int) {
	t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	for line := range strings.Lines(string(source)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") {
			lines++
		}
	}
	return lines
}

func TestEachProgramSaysHowToRunItAndThatThereIsNoCluster(t *testing.T) {
	folder := t.TempDir()
	output, err := buildtest.Go(t, "build", "-o", folder+"/", "./...").CombinedOutput()
	require.NoError(t, err, "%s", output)
	arguments := map[string][]string{
		"inject": {"web-0", "busybox"}, "debugrun": {"web-0", "true"}, "crashloop": {"default"}, "rollout": {"web"},
		"smoke": {"web"}, "customresource": {"a", "3"}, "recordreplay": {"web-0", filepath.Join(folder, "web.http")},
		"browsershell": {"-listen", "127.0.0.1:0", "web-0"}, "logging": {"default"}, "metrics": {"default"}, "tracing": {"web-0", "uname"},
	}
	for _, name := range names(t) {
		if !isProgram(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if name != "smoke" { // its 60 lines check no arguments
				message, code := fails(t, filepath.Join(folder, name))
				require.Equal(t, 2, code, message)
				require.Regexp(t, `^usage: `+name+` `, message)
			}
			require.Contains(t, arguments, name)
			message, code := fails(t, filepath.Join(folder, name), arguments[name]...)
			require.Contains(t, []int{1, 125}, code, message)
			require.Equal(t, 1, strings.Count(message, "\n"), message)
			if name == "inject" {
				require.Contains(t, message, "inject: kubeconfig: not in a cluster")
				return
			}
			require.Contains(t, message, "absent.kubeconfig")
		})
	}
}

// fails runs a program whose kubeconfig does not exist. It returns stderr and the exit status.
func fails(t *testing.T, program string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "KUBECONFIG=" + filepath.Join(t.TempDir(), "absent.kubeconfig")}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v: %s", err, stderr.String())
	return stderr.String(), exit.ExitCode()
}

func TestTheFilesFromNpmAreUnchanged(t *testing.T) {
	folder := filepath.Join("browsershell", "xterm")
	readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `(\\S+)`.* \\| `([0-9a-f]{64})` \\|$").FindAllStringSubmatch(string(readme), -1)
	listed := []string{"README.md"}
	for _, row := range rows {
		text, err := os.ReadFile(filepath.Join(folder, row[1]))
		require.NoError(t, err)
		require.Equal(t, row[2], fmt.Sprintf("%x", sha256.Sum256(text)), row[1])
		listed = append(listed, row[1])
	}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		require.Contains(t, listed, entry.Name())
	}
	require.Len(t, rows, len(entries)-1)
}
