package kx_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	kxversion "github.com/kx-k8s/kx/internal/version"
)

// The version is that of the next release until its entry has a date. "make dist" requires
// the entry.
func TestTheNewestEntryOfTheReleaseNotesIsThatOfTheVersion(t *testing.T) {
	text, err := os.ReadFile("CHANGELOG.md")
	require.NoError(t, err)
	next := strings.TrimPrefix(kxversion.Version, "v")
	headings := regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, headings)
	if headings[0][1] == "Unreleased" {
		require.Contains(t, string(text), "release will be "+next+".\n")
		require.NotContains(t, string(text), "\n## "+next+" ")
		return
	}
	require.Regexp(t, `^`+regexp.QuoteMeta(next)+` - \d{4}-\d\d-\d\d$`, headings[0][1])
}

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
