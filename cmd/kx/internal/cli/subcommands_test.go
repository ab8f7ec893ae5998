package cli

import (
	"math/rand/v2"
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
	k := &command.Invocation{}
	flags := NewRoot(k).PersistentFlags()
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
		"-o=json get pods":                        "get",
		"-n get":                                  "",
		"--namespace get":                         "",
		"-n default":                              "",
		"-n":                                      "",
		"-- get":                                  "",
		"--help get":                              "",
		"-h get pods":                             "",
		"-c debug logs pod":                       "",
		"--nosuch get exec x":                     "",
		"help get":                                "",
		"__complete get":                          "",
		"gte pods":                                "",
		"":                                        "",
	} {
		t.Run(line, func(t *testing.T) {
			needed := neededSubcommands(k, flags, strings.Fields(line))
			if want == "" {
				require.Len(t, needed, len(subcommands))
				return
			}
			require.Len(t, needed, 1)
			require.Equal(t, want, needed[0].name)
		})
	}
}

func TestTheOnlySubcommandOfALineIsTheOneThatCobraFinds(t *testing.T) {
	k := &command.Invocation{}
	root := NewRoot(k)
	words := strings.Fields("get exec debug logs auth nosuch help pod - -- -h --help -n -nx -n=x -c -o " +
		"-v -v6 -hn --namespace --namespace=x --container --nosuch --insecure-skip-tls-verify")
	random := rand.New(rand.NewPCG(1, 2))
	alone := 0
	for range 20_000 {
		line := make([]string, 1+random.IntN(5))
		for i := range line {
			line[i] = words[random.IntN(len(words))]
		}
		needed := neededSubcommands(k, root.PersistentFlags(), line)
		if len(needed) > 1 {
			continue
		}
		alone++
		found, _, err := root.Find(line)
		require.NoError(t, err, line)
		path := strings.Fields(found.CommandPath() + " kx")
		require.Equal(t, needed[0].name, path[1], line)
	}
	require.Greater(t, alone, 1000)
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
