package conformance_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// killings are behaviours of a kx that is killed, at points that a seed chooses, and of the run
// after it.
func killings() []behaviour {
	return []behaviour{
		{"a killed kx cp leaves no half file here, and the next one removes its temporary files", killedCopyOut},
		{"a killed kx cp leaves no half file and no process in the container, and the next one goes on", func(t *testing.T, w *world) {
			name := w.running(t)
			w.killedCopyIn(t, name, "app", "")
		}},
		{"a killed kx cp --via-debug leaves no half file and no process, and the next one goes on", func(t *testing.T, w *world) {
			name := w.distroless(t)
			w.tools(t, name)
			w.killedCopyIn(t, name, "debugger", "/proc/1/root", "-c", "app", "--via-debug")
		}},
		{"the debug container of a kx cp that was killed before it attached ends", killedBeforeAttach},
		{"a killed kx debug adds no second container, and the next run with its name goes on", killedDebug},
		{"the run after a killed kx debug --copy-to says how to remove the copy", killedCopyTo},
		{"the run after a killed kx debug of a node says how to remove its pod", func(t *testing.T, w *world) {
			w.killedPod(t, "node/kx-node")
		}},
		{"the run after a killed kx debug of a claim says how to remove its pod", func(t *testing.T, w *world) {
			w.killedPod(t, "pvc/"+w.claim(t, "ReadWriteMany"))
		}},
		{"a killed session leaves no half recording under its name, and the next one goes on", killedRecording},
	}
}

// kills is how often a behaviour kills kx.
const kills = 6

// killAfter starts kx, and kills it after part of the time that a whole run takes.
func (w *world) killAfter(t *testing.T, how os.Signal, wait time.Duration, args ...string) {
	t.Helper()
	ctx := within(t, commandLimit)
	cmd := exec.CommandContext(ctx, w.kxProgram, append([]string{"--kubeconfig", w.kubeconfig, "-n", w.config.Namespace}, args...)...)
	cmd.Env = append(os.Environ(), "KX_CONFIG="+os.DevNull, "KX_DEBUG_IMAGE=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	ended, stop := context.WithCancel(context.Background())
	go func() { // the point, not a condition: whichever it is, all must hold
		select {
		case <-time.After(wait):
			_ = cmd.Process.Signal(how)
		case <-ended.Done():
		}
	}()
	_ = cmd.Wait()
	stop()
	require.NoError(t, ctx.Err(), "kx does not end: %s", stderr.String())
}

// points returns the points at which a behaviour kills kx, and the signals.
func points(t *testing.T, whole time.Duration) (waits []time.Duration, signals []os.Signal) {
	const seed = 8
	t.Logf("seed %d, a whole run takes %v", seed, whole)
	random := rand.New(rand.NewPCG(seed, seed))
	for i := range kills {
		waits = append(waits, time.Duration(random.Float64()*float64(whole)))
		signals = append(signals, []os.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP}[i%4])
	}
	return waits, signals
}

func killedCopyOut(t *testing.T, w *world) {
	name, dir := w.running(t), t.TempDir()
	sum := strings.Fields(w.shell(t, name, "app", "mkdir -p /tmp/d/sub; for f in /tmp/d/a /tmp/d/sub/b; do head -c 5000000 /dev/urandom >$f; sha256sum <$f; done"))
	sums := map[string]string{"a": sum[0], "sub/b": sum[2]}
	start := time.Now()
	require.Equal(t, 0, w.kx(t, "", "cp", "-q", name+":/tmp/d", dir+"/d").code)
	waits, signals := points(t, time.Since(start))
	check := func() {
		for file, sum := range sums {
			text, err := os.ReadFile(filepath.Join(dir, "d", file))
			if err == nil {
				require.Equal(t, sum, fmt.Sprintf("%x", sha256.Sum256(text)), file)
			}
		}
	}
	for i, wait := range waits {
		require.NoError(t, os.RemoveAll(dir+"/d/a"))
		w.killAfter(t, signals[i], wait, "cp", "-q", name+":/tmp/d/.", dir+"/d")
		check()
	}
	// What a kill in the middle leaves, for certain.
	require.NoError(t, os.WriteFile(dir+"/d/.kx-cp-left", []byte("half"), 0o600))
	require.Equal(t, result{}, w.kx(t, "", "cp", "-q", name+":/tmp/d/.", dir+"/d"))
	check()
	var files []string
	for _, pattern := range []string{"/d/*", "/d/.*", "/d/sub/*", "/d/sub/.*"} {
		found, err := filepath.Glob(dir + pattern)
		require.NoError(t, err)
		for _, file := range found {
			files = append(files, strings.TrimPrefix(file, dir+"/d/"))
		}
	}
	require.ElementsMatch(t, []string{"a", "sub", "sub/b"}, files)
}

