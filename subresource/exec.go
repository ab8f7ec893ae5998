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

// Exec gives the exec subresource. It needs an API server with streams over WebSockets: any, with v4.channel.k8s.io, and from 1.30 with v5.channel.k8s.io,
// which can tell the end of stdin (KEP-4006). The user needs the verbs get and, from 1.35 on, create for pods/exec.
func Exec[T any, P interface {
	*T
	resources.HasExec
}](api *resources.API[T]) *ExecEndpoint {
	return &ExecEndpoint{resources.Sub[jsontext.Value](api, "exec")}
}

// ExecOptions say what to run where, and with which streams. What is nil or false is not connected, and the program finds it empty.
type ExecOptions struct {
	// Container may be left out where the pod has one.
	Container string
	// Command is the program and its arguments; no shell reads it.
	Command []string
	// Stdin is sent to the program to its end, Stdout and Stderr get what it writes. With StdinPipe, StdoutPipe and StderrPipe the Session has
	// methods of these names that give the ends of pipes instead. Stdout and Stderr may be written by two goroutines at once, but where they are
	// the same writer, of a type that can be compared with ==, one Write runs at a time.
	Stdin                             io.Reader
	Stdout, Stderr                    io.Writer
	StdinPipe, StdoutPipe, StderrPipe bool
	// TTY gives the program a terminal, whose one output is Stdout.
	TTY bool
	// Record, when set, keeps what comes and goes.
	Record *Recorder
}

func (o *ExecOptions) streams() streams {
	return streams{o.Stdin, o.Stdout, o.Stderr, o.StdinPipe, o.StdoutPipe, o.StderrPipe, o.TTY, o.Record}
}

// Start runs a program in the pod called name and returns when the server has taken the request; it may fail to run the program still, as Wait tells.
// Contradictions in o are a *resources.OptionError, and nothing is sent. The session ends with ctx.
func (e *ExecEndpoint) Start(ctx context.Context, name string, o ExecOptions, opts ...GetOption) (*Session, error) {
	io := o.streams()
	if len(o.Command) == 0 || o.Command[0] == "" {
		return nil, &resources.OptionError{Option: "ExecOptions.Command", Problem: "it is empty: name the program to run"}
	}
	if err := io.check("ExecOptions"); err != nil {
		return nil, err
	}
	query := io.query(o.Container)
	query["command"] = o.Command
	return connect(ctx, e.sub, "exec", name, query, io, opts)
}

// Result is what a program wrote, and the code with which it ended.
type Result struct {
	Stdout, Stderr []byte
	ExitCode       int
}

// Run runs a program in the pod called name and waits for its end. A code other than 0 is no error. Of stdout and stderr it keeps the first MaxOutput bytes each;
// where there was more, the Result comes with a *TruncatedError. Every other error is that of Start or of Session.Wait, and the Result has what came before it.
func (e *ExecEndpoint) Run(ctx context.Context, name string, o ExecOptions, opts ...GetOption) (*Result, error) {
	if o.Stdout != nil || o.Stderr != nil || o.StdinPipe || o.StdoutPipe || o.StderrPipe {
		return nil, &resources.OptionError{Option: "ExecOptions", Problem: "Run collects the output itself and has no pipes: use Start"}
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
