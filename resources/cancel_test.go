package resources_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/canceltest"
	"github.com/kx-k8s/kx/resources"
)

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
		"All with Prefetch": {[]answer{answers(200, first), busy, answers(200, page("", "c"))}, func(ctx context.Context, api *resources.API[object]) error {
			_, err := collect(api.All(ctx, resources.ListOptions{}, resources.Prefetch()))
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
					c := &canceltest.Transport{Base: &script{answers: test.answers}, Cancel: cancel, Left: steps}
					err := test.call(ctx, resources.As[object](resources.New[resources.Pod](clientOn(t, c), resources.InNamespace("default"))))
					require.Zero(t, c.Open, "bodies that are left open after %d steps", steps)
					done = c.Left >= 0
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
