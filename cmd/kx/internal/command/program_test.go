package command

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestKxKnowsTheProgramThatItIsCalledBy(t *testing.T) {
	for path, want := range map[string]struct {
		isPlugin bool
		args     []string
	}{
		"kx":                           {false, []string{"get", "p"}},
		"/usr/bin/kx":                  {false, []string{"get", "p"}},
		"":                             {false, []string{"get", "p"}},
		"/root/.krew/bin/kubectl-kx":   {true, []string{"get", "p"}},
		`C:\krew\bin\kubectl-kx.exe`:   {true, []string{"get", "p"}},
		"/opt/kubectl-kx/kx":           {false, []string{"get", "p"}},
		"kubectl-kx2":                  {false, []string{"get", "p"}},
		"/usr/bin/kubectl_complete-kx": {false, []string{"__complete", "get", "p"}},
	} {
		k := &Invocation{}
		require.Equal(t, want.args, SetProgram(k, path, []string{"get", "p"}), path)
		require.Equal(t, want.isPlugin, k.Plugin, path)
	}
}

func TestOnlyCommandLinesBeginWithKubectl(t *testing.T) {
	k := &Invocation{Plugin: true}
	root, debug := &cobra.Command{Use: "kx"}, &cobra.Command{Use: "debug POD"}
	root.AddCommand(debug)
	k.SetHelp(root, Help{})
	k.SetHelp(debug, Help{})
	for text, want := range map[string]string{
		`run "kx debug x"`:                  `run "kubectl kx debug x"`,
		"kx debug x | kx debug y":           "kubectl kx debug x | kubectl kx debug y",
		"source <(kx debug)":                "source <(kubectl kx debug)",
		"see kubectl kx debug --help":       "see kubectl kx debug --help",
		"kx debugs it":                      "kx debugs it",
		"kx failed":                         "kx failed",
		"/opt/kx debug":                     "/opt/kx debug",
		"the manager kx owns .spec":         "the manager kx owns .spec",
		"pod kx-0 runs, and kx options":     "pod kx-0 runs, and kubectl kx options",
		"\n  kx COMMAND --help; docs/kx.md": "\n  kubectl kx COMMAND --help; docs/kx.md",
	} {
		require.Equal(t, want, AsTyped(k, text))
		require.Equal(t, text, AsTyped(&Invocation{}, text))
	}
}
