package subresource

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const (
	// The pauses between two attempts to read a log. They grow while no line arrives.
	minLogPause = 50 * time.Millisecond
	maxLogPause = 10 * time.Second
	// maxStatusLag is how long the node may refuse a log, or serve the log of a later run, because
	// its status has not reached the API server. The kubelet sends it again after 10 s. It also
	// removes the log of a deleted pod before the pod.
	maxStatusLag = 20 * time.Second
)

// errPodGone reports that the pod is deleted, or that another pod has its name.
var errPodGone = errors.New("the pod was deleted")

// logFollower follows the log of one container over lost connections and restarts.
type logFollower struct {
	*logStream
	started time.Time
	tail    *int64 // until the tail is read

	uid      string
	run      logRun
	served   bool      // the node has sent a log, and not only an error in its place
	complete bool      // the log of run is read to its end
	reads    int       // of the log of run
	refused  time.Time // the first refusal in a row
	lost     error     // of the last attempt, if its connection was lost
	pause    time.Duration
}

// logStep is what a follower does next.
type logStep struct {
	run      logRun
	previous bool // the server calls run the previous one
	final    bool // the run has ended
	gap      bool // lines of an earlier run cannot be read
	wait     bool // for a change of the pod
}

// follow yields lines until the container has ended for good.
func (f *logFollower) follow(ctx context.Context) error {
	pod, err := f.endpoint.pods.Get(ctx, f.source.Pod, f.opts...)
	if err != nil || f.uid != "" && f.uid != pod.Metadata.UID {
		return err
	}
	f.uid = pod.Metadata.UID
	if f.options.Container == "" && len(pod.Spec.Containers) == 1 {
		f.setContainer(pod.Spec.Containers[0].Name)
	}
	container, _ := pod.Spec.Container(f.options.Container)
	if container == nil {
		return f.read(ctx, f.options, logReadMode{}) // the server's refusal says what to choose
	}
	for err == nil {
		step, ok := f.next(pod)
		switch {
		case !ok:
			return nil
		case step.wait:
			pod, err = f.awaitRun(ctx, pod)
		default:
			pod, err = f.step(ctx, step)
		}
	}
	if !errors.Is(err, errPodGone) {
		return err
	}
	if f.unfinished != nil {
		return f.unfinished() // its newline would have come before the deletion
	}
	if f.lost != nil {
		return fmt.Errorf("%s: %w before its last lines were read: %w",
			describeLog(f.source.Pod, f.source.Container), err, f.lost)
	}
	return nil
}

// next returns what to do in a state of the pod. ok is false if there will be no more lines.
func (f *logFollower) next(pod *resources.PodOutline) (step logStep, ok bool) {
	current, previous, running := logRuns(pod.Status.Container(f.options.Container))
	readCurrent := logStep{run: current, final: !running}
	readPrevious := logStep{run: previous, previous: true, final: true}
	switch {
	case f.run.id == "" && current.id != "":
		return readCurrent, true
	case f.run.id == "" && previous.id != "":
		return readPrevious, true
	case f.run.id != "" && f.run.id == current.id:
		step = readCurrent
	case f.run.id != "" && f.run.id == previous.id:
		step = readPrevious
		if f.complete && current.id != "" {
			return readCurrent, true
		}
	case previous.id != "":
		readPrevious.gap = !f.complete || previous.number > f.run.number+1
		return readPrevious, true
	case current.id != "":
		readCurrent.gap = true
		return readCurrent, true
	}
	if step.run.id != "" && !f.complete {
		return step, true
	}
	return logStep{wait: true}, mayRestart(pod, f.options.Container)
}

// step reads a log once, and returns the pod's state after that.
func (f *logFollower) step(ctx context.Context, step logStep) (*resources.PodOutline, error) {
	if step.run.id != f.run.id {
		if step.gap {
			if err := f.reportGap("the container has restarted since, and the node has only the " +
				"logs of its last two runs"); err != nil {
				return nil, err
			}
		}
		if f.run.id != "" {
			f.position = logPosition{seed: maphash.MakeSeed()}
			f.tail = nil
		}
		f.run, f.complete, f.reads, f.refused = step.run, false, 0, time.Time{}
	}
	rest := f.rest
	f.progress, f.unfinished, f.rest = false, nil, 0
	err := f.readRun(ctx, step)
	if err := f.handle(ctx, step, err, rest); err != nil {
		return nil, err
	}
	if !f.complete {
		if err := f.backOff(ctx); err != nil {
			return nil, err
		}
	}
	return f.getPod(ctx)
}

