package subresource_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestAProgramThatCannotBeStartedIsACommandError(t *testing.T) {
	server := podThat(t, "Always", "sleep 3600")
	exec := subresource.Exec(podsOf(t, server))
	require.Eventually(t, func() bool {
		_, err := exec.Run(t.Context(), "web-0", subresource.ExecOptions{Command: []string{"true"}})
		return err == nil
	}, logWait, time.Millisecond)
	for name, test := range map[string]struct {
		container, program, want string
		code                     int
	}{
		"a program that is not there":   {"", "nosuch", "exec in pod web-0: nosuch is not in the container's image", 127},
		"a path that is not there":      {"app", "/no/such", "exec in pod web-0: /no/such is not in container app's image", 127},
		"a file that is not executable": {"app", "/etc/passwd", "exec in pod web-0: /etc/passwd is not executable in container app: permission denied", 126},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := exec.Run(t.Context(), "web-0", subresource.ExecOptions{Container: test.container, Command: []string{test.program, "-x"}})
			require.EqualError(t, err, test.want)
			var failed *subresource.CommandError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, test.code, failed.Code)
			require.Equal(t, test.container, failed.Container)
			require.ErrorAs(t, err, new(*transport.StatusError))
			require.False(t, errors.As(err, new(*subresource.ExitError)))
		})
	}
}

func TestAnExecThatFailsForAnotherReasonIsNoCommandError(t *testing.T) {
	server := kxtest.Start(t)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"x"}]}}`)
	require.NoError(t, err)
	_, err = subresource.Exec(podsOf(t, server)).Run(t.Context(), "web-0", subresource.ExecOptions{Command: []string{"nosuch"}})
	require.Error(t, err)
	require.False(t, errors.As(err, new(*subresource.CommandError)))
}
