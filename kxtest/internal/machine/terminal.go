package machine

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// maxLine is the length of an edited line, and of the input that a terminal buffers, as in Linux.
const maxLine = 4096

// terminal is a pseudo-terminal with a line discipline. input is the typing side; read and write
// are the programs' side.
type terminal struct {
	ns         *namespace
	output     *pipe        // what the terminal shows
	foreground atomic.Int64 // the process group that signals go to

	mu            sync.Mutex
	width, height int
	modes         modes
	line          []byte   // the line that is being edited
	ready         [][]byte // unread input: whole lines, or any bytes in raw mode
	waiting       int      // bytes in ready
	prompt        string   // of a shell that waits for a line
	ended         bool     // input has reached EOF
	hungUp        bool
	changed       chan struct{} // closed and replaced when a blocked call may continue
}

// modes are the settings that stty changes.
type modes struct{ icanon, echo, isig, icrnl, opost, onlcr bool }

var saneModes = modes{icanon: true, echo: true, isig: true, icrnl: true, opost: true, onlcr: true}

func newTerminal(ns *namespace, width, height int) *terminal {
	return &terminal{
		ns:      ns,
		output:  newPipe(),
		width:   width,
		height:  height,
		modes:   saneModes,
		changed: make(chan struct{}),
	}
}

func (t *terminal) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *terminal) wait(ctx context.Context) error {
	changed := t.changed
	t.mu.Unlock()
	defer t.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return errInterrupted
	}
}

// read returns at most one line, or the available bytes in raw mode.
func (t *terminal) read(ctx context.Context, b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if ctx.Err() != nil {
			return 0, errInterrupted
		}
		if len(t.ready) > 0 {
			break
		}
		if t.ended || t.hungUp {
			return 0, io.EOF
		}
		if err := t.wait(ctx); err != nil {
			return 0, err
		}
	}
	t.prompt = "" // even if the line was typed ahead of the prompt
	n := copy(b, t.ready[0])
	t.waiting -= n
	if n == len(t.ready[0]) {
		t.ready = t.ready[1:]
	} else {
		t.ready[0] = t.ready[0][n:]
	}
	t.wake()
	if n == 0 && len(b) > 0 {
		return 0, io.EOF // ^D
	}
	return n, nil
}

func (t *terminal) write(ctx context.Context, b []byte) (int, error) {
	t.mu.Lock()
	translate, hungUp := t.modes.opost && t.modes.onlcr, t.hungUp
	t.mu.Unlock()
	if hungUp {
		return 0, errIO
	}
	if !translate {
		return t.output.write(ctx, b)
	}
	done := 0
	for line := range bytes.Lines(b) {
		text, ends := bytes.CutSuffix(line, []byte("\n"))
		if _, err := t.output.write(ctx, text); err != nil {
			return done, err
		}
		if ends {
			if _, err := t.output.write(ctx, []byte("\r\n")); err != nil {
				return done, err
			}
		}
		done += len(line)
	}
	return done, nil
}

func (t *terminal) close() {}

// input takes typed bytes. It blocks while maxLine bytes are unread.
func (t *terminal) input(ctx context.Context, b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := 0; i < len(b); {
		for t.waiting >= maxLine && !t.hungUp {
			if err := t.wait(ctx); err != nil {
				return i, err
			}
		}
		if t.hungUp {
			return i, errIO
		}
		if !t.modes.icanon && !t.modes.isig {
			n := min(len(b)-i, maxLine)
			piece := bytes.Clone(b[i : i+n])
			if t.modes.icrnl {
				piece = bytes.ReplaceAll(piece, []byte("\r"), []byte("\n"))
			}
			t.echoInput(piece)
			t.queueInput(piece)
			i += n
			continue
		}
		t.typeKey(b[i])
		i++
	}
	return len(b), nil
}

// The control characters.
const (
	keyInterrupt = 'C' & 0x1f
	keyEnd       = 'D' & 0x1f
	keyQuit      = '\\' & 0x1f
	keySuspend   = 'Z' & 0x1f
	keyKill      = 'U' & 0x1f
	keyWord      = 'W' & 0x1f
	keyDelete    = 0x7f
)

