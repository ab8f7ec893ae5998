package debug

import (
	"context"

	"github.com/kx-k8s/kx/resources"
)

// preflight looks, before anything is sent, at what would keep the container from starting.
func (o *Options) preflight(_ context.Context, _ *resources.API[resources.PodOutline], _ *resources.PodOutline) error {
	return nil
}
