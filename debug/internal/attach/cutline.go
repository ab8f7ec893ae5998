package attach

import "bytes"

// cutLine is a line that the log has in full, and whose beginning ends the held output. The rest of
// the line is still to arrive, or the stream is past the line, and a new line begins as the last
// one does, such as with the same prompt. The next output shows which.
type cutLine struct {
	stderr        bool
	written, rest []byte // of the line; rest is empty once it is decided
}

// next returns what precedes p: nothing if the line goes on, and else its rest and the beginning
// of the new line.
func (c *cutLine) next(p []byte, stderr bool) (owed []byte) {
	if len(c.rest) == 0 || c.stderr != stderr {
		return nil
	}
	n := 0
	for n < len(p) && n < len(c.rest) && p[n] == c.rest[n] {
		n++
	}
	if n == len(p) || n == len(c.rest) {
		c.written, c.rest = append(c.written, p[:n]...), c.rest[n:]
		return nil
	}
	owed = append(c.rest, c.written...)
	c.rest = nil
	return owed
}

// findCutLine returns the length of the log prefix that precedes held, if held ends within the last
// line of log. ok is false if it does not, or on a terminal, whose prompts are much alike.
func (m *outputMerger) findCutLine(log []byte) (prefix int, cut cutLine, ok bool) {
	if m.tty {
		return 0, cut, false
	}
	streams := split(m.held)
	line := log[len(completeLines(log[:max(len(log)-1, 0)])):]
	prefix = len(log) - len(line) - len(completeLines(streams[0])) - len(completeLines(streams[1]))
	if prefix < 0 || len(takeLines(log[prefix:], &streams)) != len(line) {
		return 0, cut, false
	}
	for i, incomplete := range streams {
		if len(incomplete) > 0 && bytes.HasPrefix(line, incomplete) {
			return prefix, cutLine{stderr: i == 1, written: bytes.Clone(incomplete),
				rest: bytes.Clone(line[len(incomplete):])}, true
		}
	}
	return 0, cut, false
}
