package attach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kx-k8s/kx/subresource"
)

const (
	// The live output is searched in at least the last logWindow bytes of the log, and in at most
	// twice as many. A program whose output waits for kx cannot have written more since the attach.
	// So the log before the window precedes the attach.
	logWindow = 8 << 20
	// maxLogReads is how often the log is read while the place of the live output in it is
	// ambiguous.
	maxLogReads = 3
	// logPause is how long the stream has to catch up after each read of the log.
	logPause = 50 * time.Millisecond
	// smallLog is the length in bytes from which on a log is read only once. A node serves about
	// 100,000 lines a second.
	smallLog = 256 << 10
	// logTimeout is how long the node may take to send the log, or its next part. Output is held
	// until then.
	logTimeout = 10 * time.Second
)

// readBeginning puts the log of what was written before the attach in front of the live output.
// The pod's status must say that the container runs or has ended; the node serves no log before.
//
// While no live output has come, the program may write between this log and the attach, which a
// busy node makes late. So the first live output is held until the log is read again.
//
// hasEnded states that the container has ended. Then the log is complete, and is read only once.
func (a *Attacher) readBeginning(ctx context.Context, hasEnded bool) {
	a.logTurn <- struct{}{}
	defer func() { <-a.logTurn }()
	if !a.output.isHolding() {
		return
	}
	for reads := 1; ; reads++ {
		log, err := a.readLog(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			a.logErr = err
			a.notice(fmt.Sprintf(
				"Warning: the output of container %s before the attach is not shown: %v",
				a.Container, err))
		case err == nil:
			a.awaitStream(ctx)
			if reads < maxLogReads && !hasEnded && len(log) < smallLog &&
				!a.output.matchIsExact(log) && ctx.Err() == nil {
				continue
			}
		}
		if log == nil {
			log = []byte{}
		}
		if hasEnded && err == nil && a.logged == 0 {
			a.wholeLog = log
		}
		if err != nil || len(log) >= smallLog || a.streamHasEnded() || !a.output.writeEarly(log) {
			a.output.mergeLog(log)
		}
		a.logged += int64(len(log))
		return
	}
}

func (a *Attacher) streamHasEnded() bool {
	select {
	case <-a.streamEnded:
		return true
	default:
		return false
	}
}

// awaitStream lets the stream catch up with the log, which usually leads it. Without the pause,
// output that is in the log and still on its way would appear twice.
func (a *Attacher) awaitStream(ctx context.Context) {
	select {
	case <-time.After(logPause):
	case <-a.streamEnded:
	case <-ctx.Done():
	}
}

// readEnd writes the part of the program's last output that only the log has. The program must have
// ended. The error is that of readBeginning, unless all of the log is written by now.
func (a *Attacher) readEnd(ctx context.Context) error {
	a.logTurn <- struct{}{}
	defer func() { <-a.logTurn }()
	if !a.output.hasOutputCopy() {
		return a.logErr
	}
	text := a.wholeLog
	if text == nil {
		ctx, cancel := context.WithTimeout(ctx, logTimeout)
		defer cancel()
		log, err := a.openLog(ctx)
		if err != nil {
			return a.logErr
		}
		defer log.Close()
		text, err = io.ReadAll(io.LimitReader(log, 2*maxHeld))
		if err != nil {
			return a.logErr
		}
	}
	if len(text) < 2*maxHeld && a.output.writeMissingEnd(text) {
		return nil
	}
	return a.logErr
}

func (a *Attacher) openLog(ctx context.Context) (io.ReadCloser, error) {
	return subresource.Log(a.Pods).Open(ctx, a.Pod, subresource.LogOptions{Container: a.Container})
}

var errLogTimeout = fmt.Errorf("read its log: the node has sent nothing for %v", logTimeout)

// readLog reads what the container has written so far, and returns the end of it, without what is
// written already. It writes what precedes that end to the caller's stdout.
func (a *Attacher) readLog(ctx context.Context) (end []byte, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(logTimeout, func() { cancel(errLogTimeout) })
	log, err := a.openLog(ctx)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	_, err = io.CopyN(io.Discard, log, a.logged)
	for err == nil {
		timer.Stop()
		if len(end) > 2*logWindow {
			n := len(end) - logWindow
			a.output.writeLog(end[:n])
			a.logged += int64(n)
			end = end[:copy(end, end[n:])]
		}
		end = slices.Grow(end, 64<<10)
		var n int
		timer.Reset(logTimeout)
		n, err = log.Read(end[len(end):cap(end)])
		end = end[:len(end)+n]
	}
	timer.Stop()
	switch {
	case errors.Is(err, io.EOF):
		return end, nil
	case errors.Is(context.Cause(ctx), errLogTimeout):
		err = errLogTimeout
	}
	return nil, err
}

// copyLog writes the log of a container that has ended before the attach.
func (a *Attacher) copyLog(ctx context.Context) error {
	a.logTurn <- struct{}{}
	defer func() { <-a.logTurn }()
	if a.output.out == nil {
		return nil
	}
	log, err := a.openLog(ctx)
	if err == nil {
		_, err = io.CopyN(io.Discard, log, a.logged)
		if err == nil {
			_, err = io.Copy(a.output.out, log)
		}
		log.Close()
	}
	if err != nil {
		return fmt.Errorf(
			"container %s of pod %s has ended with code %d, and its log cannot be copied: %w",
			a.Container, a.Pod, a.state.ExitCode, err)
	}
	return nil
}
