package object_test

import (
	"encoding/binary"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// protoNumber encodes a varint field.
func protoNumber(field int, value int64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(field)<<3), uint64(value))
}

// protoMessage encodes a field with bytes: a string, or a message of fields.
func protoMessage(field int, parts ...[]byte) []byte {
	data := slices.Concat(parts...)
	head := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(field)<<3|2), uint64(len(data)))
	return append(head, data...)
}

func protoString(field int, value string) []byte { return protoMessage(field, []byte(value)) }

// protobuf encodes an object as a client sends it.
func protobuf(apiVersion, kind string, fields ...[]byte) []byte {
	return slices.Concat([]byte("k8s\x00"), protoMessage(1, protoString(1, apiVersion), protoString(2, kind)), protoMessage(2, fields...), protoString(4, ""))
}

func TestProtobufBecomesTheJSONOfTheSameObject(t *testing.T) {
	metadata, spec := 1, 2
	container := func(fields ...[]byte) []byte { return protoMessage(spec, protoMessage(2, fields...)) }
	for name, test := range map[string]struct {
		sent []byte
		want string
	}{
		"an object without fields": {protobuf("v1", "Pod"), `{}`},
		"strings, maps and lists of strings": {
			protobuf("v1", "Pod", protoMessage(metadata, protoString(1, "web"), protoMessage(11, protoString(1, "app"), protoString(2, "web")), protoMessage(11, protoString(1, "empty")), protoString(14, "a/b"), protoString(14, "c/d"))),
			`{"metadata":{"name":"web","labels":{"app":"web","empty":""},"finalizers":["a/b","c/d"]}}`,
		},
		"zero values, which the decoder of JSON drops where the API does": {
			protobuf("apps/v1", "Deployment", protoMessage(spec, protoNumber(1, 0), protoNumber(7, 0))),
			`{"spec":{"replicas":0,"paused":false}}`,
		},
		"negative and large integers": {
			protobuf("apps/v1", "Deployment", protoMessage(spec, protoNumber(1, -1)), protoMessage(3, protoNumber(1, math.MaxInt64))),
			`{"spec":{"replicas":-1},"status":{"observedGeneration":9223372036854775807}}`,
		},
		"a list of numbers, packed and not": {
			protobuf("v1", "Pod", protoMessage(spec, protoMessage(14, protoNumber(4, 1), protoMessage(4, []byte{2, 3})))),
			`{"spec":{"securityContext":{"supplementalGroups":[1,2,3]}}}`,
		},
		"the time, whose zero is an empty message": {
			protobuf("v1", "Pod", protoMessage(metadata, protoMessage(8), protoMessage(9, protoNumber(1, 1_790_000_000), protoNumber(2, 5)))),
			`{"metadata":{"creationTimestamp":null,"deletionTimestamp":"2026-09-21T14:13:20Z"}}`,
		},
		"a time with microseconds": {
			protobuf("v1", "Event", protoMessage(10, protoNumber(1, 1_790_000_000), protoNumber(2, 5000))),
			`{"eventTime":"2026-09-21T14:13:20.000005Z"}`,
		},
		"quantities": {
			protobuf("v1", "Pod", container(protoMessage(8, protoMessage(1, protoString(1, "cpu"), protoMessage(2, protoString(1, "100m")))))),
			`{"spec":{"containers":[{"resources":{"limits":{"cpu":"100m"}}}]}}`,
		},
		"a number or a string": {
			protobuf("v1", "Pod",
				container(protoMessage(11, protoMessage(1, protoMessage(2, protoMessage(2, protoNumber(1, 0), protoNumber(2, 80), protoString(3, "")))))),
				container(protoMessage(11, protoMessage(1, protoMessage(2, protoMessage(2, protoNumber(1, 1), protoNumber(2, 0), protoString(3, "http"))))))),
			`{"spec":{"containers":[{"readinessProbe":{"httpGet":{"port":80}}},{"readinessProbe":{"httpGet":{"port":"http"}}}]}}`,
		},
		"the fields of embedded structs": {
			protobuf("v1", "Pod", protoMessage(spec, protoMessage(1, protoString(1, "v"), protoMessage(2, protoMessage(2, protoString(1, "Memory")))), protoMessage(34, protoMessage(1, protoString(1, "debugger")), protoString(2, "app")))),
			`{"spec":{"volumes":[{"name":"v","emptyDir":{"medium":"Memory"}}],"ephemeralContainers":[{"name":"debugger","targetContainerName":"app"}]}}`,
		},
		"bytes": {
			protobuf("v1", "Secret", protoMessage(2, protoString(1, "key"), protoString(2, "\x00\xff"))),
			`{"data":{"key":"AP8="}}`,
		},
		"JSON within the message": {
			protobuf("v1", "ConfigMap", protoMessage(metadata, protoMessage(17, protoMessage(7, protoString(1, `{"f:data":{}}`))))),
			`{"metadata":{"managedFields":[{"fieldsV1":{"f:data":{}}}]}}`,
		},
		"a map of lists": {
			protobuf("authentication.k8s.io/v1", "SelfSubjectReview", protoMessage(2, protoMessage(1, protoMessage(4, protoString(1, "scopes"), protoMessage(2, protoString(1, "a"), protoString(1, "b")))))),
			`{"status":{"userInfo":{"extra":{"scopes":["a","b"]}}}}`,
		},
		"a message in two parts, and a string sent twice": {
			protobuf("v1", "Pod", protoMessage(metadata, protoString(1, "first"), protoString(3, "default")), protoMessage(metadata, protoString(1, "last"))),
			`{"metadata":{"name":"last","namespace":"default"}}`,
		},
		"fields that the type does not have": {
			protobuf("v1", "Pod", protoMessage(metadata, protoString(1, "web"), protoNumber(99, 1), protoString(98, "?")), protoString(97, "?")),
			`{"metadata":{"name":"web"}}`,
		},
		"text that is not UTF-8": {
			protobuf("v1", "Pod", protoMessage(metadata, protoString(1, "a\xff"))), `{"metadata":{"name":"a�"}}`,
		},
		"the delete options of another group": {
			protobuf("apps/v1", "DeleteOptions", protoNumber(1, 0), protoMessage(2, protoString(1, "uid")), protoString(5, "All")),
			`{"gracePeriodSeconds":0,"preconditions":{"uid":"uid"},"dryRun":["All"]}`,
		},
		"a kind that the schema does not have": {protobuf("v1", "Unheard", protoString(1, "?")), `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := object.FromProtobuf(test.sent)
			require.NoError(t, err)
			decoded, err := object.Decode(got)
			require.NoError(t, err)
			require.NotEmpty(t, decoded["kind"])
			require.NotEmpty(t, decoded["apiVersion"])
			delete(decoded, "kind")
			delete(decoded, "apiVersion")
			got, err = object.Encode(decoded)
			require.NoError(t, err)
			require.JSONEq(t, test.want, string(got))
		})
	}
}

func TestMalformedProtobufIsRefusedInTheWordsOfTheAPIServer(t *testing.T) {
	for name, test := range map[string]struct {
		sent []byte
		want object.ProtobufError
	}{
		"nothing":         {nil, object.ProtobufError{Reason: "empty data"}},
		"JSON":            {[]byte(`{}`), object.ProtobufError{Reason: "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"}},
		"the prefix only": {[]byte("k8s\x00"), object.ProtobufError{Reason: "empty body"}},
		"an envelope that ends too early": {
			[]byte("k8s\x00\x0a\xff"), object.ProtobufError{Reason: "unexpected EOF"},
		},
		"a message that ends too early": {
			protobuf("v1", "Pod", []byte{0xff, 0xff, 0xff}), object.ProtobufError{APIVersion: "v1", Kind: "Pod", Reason: "unexpected EOF"},
		},
		"a length beyond the message": {
			protobuf("v1", "Pod", []byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f}), object.ProtobufError{APIVersion: "v1", Kind: "Pod", Reason: "unexpected EOF"},
		},
		"a number of more than 64 bits": {
			protobuf("v1", "Pod", []byte("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")), object.ProtobufError{APIVersion: "v1", Kind: "Pod", Reason: "proto: integer overflow"},
		},
		"a number in place of a message": {
			protobuf("v1", "Pod", protoNumber(1, 1)), object.ProtobufError{APIVersion: "v1", Kind: "Pod", Reason: "proto: wrong wireType = 0 for field ObjectMeta"},
		},
		"a group": {
			protobuf("v1", "Pod", []byte{0x0b}), object.ProtobufError{APIVersion: "v1", Kind: "Pod", Reason: "proto: illegal wireType 3"},
		},
		"managed fields that are not JSON": {
			protobuf("v1", "Pod", protoMessage(1, protoMessage(17, protoMessage(7, protoString(1, `{`))))), object.ProtobufError{APIVersion: "v1", Kind: "Pod", Reason: "unexpected end of JSON input"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := object.FromProtobuf(test.sent)
			var malformed *object.ProtobufError
			require.ErrorAs(t, err, &malformed)
			require.Equal(t, test.want, *malformed)
		})
	}
}

// A custom resource definition has no protobuf here: its schemas are free of a type.
func TestEachTypeOfTheSchemaHasTheNumbersOfItsFields(t *testing.T) {
	encoded, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	var schema struct {
		Types map[string]struct {
			Fields map[string]jsontext.Value `json:"fields"`
		} `json:"types"`
	}
	require.NoError(t, json.Unmarshal(encoded, &schema))
	lines, err := os.ReadFile("protonumbers.txt")
	require.NoError(t, err)
	for name, fields := range schema.Types {
		if len(fields.Fields) == 0 || strings.HasPrefix(name, "apiextensions.") {
			continue
		}
		_, line, found := strings.Cut("\n"+string(lines), "\n"+name+" ")
		require.True(t, found, "%s: go run ./protonumbers in parity/ writes the numbers", name)
		line, _, _ = strings.Cut(line, "\n")
		for field := range fields.Fields {
			if field != "apiVersion" && field != "kind" || strings.Contains(line, field+"=") {
				require.Contains(t, " "+line, " "+field+"=", name)
			}
		}
	}
}

func FuzzFromProtobuf(f *testing.F) {
	f.Add(protobuf("v1", "Pod", protoMessage(1, protoString(1, "web"), protoMessage(11, protoString(1, "a"), protoString(2, "b"))), protoMessage(2, protoMessage(2, protoString(1, "c")))))
	f.Add(protobuf("v1", "Secret", protoMessage(2, protoString(1, "key"), protoString(2, "\x00\xff"))))
	f.Add(protobuf("apps/v1", "Deployment", protoMessage(2, protoNumber(1, -1), protoMessage(4, protoMessage(2, protoMessage(1, protoNumber(1, 1), protoString(3, "25%")))))))
	f.Add(protobuf("v1", "Event", protoMessage(10, protoNumber(1, 1<<62))))
	f.Fuzz(func(t *testing.T, sent []byte) {
		got, err := object.FromProtobuf(sent)
		if err == nil {
			require.True(t, jsontext.Value(got).IsValid(), "%s", got)
		}
	})
}
