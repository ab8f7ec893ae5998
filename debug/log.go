package debug

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/kx-k8s/kx/subresource"
)

const (
	// maxBeginning bounds how much of a log is read for its beginning. A program that is held up can have written no more by then, unless nobody was attached.
	maxBeginning = 8 << 20
	// While output comes the log is read at most so often, with pauses, until it is certain where the output goes on.
	maxLogReads, logPause = 3, 50 * time.Millisecond
	// logWithin bounds it all.
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
	ctx, cancel := context.WithTimeout(ctx, logWithin)
	defer cancel()
	for reads := 1; ; reads++ {
		log, err := j.log(ctx)
		switch {
		case err != nil && ctx.Err() != nil: // it was left: settle what there is
		case err != nil:
			j.o.notice(fmt.Sprintf("what container %q wrote before it was attached to is not shown: %v", j.res.Container, err))
		case reads < maxLogReads && !j.begin.fits(log):
			select {
			case <-time.After(logPause):
				continue
			case <-ctx.Done():
			}
		}
		j.begin.settle(log)
		j.logged = int64(len(log))
		return
	}
}

// log reads what the container has written so far.
func (j *joining) log(ctx context.Context) ([]byte, error) {
	log, err := subresource.Log(j.pods).Open(ctx, j.res.Pod, subresource.LogOptions{Container: j.res.Container})
	if err != nil {
		return nil, err
	}
	defer log.Close()
	text, err := io.ReadAll(io.LimitReader(log, maxBeginning+1))
	if err == nil && len(text) > maxBeginning {
		err = fmt.Errorf("its log has more than %d MiB", maxBeginning>>20)
	}
	if err != nil {
		return nil, err
	}
	return text, nil
}

// copyLog gives what the container wrote, once it has ended and nobody had attached.
func (j *joining) copyLog(ctx context.Context) error {
	j.logs.Lock()
	defer j.logs.Unlock()
	if j.o.Stdout == nil {
		return nil
	}
	log, err := subresource.Log(j.pods).Open(ctx, j.res.Pod, subresource.LogOptions{Container: j.res.Container})
	if err == nil {
		if _, err = io.CopyN(io.Discard, log, j.logged); err == nil {
			_, err = io.Copy(j.o.Stdout, log)
		}
		log.Close()
	}
	if err != nil {
		return fmt.Errorf("container %q of pod %q has ended with code %d, and its log cannot be copied: %w", j.res.Container, j.res.Pod, j.res.ExitCode, err)
	}
	return nil
}
