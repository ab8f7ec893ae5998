package subresource

import (
	"context"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// AttachEndpoint attaches to programs that run already.
type AttachEndpoint struct {
	sub  resources.Endpoint[jsontext.Value]
	pods *resources.API[resources.PodOutline]
}

// Attach returns the attach subresource. The user needs the verbs of Exec, for pods/attach.
func Attach[T any, P interface {
	*T
	resources.HasAttach
}](api *resources.API[T]) *AttachEndpoint {
	return &AttachEndpoint{resources.Sub[jsontext.Value](api, "attach"),
		resources.As[resources.PodOutline](api)}
}

// AttachOptions name the container to attach to, and the streams, as in ExecOptions.
type AttachOptions struct {
	// Container may be empty if the pod has one container.
	Container                         string
	Stdin                             io.Reader
	Stdout, Stderr                    io.Writer
	StdinPipe, StdoutPipe, StderrPipe bool
	// TTY states whether the container has a terminal. If TTY is nil, Start reads the pod to find
	// out. With a terminal, Stderr stays empty.
	TTY *bool
	// Record, if not nil, records the session. Attach does not learn the exit code.
	Record *Recorder
}

// Start attaches to a container of the pod called name. The session receives what the program
// writes from now on; earlier output is in the container's log.
//
// Closing the session leaves the program running. Wait returns no exit code: the server reports
// only that the program has ended. The code is in the pod's status.
func (e *AttachEndpoint) Start(ctx context.Context, name string, o AttachOptions,
	opts ...GetOption) (*Session, error) {
	connected := streams{
		Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
		StdinPipe: o.StdinPipe, StdoutPipe: o.StdoutPipe, StderrPipe: o.StderrPipe,
		TTY: o.TTY != nil && *o.TTY, Record: o.Record,
	}
	if err := connected.check("AttachOptions"); err != nil {
		return nil, err
	}
	if o.TTY == nil {
		tty, err := e.hasTTY(ctx, name, o.Container, opts)
		if err != nil {
			return nil, err
		}
		connected.TTY = tty
		if tty && !connected.wantsStdin() && !connected.wantsStdout() {
			return nil, &resources.OptionError{Option: "AttachOptions.Stderr",
				Problem: "a terminal has only one output: set Stdout"}
		}
	}
	return connect(ctx, e.sub, "attach", name, connected.query(o.Container), connected,
		opts)
}

// hasTTY reads the pod and reports whether the container has a terminal. It returns false if no
// container is named and the pod has several: the server then refuses the session and lists them.
func (e *AttachEndpoint) hasTTY(ctx context.Context, name, container string,
	opts []GetOption) (bool, error) {
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
