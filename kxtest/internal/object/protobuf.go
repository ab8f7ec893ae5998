package object

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
)

// protobufPrefix begins each object in protobuf.
var protobufPrefix = []byte("k8s\x00")

// ErrNoProtobuf reports a kind that has no protobuf encoding, such as a custom resource.
var ErrNoProtobuf = errors.New("the kind has no protobuf encoding")

// ProtobufError reports a body that FromProtobuf cannot read, in the API server's words.
type ProtobufError struct {
	APIVersion, Kind string // as the body says, or empty if its envelope is malformed
	Reason           string
}

func (e *ProtobufError) Error() string { return e.Reason }

// FromProtobuf returns an object in JSON that a client sent as application/vnd.kubernetes.protobuf:
// a runtime.Unknown with the kind and the object's own message. Fields that the schema does not
// have are dropped. A kind that it does not have becomes an object without fields.
//
// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
func FromProtobuf(data []byte) ([]byte, error) {
	envelope, err := readProtobufEnvelope(data)
	if err != nil {
		return nil, &ProtobufError{Reason: err.Error()}
	}
	object := map[string]any{}
	t := Lookup(envelope.apiVersion, envelope.kind)
	if t == nil && envelope.kind == "DeleteOptions" { // which each group has
		t = Lookup("v1", envelope.kind)
	}
	if t != nil {
		message := loadProtoMessages()[t.resolve().name]
		if message == nil {
			return nil, ErrNoProtobuf
		}
		err = new(protoDecoder).message(envelope.raw, message, t, object)
	}
	for member, value := range map[string]string{
		"apiVersion": envelope.apiVersion, "kind": envelope.kind,
	} {
		if value != "" {
			object[member] = value
		}
	}
	if err == nil {
		data, err = Encode(object)
	}
	if err != nil {
		return nil, &ProtobufError{
			APIVersion: envelope.apiVersion, Kind: envelope.kind, Reason: err.Error(),
		}
	}
	return data, nil
}

type protobufEnvelope struct {
	apiVersion, kind string
	raw              []byte
}

// readProtobufEnvelope reads the prefix and the message runtime.Unknown.
func readProtobufEnvelope(data []byte) (envelope protobufEnvelope, err error) {
	message, found := bytes.CutPrefix(data, protobufPrefix)
	switch {
	case len(data) == 0:
		return envelope, errors.New("empty data")
	case !found:
		return envelope, fmt.Errorf("provided data does not appear to be a protobuf message, "+
			"expected prefix %v", protobufPrefix)
	case len(message) == 0:
		return envelope, errors.New("empty body")
	}
	err = eachProtoValue(message, func(value protoValue) error {
		switch {
		case value.wireType != wireBytes:
		case value.field == 1:
			return eachProtoValue(value.data, func(value protoValue) error {
				switch value.field {
				case 1:
					envelope.apiVersion = protoText(value.data)
				case 2:
					envelope.kind = protoText(value.data)
				}
				return nil
			})
		case value.field == 2:
			envelope.raw = value.data
		}
		return nil
	})
	return envelope, err
}

// maxProtoDepth bounds the messages that contain each other. The API's own types need about 15.
const maxProtoDepth = 100

// protoDecoder decodes a message by a type's schema.
type protoDecoder struct {
	depth  int
	member string // the field that is decoded
}

// message adds the fields of a message of type t to an object.
func (d *protoDecoder) message(data []byte, message protoMessage, t *Type,
	object map[string]any) error {
	d.depth++
	defer func() { d.depth-- }()
	if d.depth > maxProtoDepth {
		return errors.New("proto: exceeded max recursion depth")
	}
	return eachProtoValue(data, func(value protoValue) error {
		member := message[value.field]
		if member == nil {
			return nil
		}
		if member.embedded != nil {
			return d.message(value.data, member.embedded, t, object)
		}
		field := t.field(member.name)
		if field == nil {
			return nil
		}
		d.member = member.name
		decoded, err := d.field(value, field, object[member.name])
		if err != nil {
			return err
		}
		object[member.name] = decoded
		return nil
	})
}

