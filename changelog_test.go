package kx_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheReleaseNotesListTheModulesOfKx(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/kx")
	list.Env = append(list.Environ(), "GOOS=linux") // cobra has one more module on Windows
	output, err := list.Output()
	require.NoError(t, err)
	linked := strings.Split(strings.TrimSpace(string(output)), "\n")
	slices.Sort(linked)
	linked = slices.Compact(linked)

	text, err := os.ReadFile("CHANGELOG.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "\n### Modules\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n#")
	var listed []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\S+) \| (v\S+) \| \d{4}-\d\d-\d\d \|$`).FindAllStringSubmatch(table, -1) {
		listed = append(listed, row[1]+" "+row[2])
	}
	require.Equal(t, linked, listed)
}
