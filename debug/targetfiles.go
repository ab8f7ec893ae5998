package debug

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/kx-k8s/kx/internal/podscript"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// TargetFiles names a running debug container that reaches the files of another container.
type TargetFiles struct {
	// Container is the debug container, in which programs are to run.
	Container string
	// Root is the path of the target's root directory in it, such as "/proc/1/root".
	Root string
}

// WithTargetFiles calls do while a debug container reaches the files of o.Target.
//
// It uses a running debug container of the pod, if one has sh, tar and readlink and reaches the
// files. Otherwise it adds the container that o describes, and ends that container when do returns.
// If o.Target is empty, it is the pod's only container. If o.Image is empty, WithTargetFiles adds
// no container. The error is a *TargetError if the added container does not reach the files.
func WithTargetFiles(ctx context.Context, api *resources.API[resources.Pod], podName string,
	o Options,
	do func(TargetFiles) error) error {
	pods := resources.As[resources.PodOutline](api)
	pod, err := pods.Get(ctx, podName)
	if err != nil {
		return err
	}
	if o.Target == "" {
		if len(pod.Spec.Containers) != 1 {
			return fmt.Errorf("pod %s has several containers: name one", podName)
		}
		o.Target = pod.Spec.Containers[0].Name
	}
	_, isolated := expectedRoot(pod)
	for i := range pod.Spec.EphemeralContainers {
		found := &pod.Spec.EphemeralContainers[i]
		if found.TargetContainerName != o.Target && isolated ||
			pod.Status.Container(found.Name).State.Running == nil {
			continue
		}
		root, err := probeTarget(ctx, pods, pod, found.Name, o.Target)
		if err != nil {
			continue
		}
		if _, err := podscript.Run(ctx, pods, podName, found.Name, "",
			"command -v tar && command -v readlink"); err != nil {
			continue
		}
		o.sendNotice("Using debug container " + found.Name)
		return do(TargetFiles{Container: found.Name, Root: root})
	}
	if o.Image == "" {
		return errors.New(
			"no debug container with tar and readlink reaches the files of the container: " +
				"an image is needed to add one")
	}
	return whileRunning(ctx, api, podName, o, func(container string) error {
		pod, err := pods.Get(ctx, podName)
		if err != nil {
			return err
		}
		root, err := probeTarget(ctx, pods, pod, container, o.Target)
		if err != nil {
			return err
		}
		return do(TargetFiles{Container: container, Root: root})
	})
}

// untilStdinEnds is a shell script that ends when its stdin reaches EOF, and also if no client has
// attached within half a minute and sent a line: kx may have been killed meanwhile.
// It has no $$, of which the kubelet makes one $.
const untilStdinEnds = `trap 'exit 0' TERM
sh -c 'sleep 30; kill $PPID' </dev/null >/dev/null 2>&1 &
read -r line && kill $! && exec cat`

// whileRunning adds a debug container, calls do while it runs, and ends it.
//
// The container's program is untilStdinEnds. Its stdin reaches EOF when do returns, and also when
// kx or its connection is gone.
func whileRunning(ctx context.Context, api *resources.API[resources.Pod], pod string, o Options,
	do func(container string) error) error {
	pods := resources.As[resources.PodOutline](api)
	stdin, closeStdin := io.Pipe()
	o.Command, o.Args, o.Stdin = []string{"sh", "-c", untilStdinEnds}, nil, stdin
	go io.WriteString(closeStdin, "\n") //nolint:errcheck // it fails when nobody has attached
	o.Stdout, o.Stderr, o.TTY, o.Reuse, o.DryRun = nil, nil, false, false, false
	o.skipTargetCheck = true // probeTarget reports on the target instead

	var container string
	o.Added = func(res *Result) {
		container = res.Container
		o.sendNotice("Adding debug container " + container + ", which ends when it is no longer " +
			"needed")
	}
	var current atomic.Pointer[subresource.Session]
	attached := make(chan struct{}, 1)
	o.Attached = func(session *subresource.Session) {
		current.Store(session)
		select {
		case attached <- struct{}{}:
		default: // Run attached once more
		}
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ran := make(chan error, 1)
	go func() {
		_, err := Run(ctx, api, pod, o)
		ran <- err
	}()
	select {
	case err := <-ran:
		switch {
		case err == nil:
			err = errors.New("the debug container ended at once")
		case container != "": // nothing has closed its stdin
			o.sendNotice("Debug container " + container +
				" stays in the pod: once it runs, it ends after 30 s")
		}
		return err
	case <-attached:
	}
	outline, err := pods.Get(ctx, pod)
	if err == nil { // a stream may open before the program runs
		_, err = AwaitRunning(ctx, pods, outline, container, DefaultTimeout, nil)
	}
	if err == nil {
		err = do(container)
	}
	closeStdin.Close()
	session := current.Load()
	if session != nil {
		if !session.CanCloseStdin() {
			session.Close()
		}
		_ = session.Wait() // until the program has ended
	}
	cancel() // Run need not wait until the pod's status shows the end
	<-ran
	return err
}
