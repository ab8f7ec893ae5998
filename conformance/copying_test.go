package conformance_test

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// busyboxImage are the flags for a debug container that kx cp adds.
var busyboxImage = []string{"--via-debug", "--image", image, "--image-pull-policy", "Never"}

// copying are behaviours of copies out of containers and into them.
// They need a server that can close stdin alone.
func copying() []behaviour {
	return []behaviour{
		{"kx cp of a workload copies into a ready pod and out again", func(t *testing.T, w *world) {
			load := w.workload(t, "StatefulSet", 1)
			local := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(local, []byte("hello\n"), 0o600))
			require.Equal(t, result{}, w.kx(t, "", "cp", "-q", local, "sts/"+load.name+":/tmp/there"))
			back := filepath.Join(t.TempDir(), "back")
			require.Equal(t, result{}, w.kx(t, "", "cp", "-q", w.config.Namespace+"/"+load.pods[0]+":/tmp/there", back))
			text, err := os.ReadFile(back)
			require.NoError(t, err)
			require.Equal(t, "hello\n", string(text))
		}},
		{"kx cp copies a file into a container and out again, with its mode and time", func(t *testing.T, w *world) {
			w.roundTrip(t, w.running(t), "app")
		}},
		{"kx cp copies a directory with unusual names into a container and out again", func(t *testing.T, w *world) {
			w.roundTripOfDirectory(t, w.running(t), "app")
		}},
		{"kx cp --via-debug copies a file into a container without a shell and out again", func(t *testing.T, w *world) {
			w.roundTrip(t, w.distroless(t), "app", busyboxImage...)
		}},
		{"kx cp --via-debug copies a directory into a container without a shell and out again", func(t *testing.T, w *world) {
			w.roundTripOfDirectory(t, w.distroless(t), "app", busyboxImage...)
		}},
		{"kx cp --via-debug finds the target's files in a pod that shares its processes", copyFromSharedProcesses},
		{"a debug container that kx cp added ends after the copy", copyEndsItsDebugContainer},
		{"kx cp uses a running debug container", copyUsesRunningDebugContainer},
		{"kx cp follows links within the target", copyFollowsLinksInTarget},
		{"kx cp writes to the same destination as cp -r", copyGoesWhereCpPutsIt},
		{"kx cp fails for a missing file, and for a container without tar", copyFails},
		{"kx cp refuses a container's archive in which a file becomes a link", copyRefusesLinkForFile},
		{"kx cp refuses a hard link to a file that existed before", copyRefusesHardLinkToLocalFile},
		{"kx cp keeps the mode of a local folder, and applies the umask to new files", copyLeavesModes},
		{"kx cp --limit bounds the bytes that a container sends", copyKeepsToLimit},
		{"kx cp skips a local pipe with a warning", copySkipsPipe},
	}
}

func copyFromSharedProcesses(t *testing.T, w *world) {
	name, file := w.sharing(t), filepath.Join(t.TempDir(), "mark")
	args := append([]string{"cp", name + ":/tmp/mark", file, "-c", "app", "-q"}, busyboxImage...)
	require.Equal(t, result{}, w.kx(t, "", args...))
	require.Equal(t, "app\n", read(t, file))
}

func copyEndsItsDebugContainer(t *testing.T, w *world) {
	name := w.distroless(t)
	done := w.kx(t, "", append([]string{"cp", name + ":/etc/hostname", t.TempDir()}, busyboxImage...)...)
	require.Equal(t, 0, done.code, done.stderr)
	require.Regexp(t, `^Adding debug container debugger-\w{5}, which ends when it is no longer needed\n$`, done.stderr)
	eventually(t, "the container has ended", func() bool {
		ended := w.get(t, name).Status.EphemeralContainerStatuses[0].State.Terminated
		return ended != nil && ended.ExitCode == 0
	})
}

func copyUsesRunningDebugContainer(t *testing.T, w *world) {
	name := w.distroless(t)
	w.tools(t, name)
	done := w.kx(t, "", "cp", name+":/etc/hostname", t.TempDir(), "-c", "app", "--via-debug")
	require.Equal(t, result{stderr: "Using debug container debugger\n"}, done)
	w.has(t, name, "debugger")
}

