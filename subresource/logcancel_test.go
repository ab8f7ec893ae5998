package subresource_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

// canceler ends a context at the nth step of a fakeNode. A step is a request, an answer or a Read
// of a body.
type canceler struct {
	*fakeNode
	cancel context.CancelFunc
	left   int // steps before the context ends
	open   int // bodies that are not closed
}

func (c *canceler) step() {
	if c.left == 0 {
		c.cancel()
	}
	c.left--
}

func (c *canceler) RoundTrip(r *http.Request) (*http.Response, error) {
	c.step()
	response, err := c.fakeNode.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	c.open++
	response.Body = &steppedBody{ReadCloser: response.Body, canceler: c, ctx: r.Context()}
	c.step()
	return response, nil
}

// steppedBody returns a body in pieces of 20 bytes.
type steppedBody struct {
	io.ReadCloser
	canceler *canceler
	ctx      context.Context
	closed   bool
}

func (b *steppedBody) Read(p []byte) (int, error) {
	b.canceler.step()
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p[:min(len(p), 20)])
}

func (b *steppedBody) Close() error {
	if !b.closed {
		b.closed = true
		b.canceler.open--
	}
	return b.ReadCloser.Close()
}

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
					c := &canceler{fakeNode: n, cancel: cancel, left: steps}
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
					require.Zero(t, c.open, "bodies that are left open after %d steps", steps)
					done = c.left >= 0
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
