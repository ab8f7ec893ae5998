package resources_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// canceler is a script that ends a context at its nth step. A step is a request, an answer or a
// Read of a body.
type canceler struct {
	*script
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
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	response, err := c.script.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	c.open++
	response.Body = &steppedBody{ReadCloser: response.Body, canceler: c, ctx: r.Context()}
	c.step()
	return response, nil
}

// steppedBody returns a body in pieces of 40 bytes.
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
	return b.ReadCloser.Read(p[:min(len(p), 40)])
}

func (b *steppedBody) Close() error {
	if !b.closed {
		b.closed = true
		b.canceler.open--
	}
	return b.ReadCloser.Close()
}

func TestTheEndOfTheContextAtAnyPointEndsTheCallAndFreesItsConnections(t *testing.T) {
	busy := answers(503, failing(503, "ServiceUnavailable"))
	single := func(version string) answer {
		return answers(200, `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","uid":"1","resourceVersion":"`+version+`"}}`)
	}
	first := page("next", "a", "b")
	watched := labeled("ADDED", "c", "3", "10", "") + event("BOOKMARK", "", "11")
	for name, test := range map[string]struct {
		answers []answer
		call    func(context.Context, *resources.API[object]) error
	}{
		"All": {[]answer{answers(200, first), busy, answers(200, page("", "c"))}, func(ctx context.Context, api *resources.API[object]) error {
			_, err := collect(api.All(ctx, resources.ListOptions{}))
			return err
		}},
		"Watch": {[]answer{answers(200, first), answers(200, page("", "c")), answers(200, watched), busy, answers(200, labeled("ADDED", "end", "4", "12", ""))},
			func(ctx context.Context, api *resources.API[object]) error {
				for event, err := range api.Watch(ctx, resources.ListOptions{}) {
					if err != nil || event.Object.Metadata.Name == "end" {
						return err
					}
				}
				return nil
			}},
		"Store": {[]answer{answers(200, first), answers(200, page("", "c")), answers(200, watched), answers(410, failing(410, "Expired")), answers(200, page("", "end"))},
			func(ctx context.Context, api *resources.API[object]) error {
				ctx, stop := context.WithCancel(ctx)
				defer stop()
				ended := false
				err := resources.NewStore(api, resources.StoreOptions[object]{OnAdd: func(o *object) {
					if o.Metadata.Name == "end" {
						ended = true
						stop()
					}
				}}).Run(ctx)
				if ended {
					return nil
				}
				return err
			}},
		"WaitFor": {[]answer{answers(200, page("", "a")), answers(200, watched), busy, answers(200, labeled("DELETED", "a", "u-a", "12", ""))},
			func(ctx context.Context, api *resources.API[object]) error {
				return resources.WaitFor(ctx, api, "a", resources.Deleted)
			}},
		"Modify": {[]answer{single("1"), answers(409, failing(409, "Conflict")), single("2"), single("3")},
			func(ctx context.Context, api *resources.API[object]) error {
				_, err := api.Modify(ctx, "a", func(o *object) error { return o.SetField(1, "spec", "x") })
				return err
			}},
	} {
		t.Run(name, func(t *testing.T) {
			for steps := 0; ; steps++ {
				require.Less(t, steps, 1000, "the call does not end")
				done := false
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					c := &canceler{script: &script{answers: test.answers}, cancel: cancel, left: steps}
					err := test.call(ctx, resources.As[object](resources.New[resources.Pod](clientOn(t, c), resources.InNamespace("default"))))
					require.Zero(t, c.open, "bodies that are left open after %d steps", steps)
					done = c.left >= 0
					if done {
						require.NoError(t, err, "after %d steps", steps)
						return
					}
					if err != nil { // the last step may have ended the call
						require.ErrorIs(t, err, context.Canceled, "after %d steps", steps)
						require.NotContains(t, strings.ToLower(err.Error()), "eof")
					}
				})
				if done || t.Failed() {
					return
				}
			}
		})
	}
}
