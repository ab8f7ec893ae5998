package attach

import "bytes"

// outputCopy keeps a copy of all output, as the runtime logs it, while the output is shorter than
// maxHeld. With the copy writeMissingEnd finds what only the log has at the end.
type outputCopy struct {
	chunks []chunk // nil before begin, and when the output is too long
	length int     // the bytes in chunks
	begun  bool
}

// begin starts the copy. Chunks that are added earlier are ignored.
func (o *outputCopy) begin() {
	if !o.begun {
		o.begun, o.chunks = true, []chunk{}
	}
}

// add appends a chunk, and drops the whole copy when it gets too long.
func (o *outputCopy) add(c chunk) {
	if o.chunks == nil {
		return
	}
	o.length += len(c.text)
	if o.length > maxHeld {
		o.chunks = nil
		return
	}
	o.chunks = append(o.chunks, chunk{c.stderr, bytes.Clone(c.text)})
}

// hasOutputCopy reports whether writeMissingEnd can compare the log with the output.
func (m *outputMerger) hasOutputCopy() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.chunks != nil
}

// writeMissingEnd writes what the whole log has behind the end of the live output. A runtime may
// drop from the stream what a program writes just before it ends, and log it all the same.
// It reports whether all of the log has been written by then: not if output before the first chunk
// of the copy is missing.
func (m *outputMerger) writeMissingEnd(log []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	streams := split(m.chunks)
	rest := takeLines(log, &streams)
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	switch { // the first missing line may have been written in part
	case len(rest) == 0:
	case len(streams[1]) == 0 && bytes.HasPrefix(line, streams[0]):
		m.write(m.asWritten(rest[len(streams[0]):]), false)
	case len(streams[0]) == 0 && bytes.HasPrefix(line, streams[1]):
		m.write(m.asWritten(rest[len(streams[1]):]), true)
	default:
		return false
	}
	return true
}

// takeLines removes the lines of log from the streams that have them next.
// It returns the rest of log, from the first line that neither stream has next.
func takeLines(log []byte, streams *[2][]byte) (rest []byte) {
	for len(log) > 0 {
		line := log
		end := bytes.IndexByte(log, '\n')
		if end >= 0 {
			line = log[:end+1]
		}
		stream := &streams[0]
		if !bytes.HasPrefix(*stream, line) {
			stream = &streams[1]
		}
		if !bytes.HasPrefix(*stream, line) {
			break
		}
		*stream, log = (*stream)[len(line):], log[len(line):]
	}
	return log
}

// split returns the text of stdout and of stderr, as the runtime logs it.
func split(chunks []chunk) (streams [2][]byte) {
	for _, c := range chunks {
		i := 0
		if c.stderr {
			i = 1
		}
		streams[i] = append(streams[i], c.text...)
	}
	return [2][]byte{asLogged(streams[0]), asLogged(streams[1])}
}