func copyFollowsLinksInTarget(t *testing.T, w *world) {
	name := w.distroless(t)
	w.tools(t, name)
	in := func(script string) string { return w.shell(t, name, "debugger", script) }
	in(`
		echo tools >/etc/mark
		cd /proc/1/root
		echo app >etc/mark
		ln -s /etc absolute
		ln -s ../../../etc up
		mkdir -p tmp/d
		ln -s /etc tmp/d/sub`)
	dir := t.TempDir()
	for _, remote := range []string{"/absolute/mark", "/up/mark", "/tmp/d/sub/mark"} {
		require.Equal(t, result{}, w.kx(t, "", "cp", name+":"+remote, dir+"/mark", "--via-debug", "-q"))
		require.Equal(t, "app\n", read(t, dir+"/mark"))
	}
	for _, remote := range []string{"/absolute/one", "/up/two"} {
		require.Equal(t, result{}, w.kx(t, "", "cp", dir+"/mark", name+":"+remote, "--via-debug", "-q"))
	}
	require.NoError(t, os.MkdirAll(dir+"/d/sub", 0o755))
	require.NoError(t, os.WriteFile(dir+"/d/sub/mark", []byte("lost"), 0o600))
	done := w.kx(t, "", "cp", dir+"/d", name+":/tmp", "--via-debug", "-q")
	require.Equal(t, 1, done.code)
	require.Contains(t, done.stderr, "/tmp/d/sub is a symbolic link, which leads a debug container elsewhere")
	require.Equal(t, "tools\napp\n", in("cat /etc/mark /proc/1/root/etc/mark"))
	require.Equal(t, "/proc/1/root/etc/one\n/proc/1/root/etc/two\n",
		in("ls /proc/1/root/etc/one /proc/1/root/etc/two; ls /etc/one /etc/two 2>/dev/null || true"))
}

func copyGoesWhereCpPutsIt(t *testing.T, w *world) {
	name, dir := w.running(t), t.TempDir()
	require.NoError(t, os.MkdirAll(dir+"/src", 0o755))
	require.NoError(t, os.WriteFile(dir+"/src/in", []byte("x"), 0o600))
	require.NoError(t, os.Mkdir(dir+"/here", 0o755))
	for _, c := range []struct{ from, to, file string }{
		{"/src", "/tmp/new", "/tmp/new/in"},
		{"/src", "/tmp/new", "/tmp/new/src/in"},
		{"/src/.", "/tmp/new/src", "/tmp/new/src/in"},
		{"/src/in", "/tmp/new", "/tmp/new/in"},
		{"/src/in", "/tmp/file", "/tmp/file"},
	} {
		require.Equal(t, result{}, w.kx(t, "", "cp", dir+c.from, name+":"+c.to, "-q"))
		require.Equal(t, result{stdout: "x"}, w.kx(t, "", "exec", name, "--", "cat", c.file))
	}
	for _, c := range []struct{ from, to, file string }{
		{"/tmp/new", "/fresh", "/fresh/in"},
		{"/tmp/new", "/here", "/here/new/in"},
		{"/tmp/new/.", "/here", "/here/in"},
		{"/tmp/file", "/here", "/here/file"},
		{"/tmp/file", "/here/other", "/here/other"},
	} {
		require.Equal(t, result{}, w.kx(t, "", "cp", name+":"+c.from, dir+c.to, "-q"))
		require.Equal(t, "x", read(t, dir+c.file))
	}
}

func copyFails(t *testing.T, w *world) {
	name, dir := w.running(t), t.TempDir()
	done := w.kx(t, "", "cp", name+":/nope", dir, "-q")
	want := "error: copy " + name + ":/nope: tar: ./nope: No such file or directory\n"
	require.Equal(t, result{stderr: want, code: 1}, done)
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	done = w.kx(t, "", "cp", file, name+":/no/x", "-q")
	want = "error: copy " + name + ":/no/x: tar: can't change directory to '/no': No such file or directory\n"
	require.Equal(t, result{stderr: want, code: 1}, done)
	done = w.kx(t, "", "cp", w.distroless(t)+":/app", dir)
	require.Equal(t, 1, done.code)
	require.Contains(t, done.stderr, "the container has no tar: use --via-debug")
}

