package podcopy_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/podcopy"
)

func fileEntry(name string) *tar.Header { return &tar.Header{Typeflag: tar.TypeReg, Name: name} }

func dirEntry(name string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}
}

func symlinkEntry(name, to string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to}
}

func hardLinkEntry(name, to string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: to}
}

// fakeTar replaces the containers' tar by a program that sends an archive and exits with code.
// Each file of the archive contains "evil\n", and the archive is cut off after cut bytes.
func fakeTar(code int, cut int, entries ...*tar.Header) kxtest.Option {
	archive := makeArchive(entries...)
	return kxtest.WithProgram("tar", func(_ context.Context, p *kxtest.Process) int {
		_, _ = p.Stdout().Write(archive[:min(len(archive), cut)])
		return code
	})
}

func makeArchive(entries ...*tar.Header) []byte {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, h := range entries {
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = 5
		}
		if err := w.WriteHeader(h); err != nil {
			panic(err)
		}
		_, _ = io.WriteString(w, "evil\n"[:h.Size])
	}
	_ = w.Close()
	return archive.Bytes()
}

func TestAHostileArchiveReachesNothingOutsideTheDestination(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for name, c := range map[string]struct {
		entries []*tar.Header
		err     string // empty if the archive is unpacked safely
	}{
		"an absolute name": {
			[]*tar.Header{fileEntry("/etc/passwd")},
			`the container sent a bad archive: "/etc/passwd" is not below the path to copy`,
		},
		"a name with ..": {
			[]*tar.Header{dirEntry("d"), fileEntry("d/../../victim")},
			`"d/../../victim" is not below the path to copy`,
		},
		"another name": {
			[]*tar.Header{fileEntry("victim")},
			`"victim" is not below the path to copy`,
		},
		"a name with the source's name as prefix": {
			[]*tar.Header{dirEntry("d"), fileEntry("dvictim")},
			`"dvictim" is not below the path to copy`,
		},
		"a file through a link to a folder": {
			[]*tar.Header{dirEntry("d"), symlinkEntry("d/l", ".."), fileEntry("d/l/victim")},
			`"d/l/victim" is in a directory that is not in the archive`,
		},
		"a file through an absolute link": {
			[]*tar.Header{dirEntry("d"), symlinkEntry("d/l", outside), fileEntry("d/l/victim")},
			`"d/l/victim" is in a directory that is not in the archive`,
		},
		"a file through a chain of links": {
			[]*tar.Header{dirEntry("d"), symlinkEntry("d/a", "."), symlinkEntry("d/b", "a/.."), fileEntry("d/b/victim")},
			`"d/b/victim" is in a directory that is not in the archive`,
		},
		"a directory in place of a link": {
			[]*tar.Header{dirEntry("d"), symlinkEntry("d/l", ".."), dirEntry("d/l"), fileEntry("d/l/victim")},
			`"d/l" is first a symbolic link and then a directory`,
		},
		"a file in place of a link": {
			[]*tar.Header{dirEntry("d"), symlinkEntry("d/l", "../victim"), fileEntry("d/l")},
			`"d/l" is first a symbolic link and then a file`,
		},
		"a link in place of a file": {
			[]*tar.Header{dirEntry("d"), fileEntry("d/l"), symlinkEntry("d/l", "../victim")},
			`"d/l" is first a file and then a symbolic link`,
		},
		"a link in place of a directory": {
			[]*tar.Header{dirEntry("d"), dirEntry("d/x"), symlinkEntry("d/x", "..")},
			`"d/x" is first a directory and then a symbolic link`,
		},
		"a directory in place of a file": {
			[]*tar.Header{dirEntry("d"), fileEntry("d/x"), dirEntry("d/x")},
			`"d/x" is first a file and then a directory`,
		},
		"the same file twice": {
			[]*tar.Header{dirEntry("d"), fileEntry("d/x"), fileEntry("d/x")},
			"",
		},
		"a hard link to a file outside": {
			[]*tar.Header{dirEntry("d"), hardLinkEntry("d/h", "../victim")},
			`"d/h" is a hard link to a file that is not in the archive`,
		},
		"a hard link to an absolute name": {
			[]*tar.Header{dirEntry("d"), hardLinkEntry("d/h", "/etc/passwd")},
			`"d/h" is a hard link to a file that is not in the archive`,
		},
		"a hard link to a directory": {
			[]*tar.Header{dirEntry("d"), dirEntry("d/x"), hardLinkEntry("d/h", "d/x")},
			`"d/h" is a hard link to a file that is not in the archive`,
		},
		"a hard link to itself": {
			[]*tar.Header{dirEntry("d"), fileEntry("d/x"), hardLinkEntry("d/x", "d/x")},
			"",
		},
		"a hard link to a link": { // which becomes a link with the same target
			[]*tar.Header{dirEntry("d"), symlinkEntry("d/l", "../victim"), hardLinkEntry("d/h", "d/l")},
			"",
		},
		"a file in place of a hard link to a link": {
			[]*tar.Header{
				dirEntry("d"), symlinkEntry("d/l", "../victim"), hardLinkEntry("d/h", "d/l"), fileEntry("d/h"),
			},
			`"d/h" is first a symbolic link and then a file`,
		},
		"the source as a link": {
			[]*tar.Header{symlinkEntry("d", "..")},
			`it is a symbolic link to ".."`,
		},
		"the source as a link after a directory": {
			[]*tar.Header{dirEntry("d"), symlinkEntry("d", "..")},
			`"d" is first a directory and then a symbolic link`,
		},
		"the source as a hard link": {
			[]*tar.Header{hardLinkEntry("d", "d")},
			`"d" is neither a file nor a directory`,
		},
		"a file below a source that is a file": {
			[]*tar.Header{fileEntry("d"), fileEntry("d/x")},
			`"d/x" follows the one file that was asked for`,
		},
		"the source as a file and then a link": {
			[]*tar.Header{fileEntry("d"), symlinkEntry("d", "../victim")},
			`"d" follows the one file that was asked for`,
		},
		"the source as a file, a link and a directory": {
			[]*tar.Header{fileEntry("d"), symlinkEntry("d", "."), dirEntry("d")},
			`"d" follows the one file that was asked for`,
		},
		"the source as the same file twice": {
			[]*tar.Header{fileEntry("d"), fileEntry("d")},
			`"d" follows the one file that was asked for`,
		},
		"no entry for the source": {
			[]*tar.Header{fileEntry("d/x")},
			`"d/x" is in a directory that is not in the archive`,
		},
		"no entry": {
			nil,
			"the container sent an empty archive",
		},
		"a device": {
			[]*tar.Header{
				dirEntry("d"), {Typeflag: tar.TypeBlock, Name: "d/sda", Devmajor: 8}, {Typeflag: tar.TypeFifo, Name: "d/fifo"},
			},
			"",
		},
		"the source as a device": {
			[]*tar.Header{{Typeflag: tar.TypeChar, Name: "d", Devmajor: 1, Devminor: 5}},
			"it is a device or a pipe",
		},
		"a name of a thousand parts": {
			[]*tar.Header{dirEntry("d"), fileEntry("d/" + strings.Repeat("x/", 1000) + "x")},
			"is in a directory that is not in the archive",
		},
		"a part that is too long": {
			[]*tar.Header{dirEntry("d"), fileEntry("d/" + strings.Repeat("x", 300))},
			"name too long",
		},
		"a setuid file": {
			[]*tar.Header{dirEntry("d"), {Typeflag: tar.TypeReg, Name: "d/s", Mode: 0o6755}},
			"",
		},
		"an unknown type": {
			[]*tar.Header{dirEntry("d"), {Typeflag: 'Z', Name: "d/z"}},
			`"d/z" has the unknown type 'Z'`,
		},
		"a name with escape sequences": {
			[]*tar.Header{dirEntry("d"), hardLinkEntry("d/\x1b]0;title\a", "d/none")},
			`"d/\x1b]0;title\a" is a hard link to a file that is not in the archive`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, pods := start(t, fakeTar(0, math.MaxInt, c.entries...))
			folder := folder(t, map[string]string{"victim": "mine", "in/kept": "mine"})
			require.NoError(t, os.MkdirAll(outside, 0o755))
			err := podcopy.From(within(t), pods, "shell", podcopy.Options{
				Container: "main", Remote: "/tmp/d", Local: folder + "/in",
			})
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
			for name, what := range tree(t, folder) {
				require.True(t, name == "victim" || name == "in" || name == "in/kept" || strings.HasPrefix(name, "in/d"), name)
				require.NotContains(t, name, ".kx-cp")
				if !strings.HasPrefix(name, "in/d") {
					require.NotContains(t, what, "evil")
				}
				require.NotRegexp(t, "^[^-dLl]|u|^D", strings.Fields(what)[0], "no device, and no setuid: %s", name)
			}
			require.Empty(t, tree(t, outside))
		})
	}
}

