package object

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The wire types of protobuf: https://protobuf.dev/programming-guides/encoding/#structure.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

var errProtoOverflow = errors.New("proto: integer overflow")

// protoValue is a field as it is on the wire: number for a varint or a fixed width, data for bytes.
type protoValue struct {
	field    uint64
	wireType uint64
	number   uint64
	data     []byte
}

// nextProtoValue reads the first field of a message and returns what follows it.
func nextProtoValue(message []byte) (value protoValue, rest []byte, err error) {
	key, rest, err := protoVarint(message)
	if err != nil {
		return value, nil, err
	}
	value.field, value.wireType = key>>3, key&7
	switch value.wireType {
	case wireVarint:
		value.number, rest, err = protoVarint(rest)
		return value, rest, err
	case wire64:
		if len(rest) < 8 {
			return value, nil, io.ErrUnexpectedEOF
		}
		value.number, rest = binary.LittleEndian.Uint64(rest), rest[8:]
		return value, rest, nil
	case wire32:
		if len(rest) < 4 {
			return value, nil, io.ErrUnexpectedEOF
		}
		value.number, rest = uint64(binary.LittleEndian.Uint32(rest)), rest[4:]
		return value, rest, nil
	case wireBytes:
		var length uint64
		length, rest, err = protoVarint(rest)
		if err != nil {
			return value, nil, err
		}
		if length > uint64(len(rest)) {
			return value, nil, io.ErrUnexpectedEOF
		}
		value.data, rest = rest[:length], rest[length:]
		return value, rest, nil
	}
	return value, nil, fmt.Errorf("proto: illegal wireType %d", value.wireType)
}

func protoVarint(data []byte) (value uint64, rest []byte, err error) {
	value, n := binary.Uvarint(data)
	switch {
	case n == 0:
		return 0, nil, io.ErrUnexpectedEOF
	case n < 0:
		return 0, nil, errProtoOverflow
	}
	return value, data[n:], nil
}

// eachProtoValue calls visit with each field of a message, in order.
func eachProtoValue(message []byte, visit func(protoValue) error) error {
	for len(message) > 0 {
		value, rest, err := nextProtoValue(message)
		if err != nil {
			return err
		}
		if err := visit(value); err != nil {
			return err
		}
		message = rest
	}
	return nil
}
