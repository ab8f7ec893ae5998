package faultproxy

import (
	"context"
	"net/http"
)

// sender2 sends an answer by HTTP/2 (RFC 9113).
type sender2 struct {
	server *server2
	id     uint32
	stream *stream2
	ctx    context.Context
}

func (s *sender2) head(code int, header http.Header, half bool) error {
	return s.server.writer.headers(s.id, code, header, half)
}

func (s *sender2) data(p []byte, announced int) error {
	if len(p) < announced {
		whole := len(p) - min(len(p), maxFrame-1)
		err := s.data(p[:whole], whole)
		if err != nil {
			return err
		}
		rest := p[whole:]
		announced = min(maxFrame, len(rest)+announced-len(p))
		return s.server.writer.write(frameData, 0, s.id, rest, announced)
	}
	for len(p) > 0 {
		n, err := s.take(min(len(p), maxFrame))
		if err != nil {
			return err
		}
		err = s.server.writer.write(frameData, 0, s.id, p[:n], n)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// take waits until the client takes more, and returns how much of wanted.
func (s *sender2) take(wanted int) (int, error) {
	server := s.server
	server.mu.Lock()
	defer server.mu.Unlock()
	for {
		if server.ended || server.streams[s.id] != s.stream {
			return 0, errBroken
		}
		n := min(int64(wanted), s.stream.window, server.window)
		if n > 0 {
			s.stream.window -= n
			server.window -= n
			return int(n), nil
		}
		server.more.Wait()
	}
}

func (s *sender2) end() error {
	return s.server.writer.write(frameData, flagEndStream, s.id, nil, 0)
}

func (s *sender2) breakOff(e Effect) {
	w := s.server.writer
	switch e.Kind {
	case ResetStream:
		w.resetStream(s.id, e.Code)
	case GoAway:
		w.goAway(s.id, e.Code)
	case Refuse:
		w.goAway(s.id-min(s.id, 2), e.Code)
		s.server.conn.Close()
	case FlowStall, UploadStall:
		<-s.ctx.Done()
	case Stall:
		w.mu.Lock()
		w.silent = true
		w.mu.Unlock()
		<-s.ctx.Done()
	default:
		s.server.proxy.sever(s.server.raw, s.server.conn, e.Kind)
	}
}
