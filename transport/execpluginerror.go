package transport

import (
	"fmt"
	"strings"
)

// maxHint bounds how much of an install hint goes into an error's text.
const maxHint = 2 << 10

// ExecPluginError says that a credential plugin gave no credential. Nothing of what the plugin printed is in it.
// No request was sent with what is missing; where the plugin ran since the server had refused its last credential, that request was turned away.
type ExecPluginError struct {
	// Command is the plugin as the configuration names it, and User the user's entry there; that is empty for a Config made by hand.
	Command, User string
	// Reason is one of
	//   - "NotAllowed": WithAllowedExecPlugins does not name it;
	//   - "NotFound": there is no such program, and InstallHint may say where to get it;
	//   - "NoInput": it asks for standard input (interactiveMode Always), and WithExecStreams gave none;
	//   - "Failed": it could not be started, or ended with an ExitCode that is not 0;
	//   - "BadAnswer": its output is no ExecCredential that can be used.
	Reason string
	// Problem says it for people, on one line.
	Problem string
	// ExitCode is what the plugin ended with: 0 when it did not run or ended well, -1 when a signal ended it.
	ExitCode int
	// InstallHint is the configuration's text on how to get the program, which may have several lines; only with NotFound.
	InstallHint string
	// Err is the cause where the system gave one, such as exec.ErrNotFound, or nil.
	Err error
}

// Error gives one line: the plugin, whose it is, what went wrong, and what to do.
func (e *ExecPluginError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "credential plugin %q", e.Command)
	if e.User != "" {
		fmt.Fprintf(&b, " of user %q", e.User)
	}
	b.WriteString(": " + oneLine(e.Problem))
	if e.InstallHint != "" {
		b.WriteString("; how to install it: " + quote([]byte(e.InstallHint), maxHint))
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *ExecPluginError) Unwrap() error { return e.Err }
