//go:build !linux

package websocket

import "time"

// nanosleep returns at once: timers are too coarse here for less than a millisecond.
func nanosleep(time.Duration) {}