// The first copy left a link of the container's choice, and the second wrote through it.
func TestAFileThatBecomesALinkIsRefusedEachTime(t *testing.T) {
	folder := folder(t, map[string]string{"victim": "mine"})
	_, pods := start(t, fakeTar(0, math.MaxInt, fileEntry("./f"), symlinkEntry("./f", folder+"/victim")))
	before := tree(t, folder)
	for range 2 {
		err := podcopy.From(within(t), pods, "shell", podcopy.Options{
			Container: "main", Remote: "/tmp/f", Local: folder + "/copy",
		})
		require.ErrorContains(t, err, `"./f" follows the one file that was asked for`)
		require.Equal(t, before, tree(t, folder))
	}
}

// The container's shell says what the source is, and its tar may send something else.
func TestAnArchiveOfAnotherKindThanTheSourceIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		remote string
		entry  *tar.Header
		err    string
	}{
		"a directory for a file":        {"/etc/passwd", dirEntry("passwd"), `"passwd" is a directory, and the source is a file`},
		"a file for a directory":        {"/etc", fileEntry("etc"), `"etc" is a file, and the source is a directory`},
		"a file for the contents":       {"/etc/.", fileEntry("."), `"." is a file, and the source is a directory`},
		"a link for a directory":        {"/etc", symlinkEntry("etc", ".."), `it is a symbolic link to ".."`},
		"a link for the contents":       {"/etc/.", symlinkEntry(".", ".."), `it is a symbolic link to ".."`},
		"a part of the contents":        {"/etc/.", fileEntry("x"), `"x" is in a directory that is not in the archive`},
		"a nested part of the contents": {"/etc/.", dirEntry("x/y"), `"x/y" is in a directory that is not in the archive`},
	} {
		t.Run(name, func(t *testing.T) {
			_, pods := start(t, fakeTar(0, math.MaxInt, c.entry))
			folder := t.TempDir()
			err := podcopy.From(within(t), pods, "shell", podcopy.Options{
				Container: "main", Remote: c.remote, Local: folder,
			})
			require.ErrorContains(t, err, c.err)
			require.Empty(t, tree(t, folder))
		})
	}
}

