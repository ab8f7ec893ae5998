// Package wstest is the server's side of a WebSocket connection (RFC 6455) in memory, for tests.
// It sends what a test asks for, including frames that no server may send.
package wstest

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"slices"
)

// The opcodes, and the bit of the last frame of a message.
const (
	Continuation = 0x0
	Text         = 0x1
	Binary       = 0x2
	Close        = 0x8
	Ping         = 0x9
	Pong         = 0xA
	Fin          = 0x80
)

// Peer is a server that has accepted an upgrade.
type Peer struct {
	*Conn
	// Request is the request for the upgrade.
	Request *http.Request
	in      *bufio.Reader
	sending chan struct{} // holds one element while a frame is written
}

// Frame is a frame from the client.
type Frame struct {
	Opcode  byte
	Payload []byte
}

// Accept accepts the upgrade of req with a subprotocol. The connection holds up to size bytes in
// each direction.
func Accept(req *http.Request, protocol string, size int) (*http.Response, *Peer) {
	client, server := Pipe(size)
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") +
		"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	h := http.Header{}
	h.Set("Upgrade", "websocket")
	h.Set("Connection", "Upgrade")
	h.Set("Sec-WebSocket-Protocol", protocol)
	h.Set("Sec-WebSocket-Accept", base64.StdEncoding.EncodeToString(sum[:]))
	resp := &http.Response{
		StatusCode: http.StatusSwitchingProtocols, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: client, Request: req,
	}
	peer := &Peer{Conn: server, Request: req, in: bufio.NewReader(server),
		sending: make(chan struct{}, 1)}
	return resp, peer
}

// Send sends a frame. first is its first byte: an opcode, and Fin for the last frame of a message.
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

// Next waits for a frame. It fails if the frame is not a whole message, not masked, or not in its
// shortest form.
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
		return Frame{}, errors.New("a frame is longer than kx may send")
	}
	f := Frame{Opcode: head[0] & 0x0f, Payload: make([]byte, length)}
	_, err := io.ReadFull(p.in, f.Payload)
	unmask(f.Payload, head[2+rest-4:2+rest])
	return f, err
}

// unmask applies a key of four bytes to data (RFC 6455, section 5.3). It does so in long pieces,
// because the race detector looks at each access.
func unmask(data, key []byte) {
	long := bytes.Repeat(key, 1024)
	for piece := range slices.Chunk(data, len(long)) {
		subtle.XORBytes(piece, piece, long)
	}
}

// NextMessage waits for a message and returns its payload. It answers pings, ignores pongs, and
// fails with io.EOF at a close frame.
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

// Discard answers pings and ignores all else until the connection ends.
func (p *Peer) Discard() {
	for {
		if _, err := p.NextMessage(); err != nil {
			return
		}
	}
}
