package kubelet

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"time"
)

const (
	logBound  = 1 << 20  // bytes of a container's log that are kept: the last ones
	lineBound = 16 << 10 // a longer line is logged in parts, as the container runtime does
)

// output is what a container's own process writes: it goes into the log, line by line, and at once to whoever is attached.
type output struct {
	mu       sync.Mutex
	lines    []logLine
	first    int // the number of lines[0], counted from the container's start
	size     int
	partial  [2]logLine // of stdout and stderr: what has no end of line yet
	attached []*attachment
	changed  chan struct{} // closed, and replaced, when lines come; closed for good at the end
	ended    bool
}

// logLine is a line with its newline, or a part of one without.
type logLine struct {
	time time.Time
	text []byte
}

// attachment takes output; a nil writer is one that was not asked for.
type attachment struct{ writers [2]io.Writer }

func newOutput() *output { return &output{changed: make(chan struct{})} }

// stream is the container's stdout (0) or stderr (1).
func (o *output) stream(number int) io.Writer { return outputStream{o, number} }

type outputStream struct {
	*output
	number int
}

// Write waits for everyone who is attached: a client that does not read holds the process up, as with a real runtime.
func (s outputStream) Write(p []byte) (int, error) {
	s.mu.Lock()
	s.log(s.number, p)
	attached := s.attached
	s.mu.Unlock()
	for _, a := range attached {
		w := a.writers[s.number]
		if w != nil {
			_, _ = w.Write(p) // a client that has gone is detached by its own session
		}
	}
	return len(p), nil
}

// log adds to the log. The caller holds the lock.
func (o *output) log(stream int, p []byte) {
	before := o.first + len(o.lines)
	for len(p) > 0 {
		partial := &o.partial[stream]
		if len(partial.text) == 0 {
			partial.time = time.Now()
		}
		part := p[:min(len(p), lineBound-len(partial.text))]
		end := bytes.IndexByte(part, '\n')
		if end >= 0 {
			part = part[:end+1]
		}
		partial.text = append(partial.text, part...)
		p = p[len(part):]
		if end >= 0 || len(partial.text) == lineBound {
			o.add(stream)
		}
	}
	if o.first+len(o.lines) > before {
		o.wake()
	}
}

// add makes a line of what has come.
func (o *output) add(stream int) {
	line := o.partial[stream]
	o.partial[stream] = logLine{}
	if text, ok := bytes.CutSuffix(line.text,
		[]byte("\r\n")); ok { // containerd reads lines in a way that leaves it out
		line.text = append(text, '\n')
	}
	o.lines = append(o.lines, line)
	o.size += len(line.text)
	drop := 0
	for o.size > logBound {
		o.size -= len(o.lines[drop].text)
		drop++
	}
	o.first += drop
	clear(o.lines[:drop])
	o.lines = o.lines[drop:] // append moves them now and then, not with every line
}

func (o *output) wake() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// end is called when nothing more will be written.
func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for stream := range o.partial {
		if len(o.partial[stream].text) > 0 {
			o.add(stream)
		}
	}
	o.ended = true
	close(o.changed)
}

// from returns the lines from a number on, the number that the next one will have, and a channel that is closed when there is more; ended says that there never will be.
func (o *output) from(number int) (lines []logLine, next int, changed <-chan struct{}, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	skip := min(max(0, number-o.first), len(o.lines))
	return slices.Clone(o.lines[skip:]), o.first + len(o.lines), o.changed, o.ended
}

// attach has everything sent to a that is written from now on, until detach.
func (o *output) attach(a *attachment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attached = append(slices.Clone(o.attached), a)
}

func (o *output) detach(a *attachment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attached = slices.DeleteFunc(slices.Clone(o.attached), func(other *attachment) bool { return other == a })
}
