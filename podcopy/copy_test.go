package podcopy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/podcopy"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// past is the modification time of some of the files that mixed makes.
var past = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

// mixed returns a directory with files of all kinds, names and modes.
func mixed(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(folder(t, map[string]string{
		"src/file":                          "hello\n",
		"src/empty":                         "",
		"src/with blanks/ä ß\n":             "odd",
		"src/sub/deep/x":                    "x",
		"src/-dash":                         "d",
		"src/" + strings.Repeat("long", 60): "name",
	}), "src")
	require.NoError(t, os.Chmod(filepath.Join(dir, "file"), 0o640))
	require.NoError(t, os.Chmod(filepath.Join(dir, "empty"), 0o755))
	require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(dir, "absolute")))
	require.NoError(t, os.Symlink("file", filepath.Join(dir, "relative")))
	require.NoError(t, os.Chmod(filepath.Join(dir, "sub", "deep"), 0o555))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "sub", "deep"), 0o755) })
	require.NoError(t, os.Chtimes(filepath.Join(dir, "file"), past, past))
	require.NoError(t, os.Chtimes(filepath.Join(dir, "sub"), past, past))
	return dir
}

func TestADirectoryIsUnchangedAfterARoundTrip(t *testing.T) {
	for name, c := range map[string]struct {
		pod, container string
		via            *debug.Options
	}{
		"with the container's tar":  {"shell", "main", nil},
		"through a debug container": {"distroless", "app", &debug.Options{Image: kxtest.BusyboxImage}},
	} {
		t.Run(name, func(t *testing.T) {
			_, pods := start(t)
			sent := mixed(t)
			if c.via != nil { // which takes no directory with a newline in its name
				odd := filepath.Join(sent, "with blanks", "ä ß")
				require.NoError(t, os.Rename(odd+"\n", odd))
			}
			o := podcopy.Options{
				Container: c.container, Remote: "/tmp/there", Local: sent, ViaDebug: c.via, Preserve: true,
			}
			require.NoError(t, podcopy.To(within(t), pods, c.pod, o))
			received := filepath.Join(t.TempDir(), "not", "yet", "there")
			o.Local = received
			require.NoError(t, podcopy.From(within(t), pods, c.pod, o))
			t.Cleanup(func() { _ = os.Chmod(filepath.Join(received, "sub", "deep"), 0o755) })
			require.Equal(t, tree(t, sent), tree(t, received))
			for _, name := range []string{"file", "sub"} {
				info, err := os.Stat(filepath.Join(received, name))
				require.NoError(t, err)
				require.Equal(t, past, info.ModTime().UTC(), name)
			}
		})
	}
}

func TestACopyOutOfAContainerHasTheDestinationOfCp(t *testing.T) {
	_, pods := start(t)
	shell(t, pods, "shell", "main", `
		mkdir -p /tmp/dir /tmp/full/dir
		echo f >/tmp/file
		echo d >/tmp/dir/in
		ln -s dir /tmp/todir
		ln -s file /tmp/tofile
		echo old >/tmp/full/file`)
	for _, c := range []struct{ remote, local, file, contents string }{
		{"/tmp/file", "new", "new", "f\n"},
		{"/tmp/file", "dir", "dir/file", "f\n"},
		{"/tmp/file", "dir/", "dir/file", "f\n"},
		{"/tmp/file", "dir/.", "dir/file", "f\n"},
		{"/tmp/file", "old", "old", "f\n"},
		{"/tmp/file", "a/b/new", "a/b/new", "f\n"},
		{"/tmp/file", "link", "old", "f\n"},
		{"/tmp/dir", "new", "new/in", "d\n"},
		{"/tmp/dir", "new/", "new/in", "d\n"},
		{"/tmp/dir", "dir", "dir/dir/in", "d\n"},
		{"/tmp/dir/", "new", "new/in", "d\n"},
		{"/tmp/dir/", "dir", "dir/dir/in", "d\n"},
		{"/tmp/dir/.", "new", "new/in", "d\n"},
		{"/tmp/dir/.", "dir", "dir/in", "d\n"},
		{"/tmp/todir", "new", "new/in", "d\n"},
		{"/tmp/todir", "dir", "dir/todir/in", "d\n"},
		{"/tmp/tofile", "new", "new", "f\n"},
		{"/tmp/tofile", "dir", "dir/tofile", "f\n"},
		{"/tmp/x/../dir", "new", "new/in", "d\n"},
		{"tmp/dir", "new", "new/in", "d\n"},
	} {
		t.Run(c.remote+" to "+c.local, func(t *testing.T) {
			dir := folder(t, map[string]string{"dir/kept": "k", "old": "o"})
			require.NoError(t, os.Symlink("old", filepath.Join(dir, "link")))
			require.NoError(t, podcopy.From(within(t), pods, "shell", podcopy.Options{
				Container: "main", Remote: c.remote, Local: dir + "/" + c.local,
			}))
			require.Equal(t, c.contents, read(t, filepath.Join(dir, c.file)))
			require.FileExists(t, filepath.Join(dir, "dir/kept"))
		})
	}
}

