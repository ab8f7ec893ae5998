package conformance_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// jsonPatches reads the recorded answers to the corner cases of JSON Patch, which package patch
// tests its local apply against.
func jsonPatches() []behaviour {
	return []behaviour{{"the refusal of a JSON Patch names the test that fails, and the value there", namesFailedTest}, {"a JSON Patch is applied as the server applies it", func(t *testing.T, w *world) {
		text, err := os.ReadFile("../patch/testdata/server/jsonpatch.json")
		require.NoError(t, err)
		var recorded struct {
			Object jsontext.Value
			Cases  []struct {
				Name, Server, KX string
				Repeat           int
				Patch            []jsontext.Value
				Diff             jsontext.Value
			}
		}
		require.NoError(t, json.Unmarshal(text, &recorded, json.MatchCaseInsensitiveNames(true)))
		deployments := resources.New[resources.Deployment](w.client)
		name := w.name()
		named, err := patch.Merge(map[string]any{"metadata": map[string]any{"name": name}}).ApplyTo(recorded.Object)
		require.NoError(t, err)
		_, err = deployments.CreateRaw(t.Context(), named)
		require.NoError(t, err)
		t.Cleanup(func() { _, _ = deployments.Delete(context.Background(), name) })
		for _, c := range recorded.Cases {
			if w.minor < newest && c.Name == "replace of the whole document by null" {
				continue // an older server does not refuse it
			}
			t.Run(c.Name, func(t *testing.T) {
				body, err := json.Marshal(slices.Repeat(c.Patch, max(1, c.Repeat)))
				require.NoError(t, err)
				p, err := patch.Parse(patch.TypeJSON, body)
				require.NoError(t, err)

				var onServer *resources.Deployment
				var locally []byte
				var localErr error
				for before := ""; ; { // until no controller wrote between the two
					stored, getErr := deployments.Get(t.Context(), name)
					require.NoError(t, getErr)
					if stored.Metadata.ResourceVersion == before {
						break
					}
					before = stored.Metadata.ResourceVersion
					locally, localErr = p.ApplyTo([]byte(encode(t, stored)))
					if c.Server == "panics" { // so this patch is not sent
						require.Error(t, localErr)
						return
					}
					onServer, err = deployments.Patch(t.Context(), name, p, resources.DryRun())
				}
				if c.Server == "refuses" {
					require.ErrorIs(t, err, transport.ErrInvalid)
				} else {
					require.NoError(t, err)
				}
				if c.KX == "only the server" {
					require.ErrorIs(t, localErr, patch.ErrServerSide)
					return
				}
				if c.Server == "refuses" {
					require.Error(t, localErr)
					return
				}
				require.NoError(t, localErr)
				require.Equal(t, withoutBookkeeping(t, []byte(encode(t, onServer))), withoutBookkeeping(t, locally))
			})
		}
	}}}
}

// withoutBookkeeping returns an object without what each write changes.
func withoutBookkeeping(t *testing.T, object []byte) string {
	t.Helper()
	bookkeeping := patch.Merge(`{"metadata":{"managedFields":null,"generation":null,"resourceVersion":null},"status":null}`)
	text, err := bookkeeping.ApplyTo(object)
	require.NoError(t, err)
	return string(text)
}

func namesFailedTest(t *testing.T, w *world) {
	name := w.pod(t)
	test := patch.JSON().Test("/metadata/labels/app", "web").Test("/metadata/annotations/example.com~1a", "2")
	_, err := w.pods.Patch(t.Context(), name, test.Remove("/metadata/labels/app"))
	refused(t, err, transport.ErrInvalid, "the server rejected our request due to an error in our request")
	require.ErrorContains(t, err, `operation 2 (test "/metadata/annotations/example.com~1a"): test failed: want "2", got "1"`)
	var failed *patch.TestError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 2, failed.Operation)
	_, err = w.ec.Patch(t.Context(), name, patch.JSON().Test("/spec/ephemeralContainers/0/name", "debugger"))
	require.ErrorContains(t, err, `want "debugger", but there is no such field or element`)

	secrets := resources.ForKind(w.client, resources.Kind{Version: "v1", Kind: "Secret", Resource: "secrets", Namespaced: true})
	_, err = secrets.CreateRaw(t.Context(), []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"`+name+`"},"data":{"a":"cGFzcw=="}}`))
	require.NoError(t, err)
	_, err = secrets.Patch(t.Context(), name, patch.JSON().Test("/data/a", "c2VjcmV0"))
	require.ErrorIs(t, err, patch.ErrTestFailed)
	require.NotContains(t, err.Error(), "cGFzcw==")
}
