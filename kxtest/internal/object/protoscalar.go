package object

import (
	"fmt"
	"strings"
	"time"
)

// wrongWireType returns the server's error, which has the Go name of the field.
func (d *protoDecoder) wrongWireType(value protoValue) error {
	name := "ObjectMeta"
	if d.member != "metadata" {
		name = strings.ToUpper(d.member[:1]) + d.member[1:]
	}
	return fmt.Errorf("proto: wrong wireType = %d for field %s", value.wireType, name)
}

// microTimeLayout is how the API writes a MicroTime.
const microTimeLayout = "2006-01-02T15:04:05.000000Z07:00"

// decodeProtoTime returns a time, or nil for the zero time, whose message is empty.
func decodeProtoTime(data []byte, t *Type) (any, error) {
	if len(data) == 0 {
		return nil, nil
	}
	seconds, err := protoMember(data, 1)
	if err != nil {
		return nil, err
	}
	nanos, err := protoMember(data, 2)
	if err != nil {
		return nil, err
	}
	layout := time.RFC3339
	if strings.HasSuffix(t.name, ".MicroTime") {
		layout = microTimeLayout
	}
	return time.Unix(int64(seconds.number), int64(int32(nanos.number))).UTC().Format(layout), nil
}

// decodeIntOrString reads the message with the fields type (1 is a string), intVal and strVal.
func decodeIntOrString(data []byte) (any, error) {
	var isString bool
	var number int64
	var text string
	err := eachProtoValue(data, func(value protoValue) error {
		switch value.field {
		case 1:
			isString = value.number == 1
		case 2:
			number = int64(int32(value.number))
		case 3:
			text = protoText(value.data)
		}
		return nil
	})
	if isString {
		return text, err
	}
	return number, err
}

// protoMember returns the last occurrence of a field in a message, or a value without data.
func protoMember(message []byte, field uint64) (found protoValue, err error) {
	err = eachProtoValue(message, func(value protoValue) error {
		if value.field == field {
			found = value
		}
		return nil
	})
	return found, err
}

// protoText returns a string that JSON can hold.
func protoText(data []byte) string { return strings.ToValidUTF8(string(data), "\uFFFD") }
