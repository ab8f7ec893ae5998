package subresource

import "time"

// statusLinger is how long the server may take to end a session after the status. Time in which the
// caller's streams hold the session up does not count.
const statusLinger = time.Second

// endClock ends a session statusLinger after the status. The goroutine that reads the socket uses
// it.
type endClock struct {
	timer   *time.Timer // nil until the status has arrived
	started time.Time   // zero while the clock stands still
	left    time.Duration
}

// startEndClock starts the clock if the status has arrived.
func (s *Session) startEndClock() {
	switch {
	case !s.status.complete:
	case s.end.timer == nil:
		s.end = endClock{started: time.Now(), left: statusLinger,
			timer: time.AfterFunc(statusLinger, func() { s.ws.Close() })}
	default:
		s.end.start()
	}
}

func (c *endClock) start() {
	if c.started.IsZero() {
		c.started = time.Now()
		c.timer.Reset(c.left)
	}
}

// stop stops the clock. It reports whether the clock was running.
func (c *endClock) stop() bool {
	if c.started.IsZero() {
		return false
	}
	c.timer.Stop()
	c.left -= time.Since(c.started)
	c.started = time.Time{}
	return true
}
