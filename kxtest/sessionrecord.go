package kxtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// recordedFrame is a message of an upgraded connection, as a line of its fixture:
//
//	{"dir":"<","opcode":2,"channel":1,"text":"hello\n"}
//
// Fragments are joined; pings and pongs are left out, since they come when they please.
type recordedFrame struct {
	Dir     string `json:"dir"`              // ">" is from the client, "<" from the server
	Opcode  int    `json:"opcode"`           // of RFC 6455, section 5.2: 1 is text, 2 binary, 8 the close frame
	Channel *int   `json:"channel,omitzero"` // the first byte; not in a close frame or an empty message
	Text    string `json:"text,omitzero"`    // what follows it, or the reason for closing
	Base64  []byte `json:"base64,omitzero"`  // the same when it is no UTF-8
	Code    int    `json:"code,omitzero"`    // of a close frame; 1006 stands for a connection that ended without one
}

const (
	fromClient = ">"
	fromServer = "<"

	opcodeText  = 1
	opcodeClose = 8
	codeNone    = 1005 // a close frame without a code
	codeCut     = 1006 // no close frame
)

func newRecordedFrame(dir string, opcode byte, payload []byte) *recordedFrame {
	f := &recordedFrame{Dir: dir, Opcode: int(opcode)}
	switch {
	case opcode == opcodeClose && len(payload) < 2:
		f.Code, payload = codeNone, nil
	case opcode == opcodeClose:
		f.Code, payload = int(binary.BigEndian.Uint16(payload)), payload[2:]
	case len(payload) > 0:
		channel := int(payload[0])
		f.Channel, payload = &channel, payload[1:]
	}
	f.setPayload(bytes.Clone(payload))
	return f
}

func (f *recordedFrame) payload() []byte {
	if f.Base64 != nil {
		return f.Base64
	}
	return []byte(f.Text)
}

func (f *recordedFrame) setPayload(payload []byte) {
	f.Text, f.Base64 = string(payload), nil
	if !utf8.Valid(payload) {
		f.Text, f.Base64 = "", payload
	}
}

func (f *recordedFrame) encode() []byte {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // it has strings and numbers only, and the strings are valid
	}
	return text
}

// decodeFrame reads a line.
func decodeFrame(line []byte) (*recordedFrame, error) {
	f := &recordedFrame{}
	if err := json.Unmarshal(line, f, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("frame %#q: %w", line, err)
	}
	if f.Dir != fromClient && f.Dir != fromServer {
		return nil, fmt.Errorf("frame %#q: its dir is neither %s nor %s", line, fromClient, fromServer)
	}
	if f.Channel != nil && (*f.Channel < 0 || *f.Channel > 255) {
		return nil, fmt.Errorf("frame %#q: its channel is no byte", line)
	}
	return f, nil
}

// recordedSession passes an upgraded connection on and notes its messages.
type recordedSession struct {
	io.ReadWriteCloser
	recorder *Recorder
	exchange *exchange
	server   messages
	client   messages
	over     bool
}

func newRecordedSession(conn io.ReadWriteCloser, r *Recorder, e *exchange) *recordedSession {
	s := &recordedSession{ReadWriteCloser: conn, recorder: r, exchange: e}
	note := func(dir string) func(byte, []byte) {
		return func(opcode byte, payload []byte) { s.note(newRecordedFrame(dir, opcode, payload)) }
	}
	s.server.complete, s.client.complete = note(fromServer), note(fromClient)
	return s
}

// note takes a message down. What comes after the server's farewell, or after the connection's end, depends on who is faster.
func (s *recordedSession) note(f *recordedFrame) {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	if s.over {
		return
	}
	s.over = f.Opcode == opcodeClose && (f.Dir == fromServer || f.Code == codeCut)
	s.exchange.frames = append(s.exchange.frames, f)
}

func (s *recordedSession) Read(p []byte) (int, error) {
	n, err := s.ReadWriteCloser.Read(p)
	s.server.feed(p[:n])
	if err != nil {
		s.note(&recordedFrame{Dir: fromServer, Opcode: opcodeClose, Code: codeCut})
	}
	return n, err
}

func (s *recordedSession) Write(p []byte) (int, error) {
	s.client.feed(p) // before it is sent: what the server answers comes after it
	return s.ReadWriteCloser.Write(p)
}

func (s *recordedSession) Close() error {
	s.note(&recordedFrame{Dir: fromClient, Opcode: opcodeClose, Code: codeCut})
	return s.ReadWriteCloser.Close()
}

// messages finds the messages in what one side of a WebSocket sends (RFC 6455, section 5).
type messages struct {
	complete func(opcode byte, payload []byte)
	buffer   []byte
	opcode   byte // of the message that is being joined
	message  []byte
}

func (m *messages) feed(p []byte) {
	m.buffer = append(m.buffer, p...)
	for {
		used := m.frame(m.buffer)
		if used == 0 {
			return
		}
		m.buffer = append(m.buffer[:0], m.buffer[used:]...)
	}
}

// frame takes a frame from the beginning of b, and returns its length, or 0 when it is not there as a whole.
func (m *messages) frame(b []byte) int {
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
