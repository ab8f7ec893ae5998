package debug

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

func TestANewPodIsNoLongerNeededOnceItsRunHasEnded(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	errOther := errors.New("attach: forbidden")
	for name, row := range map[string]struct {
		ctx        context.Context
		unattached bool
		running    bool
		err        error
		want       bool
	}{
		"the caller has given up":                    {ctx: ended, running: true, want: true},
		"the program has ended":                      {want: true},
		"the caller has detached":                    {running: true},
		"nobody is attached":                         {unattached: true},
		"the container cannot start":                 {err: &StartError{}, want: true},
		"it cannot start, and its last run is known": {err: &StartError{}, running: true, want: true},
		"the connection is lost":                     {err: &subresource.LostError{}},
		"the program has ended, and the run fails":   {err: errOther, want: true},
		"the program runs, and the run fails":        {err: errOther, running: true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := row.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			o := Options{Stdout: new(bytes.Buffer)}
			if row.unattached {
				o.Stdout = nil
			}
			require.Equal(t, row.want, o.hasEnded(ctx, &Result{Running: row.running}, row.err))
		})
	}
}
