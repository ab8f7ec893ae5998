package cli

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
)

func TestAProgramHasTimeToReplyBeforeEOFEndsItsSession(t *testing.T) {
	for name, test := range map[string]struct {
		container resources.ContainerOutline
		wait      time.Duration
		ended     bool
	}{
		"stdin that stays open":     {resources.ContainerOutline{Stdin: true}, command.ReplyTimeout, true},
		"stdin of the first client": {resources.ContainerOutline{Stdin: true, StdinOnce: true}, 0, false},
		"a terminal":                {resources.ContainerOutline{Stdin: true, StdinOnce: true, TTY: true}, command.ReplyTimeout, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := attachCommand{Session: command.Session{Invocation: new(command.Invocation), Stdin: true}}
				a.In = strings.NewReader("hello\n")
				begun := time.Now()
				text, err := io.ReadAll(a.remoteInput(t.Context(), &command.Container{ContainerOutline: &test.container}))
				require.NoError(t, err)
				require.Equal(t, "hello\n", string(text))
				require.Equal(t, test.wait, time.Since(begun))
				require.Equal(t, test.ended, a.stdinEnded.Load())
			})
		})
	}
}
