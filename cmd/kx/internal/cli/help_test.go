package cli

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

// forEachCommand runs a subtest for each command of kx.
func forEachCommand(t *testing.T, test func(*testing.T, *command.Invocation, *cobra.Command)) {
	k := &command.Invocation{}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		t.Run(cmd.CommandPath(), func(t *testing.T) { test(t, k, cmd) })
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(NewRoot(k))
}

// helpLines returns the lines of a command's help.
func helpLines(t *testing.T, k *command.Invocation, cmd *cobra.Command, width int) []string {
	var b bytes.Buffer
	require.NoError(t, command.WriteHelp(k, &b, cmd, width))
	return clitest.Lines(b.String())
}

func TestTheHelpOfEachCommandHasOneOrder(t *testing.T) {
	heading := regexp.MustCompile(`^[A-Z][A-Z ]+$`)
	order := []string{"USAGE", "EXAMPLES", "COMMANDS", "table", "FLAGS", "GLOBAL FLAGS", "EXIT STATUS", "SEE ALSO"}
	forEachCommand(t, func(t *testing.T, k *command.Invocation, cmd *cobra.Command) {
		var tables, headings []string
		for _, table := range command.HelpOf(k, cmd).Tables {
			tables = append(tables, table.Heading)
		}
		lines := helpLines(t, k, cmd, 80)
		require.Equal(t, cmd.Short, lines[0])
		at := -1
		for _, line := range lines {
			if !heading.MatchString(line) {
				continue
			}
			headings = append(headings, line)
			place := slices.Index(order, line)
			if slices.Contains(tables, line) {
				place = slices.Index(order, "table")
			}
			require.GreaterOrEqual(t, place, at, "%s is out of order in %v", line, headings)
			at = place
		}
		for _, required := range []string{"USAGE", "EXAMPLES", "GLOBAL FLAGS", "EXIT STATUS", "SEE ALSO"} {
			require.Contains(t, headings, required)
		}
	})
}

func TestTheHelpFitsATerminal(t *testing.T) {
	forEachCommand(t, func(t *testing.T, k *command.Invocation, cmd *cobra.Command) {
		lines := helpLines(t, k, cmd, 80)
		for _, line := range lines {
			require.LessOrEqual(t, len([]rune(line)), 80, line)
		}
		require.LessOrEqual(t, len(lines), 80, "two screens of 40 lines")
	})
}

func TestTheHelpIsWrappedToTheTerminalsWidth(t *testing.T) {
	forEachCommand(t, func(t *testing.T, k *command.Invocation, cmd *cobra.Command) {
		wide, narrow := helpLines(t, k, cmd, 200), helpLines(t, k, cmd, 60)
		require.LessOrEqual(t, len(wide), len(narrow))
		require.Equal(t, strings.Fields(strings.Join(wide, " ")), strings.Fields(strings.Join(narrow, " ")), "only the line ends differ")
	})
}

func TestEachCommandHasThreeToSixExamples(t *testing.T) {
	forEachCommand(t, func(t *testing.T, k *command.Invocation, cmd *cobra.Command) {
		examples := command.HelpOf(k, cmd).Examples
		require.GreaterOrEqual(t, len(examples), 3)
		require.LessOrEqual(t, len(examples), 6)
		names := false
		for _, e := range examples {
			require.NotEmpty(t, e.Purpose)
			require.False(t, strings.HasSuffix(e.Purpose, "."), "no sentence: %s", e.Purpose)
			names = names || strings.Contains(e.CommandLine, cmd.CommandPath())
		}
		require.True(t, names, "an example shows the command")
		require.NotEmpty(t, command.HelpOf(k, cmd).Background)
	})
}

func TestEachFlagHasOneShortLine(t *testing.T) {
	forEachCommand(t, func(t *testing.T, k *command.Invocation, cmd *cobra.Command) {
		set := cmd.LocalNonPersistentFlags()
		if !cmd.HasParent() {
			set = cmd.PersistentFlags()
		}
		grouped := map[string]int{}
		for _, group := range command.HelpOf(k, cmd).FlagGroups {
			for _, name := range group.Flags {
				require.NotNil(t, set.Lookup(name), "--%s of a group", name)
				grouped[name]++
			}
		}
		for _, group := range command.HelpOf(k, cmd).FlagGroups {
			if group.With != "" {
				require.NoError(t, set.Set(group.With, "x"))
			}
		}
		page := "\n" + strings.Join(helpLines(t, k, cmd, 80), "\n") + "\n"
		set.VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" || f.Hidden {
				return
			}
			typ, text := pflag.UnquoteUsage(f)
			require.NotEmpty(t, text, "--%s", f.Name)
			require.LessOrEqual(t, len(typ), 12, "the type of --%s", f.Name)
			require.NotContains(t, text, ". ", "--%s has no sentences", f.Name)
			if len(grouped) > 0 {
				require.Equal(t, 1, grouped[f.Name], "groups of --%s", f.Name)
			}
			if cmd.HasParent() {
				row := command.FlagRow(f)
				require.Regexp(t, `\n +`+regexp.QuoteMeta(row.Name)+` +`+regexp.QuoteMeta(row.Text)+`\n`, page, "--%s stands in one line", f.Name)
			}
		})
	})
}

func TestOptionsListsEveryGlobalFlag(t *testing.T) {
	out := clitest.Execute(t.Context(), "", "options").Out
	NewRoot(&command.Invocation{}).PersistentFlags().VisitAll(func(f *pflag.Flag) {
		require.Regexp(t, `(?m)^ +(-., )?--?`+regexp.QuoteMeta(f.Name)+`\b`, out)
	})
	for _, line := range clitest.Lines(out) {
		require.LessOrEqual(t, len([]rune(line)), 80, line)
	}
	require.NotContains(t, clitest.Execute(t.Context(), "", "get", "--help").Out, "--as-group")
}