// readRun reads the log of a run from the position on.
func (f *logFollower) readRun(ctx context.Context, step logStep) error {
	o := f.options
	o.Follow, o.Previous, o.Tail = !step.final, step.previous, nil
	if f.tail != nil && !f.position.begun {
		tail := f.from(o)
		tail.Follow, tail.Tail = false, new(max(*f.tail, 1))
		// The tail is read without Follow. What is written meanwhile then counts as later, and the
		// last line before it is the position from which a follow is resumed.
		if err := f.read(ctx, tail, logReadMode{hidden: *f.tail == 0}); err != nil {
			return err
		}
	}
	f.tail = nil
	return f.read(ctx, f.from(o), logReadMode{})
}

// from returns the options that read from the position on.
func (f *logFollower) from(o LogOptions) LogOptions {
	switch {
	case f.position.begun:
		o.Since, o.SinceTime = 0, f.position.since()
	case o.Since > 0:
		o.Since += time.Since(f.started)
	}
	return o
}

// handle decides what the result of a read means. It returns an error if that ends the log. rest is
// the unfinished part of the answer before.
func (f *logFollower) handle(ctx context.Context, step logStep, err error, rest int) error {
	lost := f.lost
	f.lost = nil
	f.reads++
	f.served = f.served || err == nil || f.progress
	var format *LogFormatError
	errors.As(err, &format)
	isRefused := f.answered && (errors.Is(err, transport.ErrBadRequest) ||
		errors.Is(err, transport.ErrNotFound)) ||
		f.served && format != nil && isKubeletLogError(format.Text)
	switch {
	case err == nil || f.unfinished != nil && errors.Is(err, errLogCut):
		f.refused = time.Time{}
		if !step.final {
			f.lost = err
			return nil
		}
		// The API server ends an answer without an error if it loses the node. So the log is read
		// until there is nothing new.
		f.complete = f.reads > 1 && !f.progress && f.rest == rest
		if f.complete && f.unfinished != nil {
			return f.unfinished()
		}
		return nil
	case errors.Is(err, errLogStopped) || ctx.Err() != nil:
		return err
	case errors.Is(err, errLastLineMissing), step.final && errors.Is(err, errLogShort):
		if f.mayLag() {
			return nil
		}
		f.refused, f.position.loose = time.Time{}, true
		return f.reportGap("the node no longer has that line: it began a new log file")
	case step.previous && (format != nil || errors.Is(err, transport.ErrBadRequest)):
		f.complete = true
		return f.reportGap("the log of the previous run cannot be read: " + err.Error())
	case isRefused && f.mayLag():
		f.lost = lost
		if format != nil && f.reads == 1 && !f.progress {
			f.lost = err // nothing of this run was read
		}
		return nil
	case errors.Is(err, errLogCut) || errors.Is(err, errLogShort), f.answered && isTransient(err):
		f.lost = err
		return nil
	}
	return err
}

// mayLag reports whether a refusal may be due to a status that the API server does not have yet.
func (f *logFollower) mayLag() bool {
	if f.refused.IsZero() {
		f.refused = time.Now()
	}
	return time.Since(f.refused) < maxStatusLag
}

func (f *logFollower) reportGap(reason string) error {
	gap := &LogGapError{Pod: f.source.Pod, Container: f.source.Container, After: f.position.last,
		Reason: reason}
	if !f.yield(LogLine{}, gap) {
		return errLogStopped
	}
	return nil
}

// backOff pauses. The pauses grow while no line is read.
func (f *logFollower) backOff(ctx context.Context) error {
	if f.progress {
		f.pause = 0
	}
	f.pause = min(max(2*f.pause, minLogPause), maxLogPause)
	timer := time.NewTimer(f.pause/2 + rand.N(f.pause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", describeLog(f.source.Pod, f.source.Container),
			context.Cause(ctx))
	}
}

// isTransient reports whether a read that failed with err may succeed later.
func isTransient(err error) bool {
	var lost *transport.ConnectionError
	var timeout *transport.TimeoutError
	return errors.As(err, &lost) || errors.As(err, &timeout) ||
		errors.Is(err, transport.ErrTooManyRequests) ||
		errors.Is(err, transport.ErrServiceUnavailable) ||
		errors.Is(err, transport.ErrServerTimeout) || errors.Is(err, transport.ErrInternal)
}
