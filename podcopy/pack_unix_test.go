//go:build unix

package podcopy

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// openPacker returns a packer for the directory dir, and a place for its notices.
func openPacker(t *testing.T, dir string, o Options) (*packer, *[]string) {
	t.Helper()
	var notices []string
	o.Notice = func(text string) { notices = append(notices, text) }
	info, err := os.Stat(dir)
	require.NoError(t, err)
	p, err := newPacker(&o, dir, info)
	require.NoError(t, err)
	t.Cleanup(p.close)
	return p, &notices
}

// entries reads an archive and returns the contents of its files by name.
func entries(t *testing.T, archive *bytes.Buffer) (headers []*tar.Header, contents map[string]string) {
	t.Helper()
	contents = map[string]string{}
	r := tar.NewReader(archive)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return headers, contents
		}
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		headers, contents[h.Name] = append(headers, h), string(text)
	}
}

// In one of 46 runs of a race, a link that was swapped in sent the file that it leads to; a pipe
// was waited for.
func TestAFileThatIsReplacedBeforeItIsOpenedIsNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		replace func(file, outside string) error
		err     string
	}{
		"by a link to a file outside": {
			func(file, outside string) error { return os.Symlink(outside+"/secret", file) },
			"/d/file: path escapes from parent",
		},
		"by a relative link to a file outside": {
			func(file, outside string) error { return os.Symlink("../secret", file) },
			"/d/file: path escapes from parent",
		},
		"by a link to another file of the source": {
			func(file, _ string) error { return os.Symlink("other", file) },
			"/d/file: it was replaced while it was read",
		},
		"by another file": {
			func(file, _ string) error { return os.WriteFile(file, []byte("secret"), 0o600) },
			"/d/file: it was replaced while it was read",
		},
		"by a hard link to a file outside": {
			func(file, outside string) error { return os.Link(outside+"/secret", file) },
			"/d/file: it was replaced while it was read",
		},
		"by a pipe": {
			func(file, _ string) error { return syscall.Mkfifo(file, 0o600) },
			"/d/file: it was replaced while it was read",
		},
		"by a directory": {
			func(file, _ string) error { return os.Mkdir(file, 0o700) },
			"/d/file: it was replaced while it was read",
		},
		"by nothing": {
			func(string, string) error { return nil },
			"/d/file: no such file or directory",
		},
	} {
		t.Run(name, func(t *testing.T) {
			outside := t.TempDir()
			dir := outside + "/d"
			require.NoError(t, os.Mkdir(dir, 0o700))
			for _, file := range []string{outside + "/secret", dir + "/file", dir + "/other"} {
				require.NoError(t, os.WriteFile(file, []byte("secret"), 0o600))
			}
			p, _ := openPacker(t, dir, Options{})
			var archive bytes.Buffer
			p.archive = tar.NewWriter(&archive)
			info, err := p.root.Lstat("file")
			require.NoError(t, err)
			// So that its inode is not used again.
			require.NoError(t, os.Rename(dir+"/file", outside+"/file"))
			require.NoError(t, c.replace(dir+"/file", outside))
			require.NoError(t, p.addFile("file", "d/file", info))
			require.ErrorContains(t, p.failed, c.err)
			require.NoError(t, p.archive.Close())
			headers, _ := entries(t, &archive)
			require.Empty(t, headers)
		})
	}
}

func TestADirectoryThatIsReplacedBeforeItIsOpenedIsSentEmpty(t *testing.T) {
	for name, replace := range map[string]func(dir string) error{
		"by a link outside":    func(dir string) error { return os.Symlink("../../outside", dir) },
		"by a link inside":     func(dir string) error { return os.Symlink("other", dir) },
		"by a pipe":            func(dir string) error { return syscall.Mkfifo(dir, 0o600) },
		"by another directory": func(dir string) error { return os.Rename(filepath.Dir(dir)+"/other", dir) },
	} {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			dir := top + "/d"
			for _, name := range []string{"outside", "d/sub", "d/other"} {
				require.NoError(t, os.MkdirAll(filepath.Join(top, name), 0o700))
				require.NoError(t, os.WriteFile(filepath.Join(top, name, "secret"), []byte("secret"), 0o600))
			}
			p, _ := openPacker(t, dir, Options{})
			var archive bytes.Buffer
			p.archive = tar.NewWriter(&archive)
			info, err := p.root.Lstat("sub")
			require.NoError(t, err)
			require.NoError(t, os.Rename(dir+"/sub", top+"/sub"))
			require.NoError(t, replace(dir+"/sub"))
			require.NoError(t, p.addDirectory("sub", "d/sub", info))
			require.Error(t, p.failed)
			require.NoError(t, p.archive.Close())
			_, contents := entries(t, &archive)
			require.Equal(t, map[string]string{"d/sub/": ""}, contents)
		})
	}
}

