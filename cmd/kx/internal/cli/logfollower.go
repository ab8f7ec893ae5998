package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// logFollower prints the lines of several logs as they arrive. With a selector it also follows the
// pods that are created later.
type logFollower struct {
	*logsCommand
	logs       *subresource.LogEndpoint
	results    chan logResult
	events     chan podEvent
	goroutines sync.WaitGroup

	known   map[logSource]bool // that are or were followed, or wait
	waiting []logSource        // until fewer than --max-log-requests are followed
	reading int                // logs that are followed
	watches bool               // pods that are created later are followed
	ended   map[string]bool    // whether a pod has ended, by its UID
}

// logResult is a line, an error, or the end of a log.
type logResult struct {
	line  subresource.LogLine
	err   error
	ended bool
}

type podEvent struct {
	event resources.WatchEvent[resources.PodOutline]
	err   error
}

// followsLater reports whether the pods that are created later are followed.
func (l *logsCommand) followsLater() bool { return l.options.Follow && l.selector != "" }

// followAll follows sources, and with a selector the pods that are created later. It returns when
// every container has ended for good, and with a selector every pod as well.
func (l *logsCommand) followAll(ctx context.Context, pods *resources.API[resources.PodOutline],
	sources []logSource) error {
	ctx, cancel := context.WithCancel(ctx)
	f := &logFollower{
		logsCommand: l, logs: subresource.Log(pods), results: make(chan logResult),
		events: make(chan podEvent), known: map[logSource]bool{}, ended: map[string]bool{},
		watches: l.selector != "",
	}
	defer func() {
		cancel()
		f.goroutines.Wait()
	}()
	for _, source := range sources {
		f.known[source] = true
		f.start(ctx, source, l.options)
	}
	if f.watches {
		f.goroutines.Go(func() { f.watch(ctx, pods) })
	}
	for f.reading > 0 || f.awaitsPods() {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case result := <-f.results:
			err = f.onResult(ctx, &result)
		case e := <-f.events:
			err = f.onPod(ctx, &e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// awaitsPods reports whether a pod may log more, or may be created. A pod that is deleted may be
// replaced, and one that has ended is not.
func (f *logFollower) awaitsPods() bool {
	for _, ended := range f.ended {
		if !ended {
			return f.watches
		}
	}
	return f.watches && len(f.ended) == 0
}

// start reads a log in a goroutine.
func (f *logFollower) start(ctx context.Context, source logSource, o subresource.LogOptions) {
	f.reading++
	o.Container = source.container
	send := func(result logResult) bool {
		select {
		case f.results <- result:
			return true
		case <-ctx.Done():
			return false
		}
	}
	f.goroutines.Go(func() {
		for line, err := range f.logs.Lines(ctx, source.pod, o) {
			if !send(logResult{line: line, err: err}) {
				return
			}
		}
		send(logResult{ended: true})
	})
}

// startLater reads the log of a pod that was created later, from its beginning.
func (f *logFollower) startLater(ctx context.Context, source logSource) {
	command.Notice(f.Invocation, "Following container %s of pod %s", source.container, source.pod)
	o := f.options
	o.Tail, o.Since, o.SinceTime = nil, 0, time.Time{}
	f.start(ctx, source, o)
}

func (f *logFollower) onResult(ctx context.Context, result *logResult) error {
	switch {
	case result.ended:
		f.reading--
		if len(f.waiting) > 0 {
			f.startLater(ctx, f.waiting[0])
			f.waiting = f.waiting[1:]
		}
		return nil
	case result.err == nil:
		return f.printer.print(&result.line)
	case f.isGap(result.err):
		return nil
	}
	return f.report(result.err)
}

// watch sends the events of the selected pods.
func (f *logFollower) watch(ctx context.Context, pods *resources.API[resources.PodOutline]) {
	for event, err := range pods.Watch(ctx, resources.ListOptions{LabelSelector: f.selector}) {
		select {
		case f.events <- podEvent{event, err}:
		case <-ctx.Done():
			return
		}
	}
}

func (f *logFollower) onPod(ctx context.Context, e *podEvent) error {
	switch {
	case errors.Is(e.err, transport.ErrForbidden):
		f.Warn("pods that are created later are not followed: " + f.Describe(e.err))
		f.watches = false
		return nil
	case e.err != nil:
		return e.err
	}
	pod := e.event.Object
	if e.event.Type == resources.Deleted {
		delete(f.ended, pod.Metadata.UID)
		return nil
	}
	// The kubelet ends a pod that is being deleted before it is gone, and its successor may come
	// only after that.
	f.ended[pod.Metadata.UID] = pod.Status.Ended() && pod.Metadata.DeletionTimestamp == nil
	names, err := f.containersOf(pod, func(string, ...any) {})
	if err != nil {
		return nil // the pod has no container of that name
	}
	for _, name := range names {
		source := logSource{pod.Metadata.Name, name, pod.Metadata.UID}
		switch {
		case f.known[source]:
			continue
		case f.reading < f.maxRequests:
			f.startLater(ctx, source)
		default:
			f.Warn("container " + name + " of pod " + pod.Metadata.Name +
				" is followed when another log ends: raise --max-log-requests")
			f.waiting = append(f.waiting, source)
		}
		f.known[source] = true
	}
	return nil
}