func TestALocalLinkIsFollowedWithANotice(t *testing.T) {
	_, pods := start(t, fakeTar(0, math.MaxInt, fileEntry("./f")))
	folder := folder(t, map[string]string{"real": "old", "folder/kept": "k"})
	require.NoError(t, os.Symlink("real", folder+"/link"))
	require.NoError(t, os.Symlink("folder", folder+"/to-folder"))
	require.NoError(t, os.Symlink("nothing", folder+"/dangling"))
	copyTo := func(local string) (notices []string, err error) {
		err = podcopy.From(within(t), pods, "shell", podcopy.Options{
			Container: "main", Remote: "/tmp/f", Local: local,
			Notice: func(text string) { notices = append(notices, text) },
		})
		return notices, err
	}
	notices, err := copyTo(folder + "/link")
	require.NoError(t, err)
	require.Equal(t, []string{folder + "/link is a symbolic link: writing to " + folder + "/real"}, notices)
	require.Equal(t, "evil\n", read(t, folder+"/real"))

	notices, err = copyTo(folder + "/to-folder")
	require.NoError(t, err)
	require.Equal(t, []string{folder + "/to-folder is a symbolic link: writing to " + folder + "/folder"}, notices)
	require.Equal(t, "evil\n", read(t, folder+"/folder/f"))

	_, err = copyTo(folder + "/dangling")
	require.ErrorContains(t, err, "/dangling is a symbolic link that cannot be followed: no such file or directory")
	require.NoFileExists(t, folder+"/nothing")
}

