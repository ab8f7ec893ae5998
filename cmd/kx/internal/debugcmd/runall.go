package debugcmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// runAll debugs every selected pod. It prints each failure when it happens, and returns an
// error that only sets the exit status.
func (d *debugCommand) runAll(ctx context.Context) error {
	client, names, err := d.resolveAll(ctx)
	if err != nil {
		return cmp.Or(d.printSelectionError(err), err)
	}
	all := &debugResults{Items: make([]*debugResult, len(names))}
	for i, name := range names {
		all.Items[i] = &debugResult{Namespace: client.Namespace(), Pod: name}
	}
	summary := &all.Summary
	summary.Pods = len(names)
	exitCode := 0 // the first one that is not 0
	var printErr error
	meter, progress := term.NewMeter(d.session.Err, "pods", d.session.Quiet || d.dryRun())
	meter.Set(0, int64(len(names)))
	debug.RunAll(ctx, resources.New[resources.Pod](client), names, func(i int) debug.Options {
		return d.optionsFor(all.Items[i], "pod/"+names[i]+": ")
	}, func(i int, res *debug.Result, err error) {
		meter.Set(int64(i+1), int64(len(names)))
		defer progress.Hold()() // stdout may be the same terminal
		// An error of another kind happened before the signal.
		interrupted := ctx.Err() != nil && (errors.Is(err, ctx.Err()) ||
			errors.Is(err, context.Cause(ctx)))
		switch {
		case interrupted && res == nil:
			summary.NotBegun++
			err = errors.New("interrupted: nothing was added")
		case err != nil:
			summary.Failed++
			d.printEvents("pod/"+names[i]+": ", err)
			if interrupted {
				err = d.explainInterruption(ctx, res, err)
			}
			command.PrintError(d.session.Invocation, "pod/%s: %s", names[i],
				d.session.Describe(ImageAdvice(err)))
		default:
			summary.Done++
			if res.Adopted {
				d.warnAdopted(res)
			}
			if res.ExitCode != 0 {
				exitCode = cmp.Or(exitCode, res.ExitCode)
				command.PrintError(d.session.Invocation, "pod/%s: %s", names[i], exitCodeError(res))
			}
		}
		all.Items[i].setOutcome(res, err)
		if !d.isDocument() && printErr == nil {
			printErr = d.printResult(all.Items[i])
		}
	})
	progress.Done(false)
	if d.isDocument() {
		printErr = d.encode(all)
	}
	command.Notice(d.session.Invocation, "%s", summary)
	switch {
	case printErr != nil:
		return printErr
	case summary.Done < len(names):
		return command.ErrReported
	case exitCode != 0:
		return &subresource.ExitError{What: "a debug container", Code: exitCode}
	}
	return nil
}

// printSelectionError prints a document without items, so that -o json always prints one.
func (d *debugCommand) printSelectionError(err error) error {
	if !d.isDocument() {
		return nil
	}
	return d.encode(&debugResults{Items: []*debugResult{}, Error: command.ErrorText(err)})
}

// resolveAll returns the names of the pods. It also sets the exit status of a failure: 1
// without any pod, and otherwise 125, which differs from the codes of programs.
func (d *debugCommand) resolveAll(ctx context.Context) (*transport.Client, []string, error) {
	s := &d.session
	s.FailureStatus = command.ExitLost
	client, err := s.Connect()
	if err != nil {
		return nil, nil, err
	}
	names, err := d.pods.resolvePods(ctx, s, client)
	if errors.Is(err, errNoPods) || errors.As(err, new(*resources.NoPodsError)) {
		s.FailureStatus = command.ExitFailed
	}
	return client, names, err
}

// isDocument reports whether the results are printed together, as one document.
func (d *debugCommand) isDocument() bool { return !d.dryRun() && d.isStructured() }

func (s *debugSummary) String() string {
	verb := "have"
	if s.Pods == 1 {
		verb = "has"
	}
	text := fmt.Sprintf("%d of %s %s a debug container", s.Done, command.CountPods(s.Pods), verb)
	if s.Failed > 0 {
		text += fmt.Sprintf("; %d failed", s.Failed)
	}
	if s.NotBegun > 0 {
		text += fmt.Sprintf("; %d not started (interrupted)", s.NotBegun)
	}
	return text
}
