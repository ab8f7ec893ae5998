// Package command holds what the verbs of kx share: the global flags, sessions with a remote
// program, help, errors and the exit status.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/internal/printable"
	"github.com/kx-k8s/kx/transport"
)

// Streams are the standard streams of kx. Results go to Out, everything else to Err.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Terminal *term.Terminal
}

// Invocation is one run of kx.
type Invocation struct {
	Streams
	Connection Connection
	// DialContext connects to servers; nil for net.Dialer's.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Command is the command that runs. Before Started is true, an error is wrong usage.
	Command *cobra.Command
	Started bool
	// OwnsProcess says that the process runs nothing else, so that its settings may change.
	OwnsProcess bool
	// Plugin says that kubectl runs kx: the user types "kubectl kx".
	Plugin bool
	// FailureStatus is the exit status of a failure: ExitFailed or ExitLost.
	FailureStatus int
	// Quiet leaves out notices, progress and reports of success.
	Quiet bool
	// HelpWidth is the number of columns of the help.
	HelpWidth int

	helps map[*cobra.Command]*Help
	// hints are the access hints that were printed.
	hints []string
	// serverWarnings counts the warnings of the server.
	serverWarnings atomic.Int32
}

// ProgramErr returns stderr for the output of a program, which may control the terminal.
func ProgramErr(k *Invocation) io.Writer {
	if m, ok := k.Err.(*term.MessageWriter); ok {
		return m.Unescaped()
	}
	return k.Err
}

// Interruptibly calls read, which reads files. If a signal ends the command first, it fails with
// the signal's error and leaves read running: nothing can interrupt a pipe without a writer, or a
// file system that hangs.
func Interruptibly(k *Invocation, read func() error) error {
	ctx := context.Background()
	if k.Command != nil && k.Command.Context() != nil {
		ctx = k.Command.Context()
	}
	ended := make(chan error, 1)
	go func() { ended <- read() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Print prints a result on one line. Text from the cluster cannot add a line or control a terminal.
func (k *Invocation) Print(format string, args ...any) error {
	_, err := fmt.Fprintln(k.Out, printable.Text(fmt.Sprintf(format, args...)))
	return err
}

// RegisterQuiet registers -q. It is a function, as AsTyped is.
func RegisterQuiet(k *Invocation, cmd *cobra.Command, usage string) {
	cmd.Flags().BoolVarP(&k.Quiet, "quiet", "q", false, usage)
}

// PrintDone prints that one thing is done, as Print does, unless -q is given.
func PrintDone(k *Invocation, format string, args ...any) error {
	if k.Quiet {
		return nil
	}
	return k.Print(format, args...)
}

// Notice prints a line to stderr, unless -q is given.
func Notice(k *Invocation, format string, args ...any) {
	if !k.Quiet {
		Note(k, format, args...)
	}
}

// Noticer returns Notice of one run.
func Noticer(k *Invocation) func(format string, args ...any) {
	return func(format string, args ...any) { Notice(k, format, args...) }
}

// Note prints a message of one line to stderr.
func Note(k *Invocation, format string, args ...any) {
	fmt.Fprintln(k.Err, printer.OneLine(AsTyped(k, fmt.Sprintf(format, args...))))
}

// PrintError prints an error on one line.
func PrintError(k *Invocation, format string, args ...any) {
	Note(k, "error: "+format, args...)
}

// Warn prints a warning on one line.
func (k *Invocation) Warn(text string) { Note(k, "Warning: %s", text) }

// Describe returns the text of err. To a refusal by the server it adds the causes that the server's
// message leaves out, and for a missing permission the command that lists the permissions.
func (k *Invocation) Describe(err error) string {
	text := err.Error()
	var status *transport.StatusError
	if !errors.As(err, &status) {
		return text
	}
	details := status.Status.Details
	if details != nil {
		for _, cause := range details.Causes {
			message := printer.OneLine(cause.Message)
			if !strings.Contains(text, message) || !strings.Contains(text, cause.Field) {
				text += "; " + strings.TrimPrefix(cause.Field+": "+message, ": ")
			}
		}
	}
	// An authorizer's refusal says "cannot", or nothing. Admission refuses the object, not the
	// user.
	authorization := strings.Contains(status.Status.Message, " cannot ") || status.WithoutReason()
	if errors.Is(err, transport.ErrForbidden) && authorization && !k.isAuthCommand() {
		text += k.accessHint(status)
	}
	return text
}
