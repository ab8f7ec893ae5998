package debug_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const attachPath = "/api/v1/namespaces/*/pods/*/attach"

// streamFields are the fields of a container that decide how a client attaches.
type streamFields struct{ Stdin, StdinOnce, TTY bool }

func streamsOf(c resources.EphemeralContainer) streamFields {
	return streamFields{c.Stdin, c.StdinOnce, c.TTY}
}

func TestRunAttachesAndReturnsTheExitCodeOfThePodsStatus(t *testing.T) {
	for input, want := range map[string]struct {
		out, err string
		code     int
	}{
		"exit 7\n":                           {"", "", 7},
		"echo out; echo err >&2\n":           {"out\n", "err\n", 0},
		"":                                   {"", "", 0},
		"head -c 100000 /dev/zero | wc -c\n": {"100000\n", "", 0},
	} {
		t.Run(input, func(t *testing.T) {
			server, pods := start(t)
			var stdout, stderr bytes.Buffer
			o := options("sh")
			o.Stdin, o.Stdout, o.Stderr = strings.NewReader(input), &stdout, &stderr
			res, err := debug.Run(within(t), pods, "distroless", o)
			require.NoError(t, err)
			require.Equal(t, want.out, stdout.String())
			require.Equal(t, want.err, stderr.String())
			require.Equal(t, want.code, res.ExitCode)
			require.False(t, res.Running)
			require.Equal(t, map[bool]string{true: "Completed", false: "Error"}[want.code == 0], res.Reason)
			added := containers(t, server)[0]
			require.Equal(t, streamFields{Stdin: true, StdinOnce: true}, streamsOf(added))
		})
	}
}

func TestATerminalHasTheCallersSize(t *testing.T) {
	server, pods := start(t)
	stdin, keys := io.Pipe()
	var stdout bytes.Buffer
	var added string
	o := options("sh")
	o.Stdin, o.Stdout, o.TTY = stdin, &stdout, true
	o.Added = func(res *debug.Result) { added = res.Container }
	o.Attached = func(s *subresource.Session) {
		require.True(t, s.TTY())
		require.NoError(t, s.Resize(120, 40))
		go func() { _, _ = io.WriteString(keys, "stty size; exit 3\n") }()
	}
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, 3, res.ExitCode)
	require.Equal(t, res.Container, added)
	require.Contains(t, stdout.String(), "40 120\r\n")
	container := containers(t, server)[0]
	require.Equal(t, streamFields{Stdin: true, TTY: true}, streamsOf(container), "a second client can attach later")
}

func TestATerminalOfAnUnknownSizeIsAVT100(t *testing.T) {
	for size, want := range map[[2]int]string{{100, 30}: "30 100\r\n", {0, 0}: "24 80\r\n", {1, 1}: "1 1\r\n", {100, 0}: "24 80\r\n"} {
		t.Run(want, func(t *testing.T) {
			_, pods := start(t)
			stdin, keys := io.Pipe()
			var stdout bytes.Buffer
			o := options("sh")
			o.Stdin, o.Stdout, o.TTY = stdin, &stdout, true
			o.TerminalSize = func() (width, height int) { return size[0], size[1] }
			o.Attached = func(*subresource.Session) {
				go func() { _, _ = io.WriteString(keys, "stty size; exit\n") }()
			}
			_, err := debug.Run(within(t), pods, "distroless", o)
			require.NoError(t, err)
			require.Contains(t, stdout.String(), want)
		})
	}
}

func TestOpenStdinOpensStdinForOtherClients(t *testing.T) {
	server, pods := start(t)
	o := options("sh")
	o.OpenStdin, o.TTY = true, true
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.True(t, res.Running)
	container := containers(t, server)[0]
	require.Equal(t, streamFields{Stdin: true, TTY: true}, streamsOf(container))
}

