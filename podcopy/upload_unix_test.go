//go:build unix

package podcopy

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// upload is what a copy of the directory source into folder sends: the script's arguments after the
// folder, its stdin, and the late archive.
type upload struct {
	args        []string
	stdin, late []byte
}

// packUpload packs source. existing are the directories that exist in the destination.
func packUpload(t *testing.T, source, name string, directories ...string) upload {
	t.Helper()
	info, err := os.Stat(source)
	require.NoError(t, err)
	p, err := newPacker(&Options{}, source, info)
	require.NoError(t, err)
	defer p.close()
	p.temporary = ".kx-cp--new"
	u := upload{args: []string{p.temporary}}
	var stdin, late bytes.Buffer
	p.existing = map[string]bool{}
	for _, d := range directories {
		p.existing[d] = false
		p.preamble += escaped(d) + "\n"
	}
	if len(directories) > 0 {
		p.preamble += "\n"
		u.args = append(u.args, "")
	} else {
		u.args, name = append(u.args, name), p.temporary
	}
	require.NoError(t, p.pack(&stdin, name))
	require.NoError(t, p.packLate(&late))
	u.stdin, u.late = stdin.Bytes(), late.Bytes()
	return u
}

// run runs unpackThenRename in a shell of this machine.
func (u upload) run(t *testing.T, shell []string, folder string, stdin []byte) error {
	t.Helper()
	args := append(append(shell, "-c", unpackThenRename, "sh", "xpf", folder), u.args...)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	return err
}

// state returns what a directory has: modes, contents and the targets of links.
func state(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		what := info.Mode().String()
		switch info.Mode().Type() {
		case 0:
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			what += " " + string(text)
		case fs.ModeSymlink:
			target, err := os.Readlink(file)
			require.NoError(t, err)
			what += " " + target
		}
		found[strings.TrimPrefix(file, dir)] = what
		return nil
	}))
	return found
}

func makeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

// shells returns the shells of this machine that containers have too. Their tar is this machine's.
func shells() map[string][]string {
	found := map[string][]string{}
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"busybox", "sh"}} {
		if _, err := exec.LookPath(shell[0]); err == nil {
			found[shell[0]] = shell
		}
	}
	return found
}

func TestACopyIntoADirectoryMergesWithWhatIsThere(t *testing.T) {
	odd := "new\nline\\n"
	source := makeFiles(t, map[string]string{
		"file": "new", ".hidden": "h", "..two": "2", odd + "/in": "i", "sub/x": "x", "sub/-n": "n",
		"fresh/deep/y": "y", "closed/z": "z",
	})
	require.NoError(t, os.Symlink("file", source+"/link"))
	for i := range 450 {
		require.NoError(t, os.WriteFile(source+"/sub/many"+strconv.Itoa(i), nil, 0o600))
	}
	past := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, os.Chtimes(source+"/sub", past, past))
	require.NoError(t, os.Chmod(source+"/closed", 0o555))
	require.NoError(t, os.Chmod(source+"/sub", 0o750))
	want := state(t, source)
	for name, shell := range shells() {
		t.Run(name, func(t *testing.T) {
			folder := makeFiles(t, map[string]string{
				"dst/file": "old", "dst/kept": "k", "dst/sub/x": "old", "dst/sub/kept": "k", "dst/" + odd + "/kept": "k",
				"dst/.kx-cp--dead/half": "h", "dst/sub/.kx-cp--dead": "half", "dst/.kx-cp-7-other": "o",
			})
			u := packUpload(t, source, "dst", "dst", "dst/"+odd, "dst/sub")
			require.NoError(t, u.run(t, shell, folder, u.stdin))
			cmd := exec.CommandContext(t.Context(), "tar", "xpf", "-", "-C", folder)
			cmd.Stdin = bytes.NewReader(u.late)
			require.NoError(t, cmd.Run())
			merged := state(t, folder+"/dst")
			for file, text := range map[string]string{"/kept": "k", "/sub/kept": "k", "/" + odd + "/kept": "k", "/.kx-cp-7-other": "o"} {
				require.Equal(t, "-rw-r--r-- "+text, merged[file], file)
				delete(merged, file)
			}
			require.Equal(t, want, merged)
			info, err := os.Stat(folder + "/dst/sub")
			require.NoError(t, err)
			require.Equal(t, past, info.ModTime().UTC())
		})
	}
}

func TestACopyThatIsCutOffAnywhereLeavesTheDestinationAsItWas(t *testing.T) {
	source := makeFiles(t, map[string]string{"a": strings.Repeat("a", 700), "sub/b": "b", "fresh/c": "c"})
	for name, directories := range map[string][]string{
		"a new directory":             nil,
		"a directory that was there":  {"dst", "dst/sub"},
		"the contents of a directory": {".", "sub"},
	} {
		t.Run(name, func(t *testing.T) {
			dst := "dst"
			if len(directories) > 0 {
				dst = directories[0]
			}
			u := packUpload(t, source, dst, directories...)
			folder := makeFiles(t, map[string]string{"kept": "k"})
			if len(directories) > 0 {
				folder = makeFiles(t, map[string]string{dst + "/a": "old", dst + "/sub/b": "old"})
			}
			before := state(t, folder)
			complete := bytes.LastIndexFunc(u.stdin, func(r rune) bool { return r != 0 })
			for cut := 0; cut < complete/512*512; cut += 256 {
				require.Error(t, u.run(t, []string{"sh"}, folder, u.stdin[:cut]), "after %d bytes", cut)
				require.Equal(t, before, state(t, folder), "after %d bytes", cut)
			}
			require.NoError(t, u.run(t, []string{"sh"}, folder, u.stdin))
			require.NotEqual(t, before, state(t, folder))
		})
	}
}

func TestAFileNeverReplacesADirectoryInTheContainer(t *testing.T) {
	folder := makeFiles(t, map[string]string{"dst/kept": "k", "into/a/kept": "k"})
	before := state(t, folder)
	source := makeFiles(t, map[string]string{"a": "a"})
	for name, u := range map[string]upload{
		"a file":                packUpload(t, source+"/a", "dst"),
		"a file of a directory": packUpload(t, source, "into", "into"),
	} {
		require.Error(t, u.run(t, []string{"sh"}, folder, u.stdin), name)
		require.Equal(t, before, state(t, folder), name)
	}
}
