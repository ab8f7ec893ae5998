package websocket

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
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
		drop := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K}
		return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: 1, Filter: &drop})
	})
	require.Eventually(t, func() bool { return unanswered(near) >= 2*time.Second }, time.Minute, 10*time.Millisecond)
	control(t, far, func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
	})
	require.Eventually(t, func() bool { return unanswered(near) == 0 }, time.Minute, 10*time.Millisecond,
		"the peer reads nothing, but its TCP answers")
	require.NoError(t, near.Close())
	require.Error(t, <-writing)
	require.Zero(t, unanswered(near), "it is closed")
}
