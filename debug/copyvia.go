package debug

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// through calls do with a debug container that reaches the files of the container that is meant.
func (c *copying) through(ctx context.Context, api *resources.API[resources.Pod], do func(*copying, context.Context) error) error {
	pod, err := c.pods.Get(ctx, c.pod)
	if err != nil {
		return err
	}
	target := c.Container
	if target == "" && len(pod.Spec.Containers) == 1 {
		target = pod.Spec.Containers[0].Name
	}
	_, apart := expectedRoot(pod)
	for i := range pod.Spec.EphemeralContainers {
		found := &pod.Spec.EphemeralContainers[i]
		if found.TargetContainerName != target && apart || statusOf(pod, found.Name).State.Running == nil {
			continue
		}
		if c.root, err = targetRoot(ctx, c.pods, pod, found.Name, target); err != nil {
			continue
		}
		if _, err := runScript(ctx, c.pods, c.pod, found.Name, "", "command -v tar && command -v readlink"); err != nil {
			continue
		}
		c.notice("copying through the debug container " + found.Name)
		c.in = found.Name
		return do(c, ctx)
	}
	if c.ViaDebug.Image == "" {
		return errors.New("no debug container with tar and readlink reaches the files of the container: an image is needed to add one")
	}
	return c.hold(ctx, api, target, func() error {
		pod, err := c.pods.Get(ctx, c.pod)
		if err == nil {
			c.root, err = targetRoot(ctx, c.pods, pod, c.in, target)
		}
		if err == nil {
			err = do(c, ctx)
		}
		return err
	})
}

// hold adds a debug container for as long as do takes. Its program waits for the end of a stdin that ends with this side of it: when do is done,
// and when kx or its connection is no more.
func (c *copying) hold(ctx context.Context, api *resources.API[resources.Pod], target string, do func() error) error {
	o := *c.ViaDebug
	stdin, end := io.Pipe()
	var open atomic.Pointer[subresource.Session]
	attached := make(chan struct{}, 1)
	o.Target, o.Command, o.Args, o.Stdin = target, []string{"cat"}, nil, stdin
	o.Stdout, o.Stderr, o.TTY, o.Reuse, o.DryRun = nil, nil, false, false, false
	added := false
	o.Added = func(res *Result) {
		c.in, added = res.Container, true
		c.notice("copying through the debug container " + res.Container + ", which ends after that")
	}
	o.Attached = func(session *subresource.Session) {
		open.Store(session)
		select {
		case attached <- struct{}{}:
		default: // again
		}
	}
	o.skipTargetCheck = true // what it is for is told by then
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ran := make(chan error, 1)
	go func() {
		_, err := Run(ctx, api, c.pod, o)
		ran <- err
	}()
	select {
	case err := <-ran:
		switch {
		case err == nil:
			err = errors.New("the debug container has ended at once")
		case added: // nobody has told it the end
			c.notice("the debug container " + c.in + " stays in the pod: once it runs, it waits until it is stopped")
		}
		return err
	case <-attached:
	}
	pod, err := c.pods.Get(ctx, c.pod)
	if err == nil { // one may attach before it is certain that the program runs
		_, err = AwaitRunning(ctx, c.pods, pod, c.in, DefaultTimeout, nil)
	}
	if err == nil {
		err = do()
	}
	end.Close()
	session := open.Load()
	if session != nil {
		if !session.CanCloseStdin() {
			session.Close()
		}
		_ = session.Wait() // the program has ended then
	}
	cancel() // how, the pod's status would tell in its own time
	<-ran
	return err
}
