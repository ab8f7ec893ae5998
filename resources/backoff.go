package resources

import (
	"context"
	"math/rand/v2"
	"time"
)

// The shortest and the longest pause of a backoff, before jitter.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 10 * time.Second
)

// backoff is the pause before the next attempt. It doubles from attempt to attempt.
type backoff struct{ pause time.Duration }

// wait pauses for half to one and a half of the next pause, or until ctx ends.
func (b *backoff) wait(ctx context.Context) {
	b.pause = min(max(b.pause*2, minBackoff), maxBackoff)
	timer := time.NewTimer(b.pause/2 + rand.N(b.pause))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// isReset reports whether the next pause is the shortest.
func (b *backoff) isReset() bool { return b.pause == 0 }

// reset makes the next pause the shortest.
func (b *backoff) reset() { b.pause = 0 }
