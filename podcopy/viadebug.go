package podcopy

import (
	"context"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// viaDebug calls run with a debug container that reaches the files of the container.
func (t *transfer) viaDebug(ctx context.Context, api *resources.API[resources.Pod],
	run func(*transfer, context.Context) error) error {
	o := *t.ViaDebug
	o.Target = t.Container
	if o.Notice == nil {
		o.Notice = t.notice
	}
	return debug.WithTargetFiles(ctx, api, t.pod, o, func(files debug.TargetFiles) error {
		t.container, t.root = files.Container, files.Root
		return run(t, ctx)
	})
}
