package debug_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const logPath = "/api/v1/namespaces/*/pods/*/log"

func TestRunReattachesWithTheSameStdinUntilTheProgramRuns(t *testing.T) {
	t.Parallel()
	// The first attempt comes after 2 s, as no event has said that the container has started.
	server, pods := start(t, kxtest.WithRegistryImage(slowImage, 4*time.Second))
	var stdout strings.Builder
	o := debug.Options{
		Image: slowImage, Command: []string{"cat"}, Stdin: strings.NewReader("once\n"), Stdout: &stdout,
	}
	res, err := debug.Run(within(t), pods, "distroless", o)
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
	require.Less(t, attempts, 25, "the pause between attempts grows")
}

func TestAttachedGetsNilForASessionThatDidNotReachTheProgram(t *testing.T) {
	t.Parallel()
	// The refusal of the first attach comes after the age at which a session counts as one with a
	// program, and before the container starts.
	server, pods := start(t, kxtest.WithRegistryImage(slowImage, 3*time.Second))
	server.Fault(kxtest.Fault{Path: attachPath, Then: kxtest.DelayStream(2 * time.Second)})
	var stdout strings.Builder
	var sessions []*subresource.Session
	o := debug.Options{
		Image: slowImage, Command: []string{"sh", "-c", "echo out; exit 2"}, Stdout: &stdout,
		Attached: func(s *subresource.Session) { sessions = append(sessions, s) },
	}
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, 2, res.ExitCode)
	require.Equal(t, "out\n", stdout.String())
	require.GreaterOrEqual(t, len(sessions), 2)
	for i, session := range sessions {
		require.Equal(t, i%2 == 1, session == nil, "call %d: a session and nil take turns", i)
	}
}

func TestARefusalOfASlowNodeKeepsStdinForTheNextAttempt(t *testing.T) {
	t.Parallel()
	// The node refuses the first attach after 3 s, when the session has the age at which stdin
	// would be final if the container ran.
	server, pods := start(t, kxtest.WithRegistryImage(slowImage, 5*time.Second))
	server.Fault(kxtest.Fault{Path: attachPath, Then: kxtest.DelayStream(3 * time.Second)})
	var stdout strings.Builder
	o := debug.Options{
		Image: slowImage, Command: []string{"cat"}, Stdin: strings.NewReader("once\n"), Stdout: &stdout,
	}
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Zero(t, res.ExitCode)
	require.Equal(t, "once\n", stdout.String())
}

func TestARefusalAfterTheContainersEndShowsTheLogAndTheExitCode(t *testing.T) {
	for _, message := range []string{
		"error attaching to container: container is in CONTAINER_EXITED state",
		"error attaching to container: failed to load task: no running task found", "it is gone",
	} {
		t.Run(message, func(t *testing.T) {
			end, refuse := make(chan struct{}), make(chan struct{})
			server, pods := start(t, kxtest.WithProgram("ends", func(_ context.Context, p *kxtest.Process) int {
				_, _ = io.WriteString(p.Stdout(), "out\n")
				<-end
				_, _ = io.WriteString(p.Stdout(), "last\n")
				return 5
			}))
			fault := server.Fault(kxtest.Fault{Path: attachPath, Then: kxtest.RefuseStream(
				message, refuse)})
			var stdout strings.Builder
			var sessions []*subresource.Session
			o := options("ends")
			o.Name, o.Stdout = "debugger", &stdout
			o.Attached = func(s *subresource.Session) {
				sessions = append(sessions, s)
				if len(sessions) == 1 { // the session counts as one with the program
					close(end)
					awaitEnd(t, pods, "debugger")
					close(refuse)
				}
			}
			res, err := debug.Run(t.Context(), pods, "distroless", o)
			require.NoError(t, err)
			require.Equal(t, 1, fault.Hits(), "no second attach")
			require.Equal(t, 5, res.ExitCode)
			require.False(t, res.Running)
			require.Equal(t, "out\nlast\n", stdout.String())
			require.Len(t, sessions, 2)
			require.NotNil(t, sessions[0])
			require.Nil(t, sessions[1], "it has not reached the program")
		})
	}
}

func TestAnAttachThatAProxyAnsweredMayHaveEndedStdin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code    int
		message string
		stdin   bool
		unknown bool // stdin may be at EOF
	}{
		{http.StatusInternalServerError, "the fault", true, true},
		{http.StatusBadGateway, "the fault", true, true},
		{http.StatusGatewayTimeout, "the fault", true, true},
		{http.StatusBadGateway, "the fault", false, false},
		{http.StatusNotFound, "the fault", true, false},
		{http.StatusInternalServerError, "error dialing backend: connection refused", true, false},
		{http.StatusInternalServerError, "rpc error: code = Unknown", true, false},
		{http.StatusInternalServerError, `container not found ("debugger")`, true, false},
	} {
		t.Run(fmt.Sprint(test.code, " ", test.message, " ", test.stdin), func(t *testing.T) {
			t.Parallel()
			// The first attach comes before the container runs: after that, a refusal is final.
			pods, fault := startWithFailingAttach(t, test.code, test.message,
				kxtest.WithRegistryImage(slowImage, 6*time.Second))
			var stdout strings.Builder
			o := debug.Options{Image: slowImage, Command: []string{"sh", "-c", "echo out; read line; echo $line"}}
			if !test.stdin {
				o.Command = []string{"sh", "-c", "echo out; until-attached"}
			} else {
				o.Stdin = strings.NewReader("once\n")
			}
			o.Stdout = &stdout
			_, err := debug.Run(within(t), pods, "distroless", o)
			require.Equal(t, 1, fault.Hits())
			if test.unknown {
				require.ErrorContains(t, err, "the session may have been attached, and the program's stdin may have reached EOF: GET ")
				require.ErrorAs(t, err, new(*transport.StatusError))
				require.Empty(t, stdout.String())
				return
			}
			require.NoError(t, err)
			want := "out\n"
			if test.stdin {
				want += "once\n"
			}
			require.Equal(t, want, stdout.String())
		})
	}
}

