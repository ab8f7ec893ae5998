//go:build !linux

package transport

import "time"

// doze does not wait: for less than a millisecond timers are too coarse here.
func doze(time.Duration) {}