func TestASourceThatIsReplacedBeforeItIsOpenedIsAnError(t *testing.T) {
	top := t.TempDir()
	for _, name := range []string{"d", "secret"} {
		require.NoError(t, os.Mkdir(filepath.Join(top, name), 0o700))
	}
	info, err := os.Stat(top + "/d")
	require.NoError(t, err)
	require.NoError(t, os.Remove(top+"/d"))
	require.NoError(t, os.Symlink("secret", top+"/d"))
	_, err = newPacker(&Options{}, top+"/d", info)
	require.EqualError(t, err, top+"/d was replaced meanwhile")
}

func TestPipesAndSocketsAreSkippedWithANotice(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(dir+"/pi\x1bpe", 0o600))
	require.NoError(t, os.WriteFile(dir+"/file", []byte("f"), 0o600))
	p, notices := openPacker(t, dir, Options{})
	var archive bytes.Buffer
	require.NoError(t, p.pack(&archive, "d"))
	require.NoError(t, p.failed)
	require.Equal(t, []string{dir + `/pi\x1bpe is left out: it is a device, a pipe or a socket`}, *notices)
	_, contents := entries(t, &archive)
	require.Equal(t, map[string]string{"d/": "", "d/file": "f"}, contents)
}

// busybox reads GNU's format alone: PAX names and times would be lost.
func TestAnArchiveHasGNUHeaders(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("l", 200) + " ü\n"
	require.NoError(t, os.WriteFile(dir+"/"+long, []byte("name"), 0o600))
	require.NoError(t, os.Symlink(strings.Repeat("to/", 100), dir+"/link"))
	require.NoError(t, os.Truncate(dir+"/"+long, 600))
	at := time.Unix(-7, 5_000_000) // before 1970, and not a whole second
	require.NoError(t, os.Chtimes(dir+"/"+long, at, at))
	require.NoError(t, os.Chmod(dir+"/"+long, 0o750|fs.ModeSetuid))
	p, _ := openPacker(t, dir, Options{})
	var archive bytes.Buffer
	require.NoError(t, p.pack(&archive, "d"))
	headers, contents := entries(t, &archive)
	require.NoError(t, p.failed)
	byName := map[string]*tar.Header{}
	for _, h := range headers {
		require.Equal(t, tar.FormatGNU, h.Format, h.Name)
		require.Empty(t, h.PAXRecords)
		byName[h.Name] = h
	}
	file := byName["d/"+long]
	require.EqualValues(t, 0o4750, file.Mode)
	require.EqualValues(t, -7, file.ModTime.Unix())
	require.Equal(t, os.Getuid(), file.Uid)
	require.Len(t, contents["d/"+long], 600)
	require.Equal(t, strings.Repeat("to/", 100), byName["d/link"].Linkname)
	require.Equal(t, "d/", headers[len(headers)-1].Name, "the directory's mode and time, after its contents")
}

func TestTheHeaderOfALargeFileHasItsSize(t *testing.T) {
	dir := t.TempDir()
	const size = 1 << 40
	require.NoError(t, os.WriteFile(dir+"/file", nil, 0o600))
	if os.Truncate(dir+"/file", size) != nil {
		t.Skip("this file system has no files of a TiB")
	}
	p, _ := openPacker(t, dir, Options{})
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(p.pack(w, "d")) }()
	archive := tar.NewReader(r)
	for range 2 {
		h, err := archive.Next()
		require.NoError(t, err)
		if h.Typeflag == tar.TypeReg {
			require.EqualValues(t, size, h.Size)
		}
	}
	require.NoError(t, r.Close())
}

func TestAFileThatShrinksIsFilledWithZeros(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/file", []byte("contents"), 0o600))
	p, _ := openPacker(t, dir, Options{})
	var archive bytes.Buffer
	shrink := writerFunc(func(b []byte) (int, error) {
		if bytes.HasPrefix(b, []byte("d/file")) { // the header, which has the size
			require.NoError(t, os.Truncate(dir+"/file", 3))
		}
		return archive.Write(b)
	})
	require.NoError(t, p.pack(shrink, "d"))
	require.ErrorContains(t, p.failed, "/file: it became shorter or unreadable while it was read, "+
		"and its copy ends with zeros")
	_, contents := entries(t, &archive)
	require.Equal(t, "con\x00\x00\x00\x00\x00", contents["d/file"])
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
