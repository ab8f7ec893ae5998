package debug_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// runPod creates a pod and returns once it runs.
func runPod(t *testing.T, server *kxtest.Server, pods *resources.API[resources.Pod], name, spec string) {
	t.Helper()
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{` + spec + `}}`)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		pod, err := pods.Get(within(t), name)
		return err == nil && pod.Status.Phase == "Running"
	}, limit, time.Millisecond, "pod %s runs", name)
}

const sleeping = `"containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]},
	{"name":"other","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}]`

func TestRunReportsThePathOfTheTargetsFiles(t *testing.T) {
	server, pods := start(t)
	runPod(t, server, pods, "plain", sleeping)
	runPod(t, server, pods, "shared", `"shareProcessNamespace":true,`+sleeping)
	runPod(t, server, pods, "nonroot", `"securityContext":{"runAsUser":1000},`+sleeping)
	for name, want := range map[string]string{"plain": "/proc/1/root", "nonroot": "/proc/1/root",
		"shared": `/proc/[2-9]\d*/root`} {
		t.Run(name, func(t *testing.T) {
			o := options("sleep", "3600")
			o.Target, o.Notice = "app", func(text string) {
				require.Regexp(t,
					`^The files of container app are under `+want+`$`, text)
			}
			res, err := debug.Run(within(t), pods, name, o)
			require.NoError(t, err)
			root, err := debug.TargetRoot(within(t), pods, name, res.Container)
			require.NoError(t, err)
			require.Regexp(t, "^"+want+"$", root)
		})
	}
}

func TestTargetRootReturnsWhyTheFilesAreNotVisible(t *testing.T) {
	server, pods := start(t)
	runPod(t, server, pods, "nonroot", `"securityContext":{"runAsUser":1000,"runAsGroup":1000},`+sleeping)
	runPod(t, server, pods, "ends", `"shareProcessNamespace":true,"restartPolicy":"Never","containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh","-c","until [ -e /end ]; do sleep 0.01; done"]},
		{"name":"other","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}]`)
	server.User("no-exec", kxtest.Allow("get", "pods"))
	noTargets, otherPods := start(t, kxtest.WithoutTargets())
	runPod(t, noTargets, otherPods, "plain", sleeping)

	run := func(api *resources.API[resources.Pod], name string, change func(*debug.Options)) string {
		o := options("sleep", "3600")
		o.Target = "app"
		change(&o)
		res, err := debug.Run(within(t), api, name, o)
		require.NoError(t, err)
		return res.Container
	}
	same := func(*debug.Options) {}

	fails := func(api *resources.API[resources.Pod], name, container, reason, message string) *debug.TargetError {
		t.Helper()
		_, err := debug.TargetRoot(within(t), api, name, container)
		var failed *debug.TargetError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, []string{name, container, "app", reason}, []string{failed.Pod, failed.Container,
			failed.Target, failed.Reason}, failed)
		require.Contains(t, err.Error(), message)
		return failed
	}
	fails(otherPods, "plain", run(otherPods, "plain", same), debug.NotShared,
		"the debug container has a process namespace of its own: the node's container runtime has ignored the target")

	forbidden := fails(podsAs(t, server, "no-exec"), "nonroot", run(pods, "nonroot", same), debug.NotVerified,
		"no program can be run in the debug container: ")
	require.ErrorIs(t, forbidden, transport.ErrForbidden)
	_, err := subresource.EphemeralContainers(pods).Add(within(t), "nonroot",
		resources.EphemeralContainer{Name: "root", Image: kxtest.BusyboxImage,
			Command: []string{"sleep", "3600"}, TargetContainerName: "app",
			SecurityContext: &resources.SecurityContext{RunAsUser: new(int64(0))}})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := debug.TargetRoot(within(t), pods, "nonroot", "root")
		var failed *debug.TargetError
		return errors.As(err, &failed) && failed.Reason == debug.AccessDenied
	}, limit, time.Millisecond, "access to the target's files is denied")
	fails(pods, "nonroot", "root", debug.AccessDenied,
		"runs as user 1000, and the debug container as user 0: run as that user, or as root with the capability "+
			"SYS_PTRACE")

	container := run(pods, "ends", same)
	_, err = subresource.Exec(pods).Run(within(t), "ends", subresource.ExecOptions{Container: "app",
		Command: []string{"touch", "/end"}})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := debug.TargetRoot(within(t), pods, "ends", container)
		var failed *debug.TargetError
		return errors.As(err, &failed) && failed.Reason == debug.TargetNotRunning
	}, limit, time.Millisecond, "the target has ended")
	fails(pods, "ends", container, debug.TargetNotRunning, "the target does not run")

	noShell := func(o *debug.Options) { o.Image, o.Command = kxtest.DistrolessImage, nil }
	fails(pods, "nonroot", run(pods, "nonroot", noShell), debug.NotVerified, "the debug container has no sh")
}

func TestTargetRootFailsWithoutATarget(t *testing.T) {
	_, pods := start(t)
	res, err := debug.Run(within(t), pods, "distroless", options("sleep", "3600"))
	require.NoError(t, err)
	_, err = debug.TargetRoot(within(t), pods, "distroless", res.Container)
	require.EqualError(t, err, `pod distroless has no debug container "`+res.Container+`" with a target`)
}
