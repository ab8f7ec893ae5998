package cli

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
)

func TestACommandThatPassesNoStreamsUsesOneProcessor(t *testing.T) {
	t.Setenv("KUBECONFIG", os.DevNull)
	for _, test := range []struct {
		line, env string
		alone     bool // the process runs this command alone
		want      int
	}{
		{"version --client", "", true, 1},
		{"config view", "", true, 1},
		{"version --client", "3", true, 4},
		{"version --client", "", false, 4},
		{"record play no-such", "", true, 4},
		{"debug images", "", true, 4},
		{"logs", "", true, 4},
	} {
		t.Run(test.line+" "+test.env, func(t *testing.T) {
			t.Setenv("GOMAXPROCS", test.env)
			before := runtime.GOMAXPROCS(4)
			defer runtime.GOMAXPROCS(before)
			streams := command.Streams{In: new(bytes.Buffer), Out: io.Discard, Err: io.Discard,
				Terminal: new(term.Terminal)}
			k := &command.Invocation{Streams: streams, OwnsProcess: test.alone}
			execute(t.Context(), k, strings.Fields(test.line))
			require.Equal(t, test.want, runtime.GOMAXPROCS(0))
		})
	}
}

func TestTheCommandsThatPassStreamsAreThoseOfTheList(t *testing.T) {
	var found []string
	root := NewRoot(&command.Invocation{})
	for _, cmd := range root.Commands() {
		if passesStreams(cmd) {
			found = append(found, cmd.Name())
		}
		for _, part := range cmd.Commands() {
			require.Equal(t, passesStreams(cmd), passesStreams(part), part.CommandPath())
		}
	}
	require.Equal(t, strings.Fields("attach cp debug exec image logs port-forward record"), found)
	require.False(t, passesStreams(root))
}
