package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// expanded returns the files that a command line with these arguments reads.
func expanded(t *testing.T, args ...string) ([]string, error) {
	var files FileFlags
	cmd := &cobra.Command{}
	files.Register(cmd)
	require.NoError(t, cmd.ParseFlags(args))
	return files.expand()
}

func TestAFolderStandsForItsManifests(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b.yaml", "a.yml", "c.json", "notes.txt", "sub/d.yaml", "sub/deep/e.json"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
	}
	within := func(names ...string) []string {
		for i, name := range names {
			names[i] = filepath.Join(folder, name)
		}
		return names
	}
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(folder, link))
	for _, test := range []struct {
		args, want []string
	}{
		{[]string{"-f", folder}, within("a.yml", "b.yaml", "c.json")},
		{[]string{"-f", folder + "/", "-f", "-"}, append(within("a.yml", "b.yaml", "c.json"), "-")},
		{[]string{"-R", "-f", folder}, within("a.yml", "b.yaml", "c.json", "sub/d.yaml", "sub/deep/e.json")},
		{[]string{"-f", filepath.Join(folder, "notes.txt")}, within("notes.txt")},
		{[]string{"-f", filepath.Join(folder, "nope.yaml")}, within("nope.yaml")},
		{[]string{"-f", link}, []string{link + "/a.yml", link + "/b.yaml", link + "/c.json"}},
	} {
		files, err := expanded(t, test.args...)
		require.NoError(t, err)
		require.Equal(t, test.want, files, test.args)
	}
}

func TestAFolderWithoutManifestsIsAnError(t *testing.T) {
	folder := t.TempDir()
	_, err := expanded(t, "-f", folder)
	require.EqualError(t, err, folder+"/: the folder holds no file with a name in .json, .yaml, .yml")
}

func TestNoURLIsRead(t *testing.T) {
	for _, url := range []string{"https://example.com/pod.yaml", "http://example.com"} {
		_, err := expanded(t, "-f", url)
		require.EqualError(t, err, "-f takes no URL: download the file, read it, and give its name")
	}
}
