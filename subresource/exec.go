package subresource

import (
	"context"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// ExecEndpoint runs programs in the containers of pods.
type ExecEndpoint struct {
	sub resources.Endpoint[jsontext.Value]
}

// Exec returns the exec subresource. It works with every API server that serves streams over
// WebSockets. From 1.30 on they speak v5.channel.k8s.io, which can close stdin (KEP-4006). The user
// needs the verb get for pods/exec and, from 1.35 on, create.
func Exec[T any, P interface {
	*T
	resources.HasExec
}](api *resources.API[T]) *ExecEndpoint {
	return &ExecEndpoint{resources.Sub[jsontext.Value](api, "exec")}
}

// ExecOptions name the program, the container and the streams. A stream that is not set is not
// connected: stdin is at EOF, and stdout and stderr are discarded.
type ExecOptions struct {
	// Container may be empty if the pod has one container.
	Container string
	// Command is the program and its arguments. No shell parses it.
	Command []string
	// Stdin is sent to the program up to EOF. Stdout and Stderr receive what it writes.
	//
	// With StdinPipe, StdoutPipe and StderrPipe, the Session's methods of these names return pipes
	// instead.
	//
	// Two goroutines may write Stdout and Stderr at once. If both are the same writer, of a type
	// that == can compare, only one Write runs at a time.
	Stdin                             io.Reader
	Stdout, Stderr                    io.Writer
	StdinPipe, StdoutPipe, StderrPipe bool
	// TTY gives the program a terminal, whose only output is Stdout.
	TTY bool
	// PassThrough asks the API server to pass the session to the node as it is, in
	// v4.channel.k8s.io. It is for sessions without stdin and TTY.
	//
	// Otherwise the API server translates the session to SPDY. That takes longer, and 1.35 now and
	// then loses the end of a large output, although the status is a success. But a session that is
	// passed through is lost if its output is not read for the node's idle timeout, by default 4
	// hours.
	//
	// Leave it unset for a pod with a RuntimeClass: Kata Containers up to 4.0.0 end such a session
	// early (https://github.com/kata-containers/kata-containers/issues/13640).
	PassThrough bool
	// Record, if not nil, records the session.
	Record *Recorder
}

func (o *ExecOptions) streams() streams {
	return streams{
		Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
		StdinPipe: o.StdinPipe, StdoutPipe: o.StdoutPipe, StderrPipe: o.StderrPipe,
		TTY: o.TTY, PassThrough: o.PassThrough, Record: o.Record,
	}
}

// Start runs a program in the pod called name. It returns once the server has accepted the request;
// Wait reports if the program then fails to start. The session ends when ctx ends.
//
// Contradictions in o fail with a *resources.OptionError before anything is sent.
func (e *ExecEndpoint) Start(ctx context.Context, name string, o ExecOptions,
	opts ...GetOption) (*Session, error) {
	connected := o.streams()
	if len(o.Command) == 0 || o.Command[0] == "" {
		return nil, &resources.OptionError{Option: "ExecOptions.Command",
			Problem: "it is empty: name the program to run"}
	}
	if err := connected.check("ExecOptions"); err != nil {
		return nil, err
	}
	query := connected.query(o.Container)
	query["command"] = o.Command
	return connect(ctx, e.sub, "exec", name, query, connected, opts)
}

// Result is a program's output and exit code.
type Result struct {
	Stdout, Stderr []byte
	ExitCode       int
}

// Run runs a program in the pod called name and waits for its end. An exit code other than 0 is no
// error.
//
// Run keeps the first MaxOutput bytes of stdout and of stderr. If there was more, it returns the
// Result with a *TruncatedError. Its other errors are those of Start and Session.Wait; the Result
// then holds the output that arrived before.
func (e *ExecEndpoint) Run(ctx context.Context, name string, o ExecOptions,
	opts ...GetOption) (*Result, error) {
	if o.Stdout != nil || o.Stderr != nil || o.StdinPipe || o.StdoutPipe || o.StderrPipe {
		return nil, &resources.OptionError{Option: "ExecOptions",
			Problem: "Run collects the output itself and has no pipes: use Start"}
	}
	var stdout, stderr firstBytes
	o.Stdout = &stdout
	if !o.TTY {
		o.Stderr = &stderr
	}
	session, err := e.Start(ctx, name, o, opts...)
	if err != nil {
		return nil, err
	}
	err = session.Wait()
	res := &Result{Stdout: stdout.kept, Stderr: stderr.kept}
	var exit *ExitError
	if errors.As(err, &exit) {
		res.ExitCode, err = exit.Code, nil
	}
	if err == nil && stdout.dropped+stderr.dropped > 0 {
		err = &TruncatedError{What: session.what, Stdout: stdout.dropped, Stderr: stderr.dropped}
	}
	return res, err
}
