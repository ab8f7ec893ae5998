//go:build !386 && !s390x

package websocket

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tcpPair returns both ends of a connection of TCP.
func tcpPair(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer listener.Close()
	near, err = net.DialTCP("tcp", nil, listener.Addr().(*net.TCPAddr))
	require.NoError(t, err)
	t.Cleanup(func() { near.Close() })
	far, err = listener.AcceptTCP()
	require.NoError(t, err)
	t.Cleanup(func() { far.Close() })
	return near, far
}

// control runs f with the descriptor of conn.
func control(t *testing.T, conn *net.TCPConn, f func(fd int) error) {
	t.Helper()
	raw, err := conn.SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) { err = f(int(fd)) }))
	require.NoError(t, err)
}

func TestAPeerWhoseTCPIsGoneIsToldFromOneThatReadsNothing(t *testing.T) {
	near, far := tcpPair(t)
	require.Zero(t, unanswered(near), "nothing was sent")
	writing := make(chan error, 1)
	go func() {
		for {
			if _, err := near.Write(make([]byte, 1<<20)); err != nil {
				writing <- err
				return
			}
		}
	}()
	// A filter on the peer's socket drops what arrives before its TCP can acknowledge it.
	control(t, far, func(fd int) error {
		drop := []syscall.SockFilter{{Code: syscall.BPF_RET | syscall.BPF_K}}
		return syscall.AttachLsf(fd, drop) //nolint:staticcheck // x/sys is no dependency
	})
	require.Eventually(t, func() bool { return unanswered(near) >= 2*time.Second }, time.Minute, 10*time.Millisecond)
	control(t, far, syscall.DetachLsf) //nolint:staticcheck // the same
	require.Eventually(t, func() bool { return unanswered(near) == 0 }, time.Minute, 10*time.Millisecond,
		"the peer reads nothing, but its TCP answers")
	require.NoError(t, near.Close())
	require.Error(t, <-writing)
	require.Zero(t, unanswered(near), "it is closed")
}
