package credential

import (
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/transport/internal/text"
)

// maxHint is how many bytes of an install hint go into an error's text.
const maxHint = 2 << 10

// PluginError reports that a credential plugin provided no credential.
// It holds nothing of what the plugin printed.
type PluginError struct {
	// Command is the plugin's command in the configuration.
	Command string
	// User is the user's entry in the configuration; empty for a Config made by hand.
	User string
	// Reason is one of
	//   - "NotAllowed": WithAllowedExecPlugins does not name the plugin, or the plugin's
	//     environment in the configuration chooses what a program loads;
	//   - "NotFound": there is no such program; InstallHint may say where to get it;
	//   - "NoInput": the plugin asks for standard input (interactiveMode Always), and
	//     WithExecStreams set none;
	//   - "Failed": the plugin could not be started, or ended with another ExitCode than 0;
	//   - "BadAnswer": its output is no valid ExecCredential.
	Reason string
	// Problem describes the reason on one line.
	Problem string
	// ExitCode is the plugin's exit code: -1 when a signal ended it, and 0 when it did not run.
	ExitCode int
	// InstallHint is the configuration's text on how to install the program. It may have several
	// lines, and is set only with NotFound.
	InstallHint string
	// Err is the system's error, such as exec.ErrNotFound, or nil.
	Err error
}

// Error returns one line: the plugin, its user, the problem and the remedy.
func (e *PluginError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "credential plugin %q", e.Command)
	if e.User != "" {
		fmt.Fprintf(&b, " of user %q", e.User)
	}
	b.WriteString(": " + text.OneLine(e.Problem))
	if e.InstallHint != "" {
		b.WriteString("; how to install it: " + text.Quote([]byte(e.InstallHint), maxHint))
	}
	return b.String()
}

// Unwrap returns Err.
func (e *PluginError) Unwrap() error { return e.Err }
