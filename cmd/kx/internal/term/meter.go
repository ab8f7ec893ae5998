package term

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
)

// Meter measures work whose amount is counted. Set may be called by any goroutine.
type Meter struct {
	done, total atomic.Int64
	unit        string
}

// Bytes is the unit of a Meter of bytes. It shows their rate, too.
const Bytes = "bytes"

// NewMeter returns a Meter of a unit, and the Progress that shows it in a line of a terminal.
// Another output, and any with quiet, gets nothing. Done(false) clears the line.
func NewMeter(out io.Writer, unit string, quiet bool) (*Meter, *Progress) {
	m := &Meter{unit: unit}
	if messages, ok := out.(*MessageWriter); !ok || FileOf(messages.Writer) == nil {
		quiet = true
	}
	p := NewProgress(out, true)
	if !quiet {
		p.ended, p.meter = false, m
		p.screen = out.(*MessageWriter)
		go p.redraw()
	}
	return m, p
}

// Set sets how much is done, and of how much. A total of 0 is unknown.
func (m *Meter) Set(done, total int64) {
	m.done.Store(done)
	m.total.Store(total)
}

// line returns such a line as "12.3 MiB of 300.0 MiB, 25.1 MiB/s, 11s left" or
// "3 of 12 pods, 4s left".
func (m *Meter) line(elapsed time.Duration) string {
	done, total := m.done.Load(), m.total.Load()
	text, of := fmt.Sprint(done), fmt.Sprint(total)
	if m.unit == Bytes {
		text, of = sizeText(float64(done)), sizeText(float64(total))
	}
	if total > 0 {
		text += " of " + of
	}
	if m.unit != Bytes {
		text += " " + m.unit
	} else if elapsed > 0 {
		text += ", " + sizeText(float64(done)/elapsed.Seconds()) + "/s"
	}
	if done > 0 && total > done {
		left := time.Duration(float64(elapsed) * float64(total-done) / float64(done))
		text += ", " + printer.HumanDuration(left) + " left"
	}
	return text
}

// sizeText returns a number of bytes in the largest fitting unit, such as "12.3 MiB".
func sizeText(n float64) string {
	if n < 1024 {
		return fmt.Sprintf("%.0f B", n)
	}
	units := "KMGTPE"
	i := 0
	for n /= 1024; n >= 1023.95 && i < len(units)-1; i++ {
		n /= 1024
	}
	return fmt.Sprintf("%.1f %ciB", n, units[i])
}