func TestACopyIntoAContainerHasTheDestinationOfCp(t *testing.T) {
	_, pods := start(t)
	dir := folder(t, map[string]string{"dir/in": "d\n", "file": "f\n"})
	require.NoError(t, os.Symlink("dir", filepath.Join(dir, "todir")))
	for i, c := range []struct{ local, remote, file, contents string }{
		{"file", "new", "new", "f\n"},
		{"file", "full", "full/file", "f\n"},
		{"file", "full/", "full/file", "f\n"},
		{"file", "file", "file", "f\n"},
		{"file", "tofile", "file", "f\n"},
		{"dir", "new", "new/in", "d\n"},
		{"dir", "full", "full/dir/in", "d\n"},
		{"dir/.", "full", "full/in", "d\n"},
		{"dir/.", "new/", "new/in", "d\n"},
		{"todir", "full", "full/todir/in", "d\n"},
		{"dir", "todir", "dir/dir/in", "d\n"},
	} {
		t.Run(c.local+" to "+c.remote, func(t *testing.T) {
			in := fmt.Sprintf("/tmp/in%d", i)
			shell(t, pods, "shell", "main", "mkdir -p "+in+"/full/dir "+in+"/dir; cd "+in+`
				ln -s dir todir
				ln -s file tofile
				echo old >file`)
			require.NoError(t, podcopy.To(within(t), pods, "shell", podcopy.Options{
				Container: "main", Local: dir + "/" + c.local, Remote: in + "/" + c.remote,
			}))
			require.Equal(t, c.contents, shell(t, pods, "shell", "main", "cat "+in+"/"+c.file))
			require.NotContains(t, shell(t, pods, "shell", "main", "ls -a "+in+" "+in+"/full"), ".kx-cp")
		})
	}
}

// /tmp would lose its sticky bit to the mode of the local directory.
func TestADirectoryOfTheContainerKeepsItsModeAndTime(t *testing.T) {
	_, pods := start(t)
	shell(t, pods, "shell", "main", "mkdir /tmp/here; chmod 1777 /tmp/here")
	for name, dir := range map[string]string{
		"with a file": folder(t, map[string]string{"new": "n"}), "empty": t.TempDir(),
	} {
		require.NoError(t, os.Chmod(dir, 0o700))
		require.NoError(t, podcopy.To(within(t), pods, "shell", podcopy.Options{
			Container: "main", Local: dir + "/.", Remote: "/tmp/here",
		}))
		require.Regexp(t, "^drwxrwxrwt ", shell(t, pods, "shell", "main", "ls -ld /tmp/here"), name)
	}
	require.Equal(t, "n", shell(t, pods, "shell", "main", "cat /tmp/here/new"))
}

