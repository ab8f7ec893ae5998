package object_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// The limits are those of the API server: maxJSONPatchOperations and JSONPatchMaxCopyBytes.
func TestAJSONPatchThatIsTooLargeIsRefused(t *testing.T) {
	document := map[string]any{"labels": map[string]any{"a": strings.Repeat("x", 1<<20)}}
	repeated := func(operation string, count int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(operation+",", count), ",") + "]"
	}
	for name, c := range map[string]struct {
		patch   string
		code    int
		message string
	}{
		"10,001 operations": {
			patch:   repeated(`{"op":"add","path":"/labels/b","value":"1"}`, 10_001),
			code:    413,
			message: "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
		},
		"copies of 4 MiB": {
			patch:   repeated(`{"op":"copy","from":"/labels/a","path":"/labels/b"}`, 4),
			code:    422,
			message: "the server rejected our request due to an error in our request",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := &object.Write{APIVersion: "v1", Kind: "Pod", Resource: "pods"}
			_, _, err := w.ApplyPatch(document, "application/json-patch+json", []byte(c.patch))
			status := &object.Status{}
			require.ErrorAs(t, err, &status)
			require.Equal(t, c.code, status.Code)
			require.Equal(t, c.message, status.Message)
		})
	}
}
