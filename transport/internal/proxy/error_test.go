package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnErrorOfAProxyHasItsCause(t *testing.T) {
	p := &Proxy{Address: "proxy:3128"}
	for _, cause := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNREFUSED, context.DeadlineExceeded} {
		err := p.wrap(fmt.Errorf("read: %w", cause))
		require.ErrorIs(t, err, cause)
		require.Same(t, err, p.wrap(fmt.Errorf("again: %w", err)), "it is wrapped once")
		var failed *Error
		require.True(t, errors.As(err, &failed))
		require.ErrorContains(t, err, "proxy proxy:3128")
	}
}