func TestAFailedCopyReportsTheReasonAndLeavesLocalFilesUnchanged(t *testing.T) {
	server, pods := start(t)
	shell(t, pods, "shell", "main", `
		echo f >/tmp/file
		mkdir /tmp/dir
		ln -s loop /tmp/loop`)
	server.User("no-exec", kxtest.Allow("get", "pods"))
	dir := folder(t, map[string]string{"file": "f", "dir/in": "d"})
	for name, c := range map[string]struct {
		copy func(context.Context, *resources.API[resources.Pod], string, podcopy.Options) error
		o    podcopy.Options
		err  string
	}{
		"a remote file that does not exist": {
			podcopy.From, podcopy.Options{Remote: "/nope", Local: dir},
			"copy shell:/nope: tar: ./nope: No such file or directory",
		},
		"a remote folder that does not exist": {
			podcopy.From, podcopy.Options{Remote: "/nope/x", Local: dir},
			"copy shell:/nope/x: tar: can't change directory to '/nope': No such file or directory",
		},
		"a remote link to itself": {
			podcopy.From, podcopy.Options{Remote: "/tmp/loop", Local: dir},
			"copy shell:/tmp/loop: /tmp/loop: too many symbolic links",
		},
		"a file to a directory that does not exist": {
			podcopy.From, podcopy.Options{Remote: "/tmp/file", Local: dir + "/no/"},
			"copy shell:/tmp/file: there is no directory " + dir + "/no/",
		},
		"a directory to a file": {
			podcopy.From, podcopy.Options{Remote: "/tmp/dir", Local: dir + "/file"},
			"/file: it is here already, and is not a directory",
		},
		"a file to a device": {
			podcopy.From, podcopy.Options{Remote: "/tmp/file", Local: "/dev/null"},
			"copy shell:/tmp/file: /dev/null is neither a file nor a directory",
		},
		"a device": {
			podcopy.To, podcopy.Options{Local: "/dev/null", Remote: "/tmp/x"},
			"copy shell:/tmp/x: /dev/null is neither a file nor a directory",
		},
		"a local file that does not exist": {
			podcopy.To, podcopy.Options{Local: dir + "/nope", Remote: "/tmp/x"},
			"/nope: no such file or directory",
		},
		"a file to a remote folder that does not exist": {
			podcopy.To, podcopy.Options{Local: dir + "/file", Remote: "/no/x"},
			"copy shell:/no/x: tar: can't change directory to '/no': No such file or directory",
		},
		"a file to a remote directory that does not exist": {
			podcopy.To, podcopy.Options{Local: dir + "/file", Remote: "/tmp/no/"},
			"copy shell:/tmp/no/: not a directory",
		},
		"a directory to a remote file": {
			podcopy.To, podcopy.Options{Local: dir + "/dir", Remote: "/tmp/file"},
			"copy shell:/tmp/file: not a directory",
		},
		"a file to a remote device": {
			podcopy.To, podcopy.Options{Local: dir + "/file", Remote: "/dev/null"},
			"copy shell:/dev/null: not a directory",
		},
		"one path": {
			podcopy.To, podcopy.Options{Local: dir},
			"copy shell:: both paths must be given",
		},
		"Preserve and NoPreserve": {
			podcopy.To, podcopy.Options{Local: dir, Remote: "/x", Preserve: true, NoPreserve: true},
			"copy shell:/x: Preserve and NoPreserve exclude each other",
		},
		"a relative path through a debug container": {
			podcopy.From, podcopy.Options{Local: dir, Remote: "x", ViaDebug: &debug.Options{}},
			"a debug container does not know the working directory of the container: begin the path with /",
		},
		"without a debug container or an image": {
			podcopy.From, podcopy.Options{Local: dir, Remote: "/x", ViaDebug: &debug.Options{}},
			"an image is needed to add one",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.o.Container = "main"
			before := tree(t, dir)
			require.ErrorContains(t, c.copy(within(t), pods, "shell", c.o), c.err)
			require.Equal(t, before, tree(t, dir))
		})
	}
	err := podcopy.From(within(t), pods, "distroless", podcopy.Options{Remote: "/app", Local: dir})
	require.ErrorIs(t, err, podcopy.ErrNoTar)
	require.EqualError(t, err, "copy distroless:/app: the container has no tar")
	err = podcopy.To(within(t), pods, "distroless", podcopy.Options{Remote: "/tmp/", Local: dir})
	require.ErrorIs(t, err, podcopy.ErrNoTar)
	pods = podsAs(t, server, "no-exec")
	err = podcopy.From(within(t), pods, "shell", podcopy.Options{Remote: "/x", Local: dir})
	require.ErrorContains(t, err, "forbidden")
}

func TestAFileThatTarCannotReadIsAnErrorAndTheOthersAreCopied(t *testing.T) {
	server, pods := start(t)
	createPod(t, server, pods, "nonroot", `"securityContext":{"runAsUser":1000},`)
	shell(t, pods, "nonroot", "app", "mkdir /tmp/d; cd /tmp/d; echo a >a; echo b >b; chmod 0 a; echo c >c")
	dir := t.TempDir()
	var notices []string
	err := podcopy.From(within(t), pods, "nonroot", podcopy.Options{
		Container: "app", Remote: "/tmp/d", Local: dir, Preserve: true,
		Notice: func(text string) { notices = append(notices, text) },
	})
	require.EqualError(t, err, "copy nonroot:/tmp/d: tar: ./d/a: Permission denied")
	require.Equal(t, []string{
		"tar: ./d/a: Permission denied", "tar: error exit delayed from previous errors",
	}, notices)
	require.Equal(t, map[string]string{
		"d": "drwxr-xr-x", "d/b": "-rw-r--r-- b\n", "d/c": "-rw-r--r-- c\n",
	}, tree(t, dir))
}

func TestALostConnectionLeavesNoPartialFile(t *testing.T) {
	server, pods := start(t)
	shell(t, pods, "shell", "main", "head -c 1000000 /dev/urandom >/tmp/big")
	destination := folder(t, map[string]string{"big": strings.Repeat("b", 1_000_000), "kept": "old"})
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/shell/exec", Then: kxtest.CutStream(300_000)})
	err := podcopy.From(within(t), pods, "shell", podcopy.Options{
		Container: "main", Remote: "/tmp/big", Local: destination + "/kept",
	})
	var lost *subresource.LostError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, "old", read(t, destination+"/kept"))
	require.Len(t, tree(t, destination), 2)
}

