package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlatformsAreSeparatedBySpacesOrCommas(t *testing.T) {
	platforms, err := parsePlatforms(" linux/amd64, darwin/arm64 windows/amd64")
	require.NoError(t, err)
	require.Equal(t, []platform{{"linux", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}}, platforms)
	for _, text := range []string{"", " ", "linux", "linux/", "/amd64", "linux/arm/7"} {
		_, err := parsePlatforms(text)
		require.Error(t, err, text)
	}
}

func TestAReleaseIsNotMixedWithOtherFiles(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, requireEmpty(folder))
	require.NoError(t, requireEmpty(filepath.Join(folder, "absent")))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "x"), nil, 0o600))
	require.ErrorContains(t, requireEmpty(folder), "has files already")
}

// repository returns a repository with one commit of 2026-11-30T01:02:04Z.
func repository(t *testing.T) string {
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "internal", "version"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "internal", "version", "version.go"),
		[]byte("package version\n\nconst Version = \"v1.2.3\"\n"), 0o600))
	gitIn(t, root, "init", "-q")
	gitIn(t, root, "add", ".")
	commit(t, root)
	return root
}

func commit(t *testing.T, root string) {
	gitIn(t, root, "-c", "user.name=kx", "-c", "user.email=kx@example.com", "commit", "-q", "--allow-empty", "-m", "x")
}

func gitIn(t *testing.T, root string, args ...string) {
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2026-11-30T01:02:04Z", "GIT_AUTHOR_DATE=2026-11-30T01:02:04Z")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

func TestTheVersionIsTheTagOfTheCommitOrNamesTheCommit(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "")
	root := repository(t)
	clone, version, err := cloneCommit(t.Context(), root, filepath.Join(t.TempDir(), "kx"), "")
	require.NoError(t, err)
	require.Regexp(t, `^v1\.2\.3-dev\.20261130010204\.g[0-9a-f]{12}$`, version)
	require.True(t, clone.date.Equal(testDate))

	gitIn(t, root, "tag", "v1.2.3")
	_, version, err = cloneCommit(t.Context(), root, filepath.Join(t.TempDir(), "kx"), "")
	require.NoError(t, err)
	require.Equal(t, "v1.2.3", version)

	commit(t, root)
	_, _, err = cloneCommit(t.Context(), root, filepath.Join(t.TempDir(), "kx"), "v1.2.3")
	require.ErrorContains(t, err, "tag v1.2.3 is commit ")
	_, _, err = cloneCommit(t.Context(), root, filepath.Join(t.TempDir(), "kx"), "1.2.4")
	require.ErrorContains(t, err, "is not a semantic version")
	_, version, err = cloneCommit(t.Context(), root, filepath.Join(t.TempDir(), "kx"), "v1.2.4")
	require.NoError(t, err)
	require.Equal(t, "v1.2.4", version)

	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	clone, _, err = cloneCommit(t.Context(), root, filepath.Join(t.TempDir(), "kx"), "v1.2.4")
	require.NoError(t, err)
	require.Equal(t, int64(1700000000), clone.date.Unix())
}
