package subresource

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// errLogStopped reports that the caller wants no more lines, or that LimitBytes is reached.
var errLogStopped = errors.New("stopped by the caller")

// The API server ends an answer without an error if it loses the node. errLogCut reports an answer
// that ended within a line, and errLogShort one that ended before the position.
var (
	errLogCut   = errors.New("the answer ended within a line")
	errLogShort = errors.New("the answer ended before the last line that was read")
)

// lastLineTimeout is how long the node may pause before it has sent the last line again. It sends
// the lines that it has at once, so what is silent is the log of another run.
const lastLineTimeout = 10 * time.Second

// Lines yields the lines of a container of the pod called name. It asks the server for timestamps
// and removes them from the texts.
//
// With o.Follow it goes on with later lines:
//
//   - It waits for a container that has not started.
//   - It resumes a lost connection after the last line, so that no line is lost or repeated. The
//     pauses grow to 10 s.
//   - When the container restarts, it yields the rest of the ended run and then the next run.
//   - It ends when the container has ended and is not restarted, or when the pod is deleted or
//     replaced.
//
// A follow needs the right to get the pod. It watches the pod, or polls it if that is forbidden. If
// the node's clock is set back while the connection is lost, lines are missing until the clock has
// caught up.
//
// Lines stops after an error, which comes with a zero LogLine. It continues after a *LogGapError:
// the node no longer has some lines, for example because it began a new log file while the
// connection was lost. If the answer is no log, the error is a *LogFormatError.
func (e *LogEndpoint) Lines(ctx context.Context, name string, o LogOptions,
	opts ...GetOption) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		s := newLogStream(e, name, o, opts, yield)
		err := o.check()
		if err == nil {
			err = s.run(ctx, "")
		}
		if err != nil && !errors.Is(err, errLogStopped) {
			yield(LogLine{}, err)
		}
	}
}

// logStream reads the log of one container, in one answer or in several.
type logStream struct {
	endpoint *LogEndpoint
	options  LogOptions
	opts     []GetOption
	source   LogLine // what all lines have in common
	yield    func(LogLine, error) bool
	// write takes the texts instead of yield, unless it is nil.
	write func(text []byte, newline bool) error
	// dedicated says that the log has a connection of its own.
	dedicated bool

	position logPosition
	left     int64 // bytes of LimitBytes
	answered bool  // the server has sent a log
	// unfinished yields what the last answer had after its last newline. It is nil if there was
	// nothing.
	unfinished func() error
	rest       int  // bytes after the last newline of the last answer
	progress   bool // a line was read since the last pause
}

func newLogStream(e *LogEndpoint, name string, o LogOptions, opts []GetOption,
	yield func(LogLine, error) bool) *logStream {
	return &logStream{
		endpoint: e, options: o, opts: opts, yield: yield, left: o.LimitBytes,
		source:   LogLine{Pod: name, Container: o.Container},
		position: logPosition{seed: maphash.MakeSeed()},
	}
}

// run yields the lines of the log. uid is that of the pod, or empty for any.
func (s *logStream) run(ctx context.Context, uid string) error {
	if s.options.Follow {
		f := &logFollower{logStream: s, tail: s.options.Tail, started: time.Now(), uid: uid}
		return f.follow(ctx)
	}
	s.nameContainer(ctx)
	return s.read(ctx, s.options, logReadMode{whole: true})
}

// nameContainer sets the container if the pod has only one. Otherwise the server refuses to choose.
func (s *logStream) nameContainer(ctx context.Context) {
	if s.options.Container != "" {
		return
	}
	pod, err := s.endpoint.pods.Get(ctx, s.source.Pod, s.opts...)
	if err == nil && len(pod.Spec.Containers) == 1 {
		s.setContainer(pod.Spec.Containers[0].Name)
	}
}

func (s *logStream) setContainer(name string) {
	s.options.Container, s.source.Container = name, name
}

