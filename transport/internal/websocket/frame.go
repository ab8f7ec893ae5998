package websocket

import (
	"bufio"
	"encoding/binary"
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
	b, err := readNumber(r, 2)
	if err != nil {
		return frameHeader{}, err
	}
	h := frameHeader{opcode: byte(b>>8) & 0x0f, final: b&0x8000 != 0, length: b & 0x7f}
	switch {
	case b&0x7000 != 0:
		return h, &frameError{"a frame has bits set for an extension that was not asked for"}
	case b&0x80 != 0:
		return h, &frameError{"a frame from a server is masked"}
	case h.opcode > opBinary && h.opcode < opClose, h.opcode > opPong:
		return h, &frameError{"a frame has an unknown opcode"}
	case h.isControl() && (!h.final || h.length > maxControlPayload):
		return h, &frameError{"a control frame is in parts or longer than 125 bytes"}
	}
	switch h.length {
	case 126:
		h.length, err = readNumber(r, 2)
	case 127:
		h.length, err = readNumber(r, 8)
		if h.length < 0 {
			err = &frameError{"a frame's length has its highest bit set"}
		}
	}
	return h, err
}

// readNumber reads a big-endian number of n bytes. It allocates nothing, as every frame needs it.
func readNumber(r *bufio.Reader, n int) (number int64, err error) {
	for range n {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		number = number<<8 | int64(b)
	}
	return number, nil
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
