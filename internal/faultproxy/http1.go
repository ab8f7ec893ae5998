package faultproxy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
)

// serveHTTP1 answers the requests of a connection, one after the other.
func (p *Proxy) serveHTTP1(raw *net.TCPConn, conn net.Conn) {
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		r := &Record{Method: request.Method, URL: request.URL, Header: request.Header, Body: body}
		fault := p.received(r)
		s := &sender1{proxy: p, raw: raw, conn: conn}
		if r.Upgrade() {
			p.serveUpgrade(r, fault, s, reader)
			return
		}
		err = p.exchange(p.ctx, r, fault, s)
		if err != nil {
			return
		}
	}
}

// sender1 sends an answer by HTTP/1.1 (RFC 9112).
type sender1 struct {
	proxy   *Proxy
	raw     *net.TCPConn
	conn    net.Conn
	chunked bool
}

func (s *sender1) head(code int, header http.Header, half bool) error {
	header = header.Clone()
	s.chunked = header.Get("Content-Length") == "" && code >= http.StatusOK &&
		code != http.StatusNoContent && code != http.StatusNotModified
	if s.chunked {
		header.Set("Transfer-Encoding", "chunked")
	}
	text := headText(code, header)
	if half {
		text = text[:len(text)/2]
	}
	_, err := s.conn.Write(text)
	return err
}

func headText(code int, header http.Header) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\r\n", code, http.StatusText(code))
	_ = header.Write(&text)
	text.WriteString("\r\n")
	return text.Bytes()
}

func (s *sender1) data(p []byte, announced int) error {
	if len(p) == 0 && announced == 0 {
		return nil // an empty chunk would be the last
	}
	if !s.chunked {
		_, err := s.conn.Write(p)
		return err
	}
	text := append(fmt.Appendf(nil, "%x\r\n", announced), p...)
	if len(p) == announced {
		text = append(text, "\r\n"...)
	}
	_, err := s.conn.Write(text)
	return err
}

func (s *sender1) end() error {
	if !s.chunked {
		return nil
	}
	_, err := s.conn.Write([]byte("0\r\n\r\n"))
	return err
}

func (s *sender1) breakOff(e Effect) { s.proxy.sever(s.raw, s.conn, e.Kind) }
