package debug

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const (
	// The runtime has a container long before the pod's status says so: one asks to attach again and again, less often as time goes by.
	minAttachPause, maxAttachPause = 50 * time.Millisecond, time.Second
	// aliveFor is how long a session that brings no output must live to be taken for one that has reached a program; one that has not ends as soon
	// as the node has answered the API server. After certainFor stdin is not kept for another attempt any more.
	aliveFor, certainFor = 50 * time.Millisecond, 2 * time.Second
	// endedWithin is how long the pod's status may take to tell the end of a container after the runtime has refused to attach to it.
	endedWithin = 5 * time.Second
)

// joining is the way into a container that may not be there yet.
type joining struct {
	pods  *resources.API[resources.PodOutline]
	res   *Result
	o     *Options
	wait  *waiter
	begin *beginning
	input *replay // nil without stdin

	background sync.WaitGroup
	verified   sync.Once
	logs       sync.Mutex // of reading the log
	logged     int64      // how many bytes of it were written
}

// join attaches to res's container as soon as it is there, and stays until its program has ended. Whatever comes of the stream, res is completed
// by what the pod's status says.
func join(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, o *Options) error {
	waiting, stop := context.WithCancel(ctx)
	stdout, stderr := o.recorded()
	j := &joining{pods: pods, res: res, o: o, wait: startWaiting(waiting, pods, *res, o), begin: newBeginning(stdout, stderr, o.TTY)}
	if o.Stdin != nil {
		j.input = newReplay(o.Stdin, j.begin.answer)
		if o.Record != nil {
			j.input.record = o.Record.Stdin()
		}
	}
	defer func() {
		stop()
		j.background.Wait()
		<-j.wait.done
		j.begin.settle(nil)
	}()
	root, _ := expectedRoot(res.Object)
	if o.Target != "" && root != "" && !o.silent {
		o.tellRoot(root)
	}
	for pause := minAttachPause; ; pause = min(pause*9/8, maxAttachPause) {
		if j.wait.over() {
			*res = j.wait.res
			if j.wait.err != nil {
				return j.wait.err
			}
			if !res.Running {
				return j.copyLog(ctx)
			}
		}
		seenRunning := res.Running
		attached, err := j.try(ctx, waiting)
		switch {
		case err == nil:
			return j.finish(ctx)
		case errors.Is(err, subresource.ErrSessionClosed), attached && (!notThere(err) || j.input.spent()):
			res.Running = true
			j.readBeginning(ctx)
			if errors.Is(err, subresource.ErrSessionClosed) {
				return nil
			}
			return j.fail(err)
		case j.wait.over() && err == j.wait.err:
			return err
		case !refused(err):
			return j.fail(err)
		case seenRunning:
			if awaitExit(ctx, pods, res, endedWithin) != nil {
				return j.fail(err)
			}
			return j.copyLog(ctx) // it was faster than we were
		case attached:
			res.Running = false
			if o.Attached != nil {
				o.Attached(nil)
			}
		}
		select {
		case <-time.After(pause):
		case <-j.wait.changed:
		case <-j.wait.done:
		case <-ctx.Done():
			return j.fail(context.Cause(ctx))
		}
	}
}

// finish completes res once the program's stream has ended.
func (j *joining) finish(ctx context.Context) error {
	j.res.Running = true
	if j.wait.over() && j.wait.err == nil {
		j.res.Object = j.wait.res.Object
	}
	err := awaitExit(ctx, j.pods, j.res, ExitStatusWithin)
	j.readBeginning(ctx)
	if err == nil {
		j.readEnd(ctx)
		unwritten := j.begin.failure()
		if unwritten != nil { // which no session has told, as it had the output taken off its hands
			return j.fail(unwritten)
		}
	}
	return err
}

