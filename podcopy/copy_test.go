package podcopy_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
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

// folder is a folder of the test, in which these files are.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return dir
}

// tree says what is in a folder: each file's mode, and its content, target or nothing.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		name, err := filepath.Rel(dir, file)
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		what := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			what += " " + string(text)
		case info.Mode()&fs.ModeSymlink != 0:
			link, err := os.Readlink(file)
			require.NoError(t, err)
			what += " " + link
		}
		found[name] = what
		return nil
	}))
	delete(found, ".")
	return found
}

// shell runs a script in a container and gives what it prints.
func shell(t *testing.T, pods *resources.API[resources.Pod], pod, container, script string) string {
	t.Helper()
	res, err := subresource.Exec(pods).Run(t.Context(), pod, subresource.ExecOptions{Container: container, Command: []string{"sh", "-c", script}})
	require.NoError(t, err)
	require.Zero(t, res.ExitCode, "%s", res.Stderr)
	return string(res.Stdout)
}

// mixed makes a folder of all sorts of files.
func mixed(t *testing.T) string {
	dir := filepath.Join(folder(t, map[string]string{
		"src/file": "hello\n", "src/empty": "", "src/with blanks/ä ß\n": "odd", "src/sub/deep/x": "x", "src/-dash": "d", "src/" + strings.Repeat("long", 60): "name",
	}), "src")
	require.NoError(t, os.Chmod(filepath.Join(dir, "file"), 0o640))
	require.NoError(t, os.Chmod(filepath.Join(dir, "empty"), 0o755))
	require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(dir, "absolute")))
	require.NoError(t, os.Symlink("file", filepath.Join(dir, "relative")))
	require.NoError(t, os.Chmod(filepath.Join(dir, "sub", "deep"), 0o555))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "sub", "deep"), 0o755) })
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "file"), at, at))
	require.NoError(t, os.Chtimes(filepath.Join(dir, "sub"), at, at))
	return dir
}

func TestWhatWasCopiedIntoAContainerComesBackTheSame(t *testing.T) {
	for name, via := range map[string]*debug.Options{"by its tar": nil, "through a debug container": {Image: kxtest.BusyboxImage}} {
		t.Run(name, func(t *testing.T) {
			_, pods := start(t)
			o := podcopy.Options{Container: "main", Remote: "/tmp/there", Local: mixed(t), ViaDebug: via}
			pod := "shell"
			if via != nil {
				pod, o.Container = "distroless", "app"
				require.NoError(t, os.Rename(filepath.Join(o.Local, "with blanks", "ä ß\n"), filepath.Join(o.Local, "with blanks", "ä ß")))
			}
			require.NoError(t, podcopy.To(t.Context(), pods, pod, o))
			back := o
			back.Local = filepath.Join(t.TempDir(), "not", "yet", "back")
			require.NoError(t, podcopy.From(t.Context(), pods, pod, back))
			t.Cleanup(func() { _ = os.Chmod(filepath.Join(back.Local, "sub", "deep"), 0o755) })
			require.Equal(t, tree(t, o.Local), tree(t, back.Local))
			for _, name := range []string{"file", "sub"} {
				info, err := os.Stat(filepath.Join(back.Local, name))
				require.NoError(t, err)
				require.Equal(t, time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), info.ModTime().UTC(), name)
			}
		})
	}
}

