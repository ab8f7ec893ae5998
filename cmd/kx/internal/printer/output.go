package printer

import (
	"bytes"
	"io"
	"sync"

	"github.com/kx-k8s/kx/internal/printable"
)

// Output is stdout. A terminal gets characters that control it as escapes.
type Output struct {
	io.Writer
	IsTerminal bool

	mu      sync.Mutex
	partial []byte // the start of a character, whose rest the next Write has
}

// IsTerminal reports whether w is an Output to a terminal.
func IsTerminal(w io.Writer) bool {
	out, ok := w.(*Output)
	return ok && out.IsTerminal
}

// OutputError marks the errors of writing, which network errors could be taken for.
type OutputError struct{ err error }

func (e *OutputError) Error() string { return "cannot write the output: " + e.err.Error() }

func (e *OutputError) Unwrap() error { return e.err }

func (o *Output) Write(p []byte) (int, error) { return len(p), o.writeText(p, true) }

// Flush writes the start of a character whose rest is missing.
func (o *Output) Flush() error { return o.writeText(nil, false) }

func (o *Output) writeText(text []byte, more bool) error {
	if o.IsTerminal {
		o.mu.Lock()
		defer o.mu.Unlock()
		var rest []byte
		text, rest = printable.Escape(append(o.partial, text...), more)
		o.partial = bytes.Clone(rest)
	}
	if len(text) == 0 {
		return nil
	}
	_, err := o.Writer.Write(text)
	if err != nil {
		return &OutputError{err}
	}
	return nil
}

// Unescaped returns stdout for the output of a program, which may control the terminal.
func (o *Output) Unescaped() *Output { return &Output{Writer: o.Writer} }