// killedCopyIn kills copies into a container, whose files the container called shell sees below
// root.
func (w *world) killedCopyIn(t *testing.T, name, shell, root string, flags ...string) {
	t.Helper()
	dir := t.TempDir()
	old, text := bytes.Repeat([]byte("o"), 100), make([]byte, 5_000_000)
	for i := range text {
		text[i] = byte(rand.Uint32())
	}
	for _, file := range []string{"old/a", "old/sub/b", "new/a", "new/sub/b", "new/fresh/c"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755))
		contents := text
		if strings.HasPrefix(file, "old") {
			contents = old
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), contents, 0o600))
	}
	copyDir := func(from string) []string {
		return append([]string{"cp", "-q", dir + from + "/.", name + ":/tmp/d"}, flags...)
	}
	w.shell(t, name, shell, "mkdir -p "+root+"/tmp/d")
	start := time.Now()
	require.Equal(t, result{}, w.kx(t, "", copyDir("/new")...))
	waits, signals := points(t, time.Since(start))
	whole := map[string]bool{fmt.Sprintf("%x", sha256.Sum256(old)): true, fmt.Sprintf("%x", sha256.Sum256(text)): true}
	state := func() string {
		return w.shell(t, name, shell, "cd "+root+"/tmp/d; for f in a sub/b fresh/c; do [ ! -e $f ] || sha256sum $f; done")
	}
	// The session's end, and then the script's, may come after kx's own.
	noProcess := func() {
		eventually(t, "no process of the copy is left", func() bool {
			return !strings.Contains(w.shell(t, name, shell, "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -x '\\.kx-cp-.*' || true"), ".kx-cp-")
		})
	}
	for i, wait := range waits {
		require.Equal(t, result{}, w.kx(t, "", copyDir("/old")...))
		w.killAfter(t, signals[i], wait, copyDir("/new")...)
		noProcess()
		for _, line := range strings.Split(strings.TrimSpace(state()), "\n") {
			require.True(t, whole[strings.Fields(line)[0]], "half a file after %v: %s", wait, line)
		}
	}
	// What a killed container leaves, for certain: a name with the number of the process namespace.
	w.shell(t, name, shell, "n=$(readlink /proc/self/ns/pid); n=${n#*:?}; mkdir "+root+"/tmp/d/.kx-cp-${n%]}-left")
	require.Equal(t, result{}, w.kx(t, "", copyDir("/new")...))
	require.Equal(t, "a\nfresh\nsub\n", w.shell(t, name, shell, "cd "+root+"/tmp/d; ls -A | sort"))
	require.Equal(t, "b\n", w.shell(t, name, shell, "cd "+root+"/tmp/d/sub; ls -A"))
	require.Equal(t, 3, strings.Count(state(), fmt.Sprintf("%x", sha256.Sum256(text))))
}

func killedBeforeAttach(t *testing.T, w *world) {
	name := w.distroless(t)
	args := append([]string{"cp", "-q", name + ":/etc/hostname", t.TempDir(), "-c", "app"}, busyboxImage...)
	ctx := within(t, commandLimit)
	cmd := exec.CommandContext(ctx, w.kxProgram, append([]string{"--kubeconfig", w.kubeconfig, "-n", w.config.Namespace}, args...)...)
	cmd.Env = append(os.Environ(), "KX_CONFIG="+os.DevNull, "KX_DEBUG_IMAGE=")
	require.NoError(t, cmd.Start())
	eventually(t, "the container is in the pod", func() bool { return len(w.get(t, name).Spec.EphemeralContainers) == 1 })
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	eventually(t, "the container has ended", func() bool {
		all := w.get(t, name).Status.EphemeralContainerStatuses
		return len(all) == 1 && all[0].State.Terminated != nil
	})
}

