package subresource

import (
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/internal/ocierror"
	"github.com/kx-k8s/kx/transport"
)

// CommandError reports that the node's container runtime could not start the program of an exec. It
// wraps the server's *transport.StatusError.
//
// The reason is known from the words of runc and crun. With CRI-O, which runs these as programs,
// their words may come on stderr instead, with an *ExitError.
type CommandError struct {
	// Program is the first word of the command. Container is empty if the request named none.
	Program, Container, Pod string
	// Code is the exit code of a shell or of docker for the same failure: 127 if the container has
	// no such program, and 126 if the program is not executable.
	Code int
	// Reason is the runtime's, such as "permission denied".
	Reason string
	Err    error
}

func (e *CommandError) Error() string {
	container := "the container"
	if e.Container != "" {
		container = "container " + e.Container
	}
	if e.Code == ocierror.NotFound {
		return fmt.Sprintf("exec in pod %s: %s is not in %s's image", e.Pod, e.Program, container)
	}
	return fmt.Sprintf("exec in pod %s: %s is not executable in %s: %s", e.Pod, e.Program,
		container, e.Reason)
}

// Unwrap returns the server's error.
func (e *CommandError) Unwrap() error { return e.Err }

// commandError returns err as a *CommandError if it says why the program could not be started.
func (s *Session) commandError(err error) error {
	var status *transport.StatusError
	if !s.exec || !errors.As(err, &status) {
		return err
	}
	failure, ok := ocierror.Parse(status.Status.Message)
	if !ok {
		return err
	}
	return &CommandError{Program: s.program, Container: s.container, Pod: s.pod,
		Code: failure.Code, Reason: failure.Reason, Err: err}
}
