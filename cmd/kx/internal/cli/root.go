// Package cli is the kx command: its root, and a file for each verb.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/internal/similar"
)

// Main runs the command line of this process and returns the exit status.
func Main() int {
	log.SetOutput(io.Discard) // net/http would print what a server sends
	var t term.Terminal
	k := &command.Invocation{OwnsProcess: true, Streams: command.Streams{In: os.Stdin,
		Out: os.Stdout, Err: os.Stderr, Terminal: &t}}
	args := command.SetProgram(k, os.Args[0], os.Args[1:])
	return execute(command.Interruptible(&t), k, args)
}

// Run runs a command line and returns the exit status.
func Run(ctx context.Context, in io.Reader, out, err io.Writer, args []string) int {
	streams := command.Streams{In: in, Out: out, Err: err, Terminal: new(term.Terminal)}
	return execute(ctx, &command.Invocation{Streams: streams}, args)
}

func execute(ctx context.Context, k *command.Invocation, args []string) int {
	s := &k.Streams
	s.Terminal.AddStreams(s.Out, s.Err, s.In)
	width := term.Width(s.Out)
	out := &printer.Output{Writer: s.Out, IsTerminal: term.FileOf(s.Out) != nil}
	s.Out, s.Err = out, &term.MessageWriter{Writer: s.Err, Terminal: s.Terminal}
	k.FailureStatus, k.HelpWidth = command.ExitFailed, width
	root := rootFor(k, args)
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = out.Flush()
	}
	return command.Exit(ctx, k, cmd, err)
}

// NewRoot returns the command kx, with all its subcommands.
func NewRoot(k *command.Invocation) *cobra.Command { return rootFor(k, nil) }

// rootFor returns the command kx for a command line.
func rootFor(k *command.Invocation, args []string) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "kx",
		Short: "A lightweight Kubernetes client with kubectl's verbs and flags",
	})
	root.PersistentPreRun = func(cmd *cobra.Command, _ []string) {
		k.Started, k.Command = true, cmd
		if k.OwnsProcess {
			useOneProcessor(cmd)
		}
		if command.IsCompletion(cmd) { // a shell shows stderr in the line that the user edits
			k.Err = io.Discard
			root.SetErr(io.Discard)
		}
	}
	if k.Plugin {
		root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl kx"}
	}
	root.SilenceUsage, root.SilenceErrors = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	k.Connection.Register(root)
	command.MustRegister(root.RegisterFlagCompletionFunc("namespace",
		k.CompleteNamesOf("namespaces")))
	for _, s := range neededSubcommands(k, root.PersistentFlags(), args) {
		root.AddCommand(s.make(k))
	}
	root.SetHelpCommand(newHelp(k))
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		_ = command.WriteHelp(k, cmd.OutOrStdout(), cmd,
			k.HelpWidth)
	})
	root.SetFlagErrorFunc(flagError)
	k.SetHelp(root, command.Help{
		Examples: []command.Example{
			{Purpose: "List the pods of the namespace", CommandLine: "kx get pods"},
			{Purpose: "Open a shell beside a container that has none",
				CommandLine: "kx debug distroless -it --image kx.local/busybox:1 --target app"},
			{Purpose: "Check the connection and your permissions", CommandLine: "kx auth check"},
		},
		ExitStatus: command.DefaultExitStatus(command.Row{Name: "0-255",
			Text: "exec, attach, debug -i: the code of the remote program; 125 if kx failed"}),
		SeeAlso: []string{"kx COMMAND --help, kx help topics; docs/kx.md"},
		Background: `kx reads and changes the objects of a Kubernetes cluster with kubectl's verbs
and flags, and debugs running pods. "kx debug" adds an ephemeral container with tools of your choice
to a pod, and opens a shell there with -it.

kx uses the cluster that kubectl uses. It looks for a configuration in this order: the flag
--kubeconfig, the files of $KUBECONFIG, ~/.kube/config, the service account of the pod that kx runs
in. The global flags replace single fields of the configuration. With --server and --token kx needs
no file. "kx auth check" prints the result.

Results go to stdout, everything else to stderr.`,
	})
	return root
}

// group makes cmd a command with subcommands: alone it prints its help.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = requireSubcommand
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// flagError reports an unknown command rather than the unknown flag after it. To an unknown flag it
// adds the flags that it may be a misspelling of.
func flagError(cmd *cobra.Command, err error) error {
	words := cmd.Flags().Args()
	isGroup := cmd.HasSubCommands() && cmd.Args != nil
	if isGroup && len(words) > 0 {
		return requireSubcommand(cmd, words)
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) == 1 {
		return err // one letter is like any other
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	names = similar.To("--"+unknown.GetSpecifiedName(), names...)
	if len(names) > 0 {
		err = fmt.Errorf("%w: did you mean %s?", err, printer.JoinWords(names, "or"))
	}
	return err
}

// requireSubcommand refuses a word that is no subcommand.
func requireSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := command.Usagef("unknown command %q for %q", args[0], cmd.CommandPath())
	ours := replacement(args[0])
	if ours != "" && !cmd.HasParent() {
		return command.Usagef("%w: use %s", err, ours)
	}
	cmd.SuggestionsMinimumDistance = 2
	similar := cmd.SuggestionsFor(args[0])
	if len(similar) > 0 {
		err = command.Usagef("%w: did you mean %s?", err, printer.JoinWords(similar, "or"))
	}
	return err
}

func newHelp(k *command.Invocation) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "help [COMMAND | TOPIC]",
		Short: "Print the help of a command, or a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if found, err := writeTopic(k, args[0]); found {
					return err
				}
			}
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return command.Usagef("unknown command %q", strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Print the help of a command", CommandLine: "kx help debug"},
			{Purpose: "Print that of a subcommand", CommandLine: "kx help config view"},
			{Purpose: "Print the list of commands", CommandLine: "kx help"},
			{Purpose: "Print the variables that kx reads", CommandLine: "kx help environment"},
		},
		Tables:     []command.Table{{Heading: "TOPICS", Rows: topicRows()}},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx options; docs/kx.md"},
		Background: "`kx help COMMAND` prints what `kx COMMAND --help` prints. `kx help topics` " +
			"lists the topics.",
	})
	return cmd
}

func newOptions(k *command.Invocation) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "options",
		Short: "List the flags of every command",
		Args:  command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return command.WriteGlobalFlags(k, k.Out, cmd.Root(), k.HelpWidth)
		},
	}
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the global flags", CommandLine: "kx options"},
			{Purpose: "Use one of them", CommandLine: "kx get pods -n kube-system"},
			{Purpose: "Log the requests of a command", CommandLine: "kx get pods -v 6"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx help; docs/kx.md, docs/kubeconfig.md"},
		Background: "`kx options` lists the global flags. Each of them may stand anywhere before " +
			"`--`.",
	})
	return cmd
}