// As cp -r has it.
func TestWhereACopyGoes(t *testing.T) {
	_, pods := start(t)
	shell(t, pods, "shell", "main", "mkdir -p /tmp/dir /tmp/full/dir; echo f >/tmp/file; echo d >/tmp/dir/in; ln -s dir /tmp/todir; ln -s file /tmp/tofile; echo old >/tmp/full/file")
	for remote, c := range map[string]map[string]map[string]string{
		"/tmp/file":     {"new": {"new": "f\n"}, "dir": {"dir/file": "f\n"}, "dir/": {"dir/file": "f\n"}, "dir/.": {"dir/file": "f\n"}, "old": {"old": "f\n"}, "a/b/new": {"a/b/new": "f\n"}, "link": {"old": "f\n"}},
		"/tmp/dir":      {"new": {"new/in": "d\n"}, "new/": {"new/in": "d\n"}, "dir": {"dir/dir/in": "d\n"}},
		"/tmp/dir/":     {"new": {"new/in": "d\n"}, "dir": {"dir/dir/in": "d\n"}},
		"/tmp/dir/.":    {"new": {"new/in": "d\n"}, "dir": {"dir/in": "d\n"}},
		"/tmp/todir":    {"new": {"new/in": "d\n"}, "dir": {"dir/todir/in": "d\n"}},
		"/tmp/tofile":   {"new": {"new": "f\n"}, "dir": {"dir/tofile": "f\n"}},
		"/tmp/x/../dir": {"new": {"new/in": "d\n"}},
		"tmp/dir":       {"new": {"new/in": "d\n"}},
	} {
		for local, want := range c {
			t.Run(remote+" to "+local, func(t *testing.T) {
				dir := folder(t, map[string]string{"dir/kept": "k", "old": "o"})
				require.NoError(t, os.Symlink("old", filepath.Join(dir, "link")))
				require.NoError(t, podcopy.From(t.Context(), pods, "shell", podcopy.Options{Container: "main", Remote: remote, Local: dir + "/" + local}))
				for name, text := range want {
					got, err := os.ReadFile(filepath.Join(dir, name))
					require.NoError(t, err)
					require.Equal(t, text, string(got))
				}
				require.FileExists(t, filepath.Join(dir, "dir/kept"))
			})
		}
	}
	dir := folder(t, map[string]string{"dir/in": "d\n", "file": "f\n"})
	require.NoError(t, os.Symlink("dir", filepath.Join(dir, "todir")))
	for i, c := range []struct{ local, remote, file, text string }{
		{"file", "new", "new", "f\n"}, {"file", "full", "full/file", "f\n"}, {"file", "full/", "full/file", "f\n"}, {"file", "file", "file", "f\n"}, {"file", "tofile", "file", "f\n"},
		{"dir", "new", "new/in", "d\n"}, {"dir", "full", "full/dir/in", "d\n"}, {"dir/.", "full", "full/in", "d\n"}, {"dir/.", "new/", "new/in", "d\n"}, {"todir", "full", "full/todir/in", "d\n"},
		{"dir", "todir", "dir/dir/in", "d\n"},
	} {
		t.Run(c.local+" to "+c.remote, func(t *testing.T) {
			in := fmt.Sprintf("/tmp/in%d", i)
			shell(t, pods, "shell", "main", "mkdir -p "+in+"/full/dir "+in+"/dir; cd "+in+"; ln -s dir todir; ln -s file tofile; echo old >file")
			require.NoError(t, podcopy.To(t.Context(), pods, "shell", podcopy.Options{Container: "main", Local: dir + "/" + c.local, Remote: in + "/" + c.remote}))
			require.Equal(t, c.text, shell(t, pods, "shell", "main", "cat "+in+"/"+c.file))
			require.NotContains(t, shell(t, pods, "shell", "main", "ls -a "+in+" "+in+"/full"), ".kx-cp")
		})
	}
}

