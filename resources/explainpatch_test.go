package resources_test

import (
	"net/http"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const bareRefusal = "the server rejected our request due to an error in our request"

func TestARefusedJSONPatchSaysWhichTestFails(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	api := configMaps(t, server)
	p := patch.JSON().Test("/metadata/name", "one").Test("/data/k", "w").Remove("/data/k")
	_, err := api.Patch(t.Context(), "one", p)
	require.ErrorIs(t, err, transport.ErrInvalid)
	var status *transport.StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, bareRefusal, status.Status.Message)
	require.ErrorIs(t, err, patch.ErrTestFailed)
	var failed *patch.TestError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 2, failed.Operation)
	require.Equal(t, jsontext.Value(`"v"`), failed.Got)
	require.ErrorContains(t, err, `: json patch: operation 2 (test "/data/k"): test failed: want "w", got "v"`)
	require.Equal(t, []string{"PATCH", "GET"}, methods(server))

	_, err = resources.Raw(api).Patch(t.Context(), "one", p, resources.DryRun())
	require.ErrorIs(t, err, patch.ErrTestFailed)
}

func TestOnlyTheRefusalOfATestCostsARead(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	api := configMaps(t, server)
	for name, p := range map[string]patch.Patch{
		"no test":                  patch.JSON().Remove("/data/x"),
		"a refusal with causes":    patch.JSON().Test("/data/k", "v").Add("/metadata/labels/a", "?"),
		"another kind of patch":    patch.Merge(`{"metadata":{"labels":{"a":"?"}}}`),
		"a patch that is accepted": patch.JSON().Test("/data/k", "v"),
	} {
		t.Run(name, func(t *testing.T) {
			before := len(server.Requests())
			_, err := api.Patch(t.Context(), "one", p)
			require.NotErrorIs(t, err, patch.ErrTestFailed)
			require.Equal(t, []string{"PATCH"}, methods(server)[before:])
		})
	}
	_, err := api.Patch(t.Context(), "no-such", patch.JSON().Test("/data/k", "w"))
	require.ErrorIs(t, err, transport.ErrNotFound)
}

func TestARefusalThatCannotBeExplainedStaysAsItIs(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	p := patch.JSON().Test("/data/k", "w")

	writer := resources.ForKind(connect(t, server.User("writer", kxtest.Allow("patch", "configmaps"))), configMapKind)
	_, err := writer.Patch(t.Context(), "one", p)
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.NotErrorIs(t, err, patch.ErrTestFailed)
	require.NotErrorIs(t, err, transport.ErrForbidden)

	// By the time of the read, the object has the value.
	refusal := `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"` + bareRefusal + `","reason":"Invalid","details":{},"code":422}`
	for name, object := range map[string]string{"an object that has changed": `{"kind":"ConfigMap","data":{"k":"w"}}`, "no object": `[`} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.Method == http.MethodGet {
					_, _ = w.Write([]byte(object))
					return
				}
				w.WriteHeader(http.StatusUnprocessableEntity)
				_, _ = w.Write([]byte(refusal))
			})
			_, err := resources.ForKind(client, configMapKind, resources.InNamespace("default")).Patch(t.Context(), "one", p)
			require.ErrorIs(t, err, transport.ErrInvalid)
			require.NotErrorIs(t, err, patch.ErrTestFailed)
		})
	}
}

func TestTheRefusalForASecretShowsNoValue(t *testing.T) {
	server := start(t)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"password":"hunter2"}}`)
	require.NoError(t, err)
	secrets := resources.ForKind(connect(t, server.Config()), resources.Kind{Version: "v1", Kind: "Secret", Resource: "secrets", Namespaced: true})
	_, err = secrets.Patch(t.Context(), "s", patch.JSON().Test("/data/password", "c2VjcmV0"))
	require.ErrorContains(t, err, `operation 1 (test "/data/password"): test failed: the value is another one, or absent`)
	require.NotContains(t, err.Error(), "aHVudGVyMg==")
	require.NotContains(t, err.Error(), "c2VjcmV0")
}
