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

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

var update = flag.Bool("update", false, "write docs/kx.md")

const (
	reference     = "../../../../docs/kx.md"
	updateCommand = "go test ./cmd/kx/internal/cli -run Reference -update"
)

func TestTheReferenceInDocsMatchesTheCommands(t *testing.T) {
	k := &command.Invocation{}
	want := referenceOf(k, NewRoot(k))
	if *update {
		require.NoError(t, os.WriteFile(reference, []byte(want), 0o644))
	}
	got, err := os.ReadFile(reference)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "to update the page: "+updateCommand)
}

// referenceOf returns a page in Markdown with a section for each command.
func referenceOf(k *command.Invocation, root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("<!-- Generated from the help: " + updateCommand + " -->\n\n# The kx command\n\n")
	writeSection(&b, k, root)
	return b.String()
}

func writeSection(b *strings.Builder, k *command.Invocation, cmd *cobra.Command) {
	h := command.HelpOf(k, cmd)
	fmt.Fprintf(b, "## %s\n\n%s.\n\n```\n%s\n```\n\n%s\n\n", cmd.CommandPath(), cmd.Short, command.UsageLine(cmd), h.Background)
	fmt.Fprintf(b, "```sh\n%s\n```\n\n", unindent(cmd.Example))
	for _, t := range h.Tables {
		writeTable(b, t.Heading[:1]+strings.ToLower(t.Heading[1:])+" | Meaning", t.Rows)
	}
	flags := cmd.LocalNonPersistentFlags()
	if !cmd.HasParent() {
		b.WriteString("Every command has these flags:\n\n")
		flags = cmd.PersistentFlags()
	}
	var rows []command.Row
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !f.Hidden {
			row := command.FlagRow(f)
			rows = append(rows, command.Row{Name: "`" + row.Name + "`", Text: row.Text})
		}
	})
	writeTable(b, "Flag | Meaning", rows)
	writeTable(b, "Exit status | Meaning", h.ExitStatus)
	for _, sub := range cmd.Commands() {
		writeSection(b, k, sub)
	}
}

func writeTable(b *strings.Builder, heading string, rows []command.Row) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "| %s |\n|---|---|\n", heading)
	for _, r := range rows {
		fmt.Fprintf(b, "| %s | %s |\n", strings.ReplaceAll(r.Name, "|", `\|`), strings.ReplaceAll(r.Text, "|", `\|`))
	}
	b.WriteString("\n")
}

func unindent(example string) string {
	return strings.ReplaceAll(strings.TrimPrefix(example, "  "), "\n  ", "\n")
}
