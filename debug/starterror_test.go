package debug_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
)

func TestAStartErrorSaysThatTheCommandCannotBeStarted(t *testing.T) {
	for name, test := range map[string]struct {
		reason, message, want string
		code                  int
	}{
		"runc": {"RunContainerError", `runc create failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown`,
			"container tools of pod web does not run: RunContainerError: nosuch is not in container tools's image", 127},
		"crun": {"CreateContainerError", "container create failed: open executable: Operation not permitted",
			"container tools of pod web does not run: CreateContainerError: its command is not executable: Operation not permitted", 126},
		"another reason": {"RunContainerError", "no space left", "container tools of pod web does not run: RunContainerError: no space left; check that the image has the command", 0},
	} {
		t.Run(name, func(t *testing.T) {
			err := &debug.StartError{Pod: "web", Container: "tools", Reason: test.reason, Message: test.message}
			require.EqualError(t, err, test.want)
			require.Equal(t, test.code, err.CommandCode())
		})
	}
}

func TestATimeoutNamesATargetThatDoesNotRun(t *testing.T) {
	const waits = "the target does not run, and the container starts only with the target"
	for message, named := range map[string]bool{
		`unable to find target container "app"`:          true,
		`invalid target container "app" in state EXITED`: true,
		"not within 5s, still ContainerCreating":         false,
	} {
		err := &debug.StartError{Pod: "web", Container: "tools", Reason: "Timeout", Message: message}
		if named {
			require.ErrorContains(t, err, waits)
		} else {
			require.NotContains(t, err.Error(), waits)
		}
	}
}
