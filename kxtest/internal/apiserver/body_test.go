package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

// The messages are those of kube-apiserver 1.35.4.
func TestABodyInProtobufIsReadLikeJSON(t *testing.T) {
	_, json := wiretest.StartWithPods(t)
	c := json.With("Content-Type", "application/vnd.kubernetes.protobuf")
	const configMaps = "/api/v1/namespaces/default/configmaps"
	const configMap = "k8s\x00\x0a\x0f\x0a\x02v1\x12\x09ConfigMap"
	for _, row := range []struct {
		name, method, path, body string
		code                     int
		message                  any
	}{
		{"an object", "POST", configMaps, configMap + "\x12\x0a\x0a\x03\x0a\x01c\x12\x03\x0a\x01a", 201, nil},
		{"another kind", "POST", configMaps, "k8s\x00\x0a\x09\x0a\x02v1\x12\x03Pod\x12\x00", 400,
			`Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion`},
		{"an unknown kind", "POST", configMaps, "k8s\x00\x0a\x09\x0a\x02v1\x12\x03Foo\x12\x00", 400,
			`Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"`},
		{"no prefix", "POST", configMaps, "abc", 400,
			"the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (616263)"},
		{"nothing", "POST", configMaps, "", 400,
			"the object provided is unrecognized (must be of type ConfigMap): empty data (<empty>)"},
		{"an envelope that ends too early", "POST", configMaps, "k8s\x00\x0a\xff", 400,
			"the object provided is unrecognized (must be of type ConfigMap): unexpected EOF (6b3873000aff)"},
		{"a message that ends too early", "POST", configMaps, configMap + "\x12\x03\xff\xff\xff", 400,
			`ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF`},
		{"a review", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "abc", 400,
			"the object provided is unrecognized (must be of type SelfSubjectAccessReview): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (616263)"},
		{"malformed delete options", "DELETE", configMaps + "/c", "abc", 400,
			"provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"},
		{"delete options", "DELETE", configMaps + "/c", "k8s\x00\x0a\x13\x0a\x02v1\x12\x0dDeleteOptions\x12\x05\x2a\x03All", 200, nil},
		{"a delete without options", "DELETE", configMaps + "/c", "", 200, nil},
		{"a patch", "PATCH", configMaps + "/c", configMap, 415, "415: Unsupported Media Type"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.message, c.Do(row.method, row.path, row.body).Is(row.code).At("message"))
		})
	}
	require.Empty(t, wiretest.Names(json.Get(configMaps)), "the second delete was no dry run")
}
