package chooser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kx-k8s/kx/cmd/kx/internal/term"
)

// escapeDelay is how long the rest of an escape sequence may take. A terminal sends a sequence at
// once; a network may divide it.
const escapeDelay = 100 * time.Millisecond

// ErrLeft is returned when the user has chosen nothing.
var ErrLeft = errors.New("nothing was chosen")

// Run shows c until the user has decided. It returns the index of the chosen row. It fails with
// ErrLeft, or with the cause of ctx. Keys are read from in, and the screen is drawn on out; both
// are the terminal t, which is as before when Run returns.
func (c *Chooser) Run(ctx context.Context, t *term.Terminal, in, out *os.File) (row int,
	err error) {
	if err := t.OpenScreen(in, out); err != nil {
		return 0, fmt.Errorf("cannot make the terminal raw: %w", err)
	}
	defer t.Restore()
	changed, stop := term.WatchSize()
	defer stop()
	// Both channels have room, so that neither side waits for the other at the end.
	typed, more := make(chan []byte, 1), make(chan struct{}, 1)
	defer close(more)
	go readKeys(in, typed, more)
	more <- struct{}{}
	for {
		c.draw(t, out)
		var ended <-chan time.Time
		if c.Waits() {
			ended = time.After(escapeDelay)
		}
		outcome := Undecided
		select {
		case keys, open := <-typed:
			if !open { // the terminal was closed
				return 0, ErrLeft
			}
			outcome = c.Type(keys)
			if outcome == Undecided {
				more <- struct{}{}
			}
		case <-ended:
			outcome = c.EndSequence()
		case <-changed:
			t.ReapplyRaw()
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
		switch outcome {
		case Chosen:
			return c.Selected(), nil
		case Left:
			return 0, ErrLeft
		}
	}
}

// readKeys reads once for each value of more. So the keys after the choice are left to the session
// that follows. After an error it closes typed.
func readKeys(in *os.File, typed chan<- []byte, more <-chan struct{}) {
	defer close(typed)
	for range more {
		buffer := make([]byte, 256)
		n, err := in.Read(buffer)
		if n == 0 || err != nil {
			return
		}
		typed <- buffer[:n]
	}
}

// draw draws the screen. A failure shows itself when the keys are read.
func (c *Chooser) draw(t *term.Terminal, out *os.File) {
	width, height := t.Size()
	if width == 0 {
		width, height = 80, 24
	}
	screen := c.Screen(width, height)
	var b strings.Builder
	b.WriteString("\x1b[H")
	for i, line := range screen.Lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		if i == screen.Selected {
			line = "\x1b[7m" + line + "\x1b[0m" // inverse
		}
		b.WriteString(line + "\x1b[K")
	}
	fmt.Fprintf(&b, "\x1b[J\x1b[1;%dH", screen.Column+1)
	_, _ = out.WriteString(b.String())
}
