package cli

import (
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

func newAuth(k *command.Invocation) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "auth",
		Short: "Ask the server who you are and what you may do",
	})
	cmd.AddCommand(newAuthCheck(k), newAuthWhoAmI(k), newAuthCanI(k))
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Check the connection, the credential and your permissions",
				CommandLine: "kx auth check"},
			{Purpose: "Print who you are to the server", CommandLine: "kx auth whoami"},
			{Purpose: "Ask for one permission", CommandLine: "kx auth can-i get pods"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"docs/kx.md"},
		Background: `These commands ask the server who the user is, and what the user may do. They
change nothing.`,
	})
	return cmd
}
