package kx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachPromiseOfSecurityNamesItsTests(t *testing.T) {
	text, err := os.ReadFile("SECURITY.md")
	require.NoError(t, err)
	_, promises, ok := strings.Cut(string(text), "\n## What kx promises\n")
	require.True(t, ok)
	promises, rest, ok := strings.Cut(promises, "\n## What is not promised\n")
	require.True(t, ok)
	require.NotContains(t, rest, "| test |")
	named := regexp.MustCompile("^`(\\S+) ((?:Test|Fuzz)\\w+)`$")
	files, rows := goFiles(t, ".", true), 0
	for line := range strings.Lines(promises) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") || strings.HasSuffix(line, "| test |") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		require.Len(t, cells, 2, line)
		for _, cell := range strings.Split(cells[1], ", ") {
			name := named.FindStringSubmatch(cell)
			require.NotNil(t, name, line)
			require.Contains(t, foldersWith(files, name[2]), name[1], line)
		}
	}
	require.Greater(t, rows, 20)
}

// starts are the ways in which the standard library starts a program.
var starts = regexp.MustCompile(`"os/exec"|os\.StartProcess|syscall\.(ForkExec|StartProcess|Exec)\b|"plugin"`)

func TestKxStartsNoProgramButCredentialPlugins(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.Dir}}{{end}}", "./cmd/kx").Output()
	require.NoError(t, err)
	top, err := os.Getwd()
	require.NoError(t, err)
	var starting []string
	for folder := range strings.Lines(string(out)) {
		inside, ok := strings.CutPrefix(strings.TrimSpace(folder), top+string(filepath.Separator))
		if !ok {
			continue // another module
		}
		files, err := filepath.Glob(filepath.Join(inside, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			if !strings.HasSuffix(file, "_test.go") && starts.Match(source) {
				starting = append(starting, filepath.ToSlash(file))
			}
		}
	}
	require.Equal(t, []string{"transport/internal/credential/plugin.go"}, starting)
}

func TestReadingAKubeconfigRunsNothingAndOpensNoConnection(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./kubeconfig").Output()
	require.NoError(t, err)
	imports := strings.Fields(string(out))
	for _, name := range []string{"os/exec", "plugin", "net/http", "crypto/tls"} {
		require.NotContains(t, imports, name)
	}
	calls := regexp.MustCompile(`\bnet\.[A-Z]\w*`)
	for _, folder := range []string{"kubeconfig", "internal/hostport", "internal/yamlnode", "internal/yamltext"} {
		for file, source := range goFiles(t, folder, false) {
			require.NotRegexp(t, starts, source, file)
			for _, call := range calls.FindAllString(source, -1) {
				require.Equal(t, "net.JoinHostPort", call, file)
			}
		}
	}
}
