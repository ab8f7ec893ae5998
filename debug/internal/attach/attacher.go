package attach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const (
	// startedTimeout is how long an event of the start is awaited before the first attempt. A node
	// drops events of a pod that has many.
	startedTimeout = 2 * time.Second
	// minAttachPause and maxAttachPause bound the growing pause between two attempts to attach. The
	// runtime starts a container up to two seconds before the pod's status shows it.
	minAttachPause, maxAttachPause = 50 * time.Millisecond, time.Second
	// A session that has lasted aliveAfter is taken to have reached a program, even without output.
	// A session without a program ends as soon as the node has answered the API server.
	aliveAfter = 50 * time.Millisecond
	// After finalAfter, a session is final once the status says that the container runs: stdin is
	// no longer kept for another attempt. Before that, a slow node may still refuse the session.
	finalAfter = 2 * time.Second
	// refusedAttachTimeout is how long the pod's status may take to show the end of a container
	// after the runtime has refused to attach to the container, and did not say that it has ended.
	refusedAttachTimeout = 5 * time.Second
	// ExitTimeout is how long the pod's status may take to show the exit code after the stream has
	// ended. A node writes the code one or two seconds after that.
	ExitTimeout = 30 * time.Second
)

// State is the state of a container in the pod's status.
type State struct {
	Running  bool
	ExitCode int // meaningless while Running
}

// PendingStart is the wait for the container's start. It goes on beside the attempts to attach.
type PendingStart struct {
	// Started is closed once an event says that the container has started, which may be two seconds
	// before Done.
	Started <-chan struct{}
	// NoEvents is closed if the events cannot be read: then attempts find out. It is also closed
	// before Done.
	NoEvents <-chan struct{}
	// Changed has an element when the pod has changed since the last receive.
	Changed <-chan struct{}
	// Done is closed once the container runs, has ended or cannot start.
	Done <-chan struct{}
	// State returns the result after Done is closed; an error says that the container cannot start.
	State func() (State, error)
}

// Attacher attaches to a container that may not have started yet.
type Attacher struct {
	Pods           *resources.API[resources.PodOutline]
	Pod, Container string

	// Stdin, Stdout and Stderr may be nil.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	TTY            bool
	// Record, if not nil, receives stdin and the sessions' events. The caller's Stdout and Stderr
	// record the output themselves.
	Record *subresource.Recorder
	// LiveOnly leaves out what the program wrote before the attach.
	LiveOnly bool

	// Start is the wait for the container's start.
	Start PendingStart
	// AwaitExit waits until the pod's status has the container's end, at most for limit.
	AwaitExit func(ctx context.Context, limit time.Duration) (State, error)
	// OnRunning is called once, in the background, when the pod's status says that the container
	// runs.
	OnRunning func(ctx context.Context)
	// OnAttached is called with each session that has reached the program,
	// and with nil when such a session turns out not to have reached it. It may be nil.
	OnAttached func(*subresource.Session)
	// TerminalSize returns the size of the caller's terminal in characters, or 0 and 0. It may be
	// nil.
	TerminalSize func() (width, height int)
	// Notice is called with warnings. It may be nil.
	Notice func(string)

	state  State // as last seen
	output *outputMerger
	stdin  *rewindableStdin // nil without Stdin
	// streamEnded is closed when the program's stream has ended.
	streamEnded chan struct{}
	background  sync.WaitGroup
	isRunning   bool // OnRunning is called
	// logTurn has one element while a goroutine reads the log, and guards what follows. It is no
	// mutex because reading takes time: synctest's clock stands still for who waits for a mutex.
	logTurn  chan struct{}
	logged   int64  // how many bytes of the log are written
	logErr   error  // why readBeginning could not read the log
	wholeLog []byte // if readBeginning has read it after the end
}

// Run attaches as soon as the container is there, and returns once its program has ended.
// The State is what was seen last. Closing the session is no error.
func (a *Attacher) Run(ctx context.Context) (State, error) {
	a.streamEnded, a.logTurn = make(chan struct{}), make(chan struct{}, 1)
	a.output = newOutputMerger(a.Stdout, a.Stderr, a.TTY)
	if a.Stdin != nil {
		a.stdin = newRewindableStdin(a.Stdin, a.output.onTyped)
		if a.Record != nil {
			a.stdin.record = a.Record.Stdin()
		}
	}
	background, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		a.background.Wait()
		a.output.mergeLog(nil)
	}()
	err := a.attachLoop(ctx, background)
	return a.state, err
}