func TestWhatCannotBeCopiedSaysWhy(t *testing.T) {
	server, pods := start(t)
	shell(t, pods, "shell", "main", "echo f >/tmp/file; mkdir /tmp/dir; ln -s loop /tmp/loop; touch /tmp/secret; chmod 0 /tmp/secret")
	server.User("no-exec", kxtest.Allow("get", "pods"))
	dir := folder(t, map[string]string{"file": "f", "dir/in": "d"})
	for name, c := range map[string]struct {
		copy func(context.Context, *resources.API[resources.Pod], string, podcopy.Options) error
		o    podcopy.Options
		says string
	}{
		"a remote file that is not there":      {podcopy.From, podcopy.Options{Remote: "/nope", Local: dir}, "copy shell:/nope: tar: ./nope: No such file or directory"},
		"a remote folder that is not there":    {podcopy.From, podcopy.Options{Remote: "/nope/x", Local: dir}, "copy shell:/nope/x: tar: can't change directory to '/nope': No such file or directory"},
		"a remote link that leads nowhere":     {podcopy.From, podcopy.Options{Remote: "/tmp/loop", Local: dir}, "copy shell:/tmp/loop: /tmp/loop: too many symbolic links"},
		"a file to a directory that is not":    {podcopy.From, podcopy.Options{Remote: "/tmp/file", Local: dir + "/no/"}, "copy shell:/tmp/file: there is no directory " + dir + "/no/"},
		"a directory over a file":              {podcopy.From, podcopy.Options{Remote: "/tmp/dir", Local: dir + "/file"}, "not a directory"},
		"to a device":                          {podcopy.From, podcopy.Options{Remote: "/tmp/file", Local: "/dev/null"}, "copy shell:/tmp/file: /dev/null is neither a file nor a directory"},
		"a local file that is not there":       {podcopy.To, podcopy.Options{Local: dir + "/nope", Remote: "/tmp/x"}, "/nope: no such file or directory"},
		"to a remote folder that is not there": {podcopy.To, podcopy.Options{Local: dir + "/file", Remote: "/no/x"}, "copy shell:/no/x: tar: can't change directory to '/no': No such file or directory"},
		"a file to a remote directory":         {podcopy.To, podcopy.Options{Local: dir + "/file", Remote: "/tmp/no/"}, "copy shell:/tmp/no/: it is no directory"},
		"a directory over a remote file":       {podcopy.To, podcopy.Options{Local: dir + "/dir", Remote: "/tmp/file"}, "copy shell:/tmp/file: it is no directory"},
		"to a remote device":                   {podcopy.To, podcopy.Options{Local: dir + "/file", Remote: "/dev/null"}, "copy shell:/dev/null: it is no directory"},
		"without a path":                       {podcopy.To, podcopy.Options{Local: dir}, "copy shell:: both paths must be given"},
		"a relative path through debug":        {podcopy.From, podcopy.Options{Local: dir, Remote: "x", ViaDebug: &debug.Options{}}, "begin it with /"},
		"without a debug container or image":   {podcopy.From, podcopy.Options{Local: dir, Remote: "/x", ViaDebug: &debug.Options{}}, "an image is needed to add one"},
	} {
		t.Run(name, func(t *testing.T) {
			c.o.Container = "main"
			before := tree(t, dir)
			require.ErrorContains(t, c.copy(t.Context(), pods, "shell", c.o), c.says)
			require.Equal(t, before, tree(t, dir))
		})
	}
	err := podcopy.From(t.Context(), pods, "distroless", podcopy.Options{Remote: "/app", Local: dir})
	require.ErrorIs(t, err, podcopy.ErrNoTar)
	require.EqualError(t, err, "copy distroless:/app: the container has no tar")
	err = podcopy.To(t.Context(), pods, "distroless", podcopy.Options{Remote: "/tmp/", Local: dir})
	require.ErrorIs(t, err, podcopy.ErrNoTar)
	require.ErrorContains(t, podcopy.From(t.Context(), podsAs(t, server, "no-exec"), "shell", podcopy.Options{Remote: "/x", Local: dir}), "forbidden")
}

func TestWhatCannotBeReadDoesNotKeepTheRestFromBeingCopied(t *testing.T) {
	server, pods := start(t)
	createPod(t, server, pods, "nonroot", `"securityContext":{"runAsUser":1000},`)
	shell(t, pods, "nonroot", "app", "mkdir /tmp/d; echo a >/tmp/d/a; echo b >/tmp/d/b; chmod 0 /tmp/d/a; echo c >/tmp/d/c")
	dir := t.TempDir()
	var told []string
	err := podcopy.From(t.Context(), pods, "nonroot", podcopy.Options{Container: "app", Remote: "/tmp/d", Local: dir, Notice: func(text string) { told = append(told, text) }})
	require.EqualError(t, err, "copy nonroot:/tmp/d: tar: ./d/a: Permission denied")
	require.Equal(t, []string{"tar: ./d/a: Permission denied", "tar: error exit delayed from previous errors"}, told)
	require.Equal(t, map[string]string{"d": "drwxr-xr-x", "d/b": "-rw-r--r-- b\n", "d/c": "-rw-r--r-- c\n"}, tree(t, dir))
}

// fakeTar is a container's tar that sends an archive of these entries, and ends with code.
func fakeTar(code int, cut int, entries ...*tar.Header) kxtest.Option {
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
	return kxtest.WithProgram("tar", func(_ context.Context, p *kxtest.Process) int {
		_, _ = p.Stdout().Write(archive.Bytes()[:min(archive.Len(), cut)])
		return code
	})
}

