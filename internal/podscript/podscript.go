// Package podscript runs small shell scripts in the containers of a pod and returns what they
// print.
package podscript

import (
	"context"
	"errors"
	"strings"

	"github.com/kx-k8s/kx/internal/printable"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// Run runs script with sh in a container and returns its stdout without the last newline.
//
// args are the script's $1, $2 and so on; stdin is what the script reads. If the script exits
// with a code below 126, the error is what it wrote to stderr, with control characters escaped.
// For higher codes, which mean that no program ran, the error is a *subresource.ExitError.
func Run(ctx context.Context, pods *resources.API[resources.PodOutline], pod, container, stdin,
	script string, args ...string) (string, error) {
	o := subresource.ExecOptions{
		Container: container,
		Command:   append([]string{"sh", "-c", script, "sh"}, args...),
	}
	if stdin != "" {
		o.Stdin = strings.NewReader(stdin)
	}
	res, err := subresource.Exec(pods).Run(ctx, pod, o)
	if err != nil {
		return "", err
	}
	stderr := printable.Text(strings.TrimSpace(string(res.Stderr)))
	switch {
	case res.ExitCode == 0:
		return strings.TrimSuffix(string(res.Stdout), "\n"), nil
	case res.ExitCode < 126:
		return "", errors.New(stderr)
	}
	return "", &subresource.ExitError{What: stderr, Code: res.ExitCode}
}

// ProgramMissing reports whether err means that the container does not have the program.
//
// Some runtimes refuse to start the process, and say why. Others start a process that fails with
// the exit codes of a shell, 126 or 127.
func ProgramMissing(err error) bool {
	var exit *subresource.ExitError
	if errors.As(err, &exit) {
		return exit.Code == 126 || exit.Code == 127
	}
	var failed *subresource.CommandError
	return errors.As(err, &failed) && failed.Code == 127
}
