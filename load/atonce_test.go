package load_test

import (
	"context"
	"fmt"
	"sync"
)

// atOnce calls do with 0 to n-1 at once, and returns the first error. The context of the others
// ends with it.
func atOnce(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() {
			err := do(ctx, i)
			if err != nil {
				cancel(fmt.Errorf("call %d of %d: %w", i, n, err))
			}
		})
	}
	calls.Wait()
	return context.Cause(ctx)
}

// barrier lets calls go on once all of them have arrived.
type barrier struct {
	mu      sync.Mutex
	missing int
	open    chan struct{}
}

func newBarrier(n int) *barrier { return &barrier{missing: n, open: make(chan struct{})} }

// count counts a call, and reports whether it is the last.
func (b *barrier) count() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.missing--
	if b.missing == 0 {
		close(b.open)
	}
	return b.missing == 0
}

// arrive waits for the other calls, or for the end of ctx.
func (b *barrier) arrive(ctx context.Context) error {
	b.count()
	select {
	case <-b.open:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
