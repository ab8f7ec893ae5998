package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/kx.md anew")

const reference = "../../../../docs/kx.md"

func TestTheReferenceInDocsIsThatOfTheCommands(t *testing.T) {
	want := referenceOf(newRoot(&kx{}))
	if *update {
		require.NoError(t, os.MkdirAll("../../../../docs", 0o755))
		require.NoError(t, os.WriteFile(reference, []byte(want), 0o644))
	}
	got, err := os.ReadFile(reference)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "write it anew: go test ./cmd/kx/internal/cli -run Reference -update")
}

// referenceOf is a page in Markdown with a section for each command.
func referenceOf(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("<!-- Made from the commands' own help by go test ./cmd/kx/internal/cli -run Reference -update -->\n\n# The kx command\n\n")
	section(&b, root)
	return b.String()
}

func section(b *strings.Builder, cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	fmt.Fprintf(b, "## %s\n\n%s.\n\n```\n%s\n```\n\n", cmd.CommandPath(), cmd.Short, cmd.UseLine())
	fmt.Fprintf(b, "%s\n\n", cmd.Long)
	if cmd.Example != "" {
		fmt.Fprintf(b, "```sh\n%s\n```\n\n", unindent(cmd.Example))
	}
	if !cmd.HasParent() {
		b.WriteString("These flags go with every command:\n\n")
	}
	flags(b, cmd.NonInheritedFlags())
	for _, sub := range cmd.Commands() {
		section(b, sub)
	}
}

func unindent(example string) string {
	return strings.ReplaceAll(strings.TrimPrefix(example, "  "), "\n  ", "\n")
}

func flags(b *strings.Builder, set *pflag.FlagSet) {
	heading := "| Flag | Default | Meaning |\n|---|---|---|\n"
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		b.WriteString(heading)
		heading = ""
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		standard := f.DefValue
		if standard == "[]" {
			standard = ""
		}
		if standard != "" {
			standard = "`" + standard + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", strings.ReplaceAll(name, "|", `\|`), standard, strings.ReplaceAll(usage, "|", `\|`))
	})
	if heading == "" {
		b.WriteString("\n")
	}
}

func TestEveryCommandSaysWhatItDoesAndShowsHow(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		stays := cmd.Name() == "exec" || cmd.Name() == "attach"
		if stays {
			require.Contains(t, cmd.Long, sessionStatus, cmd.CommandPath())
		} else {
			require.Contains(t, cmd.Long, exitStatus, cmd.CommandPath())
		}
		if cmd.HasParent() {
			require.Contains(t, cmd.Example, "  kx "+strings.TrimPrefix(cmd.CommandPath(), "kx "), cmd.CommandPath())
		}
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			require.True(t, f.Hidden || f.Usage != "", "%s --%s", cmd.CommandPath(), f.Name)
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(&kx{}))
}
