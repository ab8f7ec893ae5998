package command

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/kx-k8s/kx/cmd/kx/internal/term"
)

// Interruptible returns a context that the first signal cancels. A second signal restores the
// terminal and ends kx at once. A second SIGHUP does not: the shell and the kernel both send one
// when a terminal is closed, and kx may still have a pod to remove.
func Interruptible(t *term.Terminal) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // nohup and shells without job control ignore some
			signal.Notify(signals, s)
		}
	}
	go func() {
		cancel(errors.New((<-signals).String()))
		second := <-signals
		for second == syscall.SIGHUP {
			second = <-signals
		}
		t.Restore()
		code := ExitFailed
		if number, ok := second.(syscall.Signal); ok {
			code = 128 + int(number) // as a shell reports the end by a signal
		}
		os.Exit(code)
	}()
	return ctx
}
