package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

type logsCommand struct {
	*command.Invocation
	container     command.ContainerFlags
	options       subresource.LogOptions
	selector      string
	allContainers bool
	allPods       bool
	ignoreErrors  bool
	prefix, raw   bool
	color         command.Choice
	maxRequests   int
	since         command.DurationFlag
	sinceTime     string
	tail          int64
	grep          string

	target  command.PodTarget
	printer *logPrinter
	failed  bool // an error was printed
}

// selectorTail is the default of --tail for the pods of a selector.
const selectorTail = 10

func newLogs(k *command.Invocation) *cobra.Command {
	l := &logsCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "logs POD|KIND/NAME|-l SELECTOR [-c CONTAINER]",
		Short: "Print the logs of containers",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := l.parse(cmd.Context(), args); err != nil {
				return err
			}
			return l.logs(cmd.Context())
		},
	}
	l.container.RegisterForLogs(k, cmd)
	cmd.ValidArgsFunction = l.complete
	f, o := cmd.Flags(), &l.options
	command.RegisterLabelSelector(cmd, &l.selector, "`SELECTOR` of labels, such as app=web")
	f.BoolVar(&l.allContainers, "all-containers", false, "print every container of the pod")
	f.BoolVar(&l.allPods, "all-pods", false, "print every pod of KIND/NAME, with prefixes")
	f.BoolVarP(&o.Follow, "follow", "f", false, "print later lines too")
	f.BoolVarP(&o.Previous, "previous", "p", false, "print the run before the last restart")
	f.Var(&l.since, "since", "print no older lines, such as 5m")
	f.StringVar(&l.sinceTime, "since-time", "", "print no lines before `TIME` (RFC 3339)")
	f.Int64Var(&l.tail, "tail", -1, "`LINES` before the end; -1: all, with -l 10")
	f.Int64Var(&o.LimitBytes, "limit-bytes", 0, "print at most `BYTES` of each log")
	f.StringVar(&l.grep, "grep", "", "print only lines that match `REGEXP`")
	f.BoolVar(&l.prefix, "prefix", false, "print pod and container before each line")
	f.BoolVar(&o.Timestamps, "timestamps", false, "print the time before each line")
	f.BoolVar(&l.raw, "raw", false, "print escape sequences to a terminal too")
	f.IntVar(&l.maxRequests, "max-log-requests", 5, "`NUMBER` of logs to follow")
	l.color = command.NewChoice("auto", "auto", "always", "never")
	command.AddChoice(cmd, &l.color, "color", "", "colours")
	command.RegisterQuiet(l.Invocation, cmd, "print only logs and errors")
	f.BoolVar(&l.ignoreErrors, "ignore-errors", false, "exit with 0 if a log cannot be read")
	f.BoolVar(&o.InsecureSkipTLSVerifyBackend, "insecure-skip-tls-verify-backend", false,
		"skip the node's TLS check (unsafe)")
	k.SetHelp(cmd, logsHelp)
	return cmd
}

var logsHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Print the log of a container", CommandLine: "kx logs shell -c main --tail 20"},
		{Purpose: "Print the errors of the last hour, with their times",
			CommandLine: "kx logs shell -c main --since 1h --grep '(?i)error' --timestamps"},
		{Purpose: "Print every container of a pod, with prefixes",
			CommandLine: "kx logs shell --all-containers --prefix"},
		{Purpose: "Print one pod of a workload", CommandLine: "kx logs deployment/web"},
		{Purpose: "Print all pods of a workload",
			CommandLine: "kx logs deployment/web --all-pods"},
		{Purpose: "Print the pods with a label", CommandLine: "kx logs -l app=web --tail 5"},
	},
	Tables: []command.Table{{Heading: "TARGETS", Rows: command.PodTargetRows}},
	FlagGroups: []command.FlagGroup{
		{Heading: "Containers", Flags: []string{"container", "all-containers", "all-pods",
			"selector", "all-namespaces", "previous"}},
		{Heading: "Lines", Flags: []string{"since", "since-time", "tail", "limit-bytes", "grep"}},
		{Heading: "Output", Flags: []string{"prefix", "timestamps", "raw", "color", "quiet"}},
		{Heading: "Follow", Flags: []string{"follow", "pod-running-timeout", "max-log-requests"}},
		{Heading: "Errors", Flags: []string{"ignore-errors", "insecure-skip-tls-verify-backend"}},
	},
	ExitStatus: command.DefaultExitStatus(
		command.Row{Name: "0", Text: "-f was interrupted"},
		command.Row{Name: "1", Text: "one of several logs could not be read"},
		command.ChooserExitStatus,
	),
	SeeAlso: []string{"kx exec, kx debug; docs/logs-exec-attach.md"},
	Background: `kx prints the log of a container of a pod: what its program wrote to stdout and
stderr. Without -c it is the container that the annotation kubectl.kubernetes.io/default-container
names, or the first. "kx logs POD CONTAINER" is the same as -c.

With several pods or containers kx prints one log after the other, and with -f the lines as they
arrive. One log that cannot be read does not stop the others.

With -f kx resumes a lost connection without losing or repeating a line, and goes on with the next
run when the container restarts. It waits up to --pod-running-timeout for a container that has not
started. kx ends when every container has ended for good.

With -f and -l kx also follows the pods that are created later, from their first line, and needs the
verb watch for pods. It ends when every pod of the selector has ended. It waits for the successor of
a deleted pod.

--grep takes the regular expressions of Go (RE2). --tail and --limit-bytes choose lines before
--grep does. --limit-bytes counts texts and newlines, and no times. With -p, -f has no effect.

A terminal gets the colours of the log. Other escape sequences and control characters are printed as
escapes, unless --raw is given. Files and pipes get every byte of the log unchanged. Prefixes on a
terminal are coloured and matches of --grep highlighted, unless NO_COLOR is set. --color always does
so for files and pipes too, and --color never for no output.

` + command.ChooserText + `

kx needs the verb get for pods and for pods/log. A selector needs list for pods. A workload or
service needs get for that kind as well.`,
}

// parse checks the arguments and the flags.
func (l *logsCommand) parse(ctx context.Context, args []string) error {
	if len(args) == 2 {
		if l.container.Name() != "" {
			return command.Usagef("two containers are given: %s and -c %s", args[1],
				l.container.Name())
		}
		l.container.SetName(args[1])
		args = args[:1]
	}
	switch {
	case len(args) > 0 && l.selector != "":
		return command.Usagef("-l and a name exclude each other")
	case l.allContainers && l.container.Name() != "":
		return command.Usagef("--all-containers and the name of a container exclude each other")
	case l.since > 0 && l.sinceTime != "":
		return command.Usagef("--since and --since-time exclude each other")
	case l.tail < -1:
		return command.Usagef("--tail must be -1 or more")
	case l.options.LimitBytes < 0:
		return command.Usagef("--limit-bytes must be 0 or more")
	case l.maxRequests < 1:
		return command.Usagef("--max-log-requests must be 1 or more")
	}
	if err := l.container.Pods.Refuse(l.selector != ""); err != nil {
		return err
	}
	if l.selector == "" {
		l.container.Pods.Ended = true
		args, err := l.container.Pods.Choose(ctx, l.Invocation, args)
		if err != nil {
			return err
		}
		if len(args) == 0 {
			return command.Usagef("no pod is given: give POD, KIND/NAME, or -l SELECTOR")
		}
		l.target, err = command.ParsePodTarget("logs", args)
		if err != nil {
			return err
		}
	}
	return l.parseLines()
}

