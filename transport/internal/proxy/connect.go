package proxy

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
)

// maxAnswer is how many bytes of a proxy's answer to CONNECT are read.
const maxAnswer = 64 << 10

// requestConnect asks the proxy behind conn for a connection to address (RFC 9110, 9.3.6).
func (p *Proxy) requestConnect(conn net.Conn, address string) error {
	req := &http.Request{
		Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address,
		Header: http.Header{},
	}
	if p.user != nil {
		password, _ := p.user.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(p.user.Username() + ":" + password))
		req.Header.Set("Proxy-Authorization", "Basic "+credentials)
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	in := bufio.NewReader(io.LimitReader(conn, maxAnswer))
	resp, err := http.ReadResponse(in, req)
	switch {
	case err != nil:
		return err
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return &Error{address: p.Address, problem: " answered " + resp.Status,
			Advice: p.AdviseStatus(resp, address)}
	case in.Buffered() > 0: // a TLS server sends nothing before the client does
		return errors.New("it sent more than its answer")
	}
	return nil
}