func copyRefusesLinkForFile(t *testing.T, w *world) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/victim", []byte("mine"), 0o600))
	name := w.hostile(t,
		&tar.Header{Typeflag: tar.TypeReg, Name: "./f", Mode: 0o777},
		&tar.Header{Typeflag: tar.TypeSymlink, Name: "./f", Linkname: dir + "/victim"},
	)
	for range 2 { // the second copy would write through the first one's link
		done := w.kx(t, "", "cp", name+":/tmp/f", dir+"/copy", "-q")
		require.Equal(t, 1, done.code)
		require.Contains(t, done.stderr, `the container sent a bad archive: "./f" follows the one file that was asked for`)
		require.NoFileExists(t, dir+"/copy")
	}
	require.Equal(t, "mine", read(t, dir+"/victim"))
}

func copyRefusesHardLinkToLocalFile(t *testing.T, w *world) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(dir+"/d", 0o755))
	require.NoError(t, os.WriteFile(dir+"/d/secret", []byte("mine"), 0o600))
	name := w.hostile(t,
		&tar.Header{Typeflag: tar.TypeDir, Name: "./d/", Mode: 0o777},
		&tar.Header{Typeflag: tar.TypeLink, Name: "./d/public", Linkname: "./d/secret", Mode: 0o666},
	)
	w.shell(t, name, "app", "mkdir /tmp/d")
	done := w.kx(t, "", "cp", name+":/tmp/d", dir, "-q")
	require.Equal(t, 1, done.code)
	require.Contains(t, done.stderr, `"./d/public" is a hard link to a file that is not in the archive`)
	require.NoFileExists(t, dir+"/d/public")
}

func copyLeavesModes(t *testing.T, w *world) {
	name, dir := w.running(t), t.TempDir()
	w.shell(t, name, "app", `
		mkdir /tmp/d
		echo new >/tmp/d/new
		chmod 666 /tmp/d/new
		chmod 777 /tmp/d
		touch -d 1971-01-01 /tmp/d`)
	require.NoError(t, os.Chmod(dir, 0o750))
	require.NoError(t, os.WriteFile(dir+"/usual", nil, 0o666)) // less the umask
	usual, err := os.Stat(dir + "/usual")
	require.NoError(t, err)
	require.Equal(t, result{}, w.kx(t, "", "cp", name+":/tmp/d/.", dir, "-q"))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.ModeDir|0o750, info.Mode())
	require.NotEqual(t, 1971, info.ModTime().Year())
	info, err = os.Stat(dir + "/new")
	require.NoError(t, err)
	require.Equal(t, usual.Mode(), info.Mode())
	require.Equal(t, result{}, w.kx(t, "", "cp", name+":/tmp/d/.", dir, "-q", "--preserve"))
	info, err = os.Stat(dir + "/new")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o666), info.Mode())
}

func copyKeepsToLimit(t *testing.T, w *world) {
	name, dir := w.running(t), t.TempDir()
	w.shell(t, name, "app", "head -c 3000 /dev/zero >/tmp/file")
	done := w.kx(t, "", "cp", name+":/tmp/file", dir+"/file", "-q", "--limit", "2k")
	require.Equal(t, 1, done.code)
	require.Contains(t, done.stderr, "the contents exceed the limit of 2000 bytes")
	require.NoFileExists(t, dir+"/file")
	require.Equal(t, result{}, w.kx(t, "", "cp", name+":/tmp/file", dir+"/file", "-q", "--limit", "3k"))
}

func copySkipsPipe(t *testing.T, w *world) {
	name, dir := w.running(t), t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/file", []byte("x"), 0o600))
	require.NoError(t, exec.CommandContext(t.Context(), "mkfifo", dir+"/pipe").Run())
	done := w.kx(t, "", "cp", dir, name+":/tmp/d", "-c", "app")
	require.Equal(t, result{stderr: dir + "/pipe is left out: it is a device, a pipe or a socket\n"}, done)
	require.Equal(t, "file\n", w.shell(t, name, "app", "ls /tmp/d"))
}

