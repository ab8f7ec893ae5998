package transport

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

// frameHead is the length of a header with a 16-bit length and a mask: the longest that we write.
const frameHead = 8

// frameHeader is what stands before a frame's payload.
type frameHeader struct {
	opcode byte
	last   bool // of its message
	length int64
}

func (h frameHeader) isControl() bool { return h.opcode >= opClose }

// frameError is a header that no server may send.
type frameError struct{ problem string }

func (e *frameError) Error() string { return e.problem }

// readHeader reads a header from a server. The error is a *frameError when it breaks the protocol (RFC 6455, 5.2 and 5.5), or else the reader's.
func readHeader(r *bufio.Reader) (frameHeader, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return frameHeader{}, err
	}
	h := frameHeader{opcode: b[0] & 0x0f, last: b[0]&0x80 != 0, length: int64(b[1] & 0x7f)}
	switch {
	case b[0]&0x70 != 0:
		return h, &frameError{"a frame has bits set for an extension that was not asked for"}
	case b[1]&0x80 != 0:
		return h, &frameError{"a frame from a server is masked"}
	case h.opcode > opBinary && h.opcode < opClose, h.opcode > opPong:
		return h, &frameError{"a frame has an unknown opcode"}
	case h.isControl() && (!h.last || h.length > 125):
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

// appendHeader appends the header of a whole, masked message of at most 65,535 bytes.
func appendHeader(to []byte, opcode byte, length int, key [4]byte) []byte {
	to = append(to, 0x80|opcode)
	if length < 126 {
		to = append(to, 0x80|byte(length))
	} else {
		to = append(to, 0x80|126)
		to = binary.BigEndian.AppendUint16(to, uint16(length))
	}
	return append(to, key[:]...)
}
