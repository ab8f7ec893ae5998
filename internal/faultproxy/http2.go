package faultproxy

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"

	"golang.org/x/net/http2/hpack"
)

// server2 is the server's side of one HTTP/2 connection.
type server2 struct {
	proxy   *Proxy
	raw     *net.TCPConn
	conn    net.Conn
	writer  *frameWriter
	decoder *hpack.Decoder
	fields  []hpack.HeaderField
	served  sync.WaitGroup
	// uploadStalled is true if the client may send no body: the fault is an UploadStall.
	uploadStalled bool

	mu      sync.Mutex
	more    *sync.Cond // a window has grown, or a stream has ended
	ended   bool
	window  int64 // how much the client takes on the connection
	initial int64
	streams map[uint32]*stream2
}

// stream2 is one request.
type stream2 struct {
	record *Record
	window int64
	block  []byte // of HEADERS and CONTINUATION
	last   bool   // the headers had END_STREAM
	cancel context.CancelFunc
}

func (p *Proxy) serveHTTP2(raw *net.TCPConn, conn net.Conn) {
	s := &server2{proxy: p, raw: raw, conn: conn, writer: newFrameWriter(conn),
		window: defaultWindow, initial: defaultWindow, streams: map[uint32]*stream2{}}
	s.more = sync.NewCond(&s.mu)
	s.decoder = hpack.NewDecoder(4096, func(f hpack.HeaderField) { s.fields = append(s.fields, f) })
	s.uploadStalled = p.fault != nil && p.fault.Effect.Kind == UploadStall
	reader := bufio.NewReader(conn)
	greeting := make([]byte, len(preface))
	_, err := io.ReadFull(reader, greeting)
	if err != nil || string(greeting) != preface {
		return
	}
	var settings []byte
	if s.uploadStalled {
		settings = binary.BigEndian.AppendUint32([]byte{0, settingInitialWindow}, 0)
	}
	err = s.writer.write(frameSettings, 0, 0, settings, len(settings))
	for err == nil {
		var f frame
		f, err = readFrame(reader)
		if err == nil {
			err = s.handle(f)
		}
	}
	s.mu.Lock()
	s.ended = true
	for _, stream := range s.streams {
		if stream.cancel != nil {
			stream.cancel()
		}
	}
	s.more.Broadcast()
	s.mu.Unlock()
	s.served.Wait()
}

func (s *server2) handle(f frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	stream := s.streams[f.stream]
	switch f.kind {
	case frameSettings:
		return s.settings(f)
	case framePing:
		if f.flags&flagAck == 0 {
			return s.writer.write(framePing, flagAck, 0, f.payload, len(f.payload))
		}
	case frameWindowUpdate:
		grown := int64(binary.BigEndian.Uint32(f.payload))
		if f.stream == 0 {
			s.window += grown
		} else if stream != nil {
			stream.window += grown
		}
		s.more.Broadcast()
	case frameReset:
		if stream != nil {
			if stream.cancel != nil {
				stream.cancel()
			}
			delete(s.streams, f.stream)
			s.more.Broadcast()
		}
	case frameHeaders, frameContinuation:
		if stream == nil {
			stream = &stream2{window: s.initial, last: f.flags&flagEndStream != 0}
			s.streams[f.stream] = stream
		}
		stream.block = append(stream.block, f.unpad()...)
		if f.flags&flagEndHeaders != 0 {
			return s.headers(f.stream, stream)
		}
	case frameData:
		return s.body(f, stream)
	}
	return nil
}

func (s *server2) settings(f frame) error {
	if f.flags&flagAck != 0 {
		return nil
	}
	for p := f.payload; len(p) >= 6; p = p[6:] {
		if binary.BigEndian.Uint16(p) == settingInitialWindow {
			size := int64(binary.BigEndian.Uint32(p[2:]))
			for _, stream := range s.streams {
				stream.window += size - s.initial
			}
			s.initial = size
		}
	}
	return s.writer.write(frameSettings, flagAck, 0, nil, 0)
}

// headers takes the headers of a request, and answers it if it has no body.
func (s *server2) headers(id uint32, stream *stream2) error {
	s.fields = nil
	_, err := s.decoder.Write(stream.block)
	if err != nil {
		return err
	}
	r := &Record{Header: http.Header{}}
	for _, field := range s.fields {
		switch field.Name {
		case ":method":
			r.Method = field.Value
		case ":path":
			r.URL, err = url.ParseRequestURI(field.Value)
			if err != nil {
				return err
			}
		case ":scheme", ":authority":
		default:
			r.Header.Add(field.Name, field.Value)
		}
	}
	if r.Method == "" || r.URL == nil {
		return errors.New("a request without a method or path")
	}
	stream.record = r
	if s.uploadStalled && !stream.last {
		s.proxy.received(r)
		return nil
	}
	if stream.last {
		s.start(id, stream)
	}
	return nil
}

func (s *server2) body(f frame, stream *stream2) error {
	if s.uploadStalled {
		return nil // sent before the client knew its window
	}
	if len(f.payload) > 0 {
		grown := binary.BigEndian.AppendUint32(nil, uint32(len(f.payload)))
		_ = s.writer.write(frameWindowUpdate, 0, 0, grown, len(grown))
		if stream != nil {
			_ = s.writer.write(frameWindowUpdate, 0, f.stream, grown, len(grown))
		}
	}
	if stream == nil || stream.record == nil {
		return nil
	}
	stream.record.Body = append(stream.record.Body, f.unpad()...)
	if f.flags&flagEndStream != 0 {
		s.start(f.stream, stream)
	}
	return nil
}

// start answers a request that is complete.
func (s *server2) start(id uint32, stream *stream2) {
	ctx, cancel := context.WithCancel(s.proxy.ctx)
	stream.cancel = cancel
	fault := s.proxy.received(stream.record)
	s.served.Go(func() {
		defer cancel()
		_ = s.proxy.exchange(ctx, stream.record, fault, &sender2{server: s, id: id, stream: stream,
			ctx: ctx})
	})
}