// hostile makes a pod whose container "app" has a tar that sends an archive of these entries. That
// tar stays for a second: 1.35 may drop output of a program that ends at once.
func (w *world) hostile(t *testing.T, entries ...*tar.Header) string {
	t.Helper()
	var archive bytes.Buffer
	packed := tar.NewWriter(&archive)
	for _, h := range entries {
		require.NoError(t, packed.WriteHeader(h))
	}
	require.NoError(t, packed.Close())
	name := w.running(t)
	// containerd 1.6.20 loses the stdin of one in twenty sessions whose last program is the reader.
	size := fmt.Sprintln(archive.Len())
	done := w.kx(t, archive.String(), "exec", name, "-i", "-q", "--", "sh", "-c", "cat >/tmp/archive; wc -c </tmp/archive")
	require.Equal(t, result{size, "", 0}, done)
	w.shell(t, name, "app", `
		echo mark >/tmp/f
		printf '#!/bin/sh\ncat /tmp/archive\nsleep 1\n' >/tmp/tar
		chmod 755 /tmp/tar
		mv -f /tmp/tar /bin/tar`)
	return name
}

// shell runs a script in a container and returns its output.
func (w *world) shell(t *testing.T, pod, container, script string) string {
	t.Helper()
	done := w.kx(t, "", "exec", pod, "-c", container, "-q", "--", "sh", "-c", script)
	require.Equal(t, 0, done.code, done.stderr)
	return done.stdout
}

// distroless makes a pod whose container "app" has neither shell nor tar.
func (w *world) distroless(t *testing.T) string {
	t.Helper()
	return w.ready(t, `{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never"}`)
}

// tools adds a debug container that reaches the files of "app".
func (w *world) tools(t *testing.T, pod string) {
	t.Helper()
	done := w.kx(t, "", "debug", pod, "--image", image, "--image-pull-policy", "Never",
		"--target", "app", "-c", "debugger", "-q", "--", "sleep", "600")
	require.Equal(t, 0, done.code, done.stderr)
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// roundTrip copies a file into a container and out again.
func (w *world) roundTrip(t *testing.T, pod, container string, flags ...string) {
	t.Helper()
	text := make([]byte, 3_000_000)
	_, _ = rand.Read(text)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/there", text, 0o600))
	require.NoError(t, os.Chmod(dir+"/there", 0o751))
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, os.Chtimes(dir+"/there", at, at))
	flags = append([]string{"-c", container, "-q", "--preserve"}, flags...)
	done := w.kx(t, "", append([]string{"cp", dir + "/there", pod + ":/tmp/a file"}, flags...)...)
	require.Equal(t, result{}, done)
	done = w.kx(t, "", append([]string{"cp", pod + ":/tmp/a file", dir + "/back"}, flags...)...)
	require.Equal(t, result{}, done)
	sent, received := sha256.Sum256(text), sha256.Sum256([]byte(read(t, dir+"/back")))
	require.Equal(t, fmt.Sprintf("%x", sent), fmt.Sprintf("%x", received))
	info, err := os.Stat(dir + "/back")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o751), info.Mode())
	require.Equal(t, at, info.ModTime().UTC())
}

// roundTripOfDirectory copies a directory with all sorts of files into a container and out again.
func (w *world) roundTripOfDirectory(t *testing.T, pod, container string, flags ...string) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"a/empty":                         "",
		"a/with blanks/ä ß":               "odd",
		"a/sub/deep/x":                    "x",
		"a/-dash":                         "d",
		"a/" + strings.Repeat("long", 60): "name",
	}
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	require.NoError(t, os.Symlink("/nowhere", dir+"/a/link"))
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, os.Chmod(dir+"/a/sub", 0o711))
	require.NoError(t, os.Chtimes(dir+"/a/sub", at, at))
	flags = append([]string{"-c", container, "-q", "--preserve"}, flags...)
	done := w.kx(t, "", append([]string{"cp", dir + "/a", pod + ":/tmp/a"}, flags...)...)
	require.Equal(t, result{}, done)
	done = w.kx(t, "", append([]string{"cp", pod + ":/tmp/a", dir + "/back"}, flags...)...)
	require.Equal(t, result{}, done)
	for name, text := range files {
		require.Equal(t, text, read(t, dir+"/back"+strings.TrimPrefix(name, "a")))
	}
	link, err := os.Readlink(dir + "/back/link")
	require.NoError(t, err)
	require.Equal(t, "/nowhere", link)
	info, err := os.Stat(dir + "/back/sub")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o711)|os.ModeDir, info.Mode())
	require.Equal(t, at, info.ModTime().UTC())
}
