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

func TestALineWithASubcommandNeedsNoOther(t *testing.T) {
	flags := NewRoot(&command.Invocation{}).PersistentFlags()
	for line, want := range map[string]string{
		"get pods":                                "get",
		"exec get -- get":                         "exec",
		"auth check":                              "auth",
		"-n get exec pod":                         "exec",
		"-ndefault get pods":                      "get",
		"-n=default get pods":                     "get",
		"--namespace default get pods":            "get",
		"--namespace=default get pods":            "get",
		"-v 6 --insecure-skip-tls-verify version": "version",
		"-n get":          "",
		"--namespace get": "",
		"-n default":      "",
		"-n":              "",
		"-- get":          "",
		"--help":          "",
		"help get":        "",
		"__complete get":  "",
		"gte pods":        "",
		"":                "",
	} {
		t.Run(line, func(t *testing.T) {
			args := strings.Fields(line)
			needed := neededSubcommands(&command.Invocation{}, flags, args)
			if want == "" {
				require.Len(t, needed, len(subcommands))
				return
			}
			require.Len(t, needed, 1)
			require.Equal(t, want, needed[0].name)
			found, _, err := NewRoot(&command.Invocation{}).Find(args)
			require.NoError(t, err)
			for found.Parent().HasParent() {
				found = found.Parent()
			}
			require.Equal(t, want, found.Name())
		})
	}
}

func TestAPluginNeedsTheNamesOfAllSubcommands(t *testing.T) {
	k := &command.Invocation{Plugin: true}
	needed := neededSubcommands(k, NewRoot(k).PersistentFlags(), []string{"get", "pods"})
	require.Len(t, needed, len(subcommands))
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
