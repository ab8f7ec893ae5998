package debug

import (
	"context"
	"io"
	"time"

	"github.com/kx-k8s/kx/debug/internal/attach"
)

// attachTo attaches to the container of res as soon as the container exists, and completes res once
// its program has ended.
func attachTo(ctx context.Context, pods *podAPI, res *Result, o *Options) error {
	waitCtx, stop := context.WithCancel(ctx)
	pods.Client().Preconnect(waitCtx)
	start := awaitStartInBackground(waitCtx, pods, *res, o)
	root, _ := expectedRoot(res.Object)
	targetRuns := res.Object.Status.Container(o.Target).State.Running != nil
	if o.Target != "" && root != "" && !o.skipTargetCheck && targetRuns {
		o.reportTargetFiles(root)
	}
	stdout, stderr := o.recordedOutput()
	a := attach.Attacher{
		Pods: pods, Pod: res.Pod, Container: res.Container, Stdin: o.Stdin, Stdout: stdout,
		Stderr: stderr, TTY: o.TTY, Record: o.Record, LiveOnly: res.Reused, OnAttached: o.Attached,
		TerminalSize: o.TerminalSize, Notice: o.sendNotice,
		OnRunning: func(ctx context.Context) { o.reportTargetDuringAttach(ctx, pods, &start.res) },
		Start: attach.PendingStart{
			Started: start.started, NoEvents: start.noEvents, Changed: start.changed,
			Done: start.done,
			State: func() (attach.State, error) {
				*res = start.res
				return attach.State{Running: res.Running, ExitCode: res.ExitCode}, start.err
			},
		},
		AwaitExit: func(ctx context.Context, limit time.Duration) (attach.State, error) {
			if start.isDone() && start.err == nil {
				res.Object = start.res.Object
			}
			err := updateExit(ctx, pods, res, limit)
			return attach.State{ExitCode: res.ExitCode}, err
		},
	}
	state, err := a.Run(ctx)
	stop()
	<-start.done
	res.Running = state.Running
	return err
}

// updateExit completes res once the pod's status has the container's end.
func updateExit(ctx context.Context, pods *podAPI, res *Result, limit time.Duration) error {
	pod, ended, err := awaitExitWithin(ctx, pods, res.Object, res.Container, limit)
	res.Object = pod
	if err == nil {
		res.Running, res.ExitCode, res.Reason = false, int(ended.ExitCode), ended.Reason
	}
	return err
}

// recordedOutput returns Stdout and Stderr as writers that also write to the record. Output is
// recorded when it is shown, which may be later than when it arrived.
func (o *Options) recordedOutput() (stdout, stderr io.Writer) {
	stdout, stderr = o.Stdout, o.Stderr
	if o.Record != nil && stdout != nil {
		stdout = io.MultiWriter(stdout, o.Record)
	}
	if o.Record != nil && stderr != nil {
		stderr = io.MultiWriter(stderr, o.Record.Stderr())
	}
	return stdout, stderr
}
