//go:build !386 && !s390x

package websocket

import (
	"encoding/binary"
	"net"
	"syscall"
	"time"
	"unsafe"
)

// Offsets in struct tcp_info of linux/tcp.h, in bytes.
const (
	tcpiRetransmits = 2 // how often the oldest data was sent again
	tcpiProbes      = 3 // how often the peer was asked for room, since its last acknowledgement
	tcpiLastAckRecv = 56
	tcpInfoSize     = 60 // up to and with tcpi_last_ack_recv
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
		var info [tcpInfoSize]byte
		size := uint32(len(info))
		_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP,
			syscall.TCP_INFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno == 0 && size == tcpInfoSize && info[tcpiRetransmits]|info[tcpiProbes] != 0 {
			ago := binary.NativeEndian.Uint32(info[tcpiLastAckRecv:])
			silence = time.Duration(ago) * time.Millisecond
		}
	})
	return silence
}
