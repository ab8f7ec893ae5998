package transport

import (
	"errors"
	"net"
	"strings"

	netproxy "golang.org/x/net/proxy"
)

// socks asks for a connection to address by SOCKS 5 (RFC 1928, with RFC 1929's user name and password). It is the proxy that resolves names.
func (p *proxy) socks(conn net.Conn, address string) error {
	var auth *netproxy.Auth
	if p.user != nil {
		password, _ := p.user.Password()
		auth = &netproxy.Auth{User: p.user.Username(), Password: password}
	}
	dialer, err := netproxy.SOCKS5("tcp", p.address, auth, connected{conn})
	if err != nil {
		return err
	}
	_, err = dialer.Dial("tcp", address)
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "socks connect" {
		err = op.Err // the rest are addresses, which the error has already
	}
	if err == nil {
		return nil
	}
	reason, answered := strings.CutPrefix(err.Error(), "unknown error ") // a reply's code, in words
	switch {
	case answered:
		return &proxyError{address: p.address, problem: " cannot connect: " + reason, advice: p.adviseUnconnected(address)}
	case strings.Contains(reason, "authentication"):
		return &proxyError{address: p.address, problem: ": " + reason, advice: p.adviseCredentials()}
	}
	return err
}

// connected is a dialer for a connection that is there.
type connected struct{ conn net.Conn }

func (c connected) Dial(_, _ string) (net.Conn, error) { return c.conn, nil }
