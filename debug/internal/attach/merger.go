package attach

import (
	"bytes"
	"io"
	"sync"
)

// maxHeld is how many bytes of live output are held until the log is read, and how many an
// outputCopy keeps.
const maxHeld = 256 << 10

// outputMerger puts what a program wrote before the attach, which only the log has, in front of the
// live output.
//
// The node serves the log once the pod's status says that the container runs, up to two seconds
// after the first attach. Until then live output is held. A terminal is the exception: it shows a
// prompt at once, and everything once the user has typed.
type outputMerger struct {
	out, err io.Writer
	tty      bool

	mu           sync.Mutex
	changed      sync.Cond
	held         []chunk
	size         int  // the bytes in held
	sessionKnown bool // the caller has the session, so that a terminal may show output
	shown        int  // how many bytes of held are written already
	typed        bool // the user has typed, and waits for the echo
	released     bool // nothing is held any more
	hasOutput    bool // some output has arrived
	failed       error
	first        chan struct{} // closed at the first output
	cut          cutLine
	outputCopy
}

// chunk is a part of the output.
type chunk struct {
	stderr bool
	text   []byte
}

func newOutputMerger(out, err io.Writer, tty bool) *outputMerger {
	m := &outputMerger{out: out, err: err, tty: tty, first: make(chan struct{})}
	m.changed.L = &m.mu
	return m
}

// isSilent reports whether no session has sent output.
func (m *outputMerger) isSilent() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.hasOutput
}

func (m *outputMerger) stdout() io.Writer { return m.writer(m.out, false) }
func (m *outputMerger) stderr() io.Writer { return m.writer(m.err, true) }

func (m *outputMerger) writer(to io.Writer, stderr bool) io.Writer {
	if to == nil {
		return nil
	}
	return &mergerWriter{m, to, stderr}
}

type mergerWriter struct {
	*outputMerger
	to     io.Writer
	stderr bool
}

// Write holds p until mergeLog is called. With maxHeld bytes held, Write waits for that.
func (w *mergerWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.hasOutput = w.hasOutput || len(p) > 0
	if len(p) > 0 && w.size == 0 && !w.released {
		close(w.first)
	}
	for !w.released && w.size >= maxHeld && w.failed == nil {
		w.changed.Wait()
	}
	if w.released || w.failed != nil {
		err := w.failed
		owed := w.cut.next(p, w.stderr)
		w.add(chunk{w.stderr, owed})
		w.add(chunk{w.stderr, p})
		w.mu.Unlock()
		if err == nil && len(owed) > 0 {
			_, err = w.to.Write(owed)
		}
		if err != nil {
			return 0, err
		}
		return w.to.Write(p)
	}
	defer w.mu.Unlock()
	w.held = append(w.held, chunk{w.stderr, bytes.Clone(p)})
	w.size += len(p)
	w.show()
	return len(p), w.failed
}

// show writes what a terminal shows before the log is read. The caller holds the lock.
func (m *outputMerger) show() {
	if !m.tty || !m.sessionKnown || !m.typed && bytes.IndexByte(m.live(), '\n') >= 0 {
		return
	}
	m.write(m.live()[m.shown:], false)
	m.shown = m.size
}

// live returns all held output in the order in which it came. The caller holds the lock.
func (m *outputMerger) live() (all []byte) {
	for _, c := range m.held {
		all = append(all, c.text...)
	}
	return all
}

// write writes to the caller's stdout or stderr, and keeps the first error. The caller holds the
// lock.
func (m *outputMerger) write(text []byte, stderr bool) {
	to := m.out
	if stderr || to == nil {
		to = m.err
	}
	if len(text) > 0 && m.failed == nil {
		_, m.failed = to.Write(text)
	}
}

// onSessionKnown marks that the caller has the session, so that a terminal may show its prompt.
func (m *outputMerger) onSessionKnown() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.sessionKnown && !m.released {
		m.sessionKnown = true
		m.show()
	}
}

// onTyped marks that the user has typed. A terminal shows everything from then on, so that the echo
// appears.
func (m *outputMerger) onTyped() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.typed && !m.released {
		m.typed = true
		m.show()
	}
}

// isHolding reports whether output is still held: mergeLog has not been called yet.
func (m *outputMerger) isHolding() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.released
}

// failure returns why some of the output could not be written, or nil.
func (m *outputMerger) failure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed
}

// matchIsExact reports whether the place of the held output in log is unambiguous.
func (m *outputMerger) matchIsExact(log []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, exact := m.findLiveOutput(log)
	return exact
}

// writeLog writes a part of the log that precedes all held output.
func (m *outputMerger) writeLog(log []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.write(m.asWritten(log), false)
}

// writeEarly writes a part of the log while no live output has come, and reports whether it has.
// What comes then is held as before.
func (m *outputMerger) writeEarly(log []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tty || m.released || m.size > 0 {
		return false
	}
	m.begin()
	m.add(chunk{false, log})
	m.write(log, false)
	return true
}

// mergeLog writes the part of log that precedes the held output, then the held output. Nothing is
// held from then on. A nil log means that only the live output is wanted.
func (m *outputMerger) mergeLog(log []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.released {
		return
	}
	prefix, _ := m.findLiveOutput(log)
	_, m.cut, _ = m.findCutLine(log)
	shown := m.live()[:m.shown]
	lines := completeLines(log[:prefix])
	switch {
	case m.shown == 0:
		m.write(m.asWritten(log[:prefix]), false)
	// insert the lines above the line that has the cursor
	case len(lines) > 0 && !drawsFullScreen(shown):
		line := shown[bytes.LastIndexByte(shown, '\n')+1:]
		m.write(append(append([]byte("\r\x1b[K"), m.asWritten(lines)...), line...), false)
	}
	skip := m.shown
	for _, c := range m.held {
		n := min(skip, len(c.text))
		skip -= n
		m.write(c.text[n:], c.stderr)
	}
	if log != nil {
		m.begin()
		m.add(chunk{false, log[:prefix]})
		for _, c := range m.held {
			m.add(c)
		}
	}
	m.held, m.size, m.released = nil, 0, true
	m.changed.Broadcast()
}

// asWritten returns a part of the log as a terminal wrote it: the runtime drops carriage returns
// from the log.
func (m *outputMerger) asWritten(text []byte) []byte {
	if !m.tty {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

// asLogged returns output as the runtime logs it, without carriage returns.
func asLogged(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// completeLines returns text up to its last newline. The log usually lacks the line that is not
// complete.
func completeLines(text []byte) []byte { return text[:bytes.LastIndexByte(text, '\n')+1] }

// drawsFullScreen reports whether text has a control sequence of a full-screen program, such as an
// editor. No line may be inserted into the screen of such a program.
func drawsFullScreen(text []byte) bool {
	for _, sequence := range []string{"\x1b[?1049h", "\x1b[?47h", "\x1b[2J", "\x1b[H"} {
		if bytes.Contains(text, []byte(sequence)) {
			return true
		}
	}
	return false
}
