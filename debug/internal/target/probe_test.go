package target

import (
	"context"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// answer is a program that writes out and exits with code.
type answer struct {
	out  string
	code int
}

// start starts a server whose program of that name gives the answer, and returns the pods once the
// container main of the pod web runs. runs counts the program's runs.
func start(t *testing.T, program string, a *answer) (pods *resources.API[resources.PodOutline], runs *atomic.Int64) {
	t.Helper()
	runs = &atomic.Int64{}
	server := kxtest.Start(t, kxtest.WithProgram(program, func(_ context.Context, p *kxtest.Process) int {
		runs.Add(1)
		_, _ = io.WriteString(p.Stdout(), a.out)
		return a.code
	}))
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[
		{"name":"main","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}]}}`)
	require.NoError(t, err)
	client, err := transport.New(server.Config())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	pods = resources.New[resources.PodOutline](client)
	require.Eventually(t, func() bool {
		pod, err := pods.Get(t.Context(), "web")
		return err == nil && pod.Status.Phase == "Running"
	}, time.Minute, time.Millisecond, "the pod web has not started")
	return pods, runs
}

// running returns a container that runs.
func running(name, id string) Container {
	return Container{Name: name, Status: &resources.ContainerStatusOutline{Name: name, ContainerID: id,
		State: resources.ContainerState{Running: &resources.ContainerStateRunning{}}}}
}

func TestRootReturnsThePathOfTheTargetsFilesOrTheReason(t *testing.T) {
	var probe answer
	pods, _ := start(t, "sh", &probe)
	const visible = "the target's process 7 is visible, but "
	for name, row := range map[string]struct {
		answer
		isolated        bool
		path            string
		reason, message string
	}{
		"a process whose files open":              {answer: answer{out: "target 1 open 0\nuser 0\n"}, path: "/proc/1/root"},
		"the lowest of them":                      {answer: answer{out: "target 10 open 0\ntarget 9 open 0\nuser 0\n"}, path: "/proc/9/root"},
		"one that opens beside one that does not": {answer: answer{out: "target 1 denied 5\ntarget 12 open 0\nuser 0\n"}, path: "/proc/12/root"},
		"another user's process": {answer: answer{out: "target 7 denied 1000\nuser 0\n"}, reason: AccessDenied,
			message: visible + "runs as user 1000, and the debug container as user 0: run as that user, or as root with the capability SYS_PTRACE"},
		"the lowest of those": {answer: answer{out: "target 20 denied 8\ntarget 7 denied 1000\nuser 0\n"}, reason: AccessDenied,
			message: visible + "runs as user 1000, and the debug container as user 0: run as that user, or as root with the capability SYS_PTRACE"},
		"the own user's process": {answer: answer{out: "target 7 denied 1000\nuser 1000\n"}, reason: AccessDenied,
			message: visible + "its files need the capability SYS_PTRACE"},
		"a namespace of its own": {answer: answer{out: "own\nuser 0\n"}, isolated: true, reason: NotShared,
			message: "the debug container has a process namespace of its own: the node's container runtime has ignored the target"},
		"an own process 1 where all share one": {answer: answer{out: "own\nuser 0\n"}, reason: NotVerified,
			message: "none of the visible processes is known to be the target's"},
		"no output": {isolated: true, reason: NotVerified, message: "none of the visible processes is known to be the target's"},
		"lines of something else": {answer: answer{out: "\n \ntarget\nuser\nnonsense 1 open 0\n"}, isolated: true, reason: NotVerified,
			message: "none of the visible processes is known to be the target's"},
		"no sh": {answer: answer{code: 127}, reason: NotVerified, message: "the debug container has no sh"},
		"a script that fails": {answer: answer{code: 1}, reason: NotVerified,
			message: "no program can be run in the debug container: "},
	} {
		t.Run(name, func(t *testing.T) {
			probe = row.answer
			path, problem := Root(t.Context(), pods, "web", running("main", "containerd://d1"),
				running("echo", "containerd://a1"), row.isolated)
			require.Equal(t, row.path, path)
			if row.reason == "" {
				require.Nil(t, problem)
				return
			}
			require.NotNil(t, problem)
			require.Equal(t, row.reason, problem.Reason)
			require.Equal(t, row.message, problem.Message)
			require.Equal(t, row.code != 0, problem.Err != nil)
		})
	}
}

func TestRootRunsNothingForATargetThatCannotBeFound(t *testing.T) {
	pods, runs := start(t, "sh", &answer{})
	stopped := Container{Name: "echo",
		Status: &resources.ContainerStatusOutline{ContainerID: "containerd://a1"}}
	for reason, target := range map[string]Container{NotRunning: stopped, NotVerified: running("echo", "")} {
		path, problem := Root(t.Context(), pods, "web", running("main", "containerd://d1"), target, true)
		require.Empty(t, path)
		require.Equal(t, reason, problem.Reason)
		require.NoError(t, problem.Err)
	}
	require.Zero(t, runs.Load())
}
