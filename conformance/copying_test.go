package conformance_test

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// copying are behaviours of copies out of containers and into them. They rest on a server which can be told the end of stdin.
func copying() []behaviour {
	return []behaviour{
		{"kx cp copies a file into a container and out again, with its mode and time", func(t *testing.T, w *world) {
			w.roundTrip(t, w.running(t), "app")
		}},
		{"kx cp copies a directory into a container and out again, with all sorts of names", func(t *testing.T, w *world) {
			w.roundTripOfDirectory(t, w.running(t), "app")
		}},
		{"kx cp --via-debug copies a file into a container without a shell and out again", func(t *testing.T, w *world) {
			w.roundTrip(t, w.distroless(t), "app", "--via-debug", "--image", image, "--image-pull-policy", "Never")
		}},
		{"kx cp --via-debug copies a directory into a container without a shell and out again", func(t *testing.T, w *world) {
			w.roundTripOfDirectory(t, w.distroless(t), "app", "--via-debug", "--image", image, "--image-pull-policy", "Never")
		}},
		{"kx cp --via-debug finds the target's files in a pod that shares its processes", func(t *testing.T, w *world) {
			name, file := w.sharing(t), filepath.Join(t.TempDir(), "mark")
			done := w.kx(t, "", "cp", name+":/tmp/mark", file, "-c", "app", "-q", "--via-debug", "--image", image, "--image-pull-policy", "Never")
			require.Equal(t, result{}, done)
			require.Equal(t, "app\n", read(t, file))
		}},
		{"a debug container that kx cp added ends after the copy", func(t *testing.T, w *world) {
			name := w.distroless(t)
			done := w.kx(t, "", "cp", name+":/etc/hostname", t.TempDir(), "--via-debug", "--image", image, "--image-pull-policy", "Never")
			require.Equal(t, 0, done.code, done.stderr)
			require.Regexp(t, `^Adding debug container debugger-\w{5}, which ends after the copy\n$`, done.stderr)
			eventually(t, "the container has ended", func() bool {
				ended := w.get(t, name).Status.EphemeralContainerStatuses[0].State.Terminated
				return ended != nil && ended.ExitCode == 0
			})
		}},
		{"kx cp takes a debug container that runs", func(t *testing.T, w *world) {
			name := w.distroless(t)
			w.tools(t, name)
			done := w.kx(t, "", "cp", name+":/etc/hostname", t.TempDir(), "-c", "app", "--via-debug")
			require.Equal(t, result{stderr: "Using debug container debugger\n"}, done)
			w.has(t, name, "debugger")
		}},
		{"links in a target lead through the target", func(t *testing.T, w *world) {
			name := w.distroless(t)
			w.tools(t, name)
			in := func(script string) string {
				done := w.kx(t, "", "exec", name, "-c", "debugger", "-q", "--", "sh", "-c", script)
				require.Equal(t, 0, done.code, done.stderr)
				return done.stdout
			}
			in("echo tools >/etc/mark; cd /proc/1/root; echo app >etc/mark; ln -s /etc absolute; ln -s ../../../etc up; mkdir -p tmp/d; ln -s /etc tmp/d/sub")
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
			require.Equal(t, "/proc/1/root/etc/one\n/proc/1/root/etc/two\n", in("ls /proc/1/root/etc/one /proc/1/root/etc/two; ls /etc/one /etc/two 2>/dev/null || true"))
		}},
		{"kx cp puts a copy where cp -r would", func(t *testing.T, w *world) {
			name, dir := w.running(t), t.TempDir()
			require.NoError(t, os.MkdirAll(dir+"/src", 0o755))
			require.NoError(t, os.WriteFile(dir+"/src/in", []byte("x"), 0o600))
			require.NoError(t, os.Mkdir(dir+"/here", 0o755))
			for _, c := range []struct{ from, to, file string }{
				{dir + "/src", name + ":/tmp/new", "/tmp/new/in"}, {dir + "/src", name + ":/tmp/new", "/tmp/new/src/in"}, {dir + "/src/.", name + ":/tmp/new/src", "/tmp/new/src/in"},
				{dir + "/src/in", name + ":/tmp/new", "/tmp/new/in"}, {dir + "/src/in", name + ":/tmp/file", "/tmp/file"},
			} {
				require.Equal(t, result{}, w.kx(t, "", "cp", c.from, c.to, "-q"))
				require.Equal(t, result{stdout: "x"}, w.kx(t, "", "exec", name, "--", "cat", c.file))
			}
			for _, c := range []struct{ from, to, file string }{
				{"/tmp/new", "/fresh", "/fresh/in"}, {"/tmp/new", "/here", "/here/new/in"}, {"/tmp/new/.", "/here", "/here/in"}, {"/tmp/file", "/here", "/here/file"}, {"/tmp/file", "/here/other", "/here/other"},
			} {
				require.Equal(t, result{}, w.kx(t, "", "cp", name+":"+c.from, dir+c.to, "-q"))
				require.Equal(t, "x", read(t, dir+c.file))
			}
		}},
		{"kx cp fails for what is not there, and where there is no tar", func(t *testing.T, w *world) {
			name, dir := w.running(t), t.TempDir()
			require.Equal(t, result{stderr: "error: copy " + name + ":/nope: tar: ./nope: No such file or directory\n", code: 1}, w.kx(t, "", "cp", name+":/nope", dir, "-q"))
			file := filepath.Join(dir, "file")
			require.NoError(t, os.WriteFile(file, nil, 0o600))
			require.Equal(t, result{stderr: "error: copy " + name + ":/no/x: tar: can't change directory to '/no': No such file or directory\n", code: 1}, w.kx(t, "", "cp", file, name+":/no/x", "-q"))
			done := w.kx(t, "", "cp", w.distroless(t)+":/app", dir)
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, "the container has no tar: use --via-debug")
		}},
	}
}

