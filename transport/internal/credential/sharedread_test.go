package credential

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNoRequestWaitsLongerThanFiveSecondsForAReadThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r sharedRead
		var started atomic.Int32
		hang := make(chan struct{})
		read := func() { started.Add(1); <-hang }
		start := time.Now()
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		r.run(cancelled, read)
		require.Zero(t, time.Since(start), "a cancelled request does not wait")
		time.Sleep(3 * time.Second)
		r.run(t.Context(), read)
		require.Equal(t, 5*time.Second, time.Since(start), "the time counts from the start of the read")
		for range 10 {
			r.run(t.Context(), read)
			r.runFresh(t.Context(), read)
		}
		require.Equal(t, 5*time.Second, time.Since(start))
		require.EqualValues(t, 1, started.Load())
		close(hang)
		synctest.Wait()
		r.run(t.Context(), read)
		require.EqualValues(t, 2, started.Load(), "after its end another read starts")
	})
}

func TestARunningReadServesAllCallersExceptRunFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r sharedRead
		var started atomic.Int32
		read := func() { started.Add(1); time.Sleep(time.Second) }
		start := time.Now()
		for range 100 {
			go r.run(t.Context(), read)
		}
		time.Sleep(time.Second / 2)
		r.runFresh(t.Context(), read)
		require.Equal(t, 2*time.Second, time.Since(start))
		require.EqualValues(t, 2, started.Load())
	})
}
