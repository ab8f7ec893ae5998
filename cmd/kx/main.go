// Command kx is a lightweight Kubernetes client: it takes kubectl's verbs and flags, and debugs running pods with ephemeral containers.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	var t terminal
	os.Exit(run(interruptible(&t), streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: &t}, os.Args[1:]))
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
