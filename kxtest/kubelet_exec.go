package kxtest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// streamOptions are those of an exec or attach.
type streamOptions struct {
	attach                     bool // to the container's own process; otherwise exec runs command
	protocol                   string
	container                  string
	command                    []string
	stdin, stdout, stderr, tty bool
}

// stream serves exec and attach. The kubelet's refusals are the session's status, or with v4.channel.k8s.io
// the answer in plain text: the API server passes such a request through.
func (n *node) stream(w http.ResponseWriter, r *http.Request, pod map[string]any, o *streamOptions) {
	found, code, err := n.find(pod, o)
	if err != nil && o.protocol == protocolV4 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, err.Error()) // a client that has gone needs no answer
		return
	}
	s := upgrade(w, r, []string{o.protocol})
	if s == nil {
		return
	}
	defer s.closeWith(r.Context())()
	defer s.end()
	switch {
	case err != nil:
		s.open(o.firstChannel(), func() {})
		s.receive(inputs{})
		s.finish(internalError("unable to upgrade connection: " + err.Error()))
	case o.attach:
		attach(s, found, o)
	default:
		s.open(o.firstChannel(), func() {})
		n.exec(s, found, o)
	}
}

// firstChannel returns the first channel that has output.
func (o *streamOptions) firstChannel() byte {
	switch {
	case o.stdout:
		return channelStdout
	case o.stderr:
		return channelStderr
	}
	return channelStatus
}

// find returns the running container of a request. Its errors are the kubelet's, with their HTTP status.
func (n *node) find(pod map[string]any, o *streamOptions) (found *run, code int, err error) {
	if o.tty {
		o.stderr = false
	}
	if !o.stdin && !o.stdout && !o.stderr {
		return nil, http.StatusBadRequest, errors.New("you must specify at least 1 of stdin, stdout, stderr")
	}
	found = n.runtime.running(pod, o.container)
	switch {
	case found != nil:
		return found, 0, nil
	case o.attach:
		return nil, http.StatusInternalServerError, fmt.Errorf("container %s not found in pod %s_%s",
			o.container, text(pod, "metadata", "name"), text(pod, "metadata", "namespace"))
	}
	return nil, http.StatusInternalServerError, fmt.Errorf("container not found (%q)", o.container)
}

// exec runs a command in a container until it ends. When the client goes before, a command without terminal finds the end of its stdin; it is not
// killed, and neither is one with a terminal, which does not even notice (as with containerd).
func (n *node) exec(s *session, in *run, o *streamOptions) {
	streams := machine.IO{TTY: o.tty}
	if o.stdout {
		streams.Stdout = s.output(channelStdout)
	}
	if o.stderr {
		streams.Stderr = s.output(channelStderr)
	}
	to := inputs{}
	endStdin := func() {}
	if o.stdin {
		reader, writer := io.Pipe()
		streams.Stdin, to.stdin = reader, writer
		endStdin = func() { _ = reader.Close() } // never fails
		if !o.tty {
			to.closeStdin = func() { _ = writer.Close() } // never fails
		}
	}
	process, err := in.machine.Start(o.command, streams)
	if err != nil {
		endStdin()
		s.receive(inputs{})
		s.finish(execFailure(o, err))
		return
	}
	n.background(func() {
		<-process.Done()
		endStdin()
	})
	to.resize = process.Resize
	s.receive(to)
	select {
	case <-process.Done():
		s.finish(exitStatus(o, process.Wait()))
	case <-s.disconnected:
	}
}

// exit is the status for an exit code: the API server words it for v5, and the container runtime for v4.
func exitStatus(o *streamOptions, code int) *statusBody {
	if code == 0 {
		return &statusBody{Status: "Success"}
	}
	message := fmt.Sprintf("command terminated with exit code %d", code)
	if o.protocol == protocolV4 {
		message = fmt.Sprintf("error executing command %v, exit code %d", o.command, code)
	}
	return &statusBody{Status: "Failure", Reason: "NonZeroExitCode", Message: "command terminated with non-zero exit code: " + message,
		Details: &statusDetails{Causes: []statusCause{{Reason: "ExitCode", Message: strconv.Itoa(code)}}}}
}

// execFailure is the status for a command that did not start.
func execFailure(o *streamOptions, err error) *statusBody {
	message := "args must not be empty: unknown"
	if len(o.command) > 0 {
		message = startFailure(o.command[0], err)
	}
	status := internalError("error executing command in container: failed to exec in container: failed to start exec " + strconv.Quote(newContainerID()) + ": OCI runtime exec failed: exec failed: " + message)
	if o.protocol == protocolV5 { // the API server wraps the runtime's status into its own
		status = internalError(status.Message)
	}
	return status
}

// internalError is a status for the end of a stream.
func internalError(message string) *statusBody {
	return &statusBody{Status: "Failure", Reason: "InternalError", Message: "Internal error occurred: " + message,
		Details: &statusDetails{Causes: []statusCause{{Message: message}}}, Code: http.StatusInternalServerError}
}
