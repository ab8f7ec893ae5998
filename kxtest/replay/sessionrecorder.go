package replay

import (
	"bytes"
	"encoding/binary"
	"io"
)

// sessionRecorder records the messages of an upgraded connection.
type sessionRecorder struct {
	io.ReadWriteCloser
	recorder *Recorder
	exchange *exchange
	server   frameReader
	client   frameReader
	closed   bool
}

func newSessionRecorder(conn io.ReadWriteCloser, r *Recorder, e *exchange) *sessionRecorder {
	s := &sessionRecorder{ReadWriteCloser: conn, recorder: r, exchange: e}
	note := func(dir string) func(byte, []byte) {
		return func(opcode byte, payload []byte) { s.record(newFrame(dir, opcode, payload)) }
	}
	s.server.complete, s.client.complete = note(fromServer), note(fromClient)
	return s
}

// record appends a message. It drops what follows the server's close frame or the connection's end,
// because its order varies.
func (s *sessionRecorder) record(f *frame) {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = f.Opcode == opcodeClose && (f.Dir == fromServer || f.Code == codeCut)
	s.exchange.frames = append(s.exchange.frames, f)
}

func (s *sessionRecorder) Read(p []byte) (int, error) {
	n, err := s.ReadWriteCloser.Read(p)
	s.server.feed(p[:n])
	if err != nil {
		s.record(&frame{Dir: fromServer, Opcode: opcodeClose, Code: codeCut})
	}
	return n, err
}

func (s *sessionRecorder) Write(p []byte) (int, error) {
	s.client.feed(p) // before it is sent, so that the server's answer is recorded after it
	return s.ReadWriteCloser.Write(p)
}

func (s *sessionRecorder) Close() error {
	s.record(&frame{Dir: fromClient, Opcode: opcodeClose, Code: codeCut})
	return s.ReadWriteCloser.Close()
}

// frameReader splits the bytes of one side of a WebSocket into messages (RFC 6455, section 5).
type frameReader struct {
	complete func(opcode byte, payload []byte)
	buffer   []byte
	opcode   byte // of the fragmented message
	message  []byte
}

func (m *frameReader) feed(p []byte) {
	m.buffer = append(m.buffer, p...)
	for {
		used := m.frame(m.buffer)
		if used == 0 {
			return
		}
		m.buffer = append(m.buffer[:0], m.buffer[used:]...)
	}
}

// frame reads the frame at the beginning of b. It returns the frame's length, or 0 if b does not
// have all of it.
func (m *frameReader) frame(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	head, size := 2, int(b[1]&0x7f)
	switch size {
	case 126:
		head += 2
	case 127:
		head += 8
	}
	masked := b[1]&0x80 != 0
	if masked {
		head += 4
	}
	if len(b) < head {
		return 0
	}
	switch size {
	case 126:
		size = int(binary.BigEndian.Uint16(b[2:]))
	case 127:
		size = int(binary.BigEndian.Uint64(b[2:]) & (1<<62 - 1))
	}
	if len(b)-head < size {
		return 0
	}
	payload := bytes.Clone(b[head : head+size])
	if masked {
		for i := range payload {
			payload[i] ^= b[head-4+i&3]
		}
	}
	final, opcode := b[0]&0x80 != 0, b[0]&0x0f
	switch {
	case opcode > opcodeClose: // ping and pong
	case opcode == opcodeClose:
		m.complete(opcode, payload)
	default:
		if opcode != 0 {
			m.opcode, m.message = opcode, nil
		}
		m.message = append(m.message, payload...)
		if final {
			m.complete(m.opcode, m.message)
		}
	}
	return head + size
}
