package debug

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kx-k8s/kx/subresource"
)

const (
	// logWindow is how much of the end of a log is kept while it is looked for where the output goes on. A program that is held up can have written
	// no more since somebody attached: what is before that is from before.
	logWindow = 8 << 20
	// While output comes the log is read at most so often, with pauses, until it is certain where the output goes on; one that is longer than
	// smallLog is read once, since a node gives no more than some 100,000 lines a second.
	maxLogReads, logPause, smallLog = 3, 50 * time.Millisecond, 256 << 10
	// logWithin bounds how long the node may take to give a log, or the next part of it: until then the output is held back.
	logWithin = 10 * time.Second
)

// readBeginning puts what the log has from before the attach in front of what came since. The node has a log once the pod's status says that the container
// runs or has ended.
func (j *joining) readBeginning(ctx context.Context) {
	j.logs.Lock()
	defer j.logs.Unlock()
	if !j.begin.waits() {
		return
	}
	for reads := 1; ; reads++ {
		log, err := j.log(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			j.o.notice(fmt.Sprintf("what container %q wrote before it was attached to is not shown: %v", j.res.Container, err))
		case err == nil && reads < maxLogReads && len(log) < smallLog && !j.begin.fits(log):
			select {
			case <-time.After(logPause):
				continue
			case <-ctx.Done():
			}
		}
		if err == nil && log == nil {
			log = []byte{}
		}
		j.begin.settle(log)
		j.logged += int64(len(log))
		return
	}
}

// readEnd writes what only the log has of what the container wrote last, once it has ended.
func (j *joining) readEnd(ctx context.Context) {
	if !j.begin.ends() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logWithin)
	defer cancel()
	log, err := j.open(ctx)
	if err != nil {
		return
	}
	defer log.Close()
	if text, err := io.ReadAll(io.LimitReader(log, 2*maxHeld)); err == nil && len(text) < 2*maxHeld {
		j.begin.finish(text)
	}
}

// open gives the container's log.
func (j *joining) open(ctx context.Context) (io.ReadCloser, error) {
	return subresource.Log(j.pods).Open(ctx, j.res.Pod, subresource.LogOptions{Container: j.res.Container})
}

var errLogSlow = fmt.Errorf("reading its log: the node has sent nothing for %v", logWithin)

// log reads what the container has written so far and keeps the end of it; what came before that end it writes to the caller.
func (j *joining) log(ctx context.Context) (kept []byte, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(logWithin, func() { cancel(errLogSlow) })
	log, err := j.open(ctx)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	for err == nil {
		late.Stop()
		if len(kept) > 2*logWindow {
			n := len(kept) - logWindow
			j.begin.before(kept[:n])
			j.logged += int64(n)
			kept = kept[:copy(kept, kept[n:])]
		}
		kept = slices.Grow(kept, 64<<10)
		var n int
		late.Reset(logWithin)
		n, err = log.Read(kept[len(kept):cap(kept)])
		kept = kept[:len(kept)+n]
	}
	late.Stop()
	switch {
	case err == io.EOF:
		return kept, nil
	case context.Cause(ctx) == errLogSlow:
		err = errLogSlow
	}
	return nil, err
}

// copyLog gives what the container wrote, once it has ended and nobody had attached.
func (j *joining) copyLog(ctx context.Context) error {
	j.logs.Lock()
	defer j.logs.Unlock()
	if j.begin.out == nil {
		return nil
	}
	log, err := j.open(ctx)
	if err == nil {
		if _, err = io.CopyN(io.Discard, log, j.logged); err == nil {
			_, err = io.Copy(j.begin.out, log)
		}
		log.Close()
	}
	if err != nil {
		return fmt.Errorf("container %q of pod %q has ended with code %d, and its log cannot be copied: %w", j.res.Container, j.res.Pod, j.res.ExitCode, err)
	}
	return nil
}
