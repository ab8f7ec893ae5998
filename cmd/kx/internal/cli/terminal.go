package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// terminal is the one that kx was started in. While a remote program has it, it is raw: each key goes there as it is typed, ^C too.
type terminal struct {
	mu    sync.Mutex
	undo  []func() // makes it again what it was; nil unless it is raw
	raw   *os.File // what is raw then
	files []*os.File
}

// terminalOf gives the file when it is a terminal, and nil otherwise.
func terminalOf(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// use says which of the program's streams may be the terminal. Windows knows the size of the output alone, so that comes first.
func (t *terminal) use(streams ...any) {
	for _, stream := range streams {
		f := terminalOf(stream)
		if f != nil {
			t.files = append(t.files, f)
		}
	}
}

// makeRaw hands the terminal over. Whoever calls it defers restore.
func (t *terminal) makeRaw(in *os.File) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return err
	}
	t.raw = in
	t.undo = append(t.undo, func() { _ = term.Restore(int(in.Fd()), before) }) // there is nobody to tell
	for _, f := range t.files {
		undo := interpretEscapes(f)
		if undo != nil {
			t.undo = append(t.undo, undo)
		}
	}
	return nil
}

// stayRaw makes it raw again, when it was: a shell that has stopped kx and lets it go on may have made it its own meanwhile.
func (t *terminal) stayRaw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.undo != nil {
		_, _ = term.MakeRaw(int(t.raw.Fd())) // as before: what it was is known
	}
}

// restore takes it back; it may be called at any time, by any goroutine, and more than once.
func (t *terminal) restore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, undo := range t.undo {
		undo()
	}
	t.undo = nil
}

// size gives its size in characters, 0 and 0 when that is not known.
func (t *terminal) size() (width, height int) {
	for _, f := range t.files {
		if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 && height > 0 {
			return width, height
		}
	}
	return 0, 0
}

// clearLine goes back to the start of the line, and clears it.
const clearLine = "\r\x1b[K"

// messages is stderr, for several goroutines. A raw terminal does not go back to the start of the line by itself, and a line that lives gives way
// to what comes, until it is drawn again.
type messages struct {
	io.Writer
	terminal *terminal
	mu       sync.Mutex
	living   bool // the last line is one that lives
}

// draw shows a line that lives, or one that it ends in.
func (m *messages) draw(line string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.living = !strings.HasSuffix(line, "\n") && line != ""
	_, err := io.WriteString(m.Writer, clearLine+line)
	return err
}

func (m *messages) Write(p []byte) (int, error) {
	m.terminal.mu.Lock()
	raw := m.terminal.undo != nil
	m.terminal.mu.Unlock()
	text := p
	if raw && terminalOf(m.Writer) != nil {
		text = bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.living {
		m.living = false
		text = append([]byte(clearLine), text...)
	}
	if _, err := m.Writer.Write(text); err != nil {
		return 0, err
	}
	return len(p), nil
}
