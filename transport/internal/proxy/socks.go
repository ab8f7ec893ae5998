package proxy

import (
	"errors"
	"net"
	"strings"

	netproxy "golang.org/x/net/proxy"
)

// requestSOCKS asks the proxy behind conn for a connection to address by SOCKS 5 (RFC 1928), with
// the user name and password of RFC 1929. The proxy resolves names.
func (p *Proxy) requestSOCKS(conn net.Conn, address string) error {
	var auth *netproxy.Auth
	if p.user != nil {
		password, _ := p.user.Password()
		auth = &netproxy.Auth{User: p.user.Username(), Password: password}
	}
	dialer, err := netproxy.SOCKS5("tcp", p.Address, auth, connectedDialer{conn})
	if err != nil {
		return err
	}
	_, err = dialer.Dial("tcp", address)
	op, ok := errors.AsType[*net.OpError](err)
	if ok && op.Op == "socks connect" {
		err = op.Err // without the addresses, which our own error names
	}
	if err == nil {
		return nil
	}
	// A refusal by the proxy comes as "unknown error" and the words of its reply code.
	reason, refused := strings.CutPrefix(err.Error(), "unknown error ")
	switch {
	case refused:
		return &Error{address: p.Address, problem: " cannot connect: " + reason,
			Advice: p.adviseUnreachable(address)}
	case strings.Contains(reason, "authentication"):
		return &Error{address: p.Address, problem: ": " + reason, Advice: p.adviseCredentials()}
	}
	return err
}

// connectedDialer is a dialer that returns a connection which exists already.
type connectedDialer struct{ conn net.Conn }

func (c connectedDialer) Dial(_, _ string) (net.Conn, error) { return c.conn, nil }
