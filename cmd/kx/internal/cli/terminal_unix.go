//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSize gives a channel that gets something when the terminal's size has changed, until stop is called. While kx was stopped it may have, too.
func watchSize() (changed <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT)
	return c, func() { signal.Stop(c) }
}

// interpretEscapes makes a console understand what programs write to move the cursor. Terminals do.
func interpretEscapes(*os.File) (undo func()) { return nil }
