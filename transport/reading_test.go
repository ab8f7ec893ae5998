package transport

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAReadThatHangsIsWaitedForByNobodyAfterFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r reading
		var begun atomic.Int32
		hang := make(chan struct{})
		read := func() { begun.Add(1); <-hang }
		start := time.Now()
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		r.join(cancelled, read)
		require.Zero(t, time.Since(start), "nor by a request that is given up")
		time.Sleep(3 * time.Second)
		r.join(t.Context(), read)
		require.Equal(t, 5*time.Second, time.Since(start), "together with those that came before")
		for range 10 {
			r.join(t.Context(), read)
			r.anew(t.Context(), read)
		}
		require.Equal(t, 5*time.Second, time.Since(start))
		require.EqualValues(t, 1, begun.Load())
		close(hang)
		synctest.Wait()
		r.join(t.Context(), read)
		require.EqualValues(t, 2, begun.Load(), "once it has ended the next one is made")
	})
}

func TestAReadThatIsUnderWayServesAllButWhoeverAsksForANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r reading
		var begun atomic.Int32
		read := func() { begun.Add(1); time.Sleep(time.Second) }
		start := time.Now()
		for range 100 {
			go r.join(t.Context(), read)
		}
		time.Sleep(time.Second / 2)
		r.anew(t.Context(), read)
		require.Equal(t, 2*time.Second, time.Since(start))
		require.EqualValues(t, 2, begun.Load())
	})
}
