package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

func TestAManPageHasTheSectionsOfTheHelp(t *testing.T) {
	k := &command.Invocation{}
	root := &cobra.Command{Use: "kx", Short: "A client"}
	sub := &cobra.Command{Use: "stop POD [flags]", Short: "End it", Run: func(*cobra.Command, []string) {}}
	sub.Flags().BoolP("all", "a", false, "all of them")
	root.AddCommand(sub)
	root.PersistentFlags().String("context", "", "`NAME` of the context")
	k.SetHelp(sub, command.Help{
		Examples:   []command.Example{{Purpose: "End one", CommandLine: `kx stop 'x'`}, {Purpose: "All", CommandLine: ".x"}},
		Tables:     []command.Table{{Heading: "TARGETS", Rows: []command.Row{{Name: "POD", Text: "that pod"}}}},
		ExitStatus: []command.Row{{Name: "0", Text: "done"}},
		SeeAlso:    []string{"kx options"},
		Background: "It ends\n`a`.\n\n### More\n\n| Rule | Meaning |\n|---|---|\n| `a` | b |",
	})
	all := pages(k, root, "v1.2.3", "2026-11-30")
	require.Len(t, all, 2)
	require.Equal(t, "kx.1", all[0].name)
	require.Contains(t, all[0].text.String(), ".SH \"OPTIONS OF EVERY COMMAND\"\n.TP\n\\fB\\-\\-context NAME\\fP\nNAME of the context\n")
	require.Contains(t, all[0].text.String(), ".SH \"COMMANDS\"\n.TP\n\\fBkx\\-stop(1)\\fP\nEnd it\n")
	require.Equal(t, "kx-stop.1", all[1].name)
	require.Equal(t, `.TH "KX-STOP" "1" "2026-11-30" "kx v1.2.3" "kx"
.SH "NAME"
kx-stop \- end it
.SH "SYNOPSIS"
kx stop POD [flags]
.SH "DESCRIPTION"
It ends
a.
.SS "More"
.TP
\fBa\fP
b
.SH "TARGETS"
.TP
\fBPOD\fP
that pod
.SH "OPTIONS"
.TP
\fB\-a, \-\-all\fP
all of them
.SH "EXIT STATUS"
.TP
\fB0\fP
done
.SH "EXAMPLES"
End one:
.PP
.RS "4"
.nf
kx stop \(aqx\(aq
.fi
.RE
.PP
All:
.PP
.RS "4"
.nf
\&.x
.fi
.RE
.SH "SEE ALSO"
kx options
`, all[1].text.String())
}

func TestMandocFindsNoFaultInTheManPages(t *testing.T) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("there is no mandoc here, which checks the man pages")
	}
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, write(folder, "v1.2.3", "2026-11-30"))
	files, err := filepath.Glob(filepath.Join(folder, "man", "*.1"))
	require.NoError(t, err)
	require.Greater(t, len(files), 20)
	output, err := exec.CommandContext(t.Context(), mandoc, append([]string{"-T", "lint", "-W", "warning"}, files...)...).CombinedOutput()
	require.NoError(t, err, "%s", output)
}

func TestEachShellHasItsCompletionScript(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, write(folder, "v1.2.3", "2026-11-30"))
	for file, want := range map[string]string{
		"kx.bash": "__start_kx", "_kx": "#compdef kx", "kx.fish": "complete -c kx", "kx.ps1": "Register-ArgumentCompleter",
	} {
		script, err := os.ReadFile(filepath.Join(folder, "completions", file))
		require.NoError(t, err)
		require.Contains(t, string(script), want)
	}
}