// field returns a field's value after one more occurrence on the wire. Lists and maps grow,
// and messages merge.
func (d *protoDecoder) field(value protoValue, t *Type, before any) (any, error) {
	resolved := t.resolve()
	switch {
	case resolved.Type == "array":
		list, _ := before.([]any)
		return d.items(list, value, resolved.Elem)
	case resolved.Type == "object" && resolved.Elem != nil && len(resolved.Fields) == 0:
		entries, _ := before.(map[string]any)
		if entries == nil {
			entries = map[string]any{}
		}
		if value.wireType != wireBytes {
			return nil, d.wrongWireType(value)
		}
		return entries, d.entry(value.data, resolved.Elem, entries)
	}
	return d.value(value, t, before)
}

// items adds an item, or the items of a packed list of numbers.
func (d *protoDecoder) items(list []any, value protoValue, elem *Type) ([]any, error) {
	scalar := elem.resolve().Type
	if value.wireType == wireBytes && (scalar == "integer" || scalar == "boolean") {
		packed := value.data
		for len(packed) > 0 {
			number, rest, err := protoVarint(packed)
			if err != nil {
				return nil, err
			}
			item, err := d.value(protoValue{number: number}, elem, nil)
			if err != nil {
				return nil, err
			}
			list, packed = append(list, item), rest
		}
		return list, nil
	}
	item, err := d.value(value, elem, nil)
	if err != nil {
		return nil, err
	}
	return append(list, item), nil
}

// entry adds an entry of a map: a message with the key as 1 and the value as 2.
func (d *protoDecoder) entry(data []byte, elem *Type, entries map[string]any) error {
	key, found := "", protoValue{wireType: wireBytes}
	if elem.resolve().Type == "integer" || elem.resolve().Type == "boolean" {
		found.wireType = wireVarint
	}
	err := eachProtoValue(data, func(value protoValue) error {
		switch value.field {
		case 1:
			key = protoText(value.data)
		case 2:
			found = value
		}
		return nil
	})
	if err != nil {
		return err
	}
	if elem.resolve().Type == "array" { // a map of lists has a message with the items as 1
		list := []any{}
		entries[key] = list
		return eachProtoValue(found.data, func(item protoValue) (err error) {
			list, err = d.items(list, item, elem.resolve().Elem)
			entries[key] = list
			return err
		})
	}
	entries[key], err = d.value(found, elem, nil)
	return err
}

// value returns one value that is neither a list nor a map.
func (d *protoDecoder) value(value protoValue, t *Type, before any) (any, error) {
	resolved := t.resolve()
	wanted := uint64(wireBytes)
	switch {
	case resolved.Type == "integer", resolved.Type == "boolean":
		wanted = wireVarint
	case resolved.Type == "number":
		wanted = wire64
	}
	if value.wireType != wanted {
		return nil, d.wrongWireType(value)
	}
	switch {
	case resolved.Type == "boolean":
		return value.number != 0, nil
	case resolved.Type == "integer" && resolved.Format == "int32":
		return int64(int32(value.number)), nil
	case resolved.Type == "integer":
		return int64(value.number), nil
	case resolved.Type == "number":
		number := math.Float64frombits(value.number)
		if math.IsNaN(number) || math.IsInf(number, 0) {
			return nil, fmt.Errorf("json: unsupported value: %v", number)
		}
		return number, nil
	case resolved.Format == "byte":
		return base64.StdEncoding.EncodeToString(value.data), nil
	case resolved.Format == "date-time":
		return decodeProtoTime(value.data, resolved)
	case resolved.Format == "int-or-string":
		return decodeIntOrString(value.data)
	case resolved.name == "api.resource.Quantity":
		quantity, err := protoMember(value.data, 1)
		return protoText(quantity.data), err
	case resolved.Type == "string":
		return protoText(value.data), nil
	case t.isFree():
		raw, err := protoMember(value.data, 1)
		if err != nil || len(raw.data) == 0 {
			return nil, err
		}
		return decodeValue(raw.data)
	}
	object, _ := before.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	return object, d.message(value.data, loadProtoMessages()[resolved.name], t, object)
}
