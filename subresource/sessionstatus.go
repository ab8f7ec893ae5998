package subresource

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/transport"
)

// ExitError reports a remote program's exit code other than 0: 1 to 255, or 32 bits on Windows.
type ExitError struct {
	// What names the session, such as `exec in pod web-0`.
	What string
	Code int
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("%s: the program ended with code %d", e.What, e.Code)
}

// UnknownExitCodeError reports that the program failed, and that the server did not report the exit
// code.
type UnknownExitCodeError struct {
	// What names the session, such as `exec in pod web-0`.
	What string
}

func (e *UnknownExitCodeError) Error() string {
	return e.What + ": the program failed, but the server did not report its exit code"
}

// LostError reports that a session ended without a status: the program may still run, and its exit
// code is unknown. It wraps the error of the connection.
type LostError struct {
	// What names the session, such as `exec in pod web-0`.
	What string
	Err  error
}

func (e *LostError) Error() string {
	return fmt.Sprintf(
		"%s: the stream was lost before the program's exit status arrived; the program may still "+
			"run: %v",
		e.What, e.Err)
}

// Unwrap returns the error of the connection.
func (e *LostError) Unwrap() error { return e.Err }

// canceledError reports that the caller's context ended a session. It matches the context's error
// and cause.
type canceledError struct {
	what        string
	kind, cause error
}

func (e *canceledError) Error() string {
	return fmt.Sprintf("%s: %v; the program may still run", e.what, e.cause)
}

func (e *canceledError) Unwrap() []error { return []error{e.kind, e.cause} }

// maxStatus bounds the status. Servers send a few hundred bytes.
const maxStatus = 64 << 10

// statusMessage is the Status from the error channel, which may arrive in parts.
type statusMessage struct {
	text     []byte
	status   transport.Status
	complete bool
}

func (m *statusMessage) read(r io.Reader) error {
	before := len(m.text)
	text, err := io.ReadAll(io.LimitReader(r, int64(maxStatus+1-before)))
	if err != nil {
		return err
	}
	m.text = append(m.text, text...)
	if len(m.text) > maxStatus {
		return fmt.Errorf("the server's status is longer than %d bytes", maxStatus)
	}
	if len(m.text) > before && !m.complete {
		m.complete = json.Unmarshal(m.text, &m.status) == nil
	}
	return nil
}

// lossCause adds an incomplete status to the connection's error.
func (m *statusMessage) lossCause(err error) error {
	switch {
	case len(m.text) > 0:
		return fmt.Errorf("the server's status cannot be read: %.200q: %w", m.text, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the connection was cut: %w", err)
	}
	return err
}

// outcome returns the error that the status stands for (k8s.io/apimachinery/pkg/util/remotecommand:
// reason NonZeroExitCode, cause ExitCode).
func (m *statusMessage) outcome(s *Session) error {
	if m.status.Status == "Success" {
		return nil
	}
	if m.status.Reason == "NonZeroExitCode" {
		code := m.exitCode()
		if code != 0 {
			return &ExitError{What: s.what, Code: code}
		}
		return &UnknownExitCodeError{What: s.what}
	}
	return s.commandError(transport.StatusFailure(http.MethodGet, s.ws.Path(), m.status))
}

// exitCode returns the exit code in the status, or 0 if it has none.
func (m *statusMessage) exitCode() int {
	if m.status.Details == nil {
		return 0
	}
	for _, cause := range m.status.Details.Causes {
		if cause.Reason == "ExitCode" {
			code, _ := strconv.Atoi(cause.Message)
			return code
		}
	}
	return 0
}
