package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestObjectsAreCreatedAndReadWithoutTheAPI(t *testing.T) {
	srv := kxtest.Start(t)
	made, err := srv.Create(map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "c"}, "data": map[string]string{"k": "v"}})
	require.NoError(t, err)
	require.Contains(t, string(made), `"namespace":"default"`)
	require.Equal(t, made, srv.Object("configmaps", "default", "c"))
	require.Nil(t, srv.Object("configmaps", "default", "d"))
	require.Nil(t, srv.Object("nothings", "default", "c"))
	for want, object := range map[string]any{
		`kxtest has no kind "ReplicationController" of "v1"`:                                            `{"apiVersion":"v1","kind":"ReplicationController","metadata":{"name":"s"}}`,
		"unexpected end of JSON input":                                                                  []byte("{"),
		`Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.x"`: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"x":1}}`,
		`configmaps "c" already exists`:                                                                 `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`,
	} {
		_, err := srv.Create(object)
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, srv.Requests())
}
