// Package term is the local terminal: its raw mode, its size, the keys that detach, and the
// line that shows progress.
package term

import (
	"os"
	"sync"

	"golang.org/x/term"
)

// Terminal is the terminal that kx runs in. During a session it is raw: each key, ^C too,
// reaches the remote program as it is typed.
type Terminal struct {
	mu           sync.Mutex
	restoreFuncs []func() // undo raw mode; nil unless the terminal is raw
	raw          *os.File // the terminal that is raw
	files        []*os.File
}

// FileOf returns stream as a file when it is a terminal, and nil otherwise.
func FileOf(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// AddStreams adds the streams that may be the terminal. Output comes first: Windows knows the
// size of no other.
func (t *Terminal) AddStreams(streams ...any) {
	for _, stream := range streams {
		f := FileOf(stream)
		if f != nil {
			t.files = append(t.files, f)
		}
	}
}

// MakeRaw makes the terminal raw. The caller defers Restore.
func (t *Terminal) MakeRaw(in *os.File) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return err
	}
	t.raw = in
	t.restoreFuncs = append(t.restoreFuncs, func() { _ = term.Restore(int(in.Fd()), before) })
	for _, f := range t.files {
		undo := interpretEscapes(f)
		if undo != nil {
			t.restoreFuncs = append(t.restoreFuncs, undo)
		}
	}
	return nil
}

// The sequences of xterm that show another screen, and the first one again with its contents and
// cursor.
const (
	showOtherScreen = "\x1b[?1049h"
	showFirstScreen = "\x1b[?1049l"
)

// OpenScreen makes the terminal raw and shows an empty screen. Restore shows the former contents
// again.
func (t *Terminal) OpenScreen(in, out *os.File) error {
	if err := t.MakeRaw(in); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := out.WriteString(showOtherScreen)
	leave := func() { _, _ = out.WriteString(showFirstScreen) }
	// First, while the terminal interprets escape sequences.
	t.restoreFuncs = append([]func(){leave}, t.restoreFuncs...)
	return err
}

// ReapplyRaw makes a raw terminal raw again. A shell that stops and continues kx resets the
// terminal.
func (t *Terminal) ReapplyRaw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.restoreFuncs != nil {
		_, _ = term.MakeRaw(int(t.raw.Fd())) // restoreFuncs keep the first state
	}
}

// Restore undoes MakeRaw. It is safe for several goroutines, and may be called more than once.
func (t *Terminal) Restore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, undo := range t.restoreFuncs {
		undo()
	}
	t.restoreFuncs = nil
}

// Size returns the size in characters, or 0 and 0 when it is unknown.
func (t *Terminal) Size() (width, height int) {
	for _, f := range t.files {
		if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 && height > 0 {
			return width, height
		}
	}
	return 0, 0
}

// Width returns the columns of stream, or 80 when stream is no terminal.
func Width(stream any) int {
	f := FileOf(stream)
	if f != nil {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 80
}
