package attach

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
)

func TestAnAttachIsGivenUpWhenTheStatusSaysThatNoProgramRuns(t *testing.T) {
	errStart := errors.New("the image cannot be pulled")
	for name, test := range map[string]struct {
		state  State
		err    error
		stdout string
	}{
		"the program has ended":         {State{ExitCode: 3}, nil, "early\n"},
		"the container failed to start": {State{}, errStart, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started, done := make(chan struct{}), make(chan struct{})
				close(started)
				server := &attachServer{
					log: func() string { return "early\n" },
					beforeAttach: func(ctx context.Context) error {
						time.AfterFunc(time.Second, func() { close(done) })
						<-ctx.Done() // the answer never comes
						return ctx.Err()
					}}
				var stdout strings.Builder
				a := server.attacher(t, PendingStart{Started: started, Done: done,
					State: func() (State, error) { return test.state, test.err }}, &stdout)
				a.Stdin = strings.NewReader("typed")
				begun := time.Now()
				state, err := a.Run(t.Context())
				require.Equal(t, test.err, err)
				require.Equal(t, test.state, state)
				require.Equal(t, test.stdout, stdout.String())
				require.Equal(t, time.Second, time.Since(begun))
			})
		})
	}
}

func TestOutputAppearsOnceWhenTheAnswerToTheAttachAndTheStatusComeTogether(t *testing.T) {
	for name, status := range map[string]State{
		"the program runs": {Running: true}, "the program has ended": {ExitCode: 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started, done := make(chan struct{}), make(chan struct{})
				close(started)
				server := &attachServer{
					log:          func() string { return "early\nlive\nlast\n" },
					beforeAttach: func(context.Context) error { close(done); return nil },
					serve: func(_ int, p *wstest.Peer) {
						_ = p.Message(1, "live\n")
						if status.Running {
							_ = p.Message(3, `{"metadata":{},"status":"Success"}`)
							_ = p.SendClose(1000)
						}
						p.WaitClosed()
					}}
				var stdout strings.Builder
				a := server.attacher(t, PendingStart{Started: started, Done: done, State: func() (State, error) {
					time.Sleep(time.Millisecond) // the session has its output meanwhile
					return status, nil
				}}, &stdout)
				state, err := a.Run(t.Context())
				require.NoError(t, err)
				require.Equal(t, State{ExitCode: 3}, state)
				require.Equal(t, "early\nlive\nlast\n", stdout.String())
			})
		})
	}
}

func TestAContainerThatHasStartedAndIsNotFoundIsNotAttachedAtOnceAgain(t *testing.T) {
	for name, test := range map[string]struct {
		hasEvent bool
		attempts int
	}{
		"an event says that it has started": {true, 1},
		"the events cannot be read":         {false, 11},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				event, done := make(chan struct{}), make(chan struct{})
				close(event)
				changed := make(chan struct{}, 1)
				changed <- struct{}{}
				server := &attachServer{log: func() string { return "early\n" }, serve: func(_ int, p *wstest.Peer) {
					_ = p.Message(3, `{"status":"Failure","code":500,"message":"container debugger not found in pod web"}`)
					_ = p.SendClose(1000)
					p.WaitClosed()
				}}
				start := PendingStart{Changed: changed, Done: done, State: func() (State, error) { return State{ExitCode: 3}, nil }}
				if test.hasEvent {
					start.Started = event
				} else {
					start.NoEvents = event
				}
				var stdout strings.Builder
				a := server.attacher(t, start, &stdout)
				time.AfterFunc(maxAttachPause*9/10, func() { close(done) })
				state, err := a.Run(t.Context())
				require.NoError(t, err)
				require.Equal(t, State{ExitCode: 3}, state)
				require.Equal(t, "early\n", stdout.String())
				require.Equal(t, test.attempts, server.attempts)
			})
		})
	}
}

// A node drops the last output of a program that ends at once: only the log has it.
func TestTheLogIsReadOnceAfterTheEnd(t *testing.T) {
	started := make(chan struct{})
	close(started)
	reads := 0
	server := &attachServer{
		log: func() string { reads++; return "early\nlive\nlast\n" },
		serve: func(_ int, p *wstest.Peer) {
			_ = p.Message(1, "live\n")
			_ = p.Message(3, `{"metadata":{},"status":"Success"}`)
			_ = p.SendClose(1000)
			p.WaitClosed()
		}}
	var stdout strings.Builder
	a := server.attacher(t, PendingStart{Started: started}, &stdout)
	a.AwaitExit = func(context.Context, time.Duration) (State, error) { return State{ExitCode: 3}, nil }
	_, err := a.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, "early\nlive\nlast\n", stdout.String())
	require.Equal(t, 1, reads)
}
