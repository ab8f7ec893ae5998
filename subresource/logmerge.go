package subresource

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/kx-k8s/kx/resources"
)

// DefaultLogRequests is MergeOptions.MaxRequests if that is 0.
const DefaultLogRequests = 50

// ErrLogLimit is matched by the *LogError of a container whose log waits for the end of another,
// because MergeOptions.MaxRequests logs are followed.
var ErrLogLimit = errors.New("as many logs are followed as MaxRequests allows")

// MergeOptions name the logs of many containers.
type MergeOptions struct {
	// LogOptions apply to each log. If Container is empty, Merge reads every container of each pod.
	LogOptions
	// LabelSelector and FieldSelector choose the pods. With neither, Merge reads all pods of the
	// namespace.
	LabelSelector, FieldSelector string
	// MaxRequests is how many logs are read at once. 0 is DefaultLogRequests.
	MaxRequests int
}

// Merge yields the lines of all containers of the pods that o selects. Each line has its
// namespace, pod and container. The lines of one container are in order; those of several come as
// they arrive. Merge needs the right to list the pods.
//
// With o.Follow, Merge also reads the containers that start later, and continues until ctx ends or
// the caller stops. It needs the right to watch the pods. Each log is followed as by Lines.
//
// The error of one container is a *LogError, which comes with a zero LogLine. The other containers
// go on. Merge stops after any other error: the pods cannot be listed or watched, or ctx has ended.
//
// At most o.MaxRequests logs are read at once, with one line of each in memory. With o.Follow,
// further containers wait until another one has ended for good, and a *LogError that matches
// ErrLogLimit reports each.
func (e *LogEndpoint) Merge(ctx context.Context, o MergeOptions) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		err := o.check()
		if err == nil && o.MaxRequests < 0 {
			err = &resources.OptionError{Option: "MaxRequests",
				Problem: "the number of requests is negative: zero means the default"}
		}
		if err != nil {
			yield(LogLine{}, err)
			return
		}
		if o.MaxRequests == 0 {
			o.MaxRequests = DefaultLogRequests
		}
		reading, cancel := context.WithCancel(ctx)
		m := &logMerger{
			endpoint: e, options: o,
			results: make(chan logResult), slots: make(chan struct{}, o.MaxRequests),
			sources: map[logSource]bool{},
		}
		go m.run(reading, cancel)
		defer func() { // all goroutines end before Merge does
			cancel()
			for range m.results {
			}
		}()
		for result := range m.results {
			if !yield(result.line, result.err) || result.final() {
				return
			}
		}
		if ctx.Err() != nil {
			yield(LogLine{}, fmt.Errorf("logs of pods: %w", context.Cause(ctx)))
		}
	}
}

// logSource is a container whose log is read.
type logSource struct{ namespace, pod, uid, container string }

// logResult is a line or an error.
type logResult struct {
	line LogLine
	err  error
}

// final reports whether the result ends the merge.
func (r *logResult) final() bool {
	var failed *LogError
	return r.err != nil && !errors.As(r.err, &failed)
}

// logMerger reads the logs of many containers. The goroutine that finds sources starts one for
// each.
type logMerger struct {
	endpoint *LogEndpoint
	options  MergeOptions
	results  chan logResult
	slots    chan struct{} // one for each log that is read
	readers  sync.WaitGroup
	sources  map[logSource]bool // that were started
}

// run reads all logs, and closes results. Until then the receiver receives every result.
func (m *logMerger) run(ctx context.Context, cancel context.CancelFunc) {
	err := m.findSources(ctx)
	if err != nil && ctx.Err() == nil {
		m.results <- logResult{err: err}
		cancel()
	}
	m.readers.Wait()
	close(m.results)
}

// findSources starts to read each container that the options select.
func (m *logMerger) findSources(ctx context.Context) error {
	list := resources.ListOptions{LabelSelector: m.options.LabelSelector,
		FieldSelector: m.options.FieldSelector}
	if !m.options.Follow {
		for pod, err := range m.endpoint.pods.All(ctx, list) {
			if err != nil {
				return err
			}
			m.startPod(ctx, pod)
		}
		return nil
	}
	for event, err := range m.endpoint.pods.Watch(ctx, list) {
		switch {
		case err != nil:
			return err
		case event.Type == resources.Deleted:
			m.forget(event.Object)
		default:
			m.startPod(ctx, event.Object)
		}
	}
	return nil
}

// startPod starts to read the containers of a pod. If they are followed, those that have not
// started wait for a later event.
func (m *logMerger) startPod(ctx context.Context, pod *resources.PodOutline) {
	for _, container := range pod.Spec.AllContainers() {
		if m.options.Container != "" && m.options.Container != container.Name {
			continue
		}
		source := logSource{pod.Metadata.Namespace, pod.Metadata.Name, pod.Metadata.UID,
			container.Name}
		current, previous, _ := logRuns(pod.Status.Container(container.Name))
		if m.sources[source] || m.options.Follow && current.id == "" && previous.id == "" {
			continue
		}
		m.sources[source] = true
		m.start(ctx, source)
	}
}

// start starts to read a log. Without Follow it first waits until fewer than MaxRequests are read.
// With Follow the reader waits, so that later events of the watch are handled.
func (m *logMerger) start(ctx context.Context, source logSource) {
	free := false
	select {
	case m.slots <- struct{}{}:
		free = true
	default:
	}
	if !free && m.options.Follow {
		m.results <- logResult{err: source.error(ErrLogLimit)}
	}
	if !free && !m.options.Follow {
		free = m.acquire(ctx)
	}
	m.readers.Go(func() {
		if free || m.acquire(ctx) {
			defer func() { <-m.slots }()
			m.read(ctx, source)
		}
	})
}

// acquire waits for a slot. It reports whether ctx allowed that.
func (m *logMerger) acquire(ctx context.Context) bool {
	select {
	case m.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// read sends the lines of one log.
func (m *logMerger) read(ctx context.Context, source logSource) {
	o := m.options.LogOptions
	o.Container = source.container
	s := newLogStream(m.endpoint, source.pod, o, []GetOption{Namespace(source.namespace)},
		func(line LogLine, err error) bool {
			if err != nil {
				err = source.error(err)
			}
			m.results <- logResult{line, err}
			return ctx.Err() == nil
		})
	s.source.Namespace = source.namespace
	err := s.run(ctx, source.uid)
	if err != nil && !errors.Is(err, errLogStopped) && ctx.Err() == nil {
		m.results <- logResult{err: source.error(err)}
	}
}

// error returns the error of one log.
func (s *logSource) error(err error) error {
	return &LogError{Namespace: s.namespace, Pod: s.pod, Container: s.container, Err: err}
}

// forget removes the sources of a deleted pod.
func (m *logMerger) forget(pod *resources.PodOutline) {
	for source := range m.sources {
		if source.uid == pod.Metadata.UID {
			delete(m.sources, source)
		}
	}
}
