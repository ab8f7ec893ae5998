package transport

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
)

// WithAllowedExecPlugins has only these programs run as credential plugins; New refuses a Config that needs another with an *ExecPluginError.
// Each is a path or a name that is looked up in PATH. So is the plugin's command, and both must come to the same path (exec.LookPath; symbolic links
// are not followed), as with the Allowlist of kubectl's credentialPluginPolicy (KEP-3104). Without any command no plugin may run.
//
// Without this option every plugin may run, as with kubectl and client-go: whoever writes the kubeconfig then chooses a program that runs as you.
// That is no way to use one of unknown origin.
func WithAllowedExecPlugins(commands ...string) Option {
	return func(s *settings) { s.execRestricted, s.execAllowed = true, slices.Clone(commands) }
}

// WithExecStreams gives credential plugins a standard input and a standard error. Without it they have no input, and write to os.Stderr.
//
// Give stdin when it is a terminal that nothing else reads, as plugins are then told that they may ask (interactive); nil is none.
// Other readers than an *os.File are read ahead of the plugin, and until a Read that waits returns. A nil stderr is thrown away.
func WithExecStreams(stdin io.Reader, stderr io.Writer) Option {
	return func(s *settings) { s.execStdin, s.execStderr = stdin, stderr }
}

// allowed gives the plugin's path when that is also the path of one of commands.
func (p *execPlugin) allowed(commands []string) (string, error) {
	if len(commands) == 0 {
		return "", p.failed("NotAllowed", "credential plugins may not run here; use a user with a token or a client certificate", nil)
	}
	found, err := p.find()
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(found)
	if err != nil {
		return "", p.failed("Failed", "its path cannot be told: "+err.Error(), err)
	}
	for _, command := range commands {
		if found, err := exec.LookPath(command); err == nil {
			if other, err := filepath.Abs(found); err == nil && other == path {
				return path, nil
			}
		}
	}
	return "", p.failed("NotAllowed", fmt.Sprintf("it is none of the plugins that may run here; allow %s if you trust it", path), nil)
}
