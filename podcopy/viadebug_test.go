package podcopy_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/podcopy"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// addDebugger adds a running debug container with tools to the pod distroless.
func addDebugger(t *testing.T, pods *resources.API[resources.Pod], name string) {
	t.Helper()
	_, err := debug.Run(within(t), pods, "distroless", debug.Options{
		Name: name, Image: kxtest.BusyboxImage, ImagePullPolicy: "Never", Target: "app",
		Command: []string{"sleep", "3600"},
	})
	require.NoError(t, err)
}

func TestADebugContainerThatTheCopyAddsEndsAfterTheCopy(t *testing.T) {
	_, pods := start(t)
	dir := folder(t, map[string]string{"file": "hello\n"})
	var notices []string
	o := podcopy.Options{
		Container: "app", Local: dir + "/file", Remote: "/tmp/file",
		Notice:   func(text string) { notices = append(notices, text) },
		ViaDebug: &debug.Options{Image: kxtest.BusyboxImage, Name: "copier"},
	}
	require.NoError(t, podcopy.To(within(t), pods, "distroless", o))
	require.Equal(t, []string{"Adding debug container copier, which ends when it is no longer needed"}, notices)
	require.Eventually(t, func() bool {
		pod, err := pods.Get(within(t), "distroless")
		if err != nil {
			return false
		}
		terminated := pod.Status.EphemeralContainerStatuses[0].State.Terminated
		return terminated != nil && terminated.ExitCode == 0
	}, limit, time.Millisecond, "copier has ended")

	addDebugger(t, pods, "other")
	o.Local, notices = dir+"/back", nil
	require.NoError(t, podcopy.From(within(t), pods, "distroless", o))
	require.Equal(t, []string{"Using debug container other"}, notices)
	require.Equal(t, "hello\n", read(t, dir+"/back"))
	pod, err := pods.Get(within(t), "distroless")
	require.NoError(t, err)
	require.Len(t, pod.Spec.EphemeralContainers, 2)
}

func TestACopyThatEndsEarlyReportsThatItsDebugContainerStays(t *testing.T) {
	_, pods := start(t, kxtest.WithRegistryImage("tools:1", time.Hour))
	ctx, cancel := context.WithCancel(within(t))
	const added = "Adding debug container copier, which ends when it is no longer needed"
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
	require.Equal(t, "Debug container copier stays in the pod: once it runs, it ends after 30 s",
		notices[len(notices)-1])
}

// Below /proc/1/root the kernel follows absolute links to the debug container's own files.
func TestLinksInTheTargetAreFollowedInTheTarget(t *testing.T) {
	_, pods := start(t)
	addDebugger(t, pods, "tools")
	shell(t, pods, "distroless", "tools", `
		echo tools >/etc/mark
		cd /proc/1/root
		echo app >etc/mark
		ln -s /etc absolute
		ln -s ../../etc up
		mkdir -p tmp/d
		ln -s /etc tmp/d/sub`)
	dir := folder(t, map[string]string{"file": "f", "d/sub/mark": "lost"})
	o := podcopy.Options{Container: "app", ViaDebug: &debug.Options{}}
	for _, remote := range []string{"/absolute/mark", "/up/mark", "/tmp/../absolute/./mark", "/tmp/d/sub/mark"} {
		o.Remote, o.Local = remote, filepath.Join(dir, "mark")
		require.NoError(t, podcopy.From(within(t), pods, "distroless", o))
		require.Equal(t, "app\n", read(t, dir+"/mark"), remote)
		require.NoError(t, os.Remove(dir+"/mark"))
	}
	for _, remote := range []string{"/absolute/one", "/up"} {
		o.Remote, o.Local = remote, filepath.Join(dir, "file")
		require.NoError(t, podcopy.To(within(t), pods, "distroless", o))
	}
	require.Equal(t, "/proc/1/root/etc/file\n/proc/1/root/etc/one\n", shell(t, pods, "distroless", "tools",
		"ls /proc/1/root/etc/one /proc/1/root/etc/file; ls /etc/one /etc/file 2>/dev/null || true"))

	o.Remote, o.Local = "/tmp", filepath.Join(dir, "d")
	require.EqualError(t, podcopy.To(within(t), pods, "distroless", o), "copy distroless:/tmp: "+
		"/tmp/d/sub is a symbolic link, which leads a debug container elsewhere: copy what is in it to where it leads")
	require.Equal(t, "tools\napp\n", shell(t, pods, "distroless", "tools", "cat /etc/mark /proc/1/root/etc/mark"))

	// An option of echo.
	shell(t, pods, "distroless", "tools", "mkdir /away; ln -s /away /proc/1/root/tmp/-n")
	o.Local = folder(t, map[string]string{"-n/file": "lost"}) + "/-n"
	require.ErrorContains(t, podcopy.To(within(t), pods, "distroless", o), "/tmp/-n is a symbolic link")
	require.Empty(t, shell(t, pods, "distroless", "tools", "ls /away"))
}

// API servers before Kubernetes 1.30 cannot close stdin alone (KEP-4006), and tar would wait for
// ever.
func TestFilesAreOnlyCopiedOutIfTheServerCannotSendEOF(t *testing.T) {
	_, pods := start(t, kxtest.WithStreamProtocols("v4.channel.k8s.io"))
	for pod, o := range map[string]podcopy.Options{
		"shell":      {Container: "main"},
		"distroless": {Container: "app", ViaDebug: &debug.Options{Image: kxtest.BusyboxImage}},
	} {
		o.Local, o.Remote = t.TempDir(), "/etc/hostname"
		require.NoError(t, podcopy.From(within(t), pods, pod, o))
		require.Equal(t, pod+"\n", read(t, o.Local+"/hostname"))
		for _, local := range []string{o.Local, o.Local + "/hostname"} {
			o.Local, o.Remote = local, "/tmp/there"
			require.ErrorIs(t, podcopy.To(within(t), pods, pod, o), subresource.ErrCannotCloseStdin)
		}
	}
}

func TestACopyThroughADebugContainerOfAPodWithSeveralContainersNeedsTheNameOfOne(t *testing.T) {
	_, pods := start(t)
	for name, copy := range map[string]func(context.Context, *resources.API[resources.Pod], string, podcopy.Options) error{
		"From": podcopy.From, "To": podcopy.To,
	} {
		err := copy(within(t), pods, "shell", podcopy.Options{
			Local: t.TempDir(), Remote: "/etc/hostname", ViaDebug: &debug.Options{Image: kxtest.BusyboxImage},
		})
		require.EqualError(t, err, "copy shell:/etc/hostname: pod shell has several containers: name one", name)
	}
	pod, err := pods.Get(within(t), "shell")
	require.NoError(t, err)
	require.Empty(t, pod.Spec.EphemeralContainers)
}