func TestNothingIsWrittenOutsideTheDestination(t *testing.T) {
	file := func(name string) *tar.Header { return &tar.Header{Typeflag: tar.TypeReg, Name: name} }
	dir := func(name string) *tar.Header { return &tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755} }
	link := func(name, to string) *tar.Header {
		return &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to}
	}
	hard := func(name, to string) *tar.Header {
		return &tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: to}
	}
	outside := filepath.Join(t.TempDir(), "outside")
	for name, c := range map[string]struct {
		entries []*tar.Header
		says    string // empty where it is made safe
	}{
		"an absolute name":                {[]*tar.Header{file("/etc/passwd")}, `the archive that came has "/etc/passwd", which is not in what was asked for`},
		"a name with ..":                  {[]*tar.Header{dir("d"), file("d/../../victim")}, "which is not in what was asked for"},
		"another name":                    {[]*tar.Header{file("victim")}, "which is not in what was asked for"},
		"a name that begins as ours":      {[]*tar.Header{dir("d"), file("dvictim")}, "which is not in what was asked for"},
		"a link to a folder, and through": {[]*tar.Header{dir("d"), link("d/l", ".."), file("d/l/victim")}, "escapes"},
		"an absolute link, and through":   {[]*tar.Header{dir("d"), link("d/l", outside), file("d/l/victim")}, "escapes"},
		"a chain of links":                {[]*tar.Header{dir("d"), link("d/a", "."), link("d/b", "a/.."), file("d/b/victim")}, "escapes"},
		"a directory over a link":         {[]*tar.Header{dir("d"), link("d/l", ".."), dir("d/l"), file("d/l/victim")}, "escapes"},
		"a link, and a file of its name":  {[]*tar.Header{dir("d"), link("d/l", "../victim"), file("d/l")}, ""},
		"a hard link to what is outside":  {[]*tar.Header{dir("d"), hard("d/h", "../victim")}, "a link to what is not in it"},
		"a hard link to an absolute name": {[]*tar.Header{dir("d"), hard("d/h", "/etc/passwd")}, "a link to what is not in it"},
		"a hard link through a link":      {[]*tar.Header{dir("d"), link("d/l", "../victim"), hard("d/h", "d/l")}, "escapes"},
		"times of what is outside":        {[]*tar.Header{dir("d"), dir("d/x"), link("d/x", "..")}, "file exists"},
		"a directory over a file":         {[]*tar.Header{dir("d"), file("d/x"), dir("d/x")}, "not a directory"},
		"the source as a link":            {[]*tar.Header{link("d", "..")}, "it is a symbolic link to .."},
		"the source as a link, twice":     {[]*tar.Header{dir("d"), link("d", "..")}, "a directory before"},
		"the source as a file, and in it": {[]*tar.Header{file("d"), file("d/x")}, "in what is no directory"},
		"a device":                        {[]*tar.Header{dir("d"), {Typeflag: tar.TypeBlock, Name: "d/sda", Devmajor: 8}, {Typeflag: tar.TypeFifo, Name: "d/fifo"}}, ""},
		"the source as a device":          {[]*tar.Header{{Typeflag: tar.TypeChar, Name: "d", Devmajor: 1, Devminor: 5}}, "it is a device or a pipe"},
		"a name of a thousand parts":      {[]*tar.Header{dir("d"), file("d/" + strings.Repeat("x/", 1000) + "x")}, "no such file"},
		"a part that is too long":         {[]*tar.Header{dir("d"), file("d/" + strings.Repeat("x", 300))}, "name too long"},
		"a setuid file":                   {[]*tar.Header{dir("d"), {Typeflag: tar.TypeReg, Name: "d/s", Mode: 0o6755}}, ""},
		"a type that nobody knows":        {[]*tar.Header{dir("d"), {Typeflag: 'Z', Name: "d/z"}}, "of a type that is not known here: 'Z'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, pods := start(t, fakeTar(0, math.MaxInt, c.entries...))
			here := folder(t, map[string]string{"victim": "mine", "in/kept": "mine"})
			require.NoError(t, os.MkdirAll(outside, 0o755))
			err := podcopy.From(t.Context(), pods, "shell", podcopy.Options{Container: "main", Remote: "/tmp/d", Local: here + "/in"})
			if c.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.says)
			}
			for name, what := range tree(t, here) {
				require.True(t, name == "victim" || strings.HasPrefix(name, "in/d") || name == "in" || name == "in/kept", name)
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

func TestACopyThatWasCutOffLeavesNoHalfFile(t *testing.T) {
	entries := func() []*tar.Header {
		return []*tar.Header{{Typeflag: tar.TypeDir, Name: "d", Mode: 0o755}, {Typeflag: tar.TypeReg, Name: "d/one"}, {Typeflag: tar.TypeReg, Name: "d/two"}}
	}
	for name, c := range map[string]struct {
		cut   int
		files []string
	}{
		"before the first header": {0, nil}, "within a header": {700, []string{"d"}}, "within a file": {4*512 + 3, []string{"d", "d/one"}}, "before the end": {5 * 512, []string{"d", "d/one", "d/two"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, pods := start(t, fakeTar(0, c.cut, entries()...))
			here := t.TempDir()
			err := podcopy.From(t.Context(), pods, "shell", podcopy.Options{Container: "main", Remote: "/tmp/d", Local: here})
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			var names []string
			for name := range tree(t, here) {
				names = append(names, name)
			}
			require.ElementsMatch(t, c.files, names)
		})
	}
}

func TestALostConnectionIsAnErrorAndLeavesNoHalfFile(t *testing.T) {
	server, pods := start(t)
	shell(t, pods, "shell", "main", "head -c 1000000 /dev/urandom >/tmp/big")
	here := folder(t, map[string]string{"big": strings.Repeat("b", 1_000_000), "kept": "old"})
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/shell/exec", Then: kxtest.CutStream(300_000)})
	err := podcopy.From(t.Context(), pods, "shell", podcopy.Options{Container: "main", Remote: "/tmp/big", Local: here + "/kept"})
	var lost *subresource.LostError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, "old", strings.TrimPrefix(tree(t, here)["kept"], "-rw-r--r-- "))
	require.Len(t, tree(t, here), 2)
}