// startWithFailingAttach starts a server that fails the first attach. Its program until-attached
// ends after that.
func startWithFailingAttach(t *testing.T, code int, message string, o ...kxtest.Option) (
	*resources.API[resources.Pod], *kxtest.ActiveFault) {
	t.Helper()
	faults := make(chan *kxtest.ActiveFault, 1)
	ends := kxtest.WithProgram("until-attached", func(ctx context.Context, _ *kxtest.Process) int {
		fault := <-faults
		for fault.Hits() == 0 {
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				return 1
			}
		}
		return 0
	})
	server, pods := start(t, append(o, ends)...)
	fault := server.Fault(kxtest.Fault{Path: attachPath, Then: kxtest.AnswerStatus(code, "", message, 0)})
	faults <- fault
	return pods, fault
}

func TestAForbiddenLogIsAWarningAndTheLiveOutputIsShown(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{
		Path: logPath, Times: -1, Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "not yours", 0),
	})
	stdin, keys := io.Pipe()
	var stdout strings.Builder
	var warning string
	o := options("sh", "-c", "read line; echo $line")
	o.Stdin, o.Stdout = stdin, &stdout
	o.Notice = func(text string) {
		warning = text
		_, err := io.WriteString(keys, "out\n") // the program ends after the warning
		require.NoError(t, err)
		require.NoError(t, keys.Close())
	}
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, "out\n", stdout.String())
	require.Regexp(t, `^Warning: the output of container debugger-\w{5} before the attach is not shown: .*not yours`,
		warning)
}

func TestALogThatCannotBeReadIsAnErrorUnlessNothingIsMissing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		times   int
		code    int
		command string
		want    string
		failed  bool
	}{
		"live output alone":                  {1, 500, "read line; echo $line", "typed\n", false},
		"output that only the log has":       {1, 500, "echo early; read line", "early\n", false},
		"a log that is never served":         {-1, 500, "read line; echo $line", "typed\n", true},
		"a silent program without its log":   {-1, 500, "read line", "", true},
		"live output without the right":      {-1, 403, "read line; echo $line", "typed\n", false},
		"a silent program without the right": {-1, 403, "read line", "", true},
		"the exit code of a failed program":  {-1, 500, "read line; exit 5", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, pods := start(t)
			server.Fault(kxtest.Fault{
				Path: logPath, Times: test.times, Then: kxtest.AnswerStatus(test.code, "", "the fault", 0),
			})
			stdin, keys := io.Pipe()
			var stdout strings.Builder
			o := options("sh", "-c", test.command)
			o.Stdin, o.Stdout = stdin, &stdout
			o.Notice = func(text string) {
				require.Contains(t, text, "before the attach is not shown: ")
				_, err := io.WriteString(keys, "typed\n") // the program ends after the warning
				require.NoError(t, err)
				require.NoError(t, keys.Close())
			}
			res, err := debug.Run(within(t), pods, "distroless", o)
			require.Equal(t, test.want, stdout.String())
			require.False(t, res.Running)
			if !test.failed {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, fmt.Sprintf("container %s of pod distroless has ended with code %d, and its "+
				"output before the attach is not shown: ", res.Container, res.ExitCode))
			require.ErrorAs(t, err, new(*transport.StatusError))
		})
	}
}

// brokenPipe returns a writer whose Write fails with err.
func brokenPipe(t *testing.T, err error) io.Writer {
	t.Helper()
	r, w := io.Pipe()
	require.NoError(t, r.CloseWithError(err))
	return w
}

// typeOnceAttached sets a stdin that gets text when a session has reached the program.
func typeOnceAttached(o *debug.Options, text string) {
	stdin, keys := io.Pipe()
	o.Stdin = stdin
	var once sync.Once
	o.Attached = func(session *subresource.Session) {
		if session != nil {
			once.Do(func() { go func() { _, _ = io.WriteString(keys, text) }() })
		}
	}
}

func TestRunReturnsTheErrorOfAWriteAfterTheSession(t *testing.T) {
	server, pods := start(t)
	// output is held until the log is read
	server.Fault(kxtest.Fault{Path: logPath, Delay: time.Second})
	broken := errors.New("no space left")
	o := options("sh", "-c", "read line; echo $line")
	o.Stdout = brokenPipe(t, broken)
	typeOnceAttached(&o, "once\n")
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.ErrorIs(t, err, broken)
}

func TestAFailingWriterEndsTheSession(t *testing.T) {
	_, pods := start(t)
	broken := errors.New("no space left")
	o := options("sh", "-c", "read line; while echo $line; do sleep 0.01; done")
	o.Stdout = brokenPipe(t, broken)
	typeOnceAttached(&o, "y\n")
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.ErrorIs(t, err, broken)
}
