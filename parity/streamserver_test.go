package parity_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// serverVariable makes the test binary the server of the measurements.
const serverVariable = "KX_PARITY_STREAM_SERVER"

// The server of the measurements is a process of its own, so that only the client's work counts.
// It is this test binary.
func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) == "" {
		os.Exit(m.Run())
	}
	handler := http.HandlerFunc(serve)
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	fmt.Println(plain.URL)
	fmt.Println(secure.URL)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent ends
}

// startServer returns the addresses of a server without and with TLS.
func startServer(t testing.TB) (plain, secure string) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"=1")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	_, err = fmt.Fscan(stdout, &plain, &secure)
	require.NoError(t, err)
	return plain, secure
}

// acceptStream accepts a WebSocket of v5.channel.k8s.io.
func acceptStream(w http.ResponseWriter, r *http.Request) (net.Conn, *bufio.ReadWriter, error) {
	conn, in, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return nil, nil, err
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	return conn, in, nil
}

// serve is an exec, a list and a watch of pods.
func serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/exec") {
		serveStream(w, r)
		return
	}
	servePods(w, r)
}

// serveStream is an exec that sends the bytes of stdout that its command asks for, or reads stdin
// to EOF: v5.channel.k8s.io with minimal work.
func serveStream(w http.ResponseWriter, r *http.Request) {
	conn, in, err := acceptStream(w, r)
	if err != nil {
		return
	}
	defer conn.Close()
	drained := make(chan struct{})
	drain := func() {
		_, _ = io.Copy(io.Discard, in)
		close(drained)
	}
	command := r.URL.Query()["command"]
	switch command[0] {
	case "send":
		n, _ := strconv.Atoi(command[1])
		go drain()
		for n > 0 {
			frame := stdoutFrame[:min(n, stdoutSize)+5]
			binary.BigEndian.PutUint16(frame[2:], uint16(len(frame)-4))
			if _, err := conn.Write(frame); err != nil {
				return
			}
			n -= len(frame) - 5
		}
	case "take":
		n := takeStdin(in.Reader)
		go drain()
		message := strconv.Itoa(n)
		_, _ = conn.Write(append([]byte{0x82, byte(1 + len(message)), 1}, message...))
	}
	status := `{"metadata":{},"status":"Success"}`
	_, _ = conn.Write(append([]byte{0x82, byte(1 + len(status)), 3}, status...))
	_, _ = conn.Write([]byte{0x88, 2, 3, 232})
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	<-drained // two reads at once would panic
}

// stdoutSize is the data, in bytes, in most frames of a 1.35.4 server whose program never pauses.
const stdoutSize = 4 << 10

// stdoutFrame is such a frame.
var stdoutFrame = append([]byte{0x82, 126, 0, 0, 1}, strings.Repeat("0123456789abcdef", stdoutSize/16)...)

// takeStdin counts the bytes on the channel of stdin until EOF.
func takeStdin(r *bufio.Reader) (n int) {
	for {
		var head [14]byte
		if _, err := io.ReadFull(r, head[:2]); err != nil {
			return -1
		}
		length := int(head[1] & 0x7f)
		switch length {
		case 126:
			_, _ = io.ReadFull(r, head[:2])
			length = int(binary.BigEndian.Uint16(head[:]))
		case 127:
			_, _ = io.ReadFull(r, head[:8])
			length = int(binary.BigEndian.Uint64(head[:]))
		}
		opcode := head[0] // was overwritten for long frames, which are data
		if length < 126 {
			opcode &= 0x0f
		} else {
			opcode = 2
		}
		var key [4]byte
		_, _ = io.ReadFull(r, key[:])
		if opcode != 2 || length == 0 {
			_, _ = r.Discard(length)
			continue
		}
		channel, err := r.ReadByte()
		if err != nil {
			return -1
		}
		if channel^key[0] == 255 {
			_, _ = r.Discard(length - 1)
			return n
		}
		if _, err := r.Discard(length - 1); err != nil {
			return -1
		}
		n += length - 1
	}
}