func TestRunReturnsTheWholeLogOfAnAdoptedContainerThatHasEnded(t *testing.T) {
	_, pods := start(t)
	o := options("sh", "-c", "seq 5000; exit 5")
	o.Name = "debugger"
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	awaitEnd(t, pods, "debugger")

	var stdout strings.Builder
	o.Stdout = &stdout
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.True(t, res.Adopted)
	require.Equal(t, 5, res.ExitCode)
	require.Len(t, strings.Fields(stdout.String()), 5000)
}

func TestRunReturnsTheWholeLogOfAContainerThatEndsBeforeTheAttach(t *testing.T) {
	pods, fault := startWithFailingAttach(t, http.StatusInternalServerError, "container not found")
	var stdout, stderr strings.Builder
	o := options("sh", "-c", "seq 5000; until-attached; echo last; exit 5")
	o.Stdout, o.Stderr = &stdout, &stderr
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, 1, fault.Hits())
	require.Equal(t, 5, res.ExitCode)
	require.False(t, res.Running)
	require.Len(t, strings.Fields(stdout.String()), 5001)
	require.Empty(t, stderr.String())
}

func TestAForbiddenLogIsAnErrorWithTheExitCode(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: attachPath, Then: kxtest.AnswerStatus(http.StatusInternalServerError,
		"InternalError", "container not found", 0)})
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/log", Then: kxtest.AnswerStatus(http.StatusForbidden,
		"Forbidden", "not yours", 0)})
	o := options("sh", "-c", "exit 5")
	o.Stdout = io.Discard
	o.Name = "debugger"
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.ErrorIs(t, err, transport.ErrForbidden)
	require.ErrorContains(t, err, `container debugger of pod distroless has ended with code 5, and its log cannot be `+
		`copied`)
	require.Equal(t, 5, res.ExitCode)
}

func TestAForbiddenAttachFailsAtOnce(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: attachPath, Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden",
		"not yours", 0)})
	o := options("sleep", "3600")
	o.Stdout = io.Discard
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.ErrorIs(t, err, transport.ErrForbidden)
	require.ErrorContains(t, err, `container `+res.Container+` stays in pod distroless: `)
}

func TestALostStreamIsAnErrorWhateverTheExitCode(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: attachPath, Then: kxtest.CutStream(math.MaxInt)})
	o := options("sh", "-c", "read x; exit 0")
	o.Stdin, o.Stdout = strings.NewReader(""), io.Discard
	res, err := debug.Run(within(t), pods, "distroless", o)
	var lost *subresource.LostError
	require.ErrorAs(t, err, &lost)
	require.NotNil(t, res)
}

func TestClosingTheSessionLeavesTheContainerRunning(t *testing.T) {
	_, pods := start(t)
	o := options("sleep", "3600")
	o.Stdout = io.Discard
	o.Attached = func(s *subresource.Session) { s.Close() }
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.True(t, res.Running)
}

func TestRunReturnsWhenItsContextEndsDuringASession(t *testing.T) {
	_, pods := start(t)
	ctx, cancel := context.WithCancel(within(t))
	o := options("sleep", "3600")
	o.Stdout = io.Discard
	o.Attached = func(*subresource.Session) { cancel() }
	res, err := debug.Run(ctx, pods, "distroless", o)
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, res.Running)
}

func TestADeletedPodEndsTheSession(t *testing.T) {
	_, pods := start(t)
	o := options("sleep", "3600")
	o.Stdout = io.Discard
	o.Attached = func(*subresource.Session) {
		_, err := pods.Delete(context.Background(), "distroless", resources.GracePeriod(0))
		require.NoError(t, err)
	}
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.ErrorContains(t, err, "the stream of container "+res.Container+" of pod distroless has ended, "+
		"and the container's exit code is unknown: the pod was deleted")
	require.ErrorIs(t, err, debug.ErrExitUnknown)
}

func TestATerminalWithStderrFailsBeforeAnyRequest(t *testing.T) {
	server, pods := start(t)
	o := options()
	o.TTY, o.Stdout, o.Stderr = true, io.Discard, io.Discard
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.ErrorContains(t, err, "TTY excludes Stderr: a terminal has one output")
	require.Nil(t, res)
	require.Empty(t, server.Requests())
}

