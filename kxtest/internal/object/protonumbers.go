package object

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// protoNumbers has a type and the numbers of its fields in each line, such as
//
//	core.v1.Pod metadata=1 spec=2 status=3
//
// It has the types of all stable kinds, not only those of schema.json. parity/protonumbers writes
// it.
//
//go:embed protonumbers.txt
var protoNumbers string

// protoMessage maps the field numbers of a protobuf message to the API's fields.
type protoMessage map[uint64]*protoField

// protoField is a field of a message. The fields of an embedded struct are a message in protobuf
// and part of the outer object in JSON: such a field has no name.
type protoField struct {
	name     string
	embedded protoMessage
}

var loadProtoMessages = sync.OnceValue(func() map[string]protoMessage {
	messages := map[string]protoMessage{}
	for line := range strings.Lines(protoNumbers) {
		words := strings.Fields(line)
		message := protoMessage{}
		for _, word := range words[1:] {
			name, numbers, _ := strings.Cut(word, "=")
			message.add(name, strings.Split(numbers, "."))
		}
		messages[words[0]] = message
	}
	return messages
})

func (m protoMessage) add(name string, numbers []string) {
	number, err := strconv.ParseUint(numbers[0], 10, 32)
	if err != nil {
		// embedded at build time; a test reads it
		panic("object: protonumbers.txt: " + err.Error())
	}
	if len(numbers) == 1 {
		m[number] = &protoField{name: name}
		return
	}
	if m[number] == nil {
		m[number] = &protoField{embedded: protoMessage{}}
	}
	m[number].embedded.add(name, numbers[1:])
}
