package websocket

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// unanswered returns for how long the peer's TCP has acknowledged nothing, or 0 if it owes no
// acknowledgement. A peer that is slow to read has a TCP that acknowledges.
func unanswered(conn net.Conn) (silence time.Duration) {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) { // of a closed connection: 0
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		// The oldest data was sent again, or the peer was asked for room, since its last
		// acknowledgement.
		if err == nil && info.Retransmits|info.Probes != 0 {
			silence = time.Duration(info.Last_ack_recv) * time.Millisecond
		}
	})
	return silence
}
