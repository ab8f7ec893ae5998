package portforward_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/portforward"
)

func TestListenOpensOnlyTheFamilyOfTheAddress(t *testing.T) {
	if !hasIPv6() {
		t.Skip("the machine has no IPv6")
	}
	for _, tc := range []struct {
		addresses []string
		open      []string // as the kernel lists them
	}{
		{[]string{"127.0.0.1"}, []string{"127.0.0.1"}},
		{[]string{"::1"}, []string{"::1"}},
		{[]string{"0.0.0.0"}, []string{"0.0.0.0"}},
		{[]string{"::"}, []string{"::"}},
		{[]string{"0.0.0.0", "::"}, []string{"0.0.0.0", "::"}},
		{[]string{"::", "0.0.0.0"}, []string{"0.0.0.0", "::"}},
		{[]string{"127.0.0.1", "::"}, []string{"127.0.0.1", "::"}},
		{[]string{"0.0.0.0", "::1"}, []string{"0.0.0.0", "::1"}},
		{[]string{"127.0.0.1", "127.0.0.2"}, []string{"127.0.0.1", "127.0.0.2"}},
		{[]string{"::ffff:127.0.0.1"}, []string{"127.0.0.1"}},
		{[]string{"localhost"}, []string{"127.0.0.1", "::1"}},
	} {
		t.Run(strings.Join(tc.addresses, ","), func(t *testing.T) {
			listeners, err := portforward.Listen(0, tc.addresses...)
			require.NoError(t, err)
			port := listeners[0].Addr().(*net.TCPAddr).Port
			requireListening(t, tc.open, port)
			for _, l := range listeners {
				require.Equal(t, port, l.Addr().(*net.TCPAddr).Port)
				require.NoError(t, l.Close())
			}
			requireListening(t, nil, port)
		})
	}
}

func TestListenClosesItsListenersAfterAnError(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.2:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	_, err = portforward.Listen(port, "127.0.0.1", "127.0.0.2")
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	requireListening(t, []string{"127.0.0.2"}, port)

	_, err = portforward.Listen(0, "127.0.0.1", "kx.example.com")
	var address *portforward.AddressError
	require.True(t, errors.As(err, &address))
	require.Equal(t, "kx.example.com", address.Address)
}

func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

// requireListening requires that this process listens on port at these addresses and at no others.
// It reads the kernel's table several times: while other programs open and close sockets, one
// reading can lack a row or hold it twice.
func requireListening(t *testing.T, want []string, port int) {
	t.Helper()
	for range 100 {
		if slices.Equal(want, listeningAt(t, port)) {
			return
		}
	}
	require.Equal(t, want, listeningAt(t, port))
}

// listeningAt returns the addresses at which this process has a listening socket on port (proc(5),
// /proc/net/tcp).
func listeningAt(t *testing.T, port int) []string {
	t.Helper()
	const listening = "0A" // TCP_LISTEN in include/net/tcp_states.h
	own := ownSockets(t)
	var found []string
	for _, file := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		table, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(table)) {
			// sl local_address rem_address st queues timer retransmits uid timeout inode …
			fields := strings.Fields(line)
			if len(fields) < 10 || fields[3] != listening || !own["socket:["+fields[9]+"]"] {
				continue
			}
			address, hexPort, _ := strings.Cut(fields[1], ":")
			if hexPort == fmt.Sprintf("%04X", port) {
				found = append(found, kernelAddress(t, address))
			}
		}
	}
	slices.Sort(found)
	return found
}

// ownSockets returns the open sockets of this process, in the form "socket:[INODE]".
func ownSockets(t *testing.T) map[string]bool {
	t.Helper()
	const folder = "/proc/self/fd"
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	sockets := map[string]bool{}
	for _, entry := range entries {
		target, err := os.Readlink(folder + "/" + entry.Name())
		if err == nil { // the descriptor of ReadDir itself is closed
			sockets[target] = true
		}
	}
	return sockets
}

// kernelAddress reads an address that the kernel writes as 32-bit words, each in the machine's byte
// order.
func kernelAddress(t *testing.T, text string) string {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	for word := range slices.Chunk(b, 4) {
		slices.Reverse(word) // little endian, as on all machines that run the tests
	}
	ip, ok := netip.AddrFromSlice(b)
	require.True(t, ok)
	return ip.String()
}
