package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

func TestEachSubcommandIsMadeByItsName(t *testing.T) {
	for _, s := range subcommands {
		cmd := s.make(&command.Invocation{})
		require.Equal(t, s.name, cmd.Name())
		require.Empty(t, cmd.Aliases, "a line that begins with an alias would make all subcommands")
	}
}

func TestALineThatBeginsWithASubcommandNeedsNoOther(t *testing.T) {
	for line, want := range map[string]string{
		"get pods":        "get",
		"exec get -- get": "exec",
		"auth check":      "auth",
		"-n get exec pod": "",
		"help get":        "",
		"__complete get":  "",
		"gte pods":        "",
		"":                "",
	} {
		t.Run(line, func(t *testing.T) {
			needed := neededSubcommands(&command.Invocation{}, strings.Fields(line))
			if want == "" {
				require.Len(t, needed, len(subcommands))
				return
			}
			require.Len(t, needed, 1)
			require.Equal(t, want, needed[0].name)
		})
	}
}

func TestAPluginNeedsTheNamesOfAllSubcommands(t *testing.T) {
	k := &command.Invocation{Plugin: true}
	require.Len(t, neededSubcommands(k, []string{"get", "pods"}), len(subcommands))
}

func TestTheHelpOfASubcommandIsTheSameWithoutTheOthers(t *testing.T) {
	for _, s := range subcommands {
		var help [2]strings.Builder
		for i, args := range [][]string{{s.name, "--help"}, {"help", s.name}} {
			require.Zero(t, Run(t.Context(), strings.NewReader(""), &help[i], &help[i], args))
		}
		require.NotEmpty(t, help[0].String())
		require.Equal(t, help[1].String(), help[0].String(), s.name)
	}
}