// try attaches, and tells whether that has reached a program. The error is nil when that has ended.
func (j *joining) try(ctx, waiting context.Context) (attached bool, err error) {
	streams := subresource.AttachOptions{Container: j.res.Container, Stdout: j.begin.stdout(), Stderr: j.begin.stderr(), TTY: &j.o.TTY,
		Record: j.o.Record.WithoutData()}
	if j.input != nil {
		stdin := j.input.attempt()
		defer stdin.end()
		streams.Stdin = stdin
	}
	start := time.Now()
	session, err := subresource.Attach(j.pods).Start(ctx, j.res.Pod, streams)
	if err != nil {
		return false, err
	}
	j.redraw(session)
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	attach := func() {
		if !attached {
			attached = true
			j.attached(session)
		}
		j.lookBack(waiting)
	}
	alive, certain := time.After(max(aliveFor, 2*time.Since(start))), time.After(certainFor)
	arrived, waited := j.begin.arrived, j.wait.done
	for {
		select {
		case err := <-ended:
			return attached, err
		case <-alive:
			attach()
		case <-arrived:
			arrived = nil
			attach()
			j.input.settle()
		case <-certain:
			j.input.settle()
		case <-waited:
			waited = nil
			switch {
			case attached:
				attach()
			case j.wait.err != nil:
				session.Close()
				<-ended
				return false, j.wait.err
			}
		}
	}
}

// verify tells whether the container sees its target, where that is not as was told before.
func (j *joining) verify(ctx context.Context) {
	res := &j.wait.res
	if j.o.Target == "" || j.o.silent || !res.Running {
		return
	}
	root, err := verifyTarget(ctx, j.pods, res.Object, res.Container, j.o.Target)
	expected, _ := expectedRoot(res.Object)
	var unseen *TargetError
	switch {
	case ctx.Err() != nil:
	case err == nil && root != expected:
		j.o.tellRoot(root)
	case errors.As(err, &unseen) && (unseen.Reason != NotVerified || errors.Is(err, transport.ErrForbidden)): // otherwise it has ended meanwhile, as a rule
		j.o.notice("Warning: " + err.Error())
	}
}

// attached says that session has reached the program.
func (j *joining) attached(session *subresource.Session) {
	j.res.Running = true
	if j.o.Attached != nil {
		j.o.Attached(session)
	}
	j.begin.start()
	if j.res.Reused { // what it wrote so far is not for this caller
		j.begin.settle(nil)
	}
}

// lookBack reads, once the pod's status says that the container runs, what it wrote before, and whether it sees its target. Until then neither can be had.
func (j *joining) lookBack(ctx context.Context) {
	if j.wait.over() {
		j.background.Go(func() { j.readBeginning(ctx) })
		j.background.Go(func() { j.verified.Do(func() { j.verify(ctx) }) })
	}
}

// redraw has a program draw itself anew that has done so before anybody had attached.
func (j *joining) redraw(session *subresource.Session) {
	if !j.o.TTY || j.o.TerminalSize == nil {
		return
	}
	width, height := j.o.TerminalSize()
	if width <= 0 || height <= 0 {
		width, height = 80, 24 // a VT100
	}
	_ = session.Resize(width+1, height+1) // it fails when the session has ended, which is told anyway
	_ = session.Resize(width, height)
}

func (j *joining) fail(err error) error {
	return fmt.Errorf("container %q is in pod %q: %w", j.res.Container, j.res.Pod, err)
}

// refused tells whether the runtime may have refused to attach because there is no running program.
func refused(err error) bool {
	return errors.As(err, new(*transport.StatusError)) && !errors.Is(err, transport.ErrForbidden) && !errors.Is(err, transport.ErrUnauthorized)
}

// notThere tells whether the runtime refused to attach because it has not started the container yet.
func notThere(err error) bool {
	var status *transport.StatusError
	return errors.As(err, &status) && (strings.Contains(status.Status.Message, "not found in pod") || strings.Contains(status.Status.Message, "CONTAINER_CREATED"))
}

// awaitExit completes res once the pod's status has the container's end.
func awaitExit(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, limit time.Duration) error {
	pod, ended, err := awaitEnd(ctx, pods, res.Object, res.Container, limit)
	res.Object = pod
	if err == nil {
		res.Running, res.ExitCode, res.Reason = false, int(ended.ExitCode), ended.Reason
	}
	return err
}
