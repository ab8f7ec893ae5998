package portforward

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// maxPortAttempts limits how often Listen chooses another free port because the port is taken at
// the second or a later address.
const maxPortAttempts = 10

// AddressError reports an address that Listen does not understand.
type AddressError struct{ Address string }

func (e *AddressError) Error() string {
	return fmt.Sprintf("%q is neither an IP address nor localhost", e.Address)
}

// Listen listens on port at each of addresses: IP addresses, or "localhost". Port 0 is a free port,
// the same at each address. On an error, Listen closes what it has opened.
//
//	127.0.0.1    that address
//	0.0.0.0      every IPv4 address, and no IPv6 address
//	::           every IPv6 address, and no IPv4 address
//	localhost    127.0.0.1 and ::1, or one of them where the machine lacks the other
//
// Localhost fails with "address already in use" if another program has the port at either address:
// a client of localhost could reach that program instead.
func Listen(port int, addresses ...string) ([]*net.TCPListener, error) {
	for attempt := 1; ; attempt++ {
		listeners, err := listenAll(port, addresses)
		if err == nil {
			return listeners, nil
		}
		for _, l := range listeners {
			l.Close()
		}
		clash := port == 0 && len(listeners) > 0 && errors.Is(err, syscall.EADDRINUSE)
		if !clash || attempt == maxPortAttempts {
			return nil, err
		}
	}
}

// listenAll returns the listeners that it opened, after an error too.
func listenAll(port int, addresses []string) (listeners []*net.TCPListener, err error) {
	listen := func(address string) error {
		l, err := listenAt(address, port)
		if err != nil {
			return err
		}
		port = l.Addr().(*net.TCPAddr).Port
		listeners = append(listeners, l)
		return nil
	}
	for _, address := range addresses {
		if address != "localhost" {
			if err := listen(address); err != nil {
				return listeners, err
			}
			continue
		}
		err4, err6 := listen("127.0.0.1"), listen("::1")
		err := cmp.Or(err4, err6)
		neither := err4 != nil && err6 != nil
		if neither || errors.Is(err, syscall.EADDRINUSE) {
			return listeners, err
		}
	}
	return listeners, nil
}

// listenAt listens at one address, in its own family: on a "tcp" network Go would take both for
// 0.0.0.0 and for ::.
func listenAt(address string, port int) (*net.TCPListener, error) {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return nil, &AddressError{Address: address}
	}
	ip = ip.Unmap()
	network := "tcp6"
	if ip.Is4() {
		network = "tcp4"
	}
	at := netip.AddrPortFrom(ip, uint16(port))
	l, err := net.ListenTCP(network, net.TCPAddrFromAddrPort(at))
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return nil, fmt.Errorf("cannot listen at %s: %w", at, errno)
	}
	return l, err
}