func startOutlines(t *testing.T) (*kxtest.Server, *resources.API[resources.PodOutline]) {
	t.Helper()
	server, pods := start(t)
	return server, resources.As[resources.PodOutline](pods)
}

// create creates a pod with one container, app.
func create(t *testing.T, server *kxtest.Server, pods *resources.API[resources.PodOutline], policy,
	command string) *resources.PodOutline {
	t.Helper()
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"one"},"spec":{"restartPolicy":"` + policy + `",
		"containers":[{"name":"app","image":"` + kxtest.BusyboxImage + `","imagePullPolicy":"Never","command":["sh","-c","` + command + `"]}]}}`)
	require.NoError(t, err)
	pod, err := pods.Get(within(t), "one")
	require.NoError(t, err)
	return pod
}

func TestAwaitRunningReturnsOnceTheContainerRuns(t *testing.T) {
	server, pods := startOutlines(t)
	pod, err := debug.AwaitRunning(within(t), pods, create(t, server, pods, "Always", "sleep 3600"), "app", -1, nil)
	require.NoError(t, err)
	require.NotNil(t, pod.Status.ContainerStatuses[0].State.Running)
}

func TestAwaitRunningFailsForAContainerThatHasEndedForGood(t *testing.T) {
	for policy, code := range map[string]string{"Never": "3", "OnFailure": "0"} {
		t.Run(policy, func(t *testing.T) {
			server, pods := startOutlines(t)
			pod := create(t, server, pods, policy, "exit "+code)
			require.Eventually(t, func() bool {
				var err error
				pod, err = pods.Get(within(t), "one")
				require.NoError(t, err)
				return pod.Status.Phase != "Pending" && pod.Status.Phase != "Running"
			}, limit, time.Millisecond, "the pod has ended")
			_, err := debug.AwaitRunning(within(t), pods, pod, "app", -1, nil)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "it has ended with code "+code, failed.Message)
		})
	}
}

func TestAwaitRunningFailsAfterItsTimeout(t *testing.T) {
	server, pods := startOutlines(t)
	pod, err := pods.Get(within(t), "distroless")
	require.NoError(t, err)
	server.ForgetRequests()
	_, err = debug.AwaitRunning(within(t), pods, pod, "no-such", 50*time.Millisecond, nil)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "Timeout", failed.Reason)
}

func TestAwaitExitReturnsTheExitOfAContainerThatWasNotSeenToRun(t *testing.T) {
	server, pods := startOutlines(t)
	pod := create(t, server, pods, "Never", "exit 6")
	unseen := *pod
	unseen.Status.ContainerStatuses = nil
	unseen.Metadata.ResourceVersion = "" // it may have ended before
	ended, err := debug.AwaitExit(within(t), pods, &unseen, "app")
	require.NoError(t, err)
	require.EqualValues(t, 6, ended.ExitCode)
}

func TestAwaitExitReturnsTheExitBeforeARestart(t *testing.T) {
	server, pods := startOutlines(t)
	pod, err := debug.AwaitRunning(within(t), pods, create(t, server, pods, "Always",
		"until [ -e /end ]; do sleep 0.01; done; exit 6"), "app", -1, nil)
	require.NoError(t, err)
	_, err = subresource.Exec(pods).Run(within(t), "one", subresource.ExecOptions{Container: "app",
		Command: []string{"touch", "/end"}})
	require.NoError(t, err)
	first := pod.Status.ContainerStatuses[0].ContainerID
	ended, err := debug.AwaitExit(within(t), pods, pod, "app")
	require.NoError(t, err)
	require.EqualValues(t, 6, ended.ExitCode)
	require.Equal(t, first, ended.ContainerID)
}

// The user may not read events, so that no event says when the container has started.
func TestRunAttachesWithoutEvents(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/events", Times: -1,
		Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "no events", 0)})
	var stdout bytes.Buffer
	o := options("cat")
	o.Stdin, o.Stdout = strings.NewReader("once\n"), &stdout
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, "once\n", stdout.String())
}
