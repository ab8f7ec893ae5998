package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/kx-k8s/kx/debug"
)

const (
	// liveAfter is how long a wait may take before it is shown on a terminal, and liveEvery how often the line is drawn anew.
	liveAfter, liveEvery = 300 * time.Millisecond, 200 * time.Millisecond
)

// progress shows what a container waits for: on a terminal in one line that lives, elsewhere by a line for each change.
type progress struct {
	out    io.Writer
	screen *messages // the terminal; nil where there is none
	prefix string    // of each line elsewhere

	mu     sync.Mutex
	begun  time.Time
	steps  []string
	detail string
	drawn  bool
	over   bool
	stop   chan struct{}
}

// newProgress gives one that shows nothing when quiet is set.
func (k *kx) newProgress(quiet bool) *progress {
	p := &progress{out: k.err, begun: time.Now(), stop: make(chan struct{}), over: quiet}
	if m, ok := k.err.(*messages); ok && terminalOf(m.Writer) != nil && !quiet {
		p.screen = m
		go p.live()
	}
	return p
}

// waiting takes in what the container waits for now.
func (p *progress) waiting(w debug.Waiting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.Reason == "" || p.over {
		return // not seen by the node yet
	}
	if p.screen != nil {
		n := len(p.steps)
		if n == 0 || p.steps[n-1] != w.Reason {
			p.steps = append(p.steps, w.Reason)
		}
		p.detail = w.Message
		return
	}
	text := p.prefix + "waiting: " + w.Reason
	if w.Message != "" {
		text += ": " + w.Message
	}
	fmt.Fprintln(p.out, oneLine(text))
}

// done ends it; running says that the container has come to run.
func (p *progress) done(running bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.over = true
	close(p.stop)
	switch {
	case p.drawn && running:
		p.steps, p.detail = append(p.steps, "Running"), ""
		_ = p.screen.draw(p.line() + "\n")
	case p.drawn:
		_ = p.screen.draw("")
	}
}

// live draws the line until done is called.
func (p *progress) live() {
	pause := liveAfter
	for {
		select {
		case <-time.After(pause):
		case <-p.stop:
			return
		}
		pause = liveEvery
		p.mu.Lock()
		if !p.over {
			p.drawn = true
			_ = p.screen.draw(p.line()) // without it nothing is lost
		}
		p.mu.Unlock()
	}
}

// line is such as "waiting 3s: Pulling, ImagePullBackOff: Back-off pulling image", as much of it as fits.
func (p *progress) line() string {
	steps := p.steps[max(0, len(p.steps)-5):]
	text := fmt.Sprintf("waiting %ds: %s", int(time.Since(p.begun).Seconds()), strings.Join(steps, "… "))
	if p.over {
		text = fmt.Sprintf("%s after %.1fs", strings.Join(steps, "… "), time.Since(p.begun).Seconds())
	} else if len(steps) == 0 {
		text += "the node"
	}
	if p.detail != "" {
		text += ": " + p.detail
	}
	line := []rune(oneLine(text))
	width, _ := p.screen.terminal.size()
	if width > 1 && len(line) >= width {
		line = append(line[:width-2], '…')
	}
	return string(line)
}
