package subresource

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"
)

// MaxLogLine is the size in bytes of the longest text of a LogLine. Lines and Merge yield a longer
// line in parts.
const MaxLogLine = 256 << 10

const (
	// minLogBuffer is the size of a new buffer in bytes. It is that of the parts in which container
	// runtimes log a long line.
	minLogBuffer = 16 << 10
	// maxLogBuffer is the size in bytes of the largest buffer. Each Read of HTTP/2 costs a write:
	// few large ones are cheaper.
	maxLogBuffer = MaxLogLine + minLogBuffer
	// maxTimestamp is the size in bytes of the longest time before a line: 35 in RFC 3339 with
	// nanoseconds.
	maxTimestamp = 40
)

// LogLine is a line that a container wrote to stdout or stderr.
type LogLine struct {
	// Time is when the node received the line, in nanoseconds. Lines of stdout and stderr may be
	// out of order by some milliseconds.
	Time time.Time
	// Namespace is empty in lines of LogEndpoint.Lines.
	Namespace, Pod, Container string
	// Text is the line without its newline. It may hold any other byte.
	Text string
	// Partial is true if no newline follows Text. The next LogLine of the container continues the
	// line, or the log ends here.
	Partial bool
}

// logPart is a line of a log with timestamps, or a part of a long line.
type logPart struct {
	time    time.Time // of the line
	text    []byte    // valid until the next call of next
	first   bool      // starts the line
	newline bool      // ends the line
}

// errNoTimestamp reports a line without a time.
var errNoTimestamp = errors.New("a line has no timestamp")

// logReader splits a log with timestamps into lines, within a bounded memory. The parts of a line
// are the same in each answer, because they depend on the line alone.
type logReader struct {
	r      io.Reader
	err    error // of r
	buffer []byte
	start  int // of what next has not returned
	time   time.Time
	inside bool // next has returned the start of a line
}

// next returns the next line, or a part of it. At the end of the log it fails with the error of the
// reader, io.EOF if the log is complete, and rest has what follows the last newline.
//
// If a line has no timestamp, next fails with errNoTimestamp, and rest starts with that line.
func (l *logReader) next() (logPart, error) {
	scanned := 0
	for {
		unread := l.buffer[l.start:]
		newline := bytes.IndexByte(unread[scanned:], '\n')
		switch {
		case newline >= 0 && scanned+newline <= MaxLogLine:
			return l.part(scanned+newline, true)
		case len(unread) > MaxLogLine:
			return l.part(MaxLogLine, false)
		case !l.inside && len(unread) > maxTimestamp && !bytes.Contains(unread[:maxTimestamp],
			[]byte{' '}):
			return logPart{}, errNoTimestamp // before it fills the buffer
		case l.err != nil:
			return logPart{}, l.err
		}
		scanned = len(unread)
		l.fill()
	}
}

// part returns the next size bytes.
func (l *logReader) part(size int, newline bool) (logPart, error) {
	text := l.buffer[l.start : l.start+size]
	p := logPart{first: !l.inside, newline: newline}
	if p.first {
		var ok bool
		l.time, text, ok = cutTimestamp(text)
		if !ok {
			return logPart{}, errNoTimestamp
		}
	}
	p.time, p.text = l.time, text
	l.inside = !newline
	l.start += size
	if newline {
		l.start++
	}
	return p, nil
}

// rest returns the last line as a part, if it has no newline. ok reports whether there is one that
// can be read.
func (l *logReader) rest() (p logPart, ok bool) {
	size := len(l.buffer) - l.start
	if size == 0 {
		return logPart{}, false
	}
	p, err := l.part(size, false)
	return p, err == nil
}

// fill reads more into the buffer. It fails by setting err.
func (l *logReader) fill() {
	full := len(l.buffer) == cap(l.buffer)
	l.buffer = l.buffer[:copy(l.buffer, l.buffer[l.start:])]
	l.start = 0
	if full { // the log flows faster than it is read
		size := min(max(minLogBuffer, 2*cap(l.buffer)), maxLogBuffer)
		l.buffer = slices.Grow(l.buffer, size-len(l.buffer))
	}
	n, err := l.r.Read(l.buffer[len(l.buffer):cap(l.buffer)])
	l.buffer = l.buffer[:len(l.buffer)+n]
	l.err = err
}

// cutTimestamp splits a line into its time and its text. ok reports whether it has a time.
func cutTimestamp(line []byte) (at time.Time, text []byte, ok bool) {
	space := bytes.IndexByte(line[:min(len(line), maxTimestamp)], ' ')
	if space < 0 {
		return time.Time{}, nil, false
	}
	if err := at.UnmarshalText(line[:space]); err != nil {
		return time.Time{}, nil, false
	}
	return at, line[space+1:], true
}

// unread returns what next has read and not returned.
func (l *logReader) unread() []byte { return l.buffer[l.start:] }

// isNoLog reports whether the last line, which has no newline, cannot be the start of a line with a
// time.
func (l *logReader) isNoLog() bool {
	text := l.unread()
	if l.inside || bytes.IndexByte(text[:min(len(text), maxTimestamp)], ' ') < 0 {
		return false
	}
	_, _, ok := cutTimestamp(text)
	return !ok
}