// Below the destination no link is followed, not even one that was there before.
func TestADirectoryIsNotWrittenThroughALinkBelowTheDestination(t *testing.T) {
	_, pods := start(t, fakeTar(0, math.MaxInt, dirEntry("./"), dirEntry("./l"), fileEntry("./l/f")))
	folder := folder(t, map[string]string{"real/kept": "k"})
	require.NoError(t, os.Symlink("real", folder+"/l"))
	before := tree(t, folder)
	err := podcopy.From(within(t), pods, "shell", podcopy.Options{Container: "main", Remote: "/etc/.", Local: folder})
	require.ErrorContains(t, err, folder+"/l: it is a symbolic link here, not a directory")
	require.Equal(t, before, tree(t, folder))
}

func TestAHardLinkLeadsOnlyToFilesOfTheArchive(t *testing.T) {
	_, pods := start(t, fakeTar(0, math.MaxInt, dirEntry("d"), hardLinkEntry("d/public", "d/secret")))
	folder := folder(t, map[string]string{"d/secret": "mine"})
	require.NoError(t, os.Chmod(folder+"/d/secret", 0o600))
	before := tree(t, folder)
	err := podcopy.From(within(t), pods, "shell", podcopy.Options{Container: "main", Remote: "/tmp/d", Local: folder})
	require.ErrorContains(t, err, `"d/public" is a hard link to a file that is not in the archive`)
	require.Equal(t, before, tree(t, folder))
}

func TestHardLinksStayHardLinks(t *testing.T) {
	entries := []*tar.Header{dirEntry("d"), fileEntry("d/file")}
	for i := range 100 {
		entries = append(entries, hardLinkEntry(fmt.Sprintf("d/link%d", i), "d/file"))
	}
	entries = append(entries, hardLinkEntry("d/link0", "d/file")) // which is that file already
	_, pods := start(t, fakeTar(0, math.MaxInt, entries...))
	folder := t.TempDir()
	for range 2 { // the second copy replaces the first
		err := podcopy.From(within(t), pods, "shell", podcopy.Options{
			Container: "main", Remote: "/tmp/d", Local: folder, Limit: 5,
		})
		require.NoError(t, err)
	}
	file, err := os.Stat(folder + "/d/file")
	require.NoError(t, err)
	link, err := os.Stat(folder + "/d/link99")
	require.NoError(t, err)
	require.True(t, os.SameFile(file, link))
	require.Len(t, tree(t, folder), 102)
}

func TestTheLimitBoundsTheBytesOfAllFiles(t *testing.T) {
	_, pods := start(t, fakeTar(0, math.MaxInt, dirEntry("d"), fileEntry("d/a"), fileEntry("d/b"), fileEntry("d/b")))
	for limit, want := range map[int64]struct {
		err   string
		files []string
	}{
		0:  {"", []string{"d", "d/a", "d/b"}},
		15: {"", []string{"d", "d/a", "d/b"}},
		14: {"d/b: the contents exceed the limit of 14 bytes", []string{"d", "d/a", "d/b"}},
		9:  {"d/b: the contents exceed the limit of 9 bytes", []string{"d", "d/a"}},
		1:  {"d/a: the contents exceed the limit of 1 bytes", []string{"d"}},
		-1: {"the limit of -1 bytes is negative", nil},
	} {
		folder := t.TempDir()
		err := podcopy.From(within(t), pods, "shell", podcopy.Options{
			Container: "main", Remote: "/tmp/d", Local: folder, Limit: limit,
		})
		if want.err == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want.err)
		}
		require.Equal(t, want.files, slices.Sorted(maps.Keys(tree(t, folder))))
	}
}