// distroless makes a pod whose container "app" has neither shell nor tar.
func (w *world) distroless(t *testing.T) string {
	t.Helper()
	return w.ready(t, `{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never"}`)
}

// tools adds a debug container to a pod that sees the files of "app".
func (w *world) tools(t *testing.T, pod string) {
	t.Helper()
	done := w.kx(t, "", "debug", pod, "--image", image, "--image-pull-policy", "Never", "--target", "app", "-c", "debugger", "-q", "--", "sleep", "600")
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
	flags = append(flags, "-c", container, "-q")
	require.Equal(t, result{}, w.kx(t, "", append([]string{"cp", dir + "/there", pod + ":/tmp/a file"}, flags...)...))
	require.Equal(t, result{}, w.kx(t, "", append([]string{"cp", pod + ":/tmp/a file", dir + "/back"}, flags...)...))
	require.Equal(t, fmt.Sprintf("%x", sha256.Sum256(text)), fmt.Sprintf("%x", sha256.Sum256([]byte(read(t, dir+"/back")))))
	info, err := os.Stat(dir + "/back")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o751), info.Mode())
	require.Equal(t, at, info.ModTime().UTC())
}

// roundTripOfDirectory is roundTrip of a directory with all sorts of files.
func (w *world) roundTripOfDirectory(t *testing.T, pod, container string, flags ...string) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"a/empty": "", "a/with blanks/ä ß": "odd", "a/sub/deep/x": "x", "a/-dash": "d", "a/" + strings.Repeat("long", 60): "name"}
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	require.NoError(t, os.Symlink("/nowhere", dir+"/a/link"))
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, os.Chmod(dir+"/a/sub", 0o711))
	require.NoError(t, os.Chtimes(dir+"/a/sub", at, at))
	flags = append(flags, "-c", container, "-q")
	require.Equal(t, result{}, w.kx(t, "", append([]string{"cp", dir + "/a", pod + ":/tmp/a"}, flags...)...))
	require.Equal(t, result{}, w.kx(t, "", append([]string{"cp", pod + ":/tmp/a", dir + "/back"}, flags...)...))
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