func (t *terminal) typeKey(c byte) {
	if t.modes.isig {
		switch c {
		case keyInterrupt, keyQuit:
			t.output.discard()
			t.echoInput([]byte{c})
			t.line, t.ready, t.waiting = nil, nil, 0
			t.wake()
			s := INT
			if c == keyQuit {
				s = sigQuit
			}
			t.mu.Unlock() // the namespace's lock is taken first
			t.signal(s)
			t.mu.Lock()
			return
		case keySuspend:
			t.echoInput([]byte{c}) // processes cannot be stopped
			return
		}
	}
	if c == '\r' && t.modes.icrnl {
		c = '\n'
	}
	if !t.modes.icanon {
		t.echoInput([]byte{c})
		t.queueInput([]byte{c})
		return
	}
	switch c {
	case '\n':
		t.echoInput([]byte{c})
		t.queueInput(append(t.line, c))
		t.line = nil
	case keyEnd:
		t.queueInput(t.line)
		t.line = nil
	case keyDelete, '\b':
		_, size := utf8.DecodeLastRune(t.line)
		t.erase(len(t.line) - size)
	case keyKill:
		t.erase(0)
	case keyWord:
		word := bytes.TrimRight(t.line, " ")
		t.erase(bytes.LastIndexByte(word, ' ') + 1)
	default:
		if len(t.line) < maxLine-1 {
			t.line = append(t.line, c)
			t.echoInput([]byte{c})
		}
	}
}

// erase shortens the line to a length.
func (t *terminal) erase(to int) {
	for len(t.line) > to {
		_, size := utf8.DecodeLastRune(t.line)
		width := 1
		if t.line[len(t.line)-1] < ' ' {
			width = 2 // shown as ^X
		}
		t.line = t.line[:len(t.line)-size]
		if t.modes.echo {
			t.output.tryWrite(bytes.Repeat([]byte("\b \b"), width))
		}
	}
}

func (t *terminal) queueInput(input []byte) {
	t.prompt = ""
	t.ready = append(t.ready, input)
	t.waiting += len(input)
	t.wake()
}

// echoInput echoes typed bytes.
func (t *terminal) echoInput(b []byte) {
	if !t.modes.echo {
		return
	}
	var shown []byte
	for _, c := range b {
		switch {
		case c == '\n' && t.modes.opost && t.modes.onlcr:
			shown = append(shown, "\r\n"...)
		case c < ' ' && c != '\n' && c != '\t' || c == keyDelete:
			shown = append(shown, '^', c^0x40)
		default:
			shown = append(shown, c)
		}
	}
	t.output.tryWrite(shown)
}

// signal sends a signal to the foreground process group.
func (t *terminal) signal(s Signal) {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	for _, other := range t.ns.tasks {
		if other.tty == t && int64(other.group) == t.foreground.Load() {
			other.signalLocked(s)
		}
	}
}

func (t *terminal) endInput() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.line) > 0 {
		t.queueInput(t.line)
		t.line = nil
	}
	t.ended = true
	t.wake()
}

// hangUp closes the terminal and sends SIGHUP to its processes.
func (t *terminal) hangUp() {
	t.mu.Lock()
	t.hungUp = true
	t.wake()
	t.mu.Unlock()
	t.output.closeWrite()
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	for _, other := range t.ns.tasks {
		if other.tty == t {
			other.signalLocked(HUP)
		}
	}
}

func (t *terminal) size() (width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.width, t.height
}

func (t *terminal) resize(width, height int) {
	t.mu.Lock()
	same := t.width == width && t.height == height
	t.width, t.height = width, height
	// Busybox's shell redraws its line. A client that attached late sees the prompt by this.
	if !same && t.prompt != "" {
		t.output.tryWrite([]byte("\r\x1b[J" + t.prompt))
		t.echoInput(t.line)
	}
	t.mu.Unlock()
	if !same {
		t.signal(sigWinch)
	}
}

// setPrompt stores the prompt of a shell that waits for a line.
func (t *terminal) setPrompt(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.prompt = text
}

func (t *terminal) mode() modes {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.modes
}

func (t *terminal) setMode(m modes) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.modes.icanon && !m.icanon && len(t.line) > 0 {
		t.queueInput(t.line)
		t.line = nil
	}
	t.modes = m
	t.wake()
}
