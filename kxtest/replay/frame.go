package replay

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// frame is a message of an upgraded connection, as a line of its fixture:
//
//	{"dir":"<","opcode":2,"channel":1,"text":"hello\n"}
//
// Fragments are joined. Pings and pongs are left out, because their timing varies.
type frame struct {
	Dir string `json:"dir"` // ">" from the client, "<" from the server
	// RFC 6455, section 5.2: 1 is text, 2 binary, 8 a close frame.
	Opcode int `json:"opcode"`
	// The first byte; nil in a close frame or an empty message.
	Channel *int `json:"channel,omitzero"`
	// The bytes after the channel, or the reason of a close frame.
	Text   string `json:"text,omitzero"`
	Base64 []byte `json:"base64,omitzero"` // instead of Text if the bytes are not UTF-8
	// Of a close frame; 1006 for a connection that ended without one.
	Code int `json:"code,omitzero"`
}

const (
	fromClient = ">"
	fromServer = "<"

	opcodeText  = 1
	opcodeClose = 8
	codeNone    = 1005 // a close frame without a code
	codeCut     = 1006 // no close frame
)

func newFrame(dir string, opcode byte, payload []byte) *frame {
	f := &frame{Dir: dir, Opcode: int(opcode)}
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

func (f *frame) payload() []byte {
	if f.Base64 != nil {
		return f.Base64
	}
	return []byte(f.Text)
}

func (f *frame) setPayload(payload []byte) {
	f.Text, f.Base64 = string(payload), nil
	if !utf8.Valid(payload) {
		f.Text, f.Base64 = "", payload
	}
}

func (f *frame) encode() []byte {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // a frame has numbers and valid strings only, which encode
	}
	return text
}

// decodeFrame reads a line.
func decodeFrame(line []byte) (*frame, error) {
	f := &frame{}
	if err := json.Unmarshal(line, f, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("frame %#q: %w", line, err)
	}
	if f.Dir != fromClient && f.Dir != fromServer {
		return nil, fmt.Errorf("frame %#q: dir is neither %s nor %s", line, fromClient, fromServer)
	}
	if f.Channel != nil && (*f.Channel < 0 || *f.Channel > 255) {
		return nil, fmt.Errorf("frame %#q: channel is not a byte", line)
	}
	return f, nil
}
