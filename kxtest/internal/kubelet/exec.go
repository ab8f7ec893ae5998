package kubelet

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// StreamOptions are the options of an exec or attach.
type StreamOptions struct {
	// Attach to the container's own process; otherwise exec runs Command.
	Attach                     bool
	Protocol                   string
	Container                  string
	Command                    []string
	Stdin, Stdout, Stderr, TTY bool
}

// Stream serves exec and attach.
//
// The kubelet's errors are the session's status. With v4.channel.k8s.io they are a plain text
// response, because the API server passes such a request through.
func (n *Node) Stream(w http.ResponseWriter, r *http.Request, pod map[string]any,
	o *StreamOptions) {
	found, code, err := n.find(pod, o)
	if err != nil && o.Protocol == stream.ProtocolV4 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, err.Error()) // the client may have disconnected
		return
	}
	s := stream.Upgrade(w, r, []string{o.Protocol})
	if s == nil {
		return
	}
	defer s.CloseWith(r.Context())()
	defer s.End()
	refusal := s.Refusal(r.Context())
	switch {
	case refusal != "":
		s.Open(o.firstChannel(), func() {})
		s.Receive(stream.Inputs{})
		s.Finish(internalError(refusal))
	case err != nil:
		s.Open(o.firstChannel(), func() {})
		s.Receive(stream.Inputs{})
		s.Finish(internalError("unable to upgrade connection: " + err.Error()))
	case o.Attach:
		attach(s, found, o)
	default:
		s.Open(o.firstChannel(), func() {})
		n.exec(s, found, o)
	}
}

// firstChannel returns the first channel that has output.
func (o *StreamOptions) firstChannel() byte {
	switch {
	case o.Stdout:
		return stream.ChannelStdout
	case o.Stderr:
		return stream.ChannelStderr
	}
	return stream.ChannelStatus
}

// find returns the running container of a request. Its errors are the kubelet's, with their HTTP
// status.
func (n *Node) find(pod map[string]any, o *StreamOptions) (found *startedContainer, code int,
	err error) {
	if o.TTY {
		o.Stderr = false
	}
	if !o.Stdin && !o.Stdout && !o.Stderr {
		return nil, http.StatusBadRequest, errors.New(
			"you must specify at least 1 of stdin, stdout, stderr")
	}
	found = n.runtime.runningContainer(pod, o.Container)
	switch {
	case found != nil:
		return found, 0, nil
	case o.Attach:
		return nil, http.StatusInternalServerError, fmt.Errorf(
			"container %s not found in pod %s_%s",
			o.Container, object.Text(pod, "metadata", "name"), object.Text(pod, "metadata",
				"namespace"))
	}
	return nil, http.StatusInternalServerError, fmt.Errorf("container not found (%q)", o.Container)
}

// exec runs a command in a container until the command ends.
//
// When the client disconnects, the command runs on, as with containerd. Its stdin reaches EOF,
// unless it has a terminal.
func (n *Node) exec(s *stream.Session, in *startedContainer, o *StreamOptions) {
	streams := machine.IO{TTY: o.TTY}
	if o.Stdout {
		streams.Stdout = s.Output(stream.ChannelStdout)
	}
	if o.Stderr {
		streams.Stderr = s.Output(stream.ChannelStderr)
	}
	to := stream.Inputs{}
	endStdin := func() {}
	if o.Stdin {
		reader, writer := io.Pipe()
		streams.Stdin, to.Stdin = reader, writer
		endStdin = func() { _ = reader.Close() } // never fails
		if !o.TTY {
			to.CloseStdin = func() { _ = writer.Close() } // never fails
		}
	}
	process, err := in.machine.Start(o.Command, streams)
	if err != nil {
		endStdin()
		s.Receive(stream.Inputs{})
		s.Finish(execFailure(o, err))
		return
	}
	n.background(func() {
		<-process.Done()
		endStdin()
	})
	to.Resize = process.Resize
	s.Receive(to)
	select {
	case <-process.Done():
		s.Finish(exitStatus(o, process.Wait()))
	case <-s.Disconnected:
	}
}

// exitStatus returns the status of an exit code. With v5 the message is the API server's, with v4
// the container runtime's.
func exitStatus(o *StreamOptions, code int) *api.Status {
	if code == 0 {
		return &api.Status{Status: "Success"}
	}
	message := fmt.Sprintf("command terminated with exit code %d", code)
	if o.Protocol == stream.ProtocolV4 {
		message = fmt.Sprintf("error executing command %v, exit code %d", o.Command, code)
	}
	return &api.Status{
		Status:  "Failure",
		Reason:  "NonZeroExitCode",
		Message: "command terminated with non-zero exit code: " + message,
		Details: &api.StatusDetails{Causes: []api.StatusCause{{Reason: "ExitCode",
			Message: strconv.Itoa(code)}}},
	}
}

// execFailure returns the status of a command that did not start.
func execFailure(o *StreamOptions, err error) *api.Status {
	message := "args must not be empty: unknown"
	if len(o.Command) > 0 {
		message = startFailure(o.Command[0], err)
	}
	status := internalError(
		"error executing command in container: failed to exec in container: failed to start exec " +
			strconv.Quote(newContainerID()) + ": OCI runtime exec failed: exec failed: " + message)
	if o.Protocol == stream.ProtocolV5 { // the API server wraps the runtime's status
		status = internalError(status.Message)
	}
	return status
}

// internalError returns the status of an error for the end of a stream.
func internalError(message string) *api.Status {
	return &api.Status{
		Status:  "Failure",
		Reason:  "InternalError",
		Message: "Internal error occurred: " + message,
		Details: &api.StatusDetails{Causes: []api.StatusCause{{Message: message}}},
		Code:    http.StatusInternalServerError,
	}
}