// parseLines reads the flags that choose lines.
func (l *logsCommand) parseLines() (err error) {
	o := &l.options
	o.Since = time.Duration(l.since)
	if l.sinceTime != "" {
		o.SinceTime, err = time.Parse(time.RFC3339, l.sinceTime)
		if err != nil {
			return command.Usagef("--since-time %q is no time such as 2006-01-02T15:04:05Z",
				l.sinceTime)
		}
	}
	if l.selector != "" && !l.Command.Flags().Changed("tail") {
		l.tail = selectorTail
	}
	if l.tail >= 0 {
		o.Tail = &l.tail
	}
	o.Follow = o.Follow && !o.Previous
	l.printer = newLogPrinter(l.Out.(*printer.Output), l.raw)
	if l.color.Value != "auto" {
		l.printer.coloured = l.color.Value == "always"
	}
	l.printer.timestamps, l.printer.flushes = o.Timestamps, o.Follow
	l.printer.prefix = l.prefix || l.allPods
	o.Timestamps = false // Lines has the times in any case
	if l.grep != "" {
		l.printer.grep, err = regexp.Compile(l.grep)
		if err != nil {
			return command.Usagef("--grep: %w", err)
		}
	}
	return nil
}

func (l *logsCommand) logs(ctx context.Context) error {
	client, err := l.Connect()
	if err != nil {
		return err
	}
	if l.selector == "" && !l.allContainers && l.printer.unchanged() {
		client.Preconnect(ctx) // for Copy
	}
	sources, err := l.findSources(ctx, client)
	if err != nil {
		return err
	}
	pods := resources.New[resources.PodOutline](client)
	logs := subresource.Log(pods)
	switch {
	case l.options.Follow && len(sources) > l.maxRequests:
		return fmt.Errorf("%d logs cannot be followed at once: the limit is %d; "+
			"raise it with --max-log-requests", len(sources), l.maxRequests)
	case len(sources) == 0:
	case len(sources) == 1 && l.printer.unchanged():
		l.options.Container = sources[0].container
		err = logs.Copy(ctx, l.printer.out, sources[0].pod, l.options)
	case len(sources) == 1 && !l.followsLater():
		err = l.printLog(ctx, logs, sources[0])
	case l.options.Follow:
		err = l.followAll(ctx, pods, sources)
	default:
		for _, source := range sources {
			if err = l.report(l.printLog(ctx, logs, source)); err != nil || ctx.Err() != nil {
				break
			}
		}
	}
	flushed := l.printer.out.Flush()
	switch {
	case flushed != nil:
		return flushed
	case l.options.Follow && ctx.Err() != nil:
		return nil // an interruption is the usual end
	case err != nil:
		return l.ignored(err)
	case l.failed:
		return command.ErrReported
	}
	return ctx.Err()
}

// printLog prints one log. It returns the error of reading or of writing.
func (l *logsCommand) printLog(ctx context.Context, logs *subresource.LogEndpoint,
	source logSource) error {
	o := l.options
	o.Container = source.container
	for line, err := range logs.Lines(ctx, source.pod, o) {
		if l.isGap(err) {
			continue
		}
		if err == nil {
			err = l.printer.print(&line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isGap prints a warning and returns true if err says that lines may be missing.
func (l *logsCommand) isGap(err error) bool {
	isGap := errors.As(err, new(*subresource.LogGapError))
	if isGap {
		l.Warn(err.Error())
	}
	return isGap
}

// report prints the error of one of several logs. It returns an error that stops the others.
func (l *logsCommand) report(err error) error {
	var status *transport.StatusError
	var format *subresource.LogFormatError
	if err == nil || !errors.As(err, &status) && !errors.As(err, &format) {
		return err
	}
	if l.ignored(err) != nil {
		l.failed = true
		command.PrintError(l.Invocation, "%s", l.Describe(err))
	}
	return nil
}

// ignored turns err into a warning with --ignore-errors.
func (l *logsCommand) ignored(err error) error {
	if !l.ignoreErrors {
		return err
	}
	l.Warn(l.Describe(err))
	return nil
}
