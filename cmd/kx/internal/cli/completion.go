package cli

import (
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
)

func newCompletion(k *command.Invocation) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a completion script for a shell",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return command.Usagef("give one shell: %s", printer.JoinWords(shells, "or"))
			}
			return nil
		},
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if k.Plugin {
				return command.Usagef("kubectl completes kx by the program %s: link it to %s, "+
					"in a folder of $PATH", command.CompletionProgram, command.PluginProgram)
			}
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(k.Out, true)
			case "zsh":
				return root.GenZshCompletion(k.Out)
			case "fish":
				return root.GenFishCompletion(k.Out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(k.Out)
			}
			return command.Usagef("unknown shell %q: give one of %s", args[0],
				printer.JoinWords(shells, "and"))
		},
	}
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Load it in bash", CommandLine: "source <(kx completion bash)"},
			{Purpose: "Install it for zsh", CommandLine: `kx completion zsh > "${fpath[1]}/_kx"`},
			{Purpose: "Load it in fish", CommandLine: "kx completion fish | source"},
			{Purpose: "Load it in PowerShell",
				CommandLine: "kx completion powershell | Out-String | Invoke-Expression"},
			{Purpose: "Let kubectl complete kubectl kx, in every shell",
				CommandLine: `ln -s "$(command -v kubectl-kx)" ~/bin/kubectl_complete-kx`},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"docs/kx.md"},
		Background: `kx prints a script with which a shell completes commands and flags. From the
cluster it completes kinds and their short names, objects, namespaces, containers and the ports of
port-forward. Contexts, clusters and users come from the kubeconfig. Load the script in the start-up
file of the shell, as in the examples. bash also needs the package bash-completion.

The shell waits 300 milliseconds for the cluster at most, also for a credential plugin. After that,
and after any error, nothing is completed and nothing is printed. KX_COMPLETION_TIMEOUT sets another
limit, such as 2s for a far cluster; 0 asks no cluster. A plugin gets no input. Names that a shell
would not read as they are, such as those with spaces, are left out.

As a plugin, kx is called kubectl-kx, and its help and hints say "kubectl kx". kubectl completes a
plugin by a program kubectl_complete-kx, in each shell. A link of that name to kx is such a
program.`,
	})
	return cmd
}
