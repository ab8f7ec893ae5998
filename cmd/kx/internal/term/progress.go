package term

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
)

const (
	// redrawDelay is how long a wait takes before a terminal shows it.
	redrawDelay = 300 * time.Millisecond
	// redrawInterval is how often the terminal shows the elapsed seconds.
	redrawInterval = 200 * time.Millisecond
)

// Progress shows why a container does not run yet. A terminal gets one line that is redrawn,
// another output a line for each change.
type Progress struct {
	out    io.Writer
	screen *MessageWriter // the terminal; nil for another output
	prefix string         // of each line of another output
	meter  *Meter         // what a line of work that is counted shows

	mu      sync.Mutex
	started time.Time
	steps   []string
	detail  string
	drawn   bool
	ended   bool
	held    bool // the last line is a question to the user, or a session's
	stop    chan struct{}
}

// NewProgress returns a Progress that writes to out, or to nothing with quiet.
func NewProgress(out io.Writer, quiet bool) *Progress {
	p := &Progress{out: out, started: time.Now(), stop: make(chan struct{}), ended: quiet}
	if m, ok := out.(*MessageWriter); ok && FileOf(m.Writer) != nil && !quiet {
		p.screen = m
		go p.redraw()
	}
	return p
}

// Show shows the reason why the container waits now.
func (p *Progress) Show(reason, message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if reason == "" || p.ended {
		return // the node has not seen the pod yet
	}
	if p.held && p.screen == nil {
		return
	}
	if p.screen != nil {
		n := len(p.steps)
		if n == 0 || p.steps[n-1] != reason {
			p.steps = append(p.steps, reason)
		}
		p.detail = message
		return
	}
	text := p.prefix + "Waiting: " + reason
	if message != "" {
		text += ": " + message
	}
	fmt.Fprintln(p.out, printer.OneLine(text))
}

// OnTerminal reports whether a terminal shows the progress.
func (p *Progress) OnTerminal() bool { return p.screen != nil }

// Hold clears the line, and shows nothing until release is called.
func (p *Progress) Hold() (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = true
	if p.drawn {
		_ = p.screen.draw("")
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.held = false
	}
}

// Done ends the progress. running reports whether the container runs.
func (p *Progress) Done(running bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	p.ended = true
	close(p.stop)
	switch {
	case p.drawn && running:
		p.steps, p.detail = append(p.steps, "Running"), ""
		_ = p.screen.draw(p.line() + "\n")
	case p.drawn:
		_ = p.screen.draw("")
	}
}

// redraw draws the line until Done is called.
func (p *Progress) redraw() {
	pause := redrawDelay
	for {
		select {
		case <-time.After(pause):
		case <-p.stop:
			return
		}
		pause = redrawInterval
		p.mu.Lock()
		if !p.ended && !p.held {
			p.drawn = true
			_ = p.screen.draw(p.line()) // best effort
		}
		p.mu.Unlock()
	}
}

// line returns the line, cut to the width of the terminal, such as
// "Waiting 3s: Pulling… ImagePullBackOff: Back-off pulling image".
func (p *Progress) line() string {
	if p.meter != nil {
		return p.fit(p.meter.line(time.Since(p.started)))
	}
	steps := p.steps[max(0, len(p.steps)-5):]
	text := fmt.Sprintf("Waiting %ds: %s", int(time.Since(p.started).Seconds()),
		strings.Join(steps, "… "))
	if p.ended {
		text = fmt.Sprintf("%s after %.1fs", strings.Join(steps, "… "),
			time.Since(p.started).Seconds())
	} else if len(steps) == 0 {
		text += "for the node"
	}
	if p.detail != "" {
		text += ": " + p.detail
	}
	return p.fit(text)
}

// fit returns text, cut to the width of the terminal.
func (p *Progress) fit(text string) string {
	line := []rune(printer.OneLine(text))
	width, _ := p.screen.Terminal.Size()
	if width > 1 && len(line) >= width {
		line = append(line[:width-2], '…')
	}
	return string(line)
}

// NewPrefixedProgress returns a Progress that writes a line for each change, even to a
// terminal. Each line begins with prefix.
func NewPrefixedProgress(out io.Writer, prefix string, quiet bool) *Progress {
	return &Progress{out: out, prefix: prefix, ended: quiet}
}
