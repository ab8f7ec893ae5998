package faultproxy

import (
	"bufio"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
)

// serveUpgrade answers the request for a WebSocket and passes its frames on.
func (p *Proxy) serveUpgrade(r *Record, f *Fault, s *sender1, client *bufio.Reader) {
	if f != nil && f.Stage == Received {
		_ = p.answer(r, f.Effect, s)
		return
	}
	conn, server, response, err := p.upstream.upgrade(p.ctx, r)
	if err != nil {
		s.breakOff(Effect{Kind: Reset})
		return
	}
	stop := make(chan struct{})
	defer close(stop)
	p.served.Go(func() {
		select {
		case <-p.ctx.Done():
		case <-stop:
		}
		conn.Close()
	})
	p.update(func() { r.Executed = response.StatusCode })
	if f != nil && f.Stage == Forwarded {
		_ = p.answer(r, f.Effect, s)
		return
	}
	text := headText(response.StatusCode, response.Header)
	if f != nil && f.Stage == Headers {
		_, _ = s.conn.Write(text[:len(text)/2])
		s.breakOff(f.Effect)
		return
	}
	p.update(func() { r.Answered = response.StatusCode })
	_, err = s.conn.Write(text)
	if err != nil {
		return
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		_, _ = io.Copy(s.conn, response.Body)
		return
	}
	p.served.Go(func() {
		_, _ = io.Copy(conn, client)
		conn.Close()
	})
	p.passFrames(r, f, s, server)
}

// passFrames passes the frames of the server on, until the point of the fault.
func (p *Proxy) passFrames(r *Record, f *Fault, s *sender1, server *bufio.Reader) {
	forward := strings.HasSuffix(r.URL.Path, "/portforward")
	for {
		text, payload, err := readWebSocketFrame(server)
		if err != nil {
			// The server's end of the connection is passed on as it is.
			_, _ = s.conn.Write(text)
			return
		}
		status := !forward && len(payload) > 1 && payload[0] == 3
		output := len(payload) > 1 && !status && text[0]&0xf == 2 && (!forward || len(payload) != 3)
		inOutput := f != nil && (f.Stage == Stream || f.Stage == Body)
		at := output && inOutput || status && f != nil && f.Stage == Status
		if at {
			p.update(func() { r.Hit = true })
		}
		if at && f.Stage == Body {
			_, _ = s.conn.Write(text[:len(text)-len(payload)/2])
			s.breakOff(f.Effect)
			return
		}
		if !at || f.Stage == Stream || f.Effect.Kind == GoesOn {
			_, err = s.conn.Write(text)
			if err != nil {
				return
			}
		}
		if at {
			p.update(func() { r.Sent++ })
			s.breakStream(f.Effect)
			return
		}
	}
}

// breakStream ends a WebSocket by an effect.
func (s *sender1) breakStream(e Effect) {
	switch e.Kind {
	case CloseFrame:
		payload := binary.BigEndian.AppendUint16(nil, uint16(e.Code))
		_, _ = s.conn.Write(append([]byte{0x88, byte(len(payload))}, payload...))
		s.conn.Close()
	case BadFrame:
		_, _ = s.conn.Write([]byte{0x83, 1, 'x'})
		<-s.proxy.ctx.Done()
	case GoesOn:
		// A binary frame, the length of its payload, and the channel of stdout.
		frame := append([]byte{0x82, 1 + byte(len(FurtherOutput)), 1}, FurtherOutput...)
		for {
			_, err := s.conn.Write(frame)
			if err != nil {
				return
			}
		}
	default:
		s.breakOff(e)
	}
}

// readWebSocketFrame reads an unmasked frame (RFC 6455, 5.2). text is the whole frame.
func readWebSocketFrame(r io.Reader) (text, payload []byte, err error) {
	text = make([]byte, 2, 16)
	_, err = io.ReadFull(r, text)
	if err != nil {
		return nil, nil, err
	}
	size := uint64(text[1] & 0x7f)
	extra := map[uint64]int{126: 2, 127: 8}[size]
	if extra > 0 {
		long := make([]byte, 8)
		_, err = io.ReadFull(r, long[8-extra:])
		if err != nil {
			return text, nil, err
		}
		size = binary.BigEndian.Uint64(long)
		text = append(text, long[8-extra:]...)
	}
	payload = make([]byte, size)
	n, err := io.ReadFull(r, payload)
	return append(text, payload[:n]...), payload, err
}
