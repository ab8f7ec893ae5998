package kubelet

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"time"
)

const (
	logBound  = 1 << 20  // bytes of a container's log that are kept
	lineBound = 16 << 10 // bytes; the runtime logs a longer line in parts
)

// output receives the output of a container's own process. It appends the output to the log, line
// by line, and passes it on to attached clients at once.
type output struct {
	mu       sync.Mutex
	lines    []logLine
	first    int // the number of lines[0], counted from the container's start
	size     int
	partial  [2]logLine // of stdout and stderr: the line without a newline yet
	attached []*attachment
	changed  chan struct{} // closed and replaced at each new line; closed at the end
	ended    bool
}

// logLine is a line with its newline, or a part of a line.
type logLine struct {
	time time.Time
	text []byte
}

// attachment is an attached client. The writer of a stream that it does not want is nil.
type attachment struct{ writers [2]io.Writer }

func newOutput() *output { return &output{changed: make(chan struct{})} }

// writer returns the container's stdout (0) or stderr (1).
func (o *output) writer(number int) io.Writer { return outputStream{o, number} }

type outputStream struct {
	*output
	number int
}

// Write waits for every attached client. A client that does not read blocks the process, as with a
// real runtime.
func (s outputStream) Write(p []byte) (int, error) {
	s.mu.Lock()
	if !s.ended { // a killed process's last Write may come after the end
		s.appendLog(s.number, p)
	}
	attached := s.attached
	s.mu.Unlock()
	for _, a := range attached {
		w := a.writers[s.number]
		if w != nil {
			_, _ = w.Write(p) // its own session detaches a client that has disconnected
		}
	}
	return len(p), nil
}

// appendLog appends to the log. The caller holds the lock.
func (o *output) appendLog(stream int, p []byte) {
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
			o.finishLine(stream)
		}
	}
	if o.first+len(o.lines) > before {
		o.notify()
	}
}

// finishLine ends the line of a stream.
func (o *output) finishLine(stream int) {
	line := o.partial[stream]
	o.partial[stream] = logLine{}
	if text, ok := bytes.CutSuffix(line.text,
		[]byte("\r\n")); ok { // containerd drops the carriage return
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
	o.lines = o.lines[drop:] // append moves the slice now and then
}

func (o *output) notify() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// close ends the output.
func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for stream := range o.partial {
		if len(o.partial[stream].text) > 0 {
			o.finishLine(stream)
		}
	}
	o.ended = true
	close(o.changed)
}

// linesFrom returns the lines from a number on, and the number of the line after them. changed is
// closed when there are more lines. ended reports whether there will be none.
func (o *output) linesFrom(number int) (lines []logLine, next int, changed <-chan struct{},
	ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	skip := min(max(0, number-o.first), len(o.lines))
	return slices.Clone(o.lines[skip:]), o.first + len(o.lines), o.changed, o.ended
}

// attach passes later output on to a, until detach.
func (o *output) attach(a *attachment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attached = append(slices.Clone(o.attached), a)
}

func (o *output) detach(a *attachment) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attached = slices.DeleteFunc(slices.Clone(o.attached),
		func(other *attachment) bool { return other == a })
}
