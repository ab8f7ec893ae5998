package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// The exit statuses of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitLost   = 125 // instead of exitFailed where the statuses from 1 on are the remote program's
)

const exitStatus = "Exit status: 0 when it is done, 1 when the operation failed or was interrupted, 2 when the command line is wrong."

// usageError is a mistake in the command line.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// failures are the errors of a command that goes on with its next object after one has failed.
type failures []error

func (f failures) Error() string { return errors.Join(f...).Error() }

func (f failures) Unwrap() []error { return f }

// add keeps err, and says whether it concerns one object alone, so that there is a point in going on.
func (f *failures) add(err error) bool {
	*f = append(*f, err)
	return errors.As(err, new(*transport.StatusError)) && !errors.Is(err, transport.ErrUnauthorized)
}

func (f failures) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// output marks the errors of writing to stdout, so that they are told from those of the network.
type output struct{ io.Writer }

type outputError struct{ err error }

func (e *outputError) Error() string { return "cannot write the output: " + e.err.Error() }

func (e *outputError) Unwrap() error { return e.err }

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		err = &outputError{err}
	}
	return n, err
}

// errNo is an answer that is printed already: it makes the exit status that of a failure.
var errNo = errors.New("no")

// exit prints the errors of a run, each on a line of its own, and gives its exit status.
func (k *kx) exit(ctx context.Context, cmd *cobra.Command, err error) int {
	if err == nil {
		return exitDone
	}
	var (
		usage  *usageError
		out    *outputError
		failed failures
		remote *subresource.ExitError
	)
	switch {
	case errors.As(err, &remote) && k.failed == exitLost:
		if remote.Code > 0 && remote.Code < 255 {
			return remote.Code
		}
		return 255 // the codes of Windows have 32 bits
	case errors.Is(err, errNo), errors.As(err, &out) && errors.Is(out, syscall.EPIPE):
		return k.failed // after EPIPE the reader has had enough: nobody is there to be told
	case !k.started || errors.As(err, &usage):
		k.complain("%v; see %s --help", err, cmd.CommandPath())
		return exitUsage
	case ctx.Err() != nil && (errors.Is(err, transport.ErrOutcomeUnknown) || errors.As(err, new(*leftBehindError))):
		k.complain("interrupted: %v", err)
	case ctx.Err() != nil:
		k.complain("interrupted")
	case errors.As(err, &failed):
		for _, err := range failed {
			k.complain("%s", k.describe(err))
		}
	default:
		k.complain("%s", k.describe(err))
	}
	return k.failed
}

func (k *kx) complain(format string, args ...any) {
	fmt.Fprintln(k.err, "error: "+oneLine(fmt.Sprintf(format, args...)))
}

// warn tells the user what did not go wrong but is likely not meant.
func (k *kx) warn(text string) { fmt.Fprintln(k.err, "Warning: "+oneLine(text)) }

// describe gives the error's text and, of a refusal by the server, the causes that its message leaves out, and how to find out what one may do.
func (k *kx) describe(err error) string {
	text := err.Error()
	var status *transport.StatusError
	if !errors.As(err, &status) {
		return text
	}
	details := status.Status.Details
	if details != nil {
		for _, cause := range details.Causes {
			message := oneLine(cause.Message)
			if !strings.Contains(text, message) || !strings.Contains(text, cause.Field) {
				text += "; " + strings.TrimPrefix(cause.Field+": "+message, ": ")
			}
		}
	}
	if errors.Is(err, transport.ErrForbidden) && !k.asks() && strings.Contains(status.Status.Message, " cannot ") { // a policy's refusal is about the object, not the user
		text += k.hint(status)
	}
	return text
}

// hint says once how to find out what one may do, and whom to ask when that is in the Role of kx auth check.
func (k *kx) hint(refused *transport.StatusError) string {
	connection := k.connection
	if strings.Contains(refused.Status.Message, " cannot impersonate") { // what is in question is what the user himself may do
		connection.Override.Impersonate = kubeconfig.Impersonate{}
	}
	text := `; "` + connection.check(refused.Path) + `" says what this user may do`
	if inRole(refused) {
		text += ", and with --role what to ask an administrator for"
	}
	if slices.Contains(k.hints, text) {
		return ""
	}
	k.hints = append(k.hints, text)
	return text
}

// inRole holds for the requests of debug, exec, attach, logs and port-forward: the Role of kx auth check has no others.
func inRole(refused *transport.StatusError) bool {
	_, path, _ := strings.Cut(refused.Path, "/api/v1/namespaces/")
	_, path, _ = strings.Cut(path, "/pods/")
	name, subresource, _ := strings.Cut(path, "/")
	switch subresource {
	case "":
		return name != "" && refused.Method == http.MethodGet
	case "ephemeralcontainers":
		return refused.Method == http.MethodPatch
	case "exec", "attach", "log", "portforward":
		return true
	}
	return false
}

// asks holds for the commands of auth, which say themselves what one may do.
func (k *kx) asks() bool {
	return k.command != nil && k.command.HasParent() && k.command.Parent().Name() == "auth"
}

// check gives the command that says what one may do where the request to path was refused.
func (c *connectionFlags) check(path string) string {
	namespace := c.Namespace
	_, rest, ok := strings.Cut(path, "/namespaces/")
	if ok && strings.Contains(rest, "/") {
		namespace, _, _ = strings.Cut(rest, "/")
	}
	command := "kx auth check" + c.again()
	if namespace != "" {
		command += " -n " + quoted(namespace)
	}
	return command
}

// oneLine folds white space, line ends included, and drops what could drive a terminal.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// list joins words for a sentence: "a, b or c".
func list(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
