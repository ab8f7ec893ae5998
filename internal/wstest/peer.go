// Package wstest is the server's side of a WebSocket (RFC 6455) for tests, without a network: it does what a test says, also what no server may.
package wstest

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
)

// The opcodes, and the bit that marks the last frame of a message.
const (
	Continuation = 0x0
	Text         = 0x1
	Binary       = 0x2
	Close        = 0x8
	Ping         = 0x9
	Pong         = 0xA
	Fin          = 0x80
)

// Peer is a server that has taken an upgrade.
type Peer struct {
	*Conn
	// Request is that for the upgrade.
	Request *http.Request
	in      *bufio.Reader
	sending chan struct{} // holds one while a frame is written
}

// Frame is what the client sent.
type Frame struct {
	Opcode  byte
	Payload []byte
}

// Accept answers req with protocol. Up to size bytes are on their way in each direction.
func Accept(req *http.Request, protocol string, size int) (*http.Response, *Peer) {
	client, server := Pipe(size)
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	h := http.Header{}
	for name, value := range map[string]string{
		"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Protocol": protocol, "Sec-WebSocket-Accept": base64.StdEncoding.EncodeToString(sum[:]),
	} {
		h.Set(name, value)
	}
	resp := &http.Response{StatusCode: http.StatusSwitchingProtocols, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: client, Request: req}
	return resp, &Peer{Conn: server, Request: req, in: bufio.NewReader(server), sending: make(chan struct{}, 1)}
}

// Send writes a frame whose first byte is first.
func (p *Peer) Send(first byte, payload []byte) error {
	head := []byte{first, byte(len(payload))}
	switch {
	case len(payload) > 0xffff:
		head[1] = 127
		head = binary.BigEndian.AppendUint64(head, uint64(len(payload)))
	case len(payload) > 125:
		head[1] = 126
		head = binary.BigEndian.AppendUint16(head, uint16(len(payload)))
	}
	p.sending <- struct{}{}
	defer func() { <-p.sending }()
	_, err := p.Write(append(head, payload...))
	return err
}

// Message sends a binary message on a channel of the stream protocol.
func (p *Peer) Message(channel byte, data string) error {
	return p.Send(Fin|Binary, append([]byte{channel}, data...))
}

// SendClose sends a close frame.
func (p *Peer) SendClose(code int) error {
	return p.Send(Fin|Close, binary.BigEndian.AppendUint16(nil, uint16(code)))
}

// Next waits for a frame. It is an error when that is not one whole message, masked, in the shortest form.
func (p *Peer) Next() (Frame, error) {
	var head [14]byte
	if _, err := io.ReadFull(p.in, head[:2]); err != nil {
		return Frame{}, err
	}
	if head[0]&0xf0 != Fin || head[1]&0x80 == 0 {
		return Frame{}, errors.New("a frame is not last, has reserved bits, or is not masked")
	}
	length, rest := int(head[1]&0x7f), 4
	switch length {
	case 126:
		rest += 2
	case 127:
		rest += 8
	}
	if _, err := io.ReadFull(p.in, head[2:2+rest]); err != nil {
		return Frame{}, err
	}
	switch rest {
	case 6:
		length = int(binary.BigEndian.Uint16(head[2:]))
		if length < 126 {
			return Frame{}, errors.New("a length is not in its shortest form")
		}
	case 12:
		return Frame{}, errors.New("a frame is longer than any that should be sent")
	}
	f := Frame{Opcode: head[0] & 0x0f, Payload: make([]byte, length)}
	_, err := io.ReadFull(p.in, f.Payload)
	for i := range f.Payload {
		f.Payload[i] ^= head[2+rest-4+i%4]
	}
	return f, err
}

// NextMessage waits for a frame that is no ping, pong or close; it answers pings.
func (p *Peer) NextMessage() ([]byte, error) {
	for {
		f, err := p.Next()
		if err != nil {
			return nil, err
		}
		switch f.Opcode {
		case Ping:
			err = p.Send(Fin|Pong, f.Payload)
		case Close:
			err = io.EOF
		case Pong:
		default:
			return f.Payload, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Discard answers pings and drops everything else until the connection ends.
func (p *Peer) Discard() {
	for {
		if _, err := p.NextMessage(); err != nil {
			return
		}
	}
}
