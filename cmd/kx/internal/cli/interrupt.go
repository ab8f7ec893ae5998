// Package cli is the kx command: its root, and one file for each verb.
package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the command line of this process and returns its exit status.
func Main() int {
	var t terminal
	return run(interruptible(&t), streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: &t}, os.Args[1:])
}

// interruptible gives a context that the first signal ends. A second one ends the program at once, with the terminal as it was.
func interruptible(t *terminal) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as nohup and shells without job control leave it
			signal.Notify(signals, s)
		}
	}
	go func() {
		cancel(errors.New((<-signals).String()))
		second := <-signals
		t.restore()
		code := exitFailed
		if number, ok := second.(syscall.Signal); ok {
			code = 128 + int(number) // as a shell tells that a signal ended a program
		}
		os.Exit(code)
	}()
	return ctx
}
