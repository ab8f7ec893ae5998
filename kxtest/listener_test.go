package kxtest

import (
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPortResetsConnectionsWhileNothingListens(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := newPort(tcp)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.accept()
	}()
	t.Cleanup(func() {
		_ = tcp.Close()
		<-ended
	})
	requireReset := func(when string) {
		t.Helper()
		conn, err := net.Dial("tcp", tcp.Addr().String())
		if err == nil {
			_, err = io.ReadAll(conn)
			_ = conn.Close()
		}
		require.ErrorIs(t, err, syscall.ECONNRESET, when)
	}
	requireReset("before the first listener")
	l := p.listen()
	conn, err := net.Dial("tcp", tcp.Addr().String())
	require.NoError(t, err)
	accepted, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, accepted.Close())
	require.NoError(t, conn.Close())
	require.NoError(t, l.Close())
	requireReset("after the listener is closed")
}