// logReadMode says what to do with the lines of one answer.
type logReadMode struct {
	hidden bool // only remember the position
	whole  bool // the answer is all there is, so that a text without a newline is yielded
}

// read yields the lines of one answer that follow the position.
func (s *logStream) read(ctx context.Context, o LogOptions, mode logReadMode) error {
	o.Timestamps, o.LimitBytes = true, 0
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	opts := s.opts
	if s.dedicated {
		opts = append(slices.Clip(opts), resources.Dedicated())
	}
	body, err := s.endpoint.openUnchecked(ctx, s.source.Pod, o, opts...)
	if err != nil {
		return err
	}
	defer body.Close()
	s.answered, s.unfinished = true, nil
	lines, resume := &logReader{r: body}, s.position.resume()
	timer := time.AfterFunc(lastLineTimeout, func() { cancel(errLastLineMissing) })
	defer timer.Stop()
	searching := true // for the last line that was read
	for {
		if searching && (resume.found || s.position.loose) {
			searching = !timer.Stop()
		}
		part, err := lines.next()
		if (searching || err != nil) && errors.Is(context.Cause(ctx), errLastLineMissing) {
			return errLastLineMissing
		}
		if err != nil {
			return s.end(lines, resume, mode, err)
		}
		if searching {
			timer.Reset(lastLineTimeout)
		}
		if err := s.accept(&part, resume, mode); err != nil {
			return err
		}
	}
}

// end handles the end of an answer, which next reported as err.
func (s *logStream) end(lines *logReader, resume *logResume, mode logReadMode, err error) error {
	if errors.Is(err, errNoTimestamp) {
		return s.formatError(lines)
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	s.rest = len(lines.unread())
	part, ok := lines.rest()
	switch {
	case lines.isNoLog() || !ok && mode.whole && s.rest > 0:
		return s.formatError(lines)
	case ok && mode.whole:
		return s.accept(&part, resume, mode)
	case ok && resume.found:
		s.unfinished = func() error { return s.accept(&part, resume, mode) }
		return errLogCut
	case !resume.found && !s.position.loose:
		return errLogShort
	case s.rest > 0:
		return errLogCut
	}
	return nil
}

func (s *logStream) formatError(lines *logReader) error {
	text := lines.unread()
	return &LogFormatError{Pod: s.source.Pod, Container: s.source.Container,
		Text:    string(text[:min(len(text), maxQuotedLog)]),
		Problem: "the answer is no log with timestamps"}
}

// accept yields a part if it follows the position.
func (s *logStream) accept(part *logPart, resume *logResume, mode logReadMode) error {
	isNew, err := resume.isNew(part)
	if err != nil || !isNew {
		return err
	}
	if s.options.Follow {
		s.remember(part)
	}
	if mode.hidden || part.time.Before(s.options.SinceTime) {
		return nil
	}
	if s.options.LimitBytes == 0 {
		return s.send(part)
	}
	limited := *part
	if s.left <= int64(len(part.text)) {
		limited.text, limited.newline = part.text[:s.left], false
	}
	s.left -= int64(len(limited.text))
	if part.newline {
		s.left--
	}
	if err := s.send(&limited); err != nil {
		return err
	}
	if s.left <= 0 {
		return errLogStopped
	}
	return nil
}

// remember moves the position behind a part.
func (s *logStream) remember(part *logPart) {
	first := !s.position.begun
	s.position.add(part)
	if first { // it may be the end of a long line, which starts before the tail
		s.position.loose = s.options.Tail != nil || s.options.Since > 0 ||
			!s.options.SinceTime.IsZero()
	}
	s.progress = true
}

func (s *logStream) send(part *logPart) error {
	if s.write != nil {
		return s.write(part.text, part.newline)
	}
	line := s.source
	line.Time, line.Text, line.Partial = part.time, string(part.text), !part.newline
	if !s.yield(line, nil) {
		return errLogStopped
	}
	return nil
}
