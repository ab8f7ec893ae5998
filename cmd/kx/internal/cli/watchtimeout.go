package cli

import (
	"context"
	"errors"
	"time"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

// watchUntilTimeout calls watch with a context that ends after the time of --request-timeout.
// That end is no error if the watch had begun, which watch reports. An interrupt has no message.
func watchUntilTimeout(ctx context.Context, k *command.Invocation,
	watch func(context.Context) (begun bool, err error)) error {
	limited, cancel := ctx, context.CancelFunc(func() {})
	limit := time.Duration(k.Connection.Timeout)
	if limit > 0 {
		limited, cancel = context.WithTimeout(ctx, limit)
	}
	defer cancel()
	begun, err := watch(limited)
	switch {
	case ctx.Err() != nil:
		return command.ErrReported // the user knows of the interrupt
	case begun && errors.Is(err, context.DeadlineExceeded):
		return nil
	}
	return err
}
