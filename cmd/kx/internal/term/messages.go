package term

import (
	"bytes"
	"io"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/internal/printable"
)

// clearLine moves the cursor to the start of the line, and clears the line.
const clearLine = "\r\x1b[K"

// MessageWriter is stderr, for several goroutines. It adds the carriage returns that a raw terminal
// needs. A line of progress is cleared before other text, and drawn again later.
type MessageWriter struct {
	io.Writer
	Terminal  *Terminal
	mu        sync.Mutex
	lineShown bool // the last line shows progress
}

// draw draws the line of progress. A line that ends with a newline is the last one.
func (m *MessageWriter) draw(line string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lineShown = !strings.HasSuffix(line, "\n") && line != ""
	_, err := io.WriteString(m.Writer, clearLine+line)
	return err
}

// Write writes messages. It escapes what controls the terminal.
func (m *MessageWriter) Write(p []byte) (int, error) {
	text, _ := printable.Escape(p, false)
	return len(p), m.writeText(text)
}

// Unescaped returns stderr for the output of a program, which may control the terminal.
func (m *MessageWriter) Unescaped() io.Writer { return (*programWriter)(m) }

type programWriter MessageWriter

func (w *programWriter) Write(p []byte) (int, error) {
	return len(p), (*MessageWriter)(w).writeText(p)
}

func (m *MessageWriter) writeText(text []byte) error {
	m.Terminal.mu.Lock()
	raw := m.Terminal.restoreFuncs != nil
	m.Terminal.mu.Unlock()
	if raw && FileOf(m.Writer) != nil {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lineShown {
		m.lineShown = false
		text = append([]byte(clearLine), text...)
	}
	_, err := m.Writer.Write(text)
	return err
}
