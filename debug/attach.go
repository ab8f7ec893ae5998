package debug

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// endedWithin is how long the pod's status may take to tell the end of a container after the runtime has refused to attach to it.
const endedWithin = 5 * time.Second

// attach joins res's container and stays until it has ended. Whatever comes of the stream, res is completed by what the pod's status says.
func attach(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, o *Options) error {
	if !res.Running {
		return copyLog(ctx, pods, res, o)
	}
	var began atomic.Bool
	session, err := subresource.Attach(pods).Start(ctx, res.Pod, subresource.AttachOptions{
		Container: res.Container, Stdin: o.Stdin, Stdout: noticed(o.Stdout, &began), Stderr: noticed(o.Stderr, &began), TTY: &o.TTY, Record: o.Record,
	})
	if err == nil {
		if o.Attached != nil {
			o.Attached(session)
		}
		err = session.Wait()
	}
	switch {
	case err == nil:
		return awaitExit(ctx, pods, res, ExitStatusWithin)
	case errors.Is(err, subresource.ErrSessionClosed):
		return nil
	case refused(err) && !began.Load() && awaitExit(ctx, pods, res, endedWithin) == nil:
		return copyLog(ctx, pods, res, o) // it was faster than we were
	}
	return fmt.Errorf("container %q is in pod %q: %w", res.Container, res.Pod, err)
}

// refused tells whether the runtime may have refused to attach because there is no running program.
func refused(err error) bool {
	return errors.As(err, new(*transport.StatusError)) && !errors.Is(err, transport.ErrForbidden) && !errors.Is(err, transport.ErrUnauthorized)
}

// noticed gives w, and notes in began that something was written to it.
func noticed(w io.Writer, began *atomic.Bool) io.Writer {
	if w == nil {
		return nil
	}
	return &notice{w, began}
}

type notice struct {
	io.Writer
	began *atomic.Bool
}

func (n *notice) Write(p []byte) (int, error) {
	n.began.Store(true)
	return n.Writer.Write(p)
}

// awaitExit completes res once the pod's status has the container's end.
func awaitExit(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, limit time.Duration) error {
	pod, ended, err := awaitEnd(ctx, pods, res.Object, res.Container, limit)
	if res.Object = pod; err == nil {
		res.Running, res.ExitCode, res.Reason = false, int(ended.ExitCode), ended.Reason
	}
	return err
}

// copyLog gives what the container wrote, once it has ended.
func copyLog(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, o *Options) error {
	if o.Stdout == nil {
		return nil
	}
	log, err := subresource.Log(pods).Open(ctx, res.Pod, subresource.LogOptions{Container: res.Container})
	if err == nil {
		_, err = io.Copy(o.Stdout, o.recorded(log))
		log.Close()
	}
	if err != nil {
		return fmt.Errorf("container %q of pod %q has ended with code %d, and its log cannot be copied: %w", res.Container, res.Pod, res.ExitCode, err)
	}
	return nil
}