// attachLoop attaches until a session has reached a program and the program has ended, or until no
// attempt can succeed.
func (a *Attacher) attachLoop(ctx, background context.Context) error {
	select {
	case <-a.Start.Started:
	case <-a.Start.NoEvents:
	case <-a.Start.Done:
	case <-time.After(startedTimeout):
	case <-ctx.Done():
		return a.wrap(context.Cause(ctx))
	}
	for pause := minAttachPause; ; pause = min(pause*9/8, maxAttachPause) {
		if isClosed(a.Start.Done) {
			state, err := a.Start.State()
			a.state = state
			if err != nil {
				return err
			}
			if !state.Running {
				return a.copyLog(ctx)
			}
		}
		wasRunning, hasStarted := a.state.Running, isClosed(a.Start.Started)
		attached, err := a.attachOnce(ctx, background)
		var failed *startError
		switch {
		case err == nil && attached:
			return a.finish(ctx)
		case err == nil:
			continue
		// A session with a program that ends at once may fail with any message of the runtime.
		case hasExited(err), attached && refused(err) && !notStarted(err) && a.output.isSilent():
			if attached && a.OnAttached != nil {
				a.OnAttached(nil)
			}
			return a.copyEnded(ctx, err)
		case attached && notStarted(err) && a.startFailure() != nil:
			return a.startFailure()
		case errors.Is(err, subresource.ErrSessionClosed), attached &&
			(!notStarted(err) || a.stdin.spent()):
			a.state.Running = true
			a.readBeginning(ctx, false)
			if errors.Is(err, subresource.ErrSessionClosed) {
				return nil
			}
			return a.wrap(err)
		case errors.As(err, &failed):
			return failed.err
		case !refused(err):
			return a.wrap(err)
		case wasRunning: // the program ended before the attach
			return a.copyEnded(ctx, err)
		case attached:
			a.state.Running = false
			if a.OnAttached != nil {
				a.OnAttached(nil)
			}
		}
		wait, changed := pause, a.Start.Changed
		if hasStarted && notStarted(err) {
			// The container has ended: the node finds only those that run. The status shows the end
			// within a second, and another attempt would be refused as well.
			wait, changed = maxAttachPause, nil
		}
		select {
		case <-time.After(wait):
		case <-changed:
		case <-a.Start.Done:
		case <-ctx.Done():
			return a.wrap(context.Cause(ctx))
		}
	}
}

// startError wraps an error after which no attempt can succeed, so that attachLoop can tell it from
// a session's error.
type startError struct{ err error }

func (e *startError) Error() string { return e.err.Error() }

// copyEnded waits for the exit code of a container that ended before the attach, and copies its
// log. refusal is the node's answer to the attach; copyEnded returns it if no exit code arrives. If
// the user may not read the pod, its error says so instead.
func (a *Attacher) copyEnded(ctx context.Context, refusal error) error {
	limit := refusedAttachTimeout
	if notStarted(refusal) || hasExited(refusal) {
		// The container does not run. The status of a pod with many containers may be late.
		limit = ExitTimeout
	}
	state, err := a.AwaitExit(ctx, limit)
	switch {
	case errors.Is(err, transport.ErrForbidden):
		return err
	case err != nil:
		return a.wrap(refusal)
	}
	a.state = state
	return a.copyLog(ctx)
}

// finish gets the exit code and the rest of the log once the program's stream has ended.
func (a *Attacher) finish(ctx context.Context) error {
	close(a.streamEnded)
	a.state.Running = true
	state, err := a.AwaitExit(ctx, ExitTimeout)
	if err == nil {
		a.state = state
	}
	a.readBeginning(ctx, err == nil)
	if err == nil {
		missing := a.readEnd(ctx)
		unwritten := a.output.failure()
		switch {
		case unwritten != nil: // no session returns it: the merger had accepted the output
			return a.wrap(unwritten)
		case missing != nil && !a.isBearable(missing):
			return fmt.Errorf("container %s of pod %s has ended with code %d, and its output "+
				"before the attach is not shown: %w", a.Container, a.Pod, state.ExitCode, missing)
		}
	}
	return err
}

