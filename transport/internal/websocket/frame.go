package websocket

import (
	"bufio"
	"encoding/binary"
	"io"
)

// The opcodes of frames (RFC 6455, 5.2).
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

const (
	// maxHeaderLength is the length in bytes of the longest header that this package writes:
	// one with a length of 16 bits and a masking key.
	maxHeaderLength = 8

	// maxControlPayload is the length in bytes of the longest control frame (RFC 6455, 5.5).
	maxControlPayload = 125
)

// frameHeader is the header of a frame: what precedes its payload.
type frameHeader struct {
	opcode byte
	final  bool // the frame is the last of its message
	length int64
}

func (h frameHeader) isControl() bool { return h.opcode >= opClose }

// frameError is a header that a server must not send.
type frameError struct{ problem string }

func (e *frameError) Error() string { return e.problem }

// readHeader reads the header of a frame from a server. It fails with a *frameError when the header
// breaks the protocol (RFC 6455, 5.2 and 5.5), and else with the reader's error.
func readHeader(r *bufio.Reader) (frameHeader, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return frameHeader{}, err
	}
	h := frameHeader{opcode: b[0] & 0x0f, final: b[0]&0x80 != 0, length: int64(b[1] & 0x7f)}
	switch {
	case b[0]&0x70 != 0:
		return h, &frameError{"a frame has bits set for an extension that was not asked for"}
	case b[1]&0x80 != 0:
		return h, &frameError{"a frame from a server is masked"}
	case h.opcode > opBinary && h.opcode < opClose, h.opcode > opPong:
		return h, &frameError{"a frame has an unknown opcode"}
	case h.isControl() && (!h.final || h.length > maxControlPayload):
		return h, &frameError{"a control frame is in parts or longer than 125 bytes"}
	}
	switch h.length {
	case 126:
		_, err := io.ReadFull(r, b[:2])
		h.length = int64(binary.BigEndian.Uint16(b[:2]))
		return h, err
	case 127:
		_, err := io.ReadFull(r, b[:8])
		h.length = int64(binary.BigEndian.Uint64(b[:8]))
		if err == nil && h.length < 0 {
			err = &frameError{"a frame's length has its highest bit set"}
		}
		return h, err
	}
	return h, nil
}

// appendHeader appends the header of a masked message in one frame, of at most 65,535 bytes.
func appendHeader(to []byte, opcode byte, length int, key [4]byte) []byte {
	to = append(to, 0x80|opcode)
	if length <= maxControlPayload {
		to = append(to, 0x80|byte(length))
	} else {
		to = append(to, 0x80|126)
		to = binary.BigEndian.AppendUint16(to, uint16(length))
	}
	return append(to, key[:]...)
}