func TestALargeFileHasTheSameHashOnBothSides(t *testing.T) {
	_, pods := start(t)
	text := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), text, 0o600))
	require.NoError(t, podcopy.To(within(t), pods, "shell", podcopy.Options{
		Container: "main", Local: filepath.Join(dir, "file"), Remote: "/tmp/copy",
	}))
	require.Equal(t, fmt.Sprintf("%x  /tmp/copy\n", sha256.Sum256(text)),
		shell(t, pods, "shell", "main", "sha256sum /tmp/copy"))
}

func TestWithNoPreserveACopyHasTheOwnerAndTimeOfANewFile(t *testing.T) {
	_, pods := start(t)
	dir := mixed(t)
	o := podcopy.Options{Container: "main", Local: dir + "/file", Remote: "/tmp/copy", NoPreserve: true}
	require.NoError(t, podcopy.To(within(t), pods, "shell", o))
	list := shell(t, pods, "shell", "main", "ls -l /tmp/copy")
	require.Regexp(t, `^-rw-r-----\s+1 root\s+root`, list)
	require.NotContains(t, list, "2020")
	shell(t, pods, "shell", "main", "chmod 777 /tmp/copy; touch -d 2020-01-01 /tmp/copy")
	o.Local, o.Remote = filepath.Join(t.TempDir(), "new"), "/tmp/copy"
	require.NoError(t, podcopy.From(within(t), pods, "shell", o))
	info, err := os.Stat(o.Local)
	require.NoError(t, err)
	require.NotEqual(t, 2020, info.ModTime().Year())
}

func TestProgressCountsTheBytesOfTheWholeCopy(t *testing.T) {
	_, pods := start(t)
	sent := folder(t, map[string]string{"a": strings.Repeat("a", 300<<10), "sub/b": "12345", "empty": ""})
	const all = 300<<10 + 5
	type call struct{ copied, total int64 }
	var calls []call
	o := podcopy.Options{Container: "main", Remote: "/tmp/there", Local: sent,
		Progress: func(copied, total int64) { calls = append(calls, call{copied, total}) }}
	check := func(copied, total int64) {
		t.Helper()
		require.NotEmpty(t, calls)
		require.Equal(t, call{copied, total}, calls[len(calls)-1])
		for i, c := range calls {
			require.Equal(t, total, c.total)
			require.True(t, i == 0 || c.copied > calls[i-1].copied)
		}
		calls = nil
	}
	require.NoError(t, podcopy.To(within(t), pods, "shell", o))
	check(all, all)
	o.Local = filepath.Join(t.TempDir(), "back")
	require.NoError(t, podcopy.From(within(t), pods, "shell", o))
	check(all, 0) // the size of a directory is not known before
	o.Remote, o.Local = "/tmp/there/a", filepath.Join(t.TempDir(), "a")
	require.NoError(t, podcopy.From(within(t), pods, "shell", o))
	check(300<<10, 300<<10)
}

func TestPassThroughIsForTheArchiveOutOfAContainer(t *testing.T) {
	server, pods := start(t)
	copied := podcopy.Options{Container: "main", Remote: "/tmp/copied", Local: filepath.Join(folder(t, map[string]string{"a": "text"}), "a")}
	require.NoError(t, podcopy.To(within(t), pods, "shell", copied))
	passedThrough := func(r kxtest.Request) bool { return r.Header.Get("Sec-WebSocket-Protocol") == "v4.channel.k8s.io" }
	for sentence, tc := range map[string]struct {
		copy        func(context.Context, *resources.API[resources.Pod], string, podcopy.Options) error
		passThrough bool
		want        bool
	}{
		"out of a container":        {podcopy.From, true, true},
		"out, without PassThrough":  {podcopy.From, false, false},
		"into a container":          {podcopy.To, true, false},
		"into, without PassThrough": {podcopy.To, false, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			server.ForgetRequests()
			o := podcopy.Options{Container: "main", Remote: "/tmp/copied", Local: filepath.Join(t.TempDir(), "copy"), PassThrough: tc.passThrough}
			require.NoError(t, os.WriteFile(o.Local, []byte("text"), 0o600))
			require.NoError(t, tc.copy(within(t), pods, "shell", o))
			require.Equal(t, tc.want, slices.ContainsFunc(server.Requests(), passedThrough))
		})
	}
}