// isBearable reports whether a warning is enough for a log that could not be read. At a terminal it
// has been seen. Without the right to read logs live output is worth having: mostly it is all.
func (a *Attacher) isBearable(logErr error) bool {
	return a.TTY || errors.Is(logErr, transport.ErrForbidden) && !a.output.isSilent()
}

// attachOnce attaches, and returns once the session has ended. attached reports whether it has
// reached a program. The error is nil when that program has ended, and without a program if the
// status says that the container does not run.
func (a *Attacher) attachOnce(ctx, background context.Context) (attached bool, err error) {
	options := subresource.AttachOptions{
		Container: a.Container, Stdout: a.output.stdout(), Stderr: a.output.stderr(), TTY: &a.TTY,
		Record: a.Record.WithoutData(),
	}
	if a.stdin != nil {
		stdin := a.stdin.rewind()
		defer stdin.close()
		options.Stdin = stdin
	}
	begun := time.Now()
	ctx, abandon := context.WithCancel(ctx)
	defer abandon()
	session, gaveUp, err := a.connect(ctx, abandon, options)
	switch {
	case gaveUp:
		return session != nil, nil
	case err != nil && a.stdin != nil && mayHaveAttached(err):
		return false, &startError{a.wrap(fmt.Errorf("the session may have been attached, and the "+
			"program's stdin may have reached EOF: %w", err))}
	case err != nil:
		return false, err
	}
	a.redraw(session)
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	onAlive := func() {
		if !attached {
			attached = true
			a.markReached(session)
		}
		a.onStarted(background)
	}
	alive, final := time.After(max(aliveAfter, 2*time.Since(begun))), time.After(finalAfter)
	firstOutput, started := a.output.first, a.Start.Done
	aged := false
	for {
		select {
		case err := <-ended:
			select {
			case <-firstOutput: // it has come just before the end
				if !attached {
					attached = true
					a.markReached(session)
				}
			default:
			}
			return attached || err == nil, err
		case <-alive:
			onAlive()
		case <-firstOutput:
			firstOutput = nil
			onAlive()
			a.stdin.final()
		case <-final:
			aged = true
			if started == nil || isClosed(a.Start.Done) {
				a.stdin.final()
			}
		case <-started:
			started = nil
			_, startErr := a.Start.State()
			if aged && startErr == nil || attached && startErr != nil {
				a.stdin.final() // after a failed start there is no other attempt
			}
			switch {
			case attached:
				onAlive()
			case startErr != nil:
				session.Close()
				<-ended
				return false, &startError{startErr}
			}
		}
	}
}

// markReached marks that session has reached the program.
func (a *Attacher) markReached(session *subresource.Session) {
	a.state.Running = true
	if a.OnAttached != nil {
		a.OnAttached(session)
	}
	a.output.onSessionKnown()
	if a.LiveOnly {
		a.output.mergeLog(nil)
	}
}

// onStarted reads the beginning of the log and calls OnRunning, both in the background,
// once the pod's status says that the container runs. The node serves neither log nor exec before.
func (a *Attacher) onStarted(ctx context.Context) {
	if isClosed(a.Start.Done) {
		a.background.Go(func() { a.readBeginning(ctx, false) })
		if !a.isRunning {
			a.isRunning = true
			a.background.Go(func() { a.OnRunning(ctx) })
		}
	}
}

// startFailure returns the error of the wait for the start, if that has ended with one.
func (a *Attacher) startFailure() error {
	if !isClosed(a.Start.Done) {
		return nil
	}
	_, err := a.Start.State()
	return err
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// redraw makes a program that has drawn its screen before the attach draw it again. A program
// redraws when its terminal changes size, so redraw sends one size that differs, then the right
// one.
func (a *Attacher) redraw(session *subresource.Session) {
	if !a.TTY || a.TerminalSize == nil {
		return
	}
	width, height := a.TerminalSize()
	if width <= 0 || height <= 0 {
		width, height = 80, 24 // a VT100
	}
	_ = session.Resize(width+1, height+1) // fails when the session has ended; Wait returns why
	_ = session.Resize(width, height)
}

func (a *Attacher) wrap(err error) error {
	return fmt.Errorf("container %s stays in pod %s: %w", a.Container, a.Pod, err)
}

func (a *Attacher) notice(text string) {
	if a.Notice != nil {
		a.Notice(text)
	}
}
