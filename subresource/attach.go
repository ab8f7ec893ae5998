package subresource

import (
	"context"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// AttachEndpoint joins the programs that containers already run.
type AttachEndpoint struct {
	sub  resources.Endpoint[jsontext.Value]
	pods *resources.API[resources.PodOutline]
}

// Attach gives the attach subresource. It needs what Exec needs, for pods/attach.
func Attach[T any, P interface {
	*T
	resources.HasAttach
}](api *resources.API[T]) *AttachEndpoint {
	return &AttachEndpoint{resources.Sub[jsontext.Value](api, "attach"), resources.As[resources.PodOutline](api)}
}

// AttachOptions say which container to join, and with which streams, as in ExecOptions.
type AttachOptions struct {
	// Container may be left out where the pod has one.
	Container                         string
	Stdin                             io.Reader
	Stdout, Stderr                    io.Writer
	StdinPipe, StdoutPipe, StderrPipe bool
	// TTY says whether the container has a terminal. When it is nil the pod is read to find out, and nothing comes to Stderr where there is one.
	TTY *bool
	// Record, when set, keeps what comes and goes. It is not told the exit code.
	Record *Recorder
}

// Start joins a container of the pod called name. It gets what the program writes from now on; where that begins, the container's log has what came before.
// Closing the session leaves the program running. Wait gives no exit code: the server tells only that the program has ended, and the pod's status has its code.
func (e *AttachEndpoint) Start(ctx context.Context, name string, o AttachOptions, opts ...GetOption) (*Session, error) {
	io := streams{o.Stdin, o.Stdout, o.Stderr, o.StdinPipe, o.StdoutPipe, o.StderrPipe, o.TTY != nil && *o.TTY, o.Record}
	if err := io.check("AttachOptions"); err != nil {
		return nil, err
	}
	if o.TTY == nil {
		tty, err := e.hasTTY(ctx, name, o.Container, opts)
		if err != nil {
			return nil, err
		}
		io.TTY = tty
		if tty && !io.wantsStdin() && !io.wantsStdout() {
			return nil, &resources.OptionError{Option: "AttachOptions.Stderr", Problem: "the container has a terminal, whose one output is Stdout: set that"}
		}
	}
	return connect(ctx, e.sub, "attach", name, io.query(o.Container), io, opts)
}

// hasTTY reads from the pod whether the container has a terminal. Where no container is named and there are several, the server will say so.
func (e *AttachEndpoint) hasTTY(ctx context.Context, name, container string, opts []GetOption) (bool, error) {
	pod, err := e.pods.Get(ctx, name, opts...)
	if err != nil {
		return false, err
	}
	if container == "" && len(pod.Spec.Containers) == 1 {
		return pod.Spec.Containers[0].TTY, nil
	}
	found, _ := pod.Spec.Container(container)
	return found != nil && found.TTY, nil
}
