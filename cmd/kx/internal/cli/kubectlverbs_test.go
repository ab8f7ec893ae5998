package cli

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

func TestAVerbOfKubectlIsAnsweredWithTheCommandThatDoesIt(t *testing.T) {
	for verb, want := range map[string]string{
		"scale --replicas=3 deployment/web": `error: unknown command "scale" for "kx": use kx patch KIND NAME --subresource scale --type merge -p '{"spec":{"replicas":NUMBER}}'; see kx --help`,
		"edit pod a":                        `error: unknown command "edit" for "kx": use kx get KIND NAME -o yaml, then kx replace -f FILE; see kx --help`,
		"rollout status deployment/web":     `error: unknown command "rollout" for "kx": use kx wait KIND/NAME --for rollout; see kx --help`,
		"top":                               `error: unknown command "top" for "kx": use kx get pods.metrics.k8s.io; see kx --help`,
		"config edit":                       `error: unknown command "edit" for "kx config"; see kx config --help`,
	} {
		require.Equal(t, want, clitest.Execute(t.Context(), "", splitWords(verb)...).RequireError(t, 2))
	}
}

func TestTheCommandsInPlaceOfKubectlsExist(t *testing.T) {
	root := NewRoot(&command.Invocation{})
	verbs := slices.Sorted(maps.Keys(replacements))
	require.NotEmpty(t, verbs)
	for _, verb := range verbs {
		found, _, err := root.Find([]string{verb})
		require.NoError(t, err)
		require.Same(t, root, found, "kx has %s: leave out its replacement", verb)
		require.NotEmpty(t, replacements[verb])
		for _, line := range replacements[verb] {
			words := splitWords(line)
			require.Equal(t, "kx", words[0])
			cmd, rest, err := NewRoot(&command.Invocation{}).Find(words[1:])
			require.NoError(t, err, line)
			require.True(t, cmd.HasParent(), line)
			require.NoError(t, cmd.ParseFlags(rest), line)
		}
	}
}
