// Package signaltest gives the programs that a test starts the default actions of signals.
//
//	func TestMain(m *testing.M) {
//		signaltest.Reset()
//		os.Exit(m.Run())
//	}
package signaltest

import (
	"os"
	"os/signal"
	"syscall"
)

// Reset lets the processes of the tests receive the signals that this process ignores. A process
// inherits ignored signals ("make test &", nohup), and kx then ignores them as well. A signal with
// a handler has its default action in a new process.
func Reset() {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}
