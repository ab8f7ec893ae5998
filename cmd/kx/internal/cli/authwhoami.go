package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/jsonpath"
	"github.com/kx-k8s/kx/resources"
)

type whoAmICommand struct {
	*command.Invocation
	command.OutputFlags
}

func newAuthWhoAmI(k *command.Invocation) *cobra.Command {
	w := &whoAmICommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Print who you are to the server",
		Args:  command.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return w.run(cmd.Context()) },
	}
	w.OutputFlags.RegisterJSONPath(cmd, printer.FormatJSON, printer.FormatYAML)
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Print your name and groups", CommandLine: "kx auth whoami"},
			{Purpose: "Print them as JSON", CommandLine: "kx auth whoami -o json"},
			{Purpose: "Print the name alone",
				CommandLine: "kx auth whoami -o jsonpath='{.status.userInfo.username}'"},
			{Purpose: "Print those of a user that you impersonate",
				CommandLine: "kx auth whoami --as system:serviceaccount:default:default"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx auth check; docs/kx.md"},
		Background: `kx prints the name, the UID, the groups and the extra fields of the user that
the server sees. It needs Kubernetes 1.28 or newer.`,
	})
	return cmd
}

func (w *whoAmICommand) run(ctx context.Context) error {
	p, err := w.TemplatePrinter(w.Invocation, jsonpath.MissingIndex, false)
	if err != nil {
		return err
	}
	client, err := w.Connect()
	if err != nil {
		return err
	}
	user, err := auth.WhoAmI(ctx, client)
	if err != nil {
		return err
	}
	if p != nil {
		review, err := printer.Untyped(map[string]any{
			"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
			"status": map[string]any{"userInfo": user},
		})
		if err != nil {
			return err
		}
		return p.Print(resources.Kind{}, "", review)
	}
	rows := [][]string{{"ATTRIBUTE", "VALUE"}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{printer.OneLine(name), printer.OneLine(value)})
		}
	}
	add("Username", user.Username)
	add("UID", user.UID)
	if len(user.Groups) > 0 {
		add("Groups", bracketed(user.Groups))
	}
	for _, key := range slices.Sorted(maps.Keys(user.Extra)) {
		add("Extra: "+key, bracketed(user.Extra[key]))
	}
	return printer.WriteTable(w.Out, rows)
}

// bracketed returns a list as kubectl prints it.
func bracketed(words []string) string { return "[" + strings.Join(words, " ") + "]" }