func TestAFileIsHashedTheSameOnBothSides(t *testing.T) {
	_, pods := start(t)
	text := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), text, 0o600))
	require.NoError(t, podcopy.To(t.Context(), pods, "shell", podcopy.Options{Container: "main", Local: filepath.Join(dir, "file"), Remote: "/tmp/copy"}))
	require.Equal(t, fmt.Sprintf("%x  /tmp/copy\n", sha256.Sum256(text)), shell(t, pods, "shell", "main", "sha256sum /tmp/copy"))
}

func TestWithoutPreservingAFileIsOneOfWhoCopies(t *testing.T) {
	_, pods := start(t)
	dir := mixed(t)
	o := podcopy.Options{Container: "main", Local: dir + "/file", Remote: "/tmp/copy", NoPreserve: true}
	require.NoError(t, podcopy.To(t.Context(), pods, "shell", o))
	require.Regexp(t, `^-rw-r-----\s+1 root\s+root`, shell(t, pods, "shell", "main", "ls -l /tmp/copy"))
	require.NotContains(t, shell(t, pods, "shell", "main", "ls -l /tmp/copy"), "2020")
	shell(t, pods, "shell", "main", "chmod 777 /tmp/copy; touch -d 2020-01-01 /tmp/copy")
	o.Local, o.Remote = filepath.Join(t.TempDir(), "new"), "/tmp/copy"
	require.NoError(t, podcopy.From(t.Context(), pods, "shell", o))
	info, err := os.Stat(o.Local)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o755), info.Mode()|0o055, "as the umask has it")
	require.NotEqual(t, 2020, info.ModTime().Year())
}

func TestADebugContainerThatWasAddedToCopyEndsAfterIt(t *testing.T) {
	_, pods := start(t)
	dir := folder(t, map[string]string{"file": "hello\n"})
	var told []string
	o := podcopy.Options{Container: "app", Local: dir + "/file", Remote: "/tmp/file", Notice: func(text string) { told = append(told, text) }, ViaDebug: &debug.Options{Image: kxtest.BusyboxImage, Name: "copier"}}
	require.NoError(t, podcopy.To(t.Context(), pods, "distroless", o))
	require.Equal(t, []string{"Adding debug container copier, which ends after the copy"}, told)
	require.Eventually(t, func() bool {
		pod, err := pods.Get(t.Context(), "distroless")
		ended := err == nil && pod.Status.EphemeralContainerStatuses[0].State.Terminated != nil
		return ended && pod.Status.EphemeralContainerStatuses[0].State.Terminated.ExitCode == 0
	}, 10*time.Second, time.Millisecond)

	other := debugOptions("sleep", "3600")
	other.Name, other.Target = "other", "app"
	_, err := debug.Run(t.Context(), pods, "distroless", other)
	require.NoError(t, err)
	o.Local, told = dir+"/back", nil
	require.NoError(t, podcopy.From(t.Context(), pods, "distroless", o))
	require.Equal(t, []string{"Using debug container other"}, told)
	require.Equal(t, "-rw-r--r-- hello\n", tree(t, dir)["back"])
	pod, err := pods.Get(t.Context(), "distroless")
	require.NoError(t, err)
	require.Len(t, pod.Spec.EphemeralContainers, 2)
}

