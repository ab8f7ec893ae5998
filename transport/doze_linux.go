package transport

import (
	"syscall"
	"time"
)

// doze waits for less than a millisecond, which Go's own timers do not tell from one.
func doze(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // cut short by a signal, it has been long enough
}
