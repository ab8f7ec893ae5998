//go:build unix

package term

import (
	"os"
	"os/signal"
	"syscall"
)

// WatchSize returns a channel that receives when the terminal may have another size, until stop is
// called. The size may also change while kx is stopped, so SIGCONT counts.
func WatchSize() (changed <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT)
	return c, func() { signal.Stop(c) }
}

// interpretEscapes does nothing: Unix terminals interpret escape sequences.
func interpretEscapes(*os.File) (undo func()) { return nil }