func TestACopyThatEndsBeforeItsDebugContainerRunsSaysThatItStays(t *testing.T) {
	_, pods := start(t, kxtest.WithSlowPull("tools:1", time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	const added = "Adding debug container copier, which ends after the copy"
	var notices []string
	err := podcopy.From(ctx, pods, "distroless", podcopy.Options{
		Container: "app", Local: t.TempDir(), Remote: "/etc/hostname",
		ViaDebug: &debug.Options{Image: "tools:1", Name: "copier"},
		Notice: func(text string) {
			notices = append(notices, text)
			if text == added {
				cancel()
			}
		},
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Contains(t, notices, added)
	require.Equal(t, "Debug container copier stays in the pod: once it runs, it waits until it is stopped", notices[len(notices)-1])
}

// Under /proc/1/root the kernel takes an absolute link for one to the debug container's own files.
func TestLinksOfATargetLeadThroughTheTarget(t *testing.T) {
	_, pods := start(t)
	tools := debugOptions("sleep", "3600")
	tools.Name, tools.Target = "tools", "app"
	_, err := debug.Run(t.Context(), pods, "distroless", tools)
	require.NoError(t, err)
	shell(t, pods, "distroless", "tools", "echo tools >/etc/mark; cd /proc/1/root; echo app >etc/mark; ln -s /etc absolute; ln -s ../../etc up; mkdir -p tmp/d; ln -s /etc tmp/d/sub")
	dir := folder(t, map[string]string{"file": "f", "d/sub/mark": "lost"})
	o := podcopy.Options{Container: "app", ViaDebug: &debug.Options{}}
	for _, remote := range []string{"/absolute/mark", "/up/mark", "/tmp/../absolute/./mark", "/tmp/d/sub/mark"} {
		o.Remote, o.Local = remote, filepath.Join(dir, "mark")
		require.NoError(t, podcopy.From(t.Context(), pods, "distroless", o))
		require.Equal(t, "-rw-r--r-- app\n", tree(t, dir)["mark"], remote)
	}
	for _, remote := range []string{"/absolute/one", "/up"} {
		o.Remote, o.Local = remote, filepath.Join(dir, "file")
		require.NoError(t, podcopy.To(t.Context(), pods, "distroless", o))
	}
	require.Equal(t, "/proc/1/root/etc/file\n/proc/1/root/etc/one\n", shell(t, pods, "distroless", "tools", "ls /proc/1/root/etc/one /proc/1/root/etc/file; ls /etc/one /etc/file 2>/dev/null || true"))

	o.Remote, o.Local = "/tmp", filepath.Join(dir, "d")
	require.EqualError(t, podcopy.To(t.Context(), pods, "distroless", o),
		"copy distroless:/tmp: /tmp/d/sub is a symbolic link, which leads a debug container elsewhere: copy what is in it to where it leads")
	require.Equal(t, "tools\napp\n", shell(t, pods, "distroless", "tools", "cat /etc/mark /proc/1/root/etc/mark"))

	shell(t, pods, "distroless", "tools", "mkdir /away; ln -s /away /proc/1/root/tmp/-n") // which echo would not print
	o.Local = folder(t, map[string]string{"-n/file": "lost"}) + "/-n"
	require.ErrorContains(t, podcopy.To(t.Context(), pods, "distroless", o), "/tmp/-n is a symbolic link")
	require.Empty(t, shell(t, pods, "distroless", "tools", "ls /away"))
}

// Before Kubernetes 1.30 the end of stdin could not be told, and tar would wait for ever.
func TestWhereTheEndOfInputCannotBeToldFilesAreCopiedOutOnly(t *testing.T) {
	_, pods := start(t, kxtest.WithStreamProtocols("v4.channel.k8s.io"))
	for pod, o := range map[string]podcopy.Options{
		"shell": {Container: "main"}, "distroless": {Container: "app", ViaDebug: &debug.Options{Image: kxtest.BusyboxImage}},
	} {
		o.Local, o.Remote = t.TempDir(), "/etc/hostname"
		require.NoError(t, podcopy.From(t.Context(), pods, pod, o))
		require.Equal(t, map[string]string{"hostname": "-rw-r--r-- " + pod + "\n"}, tree(t, o.Local))
		for _, local := range []string{o.Local, o.Local + "/hostname"} {
			o.Local, o.Remote = local, "/tmp/there"
			require.ErrorIs(t, podcopy.To(t.Context(), pods, pod, o), subresource.ErrCannotCloseStdin)
		}
	}
}
