package debug_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

func TestAnAttachThatReachesNothingIsTriedAgainWithTheSameInput(t *testing.T) {
	server, pods := start(t, kxtest.WithSlowPull(slowImage, 500*time.Millisecond))
	var stdout strings.Builder
	o := debug.Options{Image: slowImage, Command: []string{"cat"}, Stdin: strings.NewReader("once\n"), Stdout: &stdout}
	res, err := debug.Run(t.Context(), pods, "distroless", o)
	require.NoError(t, err)
	require.Zero(t, res.ExitCode)
	require.Equal(t, "once\n", stdout.String())
	attempts := 0
	for _, r := range server.Requests() {
		if strings.HasSuffix(r.Path, "/attach") {
			attempts++
		}
	}
	require.Greater(t, attempts, 2)
	require.Less(t, attempts, 12, "they come less and less often")
}

func TestASessionThatSeemedToBeOneIsTakenBack(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: attachPath, Then: kxtest.DelayStream(300 * time.Millisecond)})
	o := options("sh", "-c", "echo out; sleep 1; exit 2")
	var stdout strings.Builder
	var sessions []*subresource.Session
	o.Stdout = &stdout
	o.Attached = func(s *subresource.Session) { sessions = append(sessions, s) }
	res, err := debug.Run(t.Context(), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, 2, res.ExitCode)
	require.Equal(t, "out\n", stdout.String())
	require.Len(t, sessions, 3)
	require.NotNil(t, sessions[0])
	require.Nil(t, sessions[1], "the first was none after all")
	require.NotNil(t, sessions[2])
}

func TestWhatMayNotBeReadOfTheLogIsToldAndTheRestIsShown(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/log", Times: -1, Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "not yours", 0)})
	var stdout strings.Builder
	var told []string
	o := options("sh", "-c", "sleep 0.3; echo out; sleep 0.3")
	o.Stdout, o.Notice = &stdout, func(text string) { told = append(told, text) }
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, "out\n", stdout.String())
	require.Contains(t, strings.Join(told, "\n"), "before the attach is not shown")
	require.Contains(t, strings.Join(told, "\n"), "not yours")
}

func TestWhatAContainerWaitsForIsToldByTheEvents(t *testing.T) {
	_, pods := start(t, kxtest.WithSlowPull(slowImage, time.Second))
	var told []string
	o := debug.Options{Image: slowImage, Command: []string{"sleep", "60"}, Progress: func(w debug.Waiting) { told = append(told, w.Reason) }}
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, "ContainerCreating", told[0])
	require.Contains(t, told, "Pulling")
}

func TestAPullThatFailsHasAGrace(t *testing.T) {
	_, pods := start(t)
	o := debug.Options{Image: "registry.test/missing:1", Command: []string{"sh"}, PullGrace: 200 * time.Millisecond, Timeout: -1}
	begun := time.Now()
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	require.GreaterOrEqual(t, time.Since(begun), o.PullGrace)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "ImagePullBackOff", failed.Reason)
	require.ErrorContains(t, err, "no such host")
	require.ErrorContains(t, err, "check the image's name")
	var reasons []string
	for _, e := range failed.Events {
		require.Positive(t, e.Count)
		require.False(t, e.Last.IsZero())
		reasons = append(reasons, e.Reason)
	}
	require.Equal(t, []string{"Pulling", "Failed", "Failed", "BackOff", "Failed"}, reasons)
}

func TestEventsThatMayNotBeReadAreSaidSo(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/events", Times: -1, Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "not yours", 0)})
	o := options("sh")
	o.Image = "registry.test/missing:1"
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Empty(t, failed.Events)
	require.ErrorContains(t, failed.EventsError, "not yours")
}

func TestAWriterThatFailsAfterTheSessionIsAnErrorToo(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/log", Delay: time.Second}) // until then the output is held back
	broken := errors.New("no space left")
	o := options("sh", "-c", "sleep 0.3; echo once")
	r, w := io.Pipe()
	require.NoError(t, r.CloseWithError(broken))
	o.Stdout = w
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	require.ErrorIs(t, err, broken)
}

func TestAWriterThatFailsEndsTheSession(t *testing.T) {
	_, pods := start(t)
	broken := errors.New("no space left")
	o := options("sh", "-c", "sleep 0.3; while echo y; do sleep 0.05; done")
	r, w := io.Pipe()
	require.NoError(t, r.CloseWithError(broken))
	o.Stdout = w
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	require.ErrorIs(t, err, broken)
}

func TestANodeThatIsNoLongerReadyEndsTheWait(t *testing.T) {
	t.Parallel() // it takes the time until the node is looked at again
	_, pods := start(t, kxtest.WithSlowPull(slowImage, time.Hour))
	o := debug.Options{Name: "debugger", Image: slowImage, Timeout: -1}
	o.Added = func(*debug.Result) {
		_, err := subresource.Status(resources.New[resources.Node](pods.Client())).Patch(t.Context(), "kx-node", patch.Strategic(map[string]any{
			"status": map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}}},
		}))
		require.NoError(t, err)
	}
	res, err := debug.Run(t.Context(), pods, "distroless", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "NodeNotReady", failed.Reason)
	require.Equal(t, "debugger", failed.Container)
	require.Contains(t, failed.Message, "Kubelet stopped posting node status.")
	require.Equal(t, "debugger", res.Container)
}
