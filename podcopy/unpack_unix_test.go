//go:build unix

package podcopy_test

import (
	"archive/tar"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/podcopy"
)

func TestADirectoryDoesNotReplaceAnotherKindOfFile(t *testing.T) {
	_, pods := start(t)
	shell(t, pods, "shell", "main", "mkdir -p /tmp/d/file; chmod 711 /tmp/d/file; mkdir -p /tmp/e/pipe")
	folder := folder(t, map[string]string{"file": "mine"})
	// Opening it would wait.
	require.NoError(t, syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600))
	before := tree(t, folder)
	for _, remote := range []string{"/tmp/d/.", "/tmp/e/."} {
		err := podcopy.From(within(t), pods, "shell", podcopy.Options{Container: "main", Remote: remote, Local: folder})
		require.ErrorContains(t, err, "is not a directory")
		require.Equal(t, before, tree(t, folder))
	}
}

// modeAndTime is what a copy sets of a file, besides its contents.
type modeAndTime struct {
	mode fs.FileMode
	year int
}

func modesAndTimes(t *testing.T, folder string, names ...string) map[string]modeAndTime {
	t.Helper()
	found := map[string]modeAndTime{}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(folder, name))
		require.NoError(t, err)
		found[name] = modeAndTime{info.Mode(), info.ModTime().Year()}
	}
	return found
}

func TestACopySetsModesAndTimes(t *testing.T) {
	old := time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)
	entry := func(kind byte, name string, mode int64) *tar.Header {
		return &tar.Header{Typeflag: kind, Name: name, Mode: mode, ModTime: old}
	}
	_, pods := start(t, fakeTar(0, math.MaxInt,
		entry(tar.TypeDir, "./", 0o777),
		entry(tar.TypeReg, "./new", 0o666),
		entry(tar.TypeReg, "./program", 0o4777),
		entry(tar.TypeReg, "./replaced", 0o666),
		entry(tar.TypeDir, "./here", 0o777),
		entry(tar.TypeDir, "./fresh", 0o777), // which the last entry changes
		entry(tar.TypeReg, "./fresh/new", 0o600),
		entry(tar.TypeDir, "./closed", 0o555),
		entry(tar.TypeReg, "./closed/new", 0o444),
		entry(tar.TypeDir, "./here", 0o777),
		entry(tar.TypeDir, "./fresh", 0o711),
	))
	now := time.Now().Year()
	before := modeAndTime{fs.ModeDir | 0o750, 2020}
	destination := modeAndTime{fs.ModeDir | 0o750, now} // new files in a directory change its time
	names := []string{".", "here", "new", "program", "replaced", "fresh", "fresh/new", "closed", "closed/new"}
	for name, c := range map[string]struct {
		options podcopy.Options
		want    map[string]modeAndTime
	}{
		"the umask applies to new files": {podcopy.Options{}, map[string]modeAndTime{
			".":          destination,
			"here":       before,
			"new":        {0o640, 1971},
			"program":    {0o750, 1971},
			"replaced":   {0o600, 1971},
			"fresh":      {fs.ModeDir | 0o710, 1971},
			"fresh/new":  {0o600, 1971},
			"closed":     {fs.ModeDir | 0o550, 1971},
			"closed/new": {0o440, 1971},
		}},
		"Preserve keeps modes": {podcopy.Options{Preserve: true}, map[string]modeAndTime{
			".":          destination,
			"here":       before,
			"new":        {0o666, 1971},
			"program":    {0o777, 1971},
			"replaced":   {0o666, 1971},
			"fresh":      {fs.ModeDir | 0o711, 1971},
			"fresh/new":  {0o600, 1971},
			"closed":     {fs.ModeDir | 0o555, 1971},
			"closed/new": {0o444, 1971},
		}},
		"NoPreserve ignores modes and times": {podcopy.Options{NoPreserve: true}, map[string]modeAndTime{
			".":          destination,
			"here":       before,
			"new":        {0o640, now},
			"program":    {0o750, now},
			"replaced":   {0o600, now},
			"fresh":      {fs.ModeDir | 0o750, now},
			"fresh/new":  {0o600, now},
			"closed":     {fs.ModeDir | 0o750, now},
			"closed/new": {0o440, now},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			defer syscall.Umask(syscall.Umask(0o027))
			folder := folder(t, map[string]string{"replaced": "old", "here/kept": "k"})
			require.NoError(t, os.Chmod(folder+"/replaced", 0o600))
			at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
			for _, dir := range []string{folder + "/here", folder} {
				require.NoError(t, os.Chmod(dir, 0o750))
				require.NoError(t, os.Chtimes(dir, at, at))
			}
			c.options.Container, c.options.Remote, c.options.Local = "main", "/etc/.", folder
			require.NoError(t, podcopy.From(within(t), pods, "shell", c.options))
			t.Cleanup(func() { _ = os.Chmod(folder+"/closed", 0o755) })
			require.Equal(t, c.want, modesAndTimes(t, folder, names...))
		})
	}
}
