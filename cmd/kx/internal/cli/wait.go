package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type waitCommand struct {
	*command.Invocation
	objectFlags
	condition waitFor
	timeout   waitLimit
	format    command.Choice
}

// waitLimit is the value of --timeout. A negative one stands for no limit.
type waitLimit time.Duration

// Set parses the value of the flag.
func (l *waitLimit) Set(text string) error {
	positive, negative := strings.CutPrefix(text, "-")
	var parsed command.DurationFlag
	if err := parsed.Set(positive); err != nil {
		return err
	}
	*l = waitLimit(parsed)
	if negative {
		*l = -*l
	}
	return nil
}

func (l *waitLimit) String() string { return time.Duration(*l).String() }

// Type is the placeholder of the value in the help.
func (*waitLimit) Type() string { return "DURATION" }

func newWait(k *command.Invocation) *cobra.Command {
	w := &waitCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "wait (KIND NAME… | KIND/NAME… | KIND -l SELECTOR | -f FILE) --for CONDITION",
		Short: "Wait for a condition of objects",
		RunE:  func(cmd *cobra.Command, args []string) error { return w.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.Var(&w.condition, "for", "`CONDITION` to wait for")
	w.timeout = waitLimit(30 * time.Second)
	f.Var(&w.timeout, "timeout", "limit; 0: check once; -1s: none")
	w.objectFlags.register(cmd)
	command.RegisterQuiet(w.Invocation, cmd, "print only errors")
	w.format = command.NewChoice("", printer.FormatName)
	command.AddChoice(cmd, &w.format, "output", "o", "output `FORMAT`")
	command.MustRegister(cmd.RegisterFlagCompletionFunc("for", w.condition.complete))
	cmd.ValidArgsFunction = k.CompleteObjects
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Wait until a pod is ready",
				CommandLine: "kx wait pod/shell --for condition=Ready"},
			{Purpose: "Wait for the rollout of a deployment",
				CommandLine: "kx wait deployment/web --for rollout --timeout 5m"},
			{Purpose: "Wait until all pods with a label run",
				CommandLine: "kx wait pods -l app=shell --for jsonpath='{.status.phase}'=Running"},
			{Purpose: "Wait until a pod has an address",
				CommandLine: "kx wait pod shell --for jsonpath='{.status.podIP}'"},
			{Purpose: "Wait until a pod exists, whoever creates it",
				CommandLine: "kx wait pod/distroless --for create"},
		},
		Tables: []command.Table{{Heading: "CONDITIONS", Rows: []command.Row{
			{Name: "condition=TYPE[=STATUS]", Text: "a condition in the status; STATUS is true"},
			{Name: "jsonpath=PATH[=VALUE]", Text: "a value, or any value, at a JSONPath"},
			{Name: "rollout", Text: "a Deployment, StatefulSet or DaemonSet is up to date"},
			{Name: "create, delete", Text: "the object exists; it is gone"},
		}}},
		ExitStatus: command.DefaultExitStatus(command.Row{Name: "1",
			Text: "an object did not meet the condition"}),
		SeeAlso: []string{"kx get -w, kx events; docs/kx.md"},
		Background: `kx prints each object that meets the condition, as kubectl wait does. The case
of a condition's type and status does not matter. --timeout limits the wait for all objects
together.

A wait that cannot succeed ends at once. A pod that has ended never becomes ready. A Job that has
failed never completes. A rollout may exceed its progress deadline. An object may be deleted during
the wait.

An object that does not exist is an error, except with --for create and --for delete. With a
selector, --for create waits until an object matches.`,
	})
	return cmd
}

func (w *waitCommand) run(ctx context.Context, args []string) error {
	if w.condition.text == "" {
		return command.Usagef("--for is not given: it %w", errWaitFor)
	}
	limited, cancel := w.limit(ctx)
	defer cancel()
	chosen, err := w.choose(limited, w.Invocation, args)
	if err != nil {
		return w.cause(limited, err)
	}
	if len(chosen.objects) == 0 && len(chosen.failed) == 0 {
		return w.awaitFirst(limited, chosen.selected)
	}
	failed := chosen.failed
	for i := range chosen.objects {
		err := w.await(ctx, limited, &chosen.objects[i])
		if err == nil {
			err = w.printMet(&chosen.objects[i])
		}
		if err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil || errors.Is(err, transport.ErrUnauthorized) {
			break
		}
	}
	return failed.Err()
}

// limit returns the context of the wait, which --timeout ends.
func (w *waitCommand) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, time.Duration(w.timeout),
		fmt.Errorf("timed out after %v", &w.timeout))
}

// cause returns the cause of a wait's end where err only says that it has ended.
func (w *waitCommand) cause(limited context.Context, err error) error {
	if limited.Err() != nil && errors.Is(err, limited.Err()) {
		return context.Cause(limited)
	}
	return err
}

// lastCheck limits the requests after the end of --timeout.
const lastCheck = 5 * time.Second

// await waits until o meets the condition. After the end of the wait it checks once, because o may
// have met the condition while kx waited for another object.
func (w *waitCommand) await(ctx, limited context.Context, o *object) error {
	switch {
	case w.timeout == 0:
		return w.condition.once(ctx, o)
	case limited.Err() == nil:
		return w.condition.wait(limited, o)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lastCheck, context.Cause(limited))
	defer cancel()
	if err := w.condition.once(ctx, o); err != nil {
		return fmt.Errorf("%w, and then: %w", context.Cause(limited), err)
	}
	return nil
}

// awaitFirst handles lists without an object. A wait for existence goes on until there is one.
func (w *waitCommand) awaitFirst(limited context.Context, selected []selection) error {
	none := errors.New("no object matches")
	switch {
	case w.condition.event == resources.Deleted:
		return nil
	case w.condition.event != resources.Added || w.timeout == 0 || len(selected) == 0:
		return none
	case len(selected) > 1:
		return fmt.Errorf("%w: give one kind to wait for an object of it", none)
	}
	s := &selected[0]
	for event, err := range resources.Metadata(s.api).Watch(limited, w.list) {
		switch {
		case err != nil && limited.Err() == nil:
			return err
		case err == nil && event.Type != resources.Deleted:
			return w.printMet(&object{kind: s.kind, name: event.Object.Metadata.Name})
		}
	}
	return fmt.Errorf("wait for %s: %w: %w", s.kind, context.Cause(limited), none)
}

func (w *waitCommand) printMet(o *object) error {
	text := printer.QualifiedName(o.kind, o.name)
	if w.format.Value == printer.FormatName {
		return w.Print("%s", text)
	}
	return command.PrintDone(w.Invocation, "%s condition met", text)
}
