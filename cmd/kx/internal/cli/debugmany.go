package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// many debugs every pod that is meant. What failed is told as it happens, so that the error that it gives has no words of its own.
func (d *debugCommand) many(ctx context.Context) error {
	client, names, err := d.everyPod(ctx)
	if err != nil {
		if d.isDocument() {
			unwritten := d.encode(&debugResults{Items: []*debugResult{}, Error: oneLine(err.Error())})
			if unwritten != nil {
				return unwritten
			}
		}
		return err
	}
	all := &debugResults{Items: make([]*debugResult, len(names))}
	for i, name := range names {
		all.Items[i] = &debugResult{Namespace: client.Namespace(), Pod: name}
	}
	summary := &all.Summary
	summary.Pods = len(names)
	code := 0 // the first that is another
	var unwritten error
	debug.RunAll(ctx, resources.New[resources.Pod](client), names, func(i int) debug.Options {
		return d.observe(all.Items[i], "pod/"+names[i]+": ")
	}, func(i int, res *debug.Result, err error) {
		interrupted := ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))) // and did not fail before that
		switch {
		case interrupted && res == nil:
			summary.NotBegun++
			err = errors.New("interrupted: nothing was added")
		case err != nil:
			summary.Failed++
			d.tellEvents("pod/"+names[i]+": ", err)
			if interrupted {
				err = d.leftBehind(ctx, res, err)
			}
			d.complain("pod/%s: %s", names[i], d.describe(err))
		default:
			summary.Done++
			if res.Adopted {
				d.warnOfAdopted(res)
			}
			if res.ExitCode != 0 {
				code = cmp.Or(code, res.ExitCode)
				d.complain("pod/%s: %s", names[i], d.ended(res))
			}
		}
		all.Items[i].fill(res, err)
		if !d.isDocument() && unwritten == nil {
			unwritten = d.printResult(all.Items[i])
		}
	})
	if d.isDocument() {
		unwritten = d.encode(all)
	}
	d.note("%s", summary)
	switch {
	case unwritten != nil:
		return unwritten
	case summary.Done < len(names):
		return errNo
	case code != 0:
		return &subresource.ExitError{What: "a debug container", Code: code}
	}
	return nil
}

// everyPod finds the pods. Where there are none no program has ended with a code of its own, so that the exit status can be that of a failure;
// from then on 125 tells kx from the programs.
func (d *debugCommand) everyPod(ctx context.Context) (*transport.Client, []string, error) {
	d.failed = exitLost
	client, err := d.connect()
	if err != nil {
		return nil, nil, err
	}
	names, err := d.every(ctx, &d.session, client)
	if errors.Is(err, errNobody) || errors.As(err, new(*resources.NoPodsError)) {
		d.failed = exitFailed
	}
	return client, names, err
}

// isDocument holds when the results make up one document, which comes last.
func (d *debugCommand) isDocument() bool {
	return d.dryRun.value == "none" && (d.format.value == formatJSON || d.format.value == formatYAML)
}

func (s *debugSummary) String() string {
	have := "have"
	if s.Pods == 1 {
		have = "has"
	}
	text := fmt.Sprintf("%d of %s %s a debug container", s.Done, counted(s.Pods), have)
	if s.Failed > 0 {
		text += fmt.Sprintf("; %d failed", s.Failed)
	}
	if s.NotBegun > 0 {
		text += fmt.Sprintf("; interrupted before %d were begun", s.NotBegun)
	}
	return text
}
