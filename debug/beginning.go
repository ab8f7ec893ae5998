package debug

import (
	"bytes"
	"io"
	"sync"
)

// maxHeld bounds what is held back of the output until the log tells what came before it.
const maxHeld = 256 << 10

// beginning puts what a program wrote before anybody had attached, which only its log has, in front of what came since.
// The node gives the log no sooner than the pod's status says that the container runs, which is up to two seconds later than one can attach.
// So what comes is held back until then; but where it goes to a terminal, a prompt is shown at once, and all is once something was typed.
type beginning struct {
	out, err io.Writer
	tty      bool

	mu      sync.Mutex
	changed sync.Cond
	held    []piece
	size    int
	started bool    // there is somebody to show it to
	shown   int     // how many of the bytes of held are written already
	typed   bool    // somebody answers to what is shown
	settled bool    // nothing is held back any more
	said    []piece // all of it so far in the words of the log, while that is little; nil when it was too much, or nobody knows the beginning
	saying  int     // how many bytes that is
	failed  error
	arrived chan struct{} // closed when the first output has come
}

// piece is a part of the output.
type piece struct {
	stderr bool
	text   []byte
}

func newBeginning(out, err io.Writer, tty bool) *beginning {
	b := &beginning{out: out, err: err, tty: tty, arrived: make(chan struct{})}
	b.changed.L = &b.mu
	return b
}

func (b *beginning) stdout() io.Writer { return b.writer(b.out, false) }
func (b *beginning) stderr() io.Writer { return b.writer(b.err, true) }

func (b *beginning) writer(to io.Writer, stderr bool) io.Writer {
	if to == nil {
		return nil
	}
	return &beginningWriter{b, to, stderr}
}

type beginningWriter struct {
	*beginning
	to     io.Writer
	stderr bool
}

// Write keeps what comes until settle is called, and waits for that once it has kept enough.
func (w *beginningWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	if len(p) > 0 && w.size == 0 && !w.settled {
		close(w.arrived)
	}
	for !w.settled && w.size >= maxHeld && w.failed == nil {
		w.changed.Wait()
	}
	if w.settled || w.failed != nil {
		err := w.failed
		w.say(piece{w.stderr, p})
		w.mu.Unlock()
		if err != nil {
			return 0, err
		}
		return w.to.Write(p)
	}
	defer w.mu.Unlock()
	w.held = append(w.held, piece{w.stderr, bytes.Clone(p)})
	w.size += len(p)
	w.show()
	return len(p), w.failed
}

// show writes what need not be held back. The caller holds the lock, as for all that follows.
func (b *beginning) show() {
	if !b.tty || !b.started || !b.typed && bytes.IndexByte(b.live(), '\n') >= 0 {
		return
	}
	b.write(b.live()[b.shown:], false)
	b.shown = b.size
}

// live is all that has come, in the order in which it came.
func (b *beginning) live() (all []byte) {
	for _, p := range b.held {
		all = append(all, p.text...)
	}
	return all
}

func (b *beginning) write(text []byte, stderr bool) {
	to := b.out
	if stderr || to == nil {
		to = b.err
	}
	if len(text) > 0 && b.failed == nil {
		_, b.failed = to.Write(text)
	}
}

// start says that the caller knows of the session, and may be shown what comes from it.
func (b *beginning) start() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.started && !b.settled {
		b.started = true
		b.show()
	}
}

// answer says that something was typed, so that its echo is waited for.
func (b *beginning) answer() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.typed && !b.settled {
		b.typed = true
		b.show()
	}
}

// waits holds until settle is called.
func (b *beginning) waits() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.settled
}

// fits tells whether it is certain how much of log came before what is held.
func (b *beginning) fits(log []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, certain := b.place(log)
	return certain
}

// before writes what is certain to come before all that is held.
func (b *beginning) before(log []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write(b.asWritten(log), false)
}

// settle writes what log has from before the attach, then all that is held, and holds back nothing from now on.
func (b *beginning) settle(log []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.settled {
		return
	}
	before, _ := b.place(log)
	shown := b.live()[:b.shown]
	lines := complete(log[:before])
	switch {
	case b.shown == 0:
		b.write(b.asWritten(log[:before]), false)
	case len(lines) > 0 && !fullScreen(shown): // above the line where the cursor is
		line := shown[bytes.LastIndexByte(shown, '\n')+1:]
		b.write(append(append([]byte("\r\x1b[K"), b.asWritten(lines)...), line...), false)
	}
	skip := b.shown
	for _, p := range b.held {
		n := min(skip, len(p.text))
		skip -= n
		b.write(p.text[n:], p.stderr)
	}
	if log != nil {
		b.said = []piece{}
		b.say(piece{false, log[:before]})
		for _, p := range b.held {
			b.say(p)
		}
	}
	b.held, b.size, b.settled = nil, 0, true
	b.changed.Broadcast()
}

// asWritten gives a part of the log as a terminal wrote it: the runtime leaves the carriage returns out.
func (b *beginning) asWritten(text []byte) []byte {
	if !b.tty {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

// asLogged gives output as the runtime logs it.
func asLogged(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// complete gives the lines of text that have ended: the others are not in the log yet, as a rule.
func complete(text []byte) []byte { return text[:bytes.LastIndexByte(text, '\n')+1] }

// fullScreen holds for what draws on the whole of a terminal, where no text may come in between.
func fullScreen(text []byte) bool {
	for _, sequence := range []string{"\x1b[?1049h", "\x1b[?47h", "\x1b[2J", "\x1b[H"} {
		if bytes.Contains(text, []byte(sequence)) {
			return true
		}
	}
	return false
}

// place tells how many bytes of log came before what is held, and whether that is certain, which it is when the rest of log is what is held.
// While output comes the two are never read at the same moment; then the place nearest to where they would meet is taken at which they agree.
func (b *beginning) place(log []byte) (before int, certain bool) {
	live, streams := asLogged(b.live()), split(b.held)
	logged := len(complete(streams[0])) + len(complete(streams[1]))
	for _, n := range []int{len(live), logged} {
		x := len(log) - n
		if x >= 0 && agree(log[x:], streams, true) {
			return x, true
		}
	}
	// As a rule the log is ahead: what comes is in it before it is here. So much of it is on its way that the place is further up.
	expected := max(0, len(log)-logged)
	for i := range log {
		x := expected - i
		if x < 0 {
			x = i
		}
		if (len(streams[1]) == 0 || x == 0 || log[x-1] == '\n') && agree(log[x:], streams, false) {
			return x, false
		}
	}
	return expected, false
}

// agree holds when log is made of the lines of both streams, in their order: of all that are complete, when whole is set, and otherwise of some of the first.
// Where there is one stream alone it need not begin with a line.
func agree(log []byte, streams [2][]byte, whole bool) bool {
	if len(streams[1]) == 0 || len(streams[0]) == 0 {
		stream := streams[0]
		if len(stream) == 0 {
			stream = streams[1]
		}
		if whole {
			return bytes.HasPrefix(stream, log)
		}
		return bytes.HasPrefix(stream, log) || bytes.HasPrefix(log, stream)
	}
	rest := takeLines(log, &streams)
	return len(rest) == 0 || !whole && len(complete(streams[0])) == 0 && len(complete(streams[1])) == 0
}
