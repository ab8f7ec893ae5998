package websocket

import (
	"syscall"
	"time"
)

// nanosleep waits for less than a millisecond. Go's own timers would wait for a whole one.
// A signal may end the wait early.
func nanosleep(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil)
}
