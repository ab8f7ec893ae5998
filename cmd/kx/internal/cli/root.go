package cli

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// streams are where a command reads and writes: results go to out, everything else to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
	terminal *terminal
}

// kx is one run of the program.
type kx struct {
	streams
	connection connectionFlags
	// started is true once a command's own work has begun: what fails before is wrong usage. command is the one.
	started bool
	command *cobra.Command
	// hints are those that were given.
	hints []string
	// failed is the exit status of a failure.
	failed int
}

// run executes the command line and gives the exit status.
func run(ctx context.Context, s streams, args []string) int {
	if s.terminal == nil {
		s.terminal = new(terminal)
	}
	s.terminal.use(s.out, s.err, s.in)
	s.out, s.err = &output{s.out}, &messages{Writer: s.err, terminal: s.terminal}
	k := &kx{streams: s, failed: exitFailed}
	root := newRoot(k)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	cmd, err := root.ExecuteContextC(ctx)
	return k.exit(ctx, cmd, err)
}

func newRoot(k *kx) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "kx",
		Short: "A lightweight Kubernetes client with kubectl's verbs and flags",
		Long: `kx reads and changes what a Kubernetes cluster holds, with kubectl's verbs and flags, and debugs running pods:
"kx debug" puts an ephemeral container with the tools of your choice beside a container that has none, and with -it gives you a shell there.

The cluster is the one that kubectl would use: --kubeconfig, then the files that $KUBECONFIG lists, then ~/.kube/config, then the pod's service account.
Flags replace single fields of what is found there, and --server with --token needs no file. "kx auth check" shows what comes of it.
Results go to stdout, everything else to stderr.

` + exitStatus + `
Of exec, attach and debug -i it is that of the remote program, and 125 stands for a failure of kx.`,
		PersistentPreRun: func(cmd *cobra.Command, _ []string) { k.started, k.command = true, cmd },
	})
	root.SilenceUsage, root.SilenceErrors = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	k.connection.register(root)
	root.AddCommand(
		newGet(k), newCreate(k), newReplace(k), newPatch(k), newDelete(k), newDebug(k), newExec(k), newAttach(k), newCp(k), newPortForward(k),
		newAuth(k), newVersion(k), newConfig(k), newCompletion(k),
	)
	root.SetHelpCommand(newHelp())
	return root
}

// group makes cmd print its help when it is called alone, and refuse what is none of its commands.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = aCommand
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// aCommand refuses a word that is no command.
func aCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := usagef("unknown command %q for %q", args[0], cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	similar := cmd.SuggestionsFor(args[0])
	if len(similar) > 0 {
		err = usagef("%w: did you mean %s?", err, list(similar, "or"))
	}
	return err
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		Long:  "help prints what a command does, its flags and examples, as COMMAND --help does.\n\n" + exitStatus,
		Example: `  kx help debug
  kx help config view`,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q to help with", strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}