func TestTheLimitBoundsTheBytesThatAreSent(t *testing.T) {
	_, pods := start(t)
	folder := folder(t, map[string]string{"d/a": "12345", "d/b": "12345"})
	for limit, want := range map[int64]string{9: "the contents exceed the limit of 9 bytes", 10: ""} {
		err := podcopy.To(within(t), pods, "shell", podcopy.Options{
			Container: "main", Local: folder + "/d", Remote: fmt.Sprintf("/tmp/limit%d", limit), Limit: limit,
		})
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
}

func TestACopyThatWasCutOffLeavesNoPartialFile(t *testing.T) {
	directory := []*tar.Header{dirEntry("d"), fileEntry("d/one"), fileEntry("d/two")}
	file := []*tar.Header{fileEntry("d")}
	for name, c := range map[string]struct {
		entries []*tar.Header
		cut     int
		files   []string
	}{
		"before the first header":       {directory, 0, nil},
		"within a header":               {directory, 700, []string{"d"}},
		"between two headers":           {directory, 512, []string{"d"}},
		"within a file":                 {directory, 4*512 + 3, []string{"d", "d/one"}},
		"before the end":                {directory, 5 * 512, []string{"d", "d/one", "d/two"}},
		"between the blocks of the end": {directory, 6 * 512, []string{"d", "d/one", "d/two"}},
		"a file before its end":         {file, 512 + 3, nil},
		"a file before the end":         {file, 2 * 512, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, pods := start(t, fakeTar(0, c.cut, c.entries...))
			folder := t.TempDir()
			err := podcopy.From(within(t), pods, "shell", podcopy.Options{
				Container: "main", Remote: "/tmp/d", Local: folder,
			})
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.ElementsMatch(t, c.files, slices.Collect(maps.Keys(tree(t, folder))))
		})
	}
}

func TestNamesThatDriveTheTerminalAreEscaped(t *testing.T) {
	var notices []string
	notice := func(text string) { notices = append(notices, text) }
	_, pods := start(t, fakeTar(0, math.MaxInt, dirEntry("d"),
		&tar.Header{Typeflag: tar.TypeFifo, Name: "d/\x1b[2Jpipe"}, fileEntry("d/\x1b"+strings.Repeat("x", 300))))
	err := podcopy.From(within(t), pods, "shell", podcopy.Options{
		Container: "main", Remote: "/tmp/d", Local: t.TempDir(), Notice: notice,
	})
	require.Equal(t, []string{`"d/\x1b[2Jpipe" is left out: it is a device or a pipe`}, notices)
	require.ErrorContains(t, err, `/d/\x1bxxx`)
	require.NotContains(t, err.Error(), "\x1b")

	notices = nil
	_, pods = start(t, kxtest.WithProgram("tar", func(_ context.Context, p *kxtest.Process) int {
		_, _ = io.WriteString(p.Stderr(), "tar: \x1b[31m\u202ered\a\n")
		return 1
	}))
	err = podcopy.From(within(t), pods, "shell", podcopy.Options{
		Container: "main", Remote: "/tmp/d", Local: t.TempDir(), Notice: notice,
	})
	require.EqualError(t, err, `copy shell:/tmp/d: tar: \x1b[31m\u202ered\a`)
	require.Equal(t, []string{`tar: \x1b[31m\u202ered\a`}, notices)
}

func TestManyDevicesAreReportedInOneLine(t *testing.T) {
	entries := []*tar.Header{dirEntry("d")}
	for range 50 {
		entries = append(entries, &tar.Header{Typeflag: tar.TypeFifo, Name: "d/pipe"})
	}
	_, pods := start(t, fakeTar(0, math.MaxInt, entries...))
	var notices []string
	require.NoError(t, podcopy.From(within(t), pods, "shell", podcopy.Options{
		Container: "main", Remote: "/tmp/d", Local: t.TempDir(),
		Notice: func(text string) { notices = append(notices, text) },
	}))
	require.Len(t, notices, 21)
	require.Equal(t, "30 more devices or pipes are left out", notices[20])
}

func TestAnImpossibleTimeIsIgnored(t *testing.T) {
	far := &tar.Header{Typeflag: tar.TypeReg, Name: "d", ModTime: time.Unix(1<<40, 0), Format: tar.FormatGNU}
	_, pods := start(t, fakeTar(0, math.MaxInt, far))
	folder := t.TempDir()
	require.NoError(t, podcopy.From(within(t), pods, "shell", podcopy.Options{
		Container: "main", Remote: "/tmp/d", Local: folder,
	}))
	info, err := os.Stat(folder + "/d")
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), info.ModTime(), time.Hour)
}
