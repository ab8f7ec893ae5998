package command

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// The exit statuses of kx.
const (
	ExitDone   = 0
	ExitFailed = 1
	ExitUsage  = 2
	// ExitLost replaces ExitFailed where the statuses from 1 on are those of the remote program.
	ExitLost = 125
	// ExitNotFound is that of a shell and of docker for a program that is not there.
	ExitNotFound = 127
)

// maxExitCode is the largest exit status of a process. A program on Windows may end with a larger
// code.
const maxExitCode = 255

// UsageError is a mistake in the command line.
type UsageError struct{ err error }

// NewUsageError marks err as a mistake in the command line.
func NewUsageError(err error) error { return &UsageError{err} }

func (e *UsageError) Error() string { return e.err.Error() }

// Usagef returns a UsageError.
func Usagef(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// InterruptedError says which container or program an interrupted command leaves in the cluster.
type InterruptedError struct{ Text string }

func (e *InterruptedError) Error() string { return e.Text }

// ErrReported stands for a failure that is printed already. It sets only the exit status.
var ErrReported = errors.New("reported")

// Failures are the errors of a command that goes on with the next object after one has failed.
type Failures []error

func (f Failures) Error() string { return errors.Join(f...).Error() }

func (f Failures) Unwrap() []error { return f }

// Add keeps err. It reports whether err concerns one object alone, so that the command goes on.
func (f *Failures) Add(err error) bool {
	*f = append(*f, err)
	return errors.As(err, new(*resources.UnknownKindError)) || errors.As(err, new(*ObjectError)) ||
		errors.As(err, new(*subresource.UnsupportedError)) ||
		errors.As(err, new(*transport.StatusError)) && !errors.Is(err, transport.ErrUnauthorized)
}

// AddAll adds err, or the errors of which it consists. It returns nil if each of these concerns one
// object alone, and otherwise all of f.
func (f *Failures) AddAll(err error) error {
	var all Failures
	if !errors.As(err, &all) && err != nil {
		all = Failures{err}
	}
	stops := false
	for _, err := range all {
		stops = !f.Add(err) || stops
	}
	if stops {
		return *f
	}
	return nil
}

// DetailedError is an error with further lines, which are printed below it.
type DetailedError struct {
	Err     error
	Details []string
}

func (e *DetailedError) Error() string { return e.Err.Error() }

func (e *DetailedError) Unwrap() error { return e.Err }

// Err returns f, or nil without a failure.
func (f Failures) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Exit prints err, one line for each failure, and returns the exit status.
func Exit(ctx context.Context, k *Invocation, cmd *cobra.Command, err error) int {
	warnings := k.serverWarnings.Load()
	switch {
	case err != nil:
	case warnings == 0 || !k.Connection.warningsAreErrors:
		return ExitDone
	case warnings == 1:
		err = errors.New("1 warning received")
	default:
		err = fmt.Errorf("%d warnings received", warnings)
	}
	var (
		usage    *UsageError
		output   *printer.OutputError
		failures Failures
		remote   *subresource.ExitError
	)
	switch {
	case errors.As(err, &remote) && k.FailureStatus == ExitLost:
		if remote.Code > 0 && remote.Code < maxExitCode {
			return remote.Code
		}
		return maxExitCode
	case errors.Is(err, ErrReported), errors.As(err, &output) && errors.Is(output, syscall.EPIPE):
		return k.FailureStatus // after EPIPE nobody reads stdout any more: no message
	case !k.Started || errors.As(err, &usage):
		PrintError(k, "%v; see %s --help", err, cmd.CommandPath())
		return ExitUsage
	case ctx.Err() != nil:
		k.printInterruption(err)
	case k.FailureStatus == ExitLost && commandCode(err) != 0:
		PrintError(k, "%v", err)
		return commandCode(err)
	case errors.As(err, &failures):
		for _, err := range failures {
			k.printFailure(err)
		}
	default:
		k.printFailure(err)
	}
	return k.FailureStatus
}

// printFailure prints err, and its details on lines of their own.
func (k *Invocation) printFailure(err error) {
	var detailed *DetailedError
	if !errors.As(err, &detailed) {
		PrintError(k, "%s", k.Describe(err))
		return
	}
	PrintError(k, "%v", err)
	for _, line := range detailed.Details {
		fmt.Fprintln(k.Err, "  "+printer.OneLine(AsTyped(k, line)))
	}
}

// commandCode returns 127 or 126 if the node's runtime could not start a program, and otherwise 0.
func commandCode(err error) int {
	var inExec *subresource.CommandError
	var inContainer *debug.StartError
	switch {
	case errors.As(err, &inExec):
		return inExec.Code
	case errors.As(err, &inContainer):
		return inContainer.CommandCode()
	}
	return 0
}

// printInterruption prints that a signal ended the command, and what may be left in the cluster.
func (k *Invocation) printInterruption(err error) {
	if errors.Is(err, transport.ErrOutcomeUnknown) || errors.As(err, new(*InterruptedError)) {
		PrintError(k, "interrupted: %v", err)
		return
	}
	PrintError(k, "interrupted")
}

// ErrorText returns the text of err for a document, on one line.
func ErrorText(err error) string { return printer.OneLine(err.Error()) }