func killedDebug(t *testing.T, w *world) {
	args := func(name string) []string {
		return []string{"debug", name, "-c", "tools", "--target", "app", "--image", image, "--image-pull-policy", "Never", "-q", "--", "sleep", "600"}
	}
	start := time.Now()
	require.Equal(t, 0, w.kx(t, "", args(w.running(t))...).code)
	waits, signals := points(t, time.Since(start))
	for i, wait := range waits {
		name := w.running(t)
		w.killAfter(t, signals[i], wait, args(name)...)
		done := w.kx(t, "", args(name)...)
		require.Equal(t, 0, done.code, done.stderr)
		w.has(t, name, "tools")
	}
}

func killedCopyTo(t *testing.T, w *world) {
	name := w.running(t)
	copied := name + "-copy"
	args := []string{"debug", name, "--copy-to", copied, "-c", "tools", "--image", image, "--image-pull-policy", "Never", "--attach", "--", "sleep", "600"}
	ctx := within(t, commandLimit)
	cmd := exec.CommandContext(ctx, w.kxProgram, append([]string{"--kubeconfig", w.kubeconfig, "-n", w.config.Namespace}, args...)...)
	cmd.Env = append(os.Environ(), "KX_CONFIG="+os.DevNull, "KX_DEBUG_IMAGE=")
	require.NoError(t, cmd.Start())
	eventually(t, "the copy is there", func() bool {
		_, err := w.pods.Get(t.Context(), copied)
		return err == nil
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	done := w.kx(t, "", args...)
	require.Equal(t, 125, done.code, done.stderr)
	require.Contains(t, done.stderr, `Earlier runs have left 1 pod: `+copied+`: remove with "kx debug stop pod/`+copied+` `)
	require.Equal(t, 0, w.kx(t, "", "debug", "stop", "pod/"+copied, "--grace-period", "1").code)
}

// killedPod kills a kx whose pod for a node or a claim is there, and runs kx again. Other pods for
// the same node may be left.
func (w *world) killedPod(t *testing.T, target string) {
	t.Helper()
	container := w.name()
	args := func(container string, command ...string) []string {
		return append([]string{"debug", target, "-c", container, "--image", image, "--image-pull-policy", "Never", "--attach", "--"}, command...)
	}
	cmd := exec.CommandContext(within(t, commandLimit), w.kxProgram, append([]string{"--kubeconfig", w.kubeconfig, "-n", w.config.Namespace},
		args(container, "sleep", "600")...)...)
	cmd.Env = append(os.Environ(), "KX_CONFIG="+os.DevNull, "KX_DEBUG_IMAGE=")
	require.NoError(t, cmd.Start())
	left := ""
	eventually(t, "the pod is there", func() bool {
		for pod, err := range w.pods.All(within(t, waitLimit), resources.ListOptions{}) {
			require.NoError(t, err)
			if pod.Spec.Containers[0].Name == container {
				left = pod.Metadata.Name
			}
		}
		return left != ""
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	done := w.kx(t, "", args("again", "sh", "-c", "exit 4")...)
	require.Equal(t, 4, done.code, done.stderr)
	require.Regexp(t, `Earlier runs have left [^:]*: [^:]*\b`+left+`\b[^:]*: remove with "kx debug stop `+target+` `, done.stderr)
	require.Equal(t, 0, w.kx(t, "", "debug", "stop", "pod/"+left, "--grace-period", "1").code)
	w.awaitGone(t, left)
}

func killedRecording(t *testing.T, w *world) {
	name, file := w.running(t), filepath.Join(t.TempDir(), "session.cast")
	ctx := within(t, commandLimit)
	cmd := exec.CommandContext(ctx, w.kxProgram, "--kubeconfig", w.kubeconfig, "-n", w.config.Namespace,
		"exec", name, "-q", "--record", file, "--", "sh", "-c", "echo half; sleep 600")
	require.NoError(t, cmd.Start())
	eventually(t, "the output is recorded", func() bool {
		text, _ := os.ReadFile(file + ".partial")
		return strings.Contains(string(text), "half")
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	require.NoFileExists(t, file)
	require.Equal(t, 0, w.kx(t, "", "exec", name, "-q", "--record", file, "--", "echo", "whole").code)
	require.Equal(t, "whole\n", readRecord(t, file)["o"])
	require.NoFileExists(t, file+".partial")
}
