package subresource_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/canceltest"
	"github.com/kx-k8s/kx/subresource"
)

func TestTheEndOfTheContextAtAnyPointEndsALogAfterACompletePart(t *testing.T) {
	for name, follow := range map[string]bool{"read once": false, "followed": true} {
		t.Run(name, func(t *testing.T) {
			for steps, done := 0, false; !done && !t.Failed(); steps++ {
				require.Less(t, steps, 10_000, "the log does not end")
				synctest.Test(t, func(t *testing.T) {
					n := newFakeNode()
					want := story(n)[11:] // of the current run
					n.cut = func(answer int) int {
						if follow && answer == 0 {
							return 75
						}
						return -1
					}
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					c := &canceltest.Transport{Base: n, Cancel: cancel, Left: steps}
					var lines []string
					var failed error
					for line, err := range subresource.Log(podsOver(t, c)).Lines(ctx, "web-0", subresource.LogOptions{Follow: follow}) {
						require.NoError(t, failed, "after %d steps: an error is the last", steps)
						if err != nil {
							failed = err
							continue
						}
						if !line.Partial {
							line.Text += "\n"
						}
						lines = append(lines, line.Text)
					}
					require.Zero(t, c.Open, "bodies that are left open after %d steps", steps)
					done = c.Left >= 0
					require.Equal(t, want[:len(lines)], append([]string{}, lines...), "after %d steps", steps)
					if len(lines) < len(want) {
						require.ErrorIs(t, failed, context.Canceled, "after %d steps", steps)
						require.False(t, done)
					}
				})
			}
		})
	}
}
